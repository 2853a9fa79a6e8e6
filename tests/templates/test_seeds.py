"""The first three templates, run: the health check, the issue summary, the session log."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.support.web import Peer, Reply, reply
from tests.templates.conftest import Load, Perform

from clockhouse import templates
from clockhouse.connectors import ConnectorError
from clockhouse.kit import Secret


def run(key: str, folder: Path, **values: str) -> subprocess.CompletedProcess[str]:
    """As somebody runs it on their own machine."""
    for name, text in templates.get(key).files.items():
        (folder / name).write_text(text)
    variables = {f"TASK_{name.upper()}": value for name, value in values.items()}
    return subprocess.run(
        [sys.executable, "main.py"],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path), **variables},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_the_smallest_task_says_hello(tmp_path: Path) -> None:
    done = run("blank", tmp_path, name="Ada")

    assert done.returncode == 0
    assert "Hello, Ada" in done.stderr


@pytest.mark.slow
def test_the_health_check_runs_by_itself(tmp_path: Path, other: Peer) -> None:
    other.on("GET /ill", Reply(503))

    done = run("health-check", tmp_path, url=f"{other.url}/ill")

    assert done.returncode == 1
    assert f"ERROR Unhealthy: {other.url}/ill answered 503 in " in done.stderr
    assert "Traceback" not in done.stderr


def test_the_health_check_tells_the_well_from_the_ill(
    perform: Perform, other: Peer, caplog: pytest.LogCaptureFixture
) -> None:
    other.on("GET /well", Reply(200))
    other.on("GET /ill", Reply(503))

    assert f"Healthy: {other.url}/well answered 200 in " in perform("health-check", url=f"{other.url}/well")
    assert "Healthy: " in perform("health-check", url=f"{other.url}/ill", expected_status=503)
    with pytest.raises(SystemExit, match="1"):
        perform("health-check", url=f"{other.url}/ill")
    assert "Unhealthy: " in caplog.text
    assert len(other.asked) == 3


def test_the_health_check_shows_its_token(perform: Perform, other: Peer) -> None:
    other.on("GET /", Reply(204))

    perform("health-check", url=f"{other.url}/", expected_status=204, bearer_token=Secret("sesame"))

    assert other.asked[0].headers["authorization"] == "Bearer sesame"


def test_an_application_that_is_gone_is_unhealthy(perform: Perform, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(SystemExit, match="1"):
        perform("health-check", url="http://127.0.0.1:9", timeout_seconds=1.0)

    assert "Unhealthy: no answer from http://127.0.0.1:9 (" in caplog.text


@pytest.mark.parametrize("chat", ["google_chat", "slack", "ms_teams"])
def test_the_issue_summary_is_posted_to_the_chat(perform: Perform, other: Peer, chat: str) -> None:
    other.on("GET /search/issues", reply({"total_count": 12}), reply({"total_count": 240}))
    other.on("POST /hook", reply({}))

    log = perform(
        "issue-summary",
        repository="octo/site",
        chat=chat,
        chat_webhook_url=Secret(f"{other.url}/hook?key=hidden"),
        github_token=Secret("t"),
        github_url=other.url,
    )

    *counted, posted = other.asked
    assert [each.query["q"] for each in counted] == [
        ["repo:octo/site is:issue state:open"],
        ["repo:octo/site is:issue state:closed"],
    ]
    assert posted.query == {"key": ["hidden"]}
    message = "Issues of octo/site\nopen: 12\nclosed: 240"
    assert message.replace("\n", "\n\n" if chat == "ms_teams" else "\n") in _texts(posted.json())
    assert "open: 12 issues" in log
    assert "hidden" not in log


def test_the_issue_summary_fails_when_the_chat_refuses(perform: Perform, other: Peer) -> None:
    other.on("GET /search/issues", reply({"total_count": 1}))
    other.on("POST /hook", Reply(404))

    with pytest.raises(ConnectorError, match=r"Google Chat answered 404\. Check the address"):
        perform("issue-summary", repository="o/n", chat_webhook_url=Secret(f"{other.url}/hook"), github_url=other.url)


def test_the_session_log_says_the_due_time(perform: Perform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOCKHOUSE_DUE_AT", "2026-11-22T10:00:30+00:00")

    assert "Session timed out for user alice at 2026-11-22 10:00:30 UTC" in perform("session-log", user="alice")


def test_the_session_log_says_the_present_when_it_runs_by_itself(
    load: Load, perform: Perform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CLOCKHOUSE_DUE_AT", raising=False)

    assert "Session timed out for user alice at 2" in perform("session-log", user="alice")


def _texts(value: object) -> list[str]:
    """Every text in a JSON value."""
    if isinstance(value, dict):
        return [text for each in value.values() for text in _texts(each)]
    if isinstance(value, list):
        return [text for each in value for text in _texts(each)]
    return [value] if isinstance(value, str) else []
