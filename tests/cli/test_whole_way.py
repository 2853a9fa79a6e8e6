"""The whole way on the command line, against a real server: create, edit, build, deploy, run, promote, look."""

from __future__ import annotations

import json
import shlex
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from tests.cli.conftest import Run
from tests.support.server import Server

pytestmark = pytest.mark.slow

TASK = """
import logging
from clockhouse.kit import Secret, TaskConfig, run, setting

log = logging.getLogger(__name__)


class Config(TaskConfig):
    url: str = setting("Where to look")
    key: Secret = setting("What opens it")
    words: list[str] = setting("What to say", default=["a"])
    tries: int = setting("How often", default=1)


def main(config: Config) -> None:
    log.info("looking at %s, %s, %s, %s", config.url, len(config.key.reveal()), config.words, config.tries)
    if config.url == "fail":
        raise SystemExit(3)


if __name__ == "__main__":
    run(main)
"""


@pytest.fixture
def project(at_server: Server, run: Run) -> Iterator[str]:
    slug = f"shop-{uuid4().hex[:8]}"
    assert run("project", "create", "Web shop", "--slug", slug).code == 0
    yield slug
    assert run("project", "delete", slug, "--yes").out == f"Deleted project {slug}.\n"


@pytest.fixture
def component(project: str, run: Run, tmp_path: Path) -> str:
    """One with the task above, pulled into `./front-page`, saved and not built."""
    name = f"{project}/front-page"
    assert run("component", "create", project, "Front page", "--template", "health-check").code == 0
    assert run("component", "pull", name).code == 0
    (tmp_path / "front-page/main.py").write_text(TASK)
    assert run("component", "push", name, "-m", "Look with a key").code == 0
    return name


