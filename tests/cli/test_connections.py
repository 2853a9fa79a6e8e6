"""Connecting repositories on the command line, against a real server."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.cli.conftest import Run
from tests.support.git import Repository, over_http
from tests.support.server import Server

pytestmark = pytest.mark.slow


def test_a_repository_is_connected_followed_and_changed(
    at_server: Server, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    team = Repository(tmp_path / "team")
    team.commit({"jobs/report/main.py": "print(1)\n"}, "Begin")
    assert run("project", "create", "Connected").code == 0
    monkeypatch.setenv("CLOCKHOUSE_SECRET_TOKEN", "open-sesame")
    with over_http(team, user="ada", token="open-sesame") as url:
        tested = run("source", "test", url, "--directory", "jobs/report", "--user", "ada", "--token")
        assert tested.code == 0, tested.err
        assert "main.py was found, so it is built as Python." in " ".join(tested.out.split())
        refused = run("source", "test", url)
        assert refused.code == 1
        assert "asks who reads this" in refused.err
        options = ["--directory", "jobs/report", "--user", "ada", "--token", "--no-build"]
        connected = run("component", "connect", "connected", "Report", url, *options)
        assert connected.out.startswith("Connected connected/report. Build it: clockhouse build connected/report.")
        newest = team.commit({"jobs/report/main.py": "print(2)\n"}, "More")
        looked = run("source", "look", "connected/report")
        assert newest[:8] in looked.out
        deploying = run("source", "automate", "connected/report", "main", "--deploy", "--json")
        assert json.loads(deploying.out)["auto_deploy"]
        assert "deploys to the first environment" in run("source", "show", "connected/report").out
        team.git("branch", "release/1")
        followed = run("source", "follow", "connected/report", "release/1", "--no-build", "--environment", "production")
        assert "connected/report, branch release/1" in followed.out
        assert "More" in run("commits", "connected/report", "--branch", "release/1").out
        assert run("source", "unfollow", "connected/report", "release/1").code == 0
        assert "release/1" not in run("source", "show", "connected/report").out
        assert run("source", "change", "connected/report", "--kind", "python").code == 0
        built = run("build", "connected/report")
        assert built.code == 0, built.err
    hook = run("source", "hook", "connected/report")
    assert "/api/v1/hooks/" in hook.out
    assert run("project", "delete", "connected", "--yes").code == 0


def test_a_key_and_a_token_are_not_given_together(run: Run, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("x")
    refused = run("source", "test", "git@example.com:x", "--key", "key", "--token")
    assert refused.code == 2
    assert "not both" in refused.err
