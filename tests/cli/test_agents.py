"""Agents on the command line: letting them in, and what a start refuses."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cli.conftest import Run
from tests.support.server import Server, free_port

SECRET = "a-token-that-nobody-should-see"


@pytest.fixture
def agent(at_server: Server, run: Run) -> Iterator[str]:
    name = "rack-3"
    yield name
    run("agent", "remove", name)


@pytest.mark.slow
def test_an_agent_is_added_listed_and_removed(at_server: Server, agent: str, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "rack-3.token"
    added = run("agent", "add", agent, "--environment", "production", "--token-file", str(file))
    start = f"clockhouse agent --server {at_server.base_url} --token-file {file} --data rack-3-data"
    assert added.out.splitlines()[:4] == [
        "Added agent rack-3 for production.",
        f"Its token is in {file}.",
        "Start it where that file is:",
        f"  {start}",
    ]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    [listed] = json.loads(run("agent", "list", "--json").out)
    assert (listed["name"], listed["environment"], listed["seen_at"]) == ("rack-3", "production", None)
    table = run("agent", "list").out
    assert "rack-3" in table
    assert "never" in table
    assert file.read_text().strip() not in table
    again = run("agent", "add", "rack-4", "--environment", "production", "--token-file", str(file))
    assert (again.code, "is there already" in again.err) == (2, True)
    assert run("agent", "remove", agent).out == "Removed agent rack-3.\n"
    assert run("agent", "list").out == "No agents.\n"


@pytest.mark.slow
def test_of_an_agent_that_is_not_let_in_nothing_is_left(agent: str, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "rack-3.token"
    assert run("agent", "add", agent, "--environment", "nowhere", "--token-file", str(file)).code == 1
    assert not file.exists()
    assert run("agent", "add", agent, "--environment", "production", "--token-file", "no/such/folder").code == 1
    assert run("agent", "list").out == "No agents.\n"


@pytest.mark.slow
def test_without_a_file_the_token_is_printed_once(agent: str, run: Run) -> None:
    said = run("agent", "add", agent, "--environment", "production").out.splitlines()
    assert said[1] == "Its token, which nobody can be told again:"
    assert len(said[2].strip()) > 40
    assert said[4].endswith("--token-file rack-3.token --data rack-3-data")


@pytest.mark.slow
def test_what_a_shell_would_take_apart_is_quoted(agent: str, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "my token"
    said = run("agent", "add", agent, "--environment", "production", "--token-file", str(file)).out
    assert f"--token-file '{file}' --data" in said


@pytest.mark.parametrize(("mode", "is_told"), [(0o644, True), (0o640, True), (0o600, False)], ids=oct)
def test_a_token_that_others_can_read_is_told(run: Run, tmp_path: Path, mode: int, is_told: bool) -> None:
    file = tmp_path / "my token"
    file.write_text(SECRET)
    file.chmod(mode)
    said = run("agent", "--server", "http://clockhouse.example.org", "--token-file", str(file)).err
    assert (f"Keep it from them: chmod 600 '{file}'" in said) == is_told
    assert SECRET not in said


@pytest.mark.slow
def test_an_environment_runs_on_agents_or_on_the_servers(at_server: Server, run: Run) -> None:
    assert run("environment", "run-on", "production", "agents").out == "production runs on agents.\n"
    assert "agents" in run("environment", "list").out
    assert "started with --docker-host" in run("environment", "run-on", "production", "docker").err
    assert run("environment", "run-on", "production", "servers").out == "production runs on servers.\n"
    assert run("environment", "run-on", "production", "clouds").code == 2


def test_an_agent_without_a_server_or_a_token_says_what_is_missing(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLOCKHOUSE_AGENT_TOKEN", raising=False)
    missing = run("agent", "--server", "https://clockhouse.example.org")
    assert (missing.code, "--token-file" in missing.err) == (1, True)
    unreadable = run("agent", "--server", "https://clockhouse.example.org", "--token-file", "nowhere")
    assert (unreadable.code, "cannot be read from nowhere" in unreadable.err) == (1, True)
    monkeypatch.setenv("CLOCKHOUSE_AGENT_TOKEN", SECRET)
    assert "Name a server" in run("agent").err


@pytest.mark.parametrize("text", ["", f"{SECRET}\n{SECRET}", f"the token: {SECRET}", f"{SECRET}é"])
def test_what_is_no_token_is_refused_and_not_shown(run: Run, tmp_path: Path, text: str) -> None:
    """The error of whoever sends it would have it in the log."""
    (tmp_path / "token").write_text(text)
    address = f"http://127.0.0.1:{free_port()}"
    refused = run(
        "agent", "--server", address, "--token-file", str(tmp_path / "token"), "--data", str(tmp_path / "data")
    )
    assert (refused.code, "one word" in refused.err, SECRET in refused.err) == (1, True, False)


def test_a_token_file_that_is_no_text_is_refused(run: Run, tmp_path: Path) -> None:
    (tmp_path / "token").write_bytes(SECRET.encode() + b"\xff")
    refused = run("agent", "--server", "https://clockhouse.example.org", "--token-file", str(tmp_path / "token"))
    assert (refused.code, "cannot be read from" in refused.err, SECRET in refused.err) == (1, True, False)


@pytest.mark.parametrize("address", ["http://clockhouse.example.org", "http://10.0.0.1:8420"])
def test_secrets_do_not_travel_unencrypted(run: Run, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("CLOCKHOUSE_AGENT_TOKEN", SECRET)
    refused = run("agent", "--server", address)
    assert refused.code == 1
    assert "is not encrypted, and the server sends secrets to its agents" in refused.err
    assert SECRET not in refused.err


def test_what_is_no_address_is_refused(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOCKHOUSE_AGENT_TOKEN", SECRET)
    assert "is not an address of a server" in run("agent", "--server", "clockhouse").err


def test_an_agent_works_in_a_data_directory_of_its_own(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "taken").write_text("a file")
    monkeypatch.setenv("CLOCKHOUSE_AGENT_TOKEN", SECRET)
    refused = run("agent", "--server", f"http://127.0.0.1:{free_port()}", "--data", str(tmp_path / "taken"))
    assert (refused.code, "cannot be written to" in refused.err) == (1, True)