@pytest.fixture
def deployed(component: str, run: Run, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("CLOCKHOUSE_SECRET_KEY", "open sesame")
    assert run("build", component).code == 0
    arguments = ["--set", "url=https://example.com", "--set", 'words=["b", "c"]', "--secret", "key", "--every", "1h"]
    ended = run("deploy", component, *arguments, "--time-out", "30s", "--attempts", "2", "--delay", "100ms")
    assert ended.code == 0, ended.err
    monkeypatch.delenv("CLOCKHOUSE_SECRET_KEY")
    return component


def answer(run: Run, *arguments: str) -> Any:
    ended = run(*arguments, "--json")
    assert ended.code == 0, ended.err
    return json.loads(ended.out)


def test_projects_and_components_are_listed_and_shown(component: str, run: Run) -> None:
    project = component.partition("/")[0]
    assert project in run("project", "list").out
    assert "Web shop" in run("project", "show", project).out
    assert component in run("component", "list", project).out
    assert "health-check" in run("component", "show", component).out
    assert "health-check" in [each["key"] for each in answer(run, "component", "templates")]
    assert run("component", "delete", component, "--yes").code == 0
    assert answer(run, "component", "list", project) == []


def test_what_is_pushed_is_what_another_folder_pulls(component: str, run: Run, tmp_path: Path) -> None:
    run("component", "pull", component, "other")
    assert (tmp_path / "other/main.py").read_text() == TASK
    again = run("component", "push", component, "other", "-m", "Nothing")
    assert again.out == "Nothing changed here, so there is nothing to save.\n"


def test_two_who_edit_at_once_do_not_overwrite_each_other(component: str, run: Run, tmp_path: Path) -> None:
    run("component", "pull", component, "other")
    (tmp_path / "other/main.py").write_text("print(1)\n")
    (tmp_path / "front-page/main.py").write_text("print(2)\n")
    assert run("component", "push", component, "other", "-m", "One").code == 0
    refused = run("component", "push", component, "-m", "Two")
    assert (refused.code, refused.out) == (1, "")
    assert (tmp_path / "front-page/main.py").read_text() == "print(2)\n"


def test_a_build_streams_its_log_and_is_listed(component: str, run: Run) -> None:
    ended = run("build", component)
    assert ended.code == 0
    assert "── Check out" in ended.out
    assert "Look with a key succeeded." in ended.out
    assert "✓ succeeded" in run("builds", component).out


def test_a_build_with_json_answers_with_nothing_but_the_build(component: str, run: Run) -> None:
    ended = run("build", component, "--json")
    assert json.loads(ended.out)["status"] == "succeeded"
    assert "── Check out" in ended.err


def test_a_build_that_fails_shows_the_line_that_explains_it(component: str, run: Run, tmp_path: Path) -> None:
    (tmp_path / "front-page/main.py").write_text("def main(:\n")
    run("component", "push", component, "-m", "Break it")
    ended = run("build", component)
    assert ended.code == 1
    assert "main.py:1: " in ended.err
    assert "^" in ended.err


def test_a_build_is_of_the_commit_that_is_named_in_short(component: str, run: Run, tmp_path: Path) -> None:
    first = answer(run, "component", "pull", component, "--force")["commit"]["sha"]
    (tmp_path / "front-page/main.py").write_text("print(1)\n")
    run("component", "push", component, "-m", "Another")
    assert answer(run, "build", component, "--commit", first[:8], "--no-wait")["commit"]["sha"] == first
    assert run("build", component, "--commit", "0123456").code == 2


def test_a_deployment_says_its_schedule_in_words_and_when_it_is_due(deployed: str, run: Run) -> None:
    ended = run("deploy", deployed, "--cron", "*/5 * * * *", "--cron", "0 8 * * 1", "--zone", "Asia/Colombo")
    assert "to development as deployment 2." in ended.out
    assert "Every 5 minutes (Asia/Colombo)" in ended.out
    assert ended.out.count(" +0530 (in ") == 10


def test_what_a_deployment_does_not_name_stays(deployed: str, run: Run) -> None:
    before = answer(run, "status", deployed)[0]["deployment"]
    after = answer(run, "deploy", deployed, "--set", "tries=7", "--overlap", "allow")
    values = {name: each["value"] for name, each in after["configuration"].items()}
    assert values == {"url": "https://example.com", "key": None, "words": ["b", "c"], "tries": 7}
    assert after["time_out_s"] == 30
    assert after["retry"] == {"attempts": 2, "delay_s": 0.1, "backoff": "fixed", "max_delay_s": None}
    assert [each["trigger"] for each in after["schedules"]] == [each["trigger"] for each in before["schedules"]]
    assert after["schedules"][0]["overlap"] == "allow"
    again = answer(run, "deploy", deployed, "--overlap", "cancel_other", "--at-once", "2", "--backoff", "exponential")
    assert (again["schedules"][0]["overlap"], again["at_once"]) == ("cancel_other", 2)
    assert again["retry"] == {"attempts": 2, "delay_s": 0.1, "backoff": "exponential", "max_delay_s": None}
    assert answer(run, "deploy", deployed)["at_once"] == 2
    assert answer(run, "deploy", deployed, "--at-once", "none")["at_once"] is None


def test_a_schedule_can_end_be_spread_and_leave_out_days(deployed: str, run: Run) -> None:
    ends = ("--end", "2040-01-01T00:00Z", "--max-count", "2", "--end-after-failures", "3")
    days = ("--holidays", "DE-BE", "--exclude", "2039-01-02")
    made = run("deploy", deployed, "--every", "1h", *ends, "--jitter", "1m", *days)
    assert "Every hour, but not on public holidays (DE, BE) or 2 January 2039, up to 1 min later" in made.out
    assert made.out.count(" (in ") == 2
    [schedule] = answer(run, "deploy", deployed)["schedules"]
    assert (schedule["max_count"], schedule["end_after_failures"]) == (2, 3)
    assert schedule["trigger"]["end"] == "2040-01-01T00:00:00Z"
    assert schedule["trigger"]["jitter"]["by_s"] == 60
    again = answer(run, "deploy", deployed, "--jitter", "none", "--exclude", "none", "--max-count", "none")
    assert again["schedules"][0]["trigger"]["jitter"] is None
    assert again["schedules"][0]["trigger"]["excluding"] is None
    assert again["schedules"][0]["max_count"] is None
    ended = run("deploy", deployed, "--holidays", "XX")
    assert ended.code == 1
    assert "XX" in ended.err
    assert answer(run, "deploy", deployed, "--time-out", "none")["time_out_s"] is None


def test_wrong_values_are_refused_field_by_field(component: str, run: Run) -> None:
    assert "Build it first" in run("deploy", component).err
    run("build", component)
    ended = run("deploy", component, "--set", "tries=often", "--every", "10s")
    assert ended.code == 1
    assert "  configuration.url: " in ended.err
    assert "  configuration.tries: " in ended.err
    assert "schedules.0.trigger.expression" in run("deploy", component, "--cron", "61 * * * *").err


def test_a_secret_among_the_arguments_is_refused(component: str, run: Run) -> None:
    run("build", component)
    ended = run("deploy", component, "--set", "key=open sesame")
    assert ended.code == 2
    assert "--secret key" in ended.err


def test_an_execution_is_followed_and_its_outcome_is_the_exit_code(deployed: str, run: Run) -> None:
    ended = run("run", deployed, "--follow")
    assert ended.code == 0
    assert "INFO looking at https://example.com, 11, ['b', 'c'], 1" in ended.out
    assert "── succeeded" in ended.err
    run("deploy", deployed, "--set", "url=fail", "--attempts", "1")
    failing = run("run", deployed, "-f", "--json")
    assert failing.code == 1
    assert json.loads(failing.out)["exit_code"] == 3
    assert "looking at fail" in failing.err


def test_what_was_promised_is_compared_with_what_was_delivered(deployed: str, run: Run) -> None:
    assert answer(run, "promises", deployed, "-e", "development")["places"] == []
    assert "No schedule promised anything" in run("promises", deployed.partition("/")[0]).out


def test_executions_are_listed_filtered_shown_and_read(deployed: str, run: Run) -> None:
    run("run", deployed, "--follow")
    page = answer(run, "executions", deployed, "--environment", "development", "--state", "succeeded")
    [execution] = page["items"]
    assert answer(run, "executions", deployed, "--state", "failed", "--state", "lost")["items"] == []
    assert execution["id"] in run("executions", deployed.partition("/")[0]).out
    shown = run("execution", "show", execution["id"]).out
    assert "✓ succeeded" in shown
    assert "by hand, admin" in shown
    assert socket.gethostname() in shown
    assert "looking at" in run("logs", execution["id"]).out
    assert "looking at" in run("logs", execution["id"], "--follow").out
    assert run("logs", deployed).out == run("logs", execution["id"]).out
    log = answer(run, "logs", execution["id"])
    assert log["complete"]
    assert "looking at" in log["lines"][0]["text"]
    assert "nothing to stop" in run("execution", "stop", execution["id"]).err
    run("run", deployed, "--follow")
    filters = (deployed, "--environment", "development", "--state", "succeeded", "--limit", "1")
    older = run("executions", *filters).err.strip().removeprefix("There are older ones: clockhouse ")
    assert older.startswith(" ".join(("executions", *filters, "--before")))
    assert execution["id"] in run(*shlex.split(older)).out


def test_pause_resume_and_stop_show_in_the_status(deployed: str, run: Run) -> None:
    run("pause", deployed, "-e", "development", "--note", "Moving house")
    assert "Moving house" in run("status", deployed).out
    assert "Next: " in run("resume", deployed, "-e", "development").out
    assert "Development: active" in run("status", deployed).out
    run("stop", deployed, "-e", "development")
    assert "Development: nothing is deployed" in run("status", deployed).out


@pytest.mark.long
def test_an_execution_is_run_with_other_values_and_once_more(deployed: str, run: Run) -> None:
    first = json.loads(run("run", deployed, "--set", "tries=7", "--follow", "--json").out)
    assert first["arguments"] == {"tries": 7}
    assert "--set tries=7" in run("execution", "show", first["id"]).out
    again = run("execution", "again", first["id"], "--follow")
    assert again.code == 0
    assert ", 7" in again.out
    assert "arguments.key" in run("run", deployed, "--set", "key=secret").err


@pytest.mark.long
def test_a_range_is_made_up_for(deployed: str, run: Run) -> None:
    run("deploy", deployed, "--cron", "0 * * * *")
    where = ("backfill", "start", deployed, "-e", "development", "--from", "2026-01-01T00:00Z")
    assert "3 of the 3 due times" in run(*where, "--to", "2026-01-01T03:00Z", "--preview").out
    made = json.loads(run(*where, "--to", "2026-01-01T03:00Z", "--json").out)
    assert sum(made["counts"].values()) == 3
    assert "2026-01-01 00:00:00 UTC" in run("backfill", "show", made["id"]).out
    assert made["id"] in run("backfill", "list", deployed).out
    mine = answer(run, "executions", deployed, "--backfill", made["id"])["items"]
    assert {each["backfill"] for each in mine} == {made["id"]}
    assert "More than 2000" in run(*where[:-1], "1990-01-01T00:00Z", "--to", "2026-01-01T03:00Z").err


def test_only_the_schedule_is_changed(deployed: str, run: Run) -> None:
    changed = run("reschedule", deployed, "-e", "development", "--cron", "0 8 * * *", "--zone", "Asia/Colombo").out
    before, now = changed.splitlines()
    assert before.startswith("before: Every")
    assert now.startswith("now:    At 08:00 (Asia/Colombo), next ")
    assert "Say when" in run("reschedule", deployed, "-e", "development").err


def test_a_project_is_paused_until_an_instant_and_resumed(deployed: str, run: Run) -> None:
    project = deployed.partition("/")[0]
    assert "in which zone" in run("project", "pause", project, "--until", "2099-01-01T08:00").err
    paused = run("project", "pause", project, "--note", "Moving house", "--until", "2099-01-01T08:00+05:30")
    assert paused.out == "Paused front-page in development.\n"
    assert "until 2099-01-01 02:30:00 UTC" in run("status", deployed).out
    assert run("project", "pause", project).out == "Nothing was to pause.\n"
    assert run("project", "resume", project).out == "Resumed front-page in development.\n"
    assert run("project", "resume", project).out == "Nothing was paused.\n"


def test_a_promotion_takes_over_what_it_does_not_name(deployed: str, run: Run) -> None:
    first = answer(run, "promote", deployed)
    assert first["environment"] == "production"
    assert first["schedules"][0]["words"] == answer(run, "status", deployed)[0]["deployment"]["schedules"][0]["words"]
    assert first["time_out_s"] == 30
    ended = run("promote", deployed, "--to", "production", "--set", "url=https://example.org", "--every", "1m")
    assert "Promoted build 1" in ended.out
    development, production = (card["deployment"] for card in answer(run, "status", deployed))
    assert production["release"]["id"] == development["release"]["id"]
    assert production["configuration"]["url"]["value"] == "https://example.org"
    assert production["schedules"][0]["trigger"]["every_s"] == 60


def test_what_is_not_there_is_one_sentence(at_server: Server, run: Run) -> None:
    for arguments in (
        ("project", "show", "nowhere"),
        ("status", "no/where"),
        ("logs", "nope"),
        ("logs", "no/where"),
        ("execution", "show", "../projects"),
    ):
        ended = run(*arguments)
        assert (ended.code, ended.out) == (1, "")
        assert ended.err.count("\n") == 1


def test_a_sign_in_link_is_of_this_server(at_server: Server, run: Run) -> None:
    link = run("sign-in").out
    assert link.startswith(f"{at_server.base_url}/sign-in#token=")
    assert link != run("sign-in").out


def test_a_wrong_token_and_none_say_what_to_do(
    at_server: Server, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CLOCKHOUSE_TOKEN", "wrong")
    assert "does not accept this token" in run("project", "list").err
    monkeypatch.delenv("CLOCKHOUSE_TOKEN")
    ended = run("project", "list", "--data", str(tmp_path), "--server", at_server.base_url)
    assert ended.code == 1
    assert "wants a token" in ended.err


@pytest.mark.usefixtures("at_server")
def test_an_environment_says_how_many_run_at_once(run: Run) -> None:
    assert "runs any number at once" in run("environment", "limit", "development").out
    assert "development runs 4 at once." in run("environment", "limit", "development", "--at-once", "4").out
    assert answer(run, "environment", "limit", "development", "--at-once", "none")["at_once"] is None
    assert "There is no environment" in run("environment", "limit", "nowhere").err
