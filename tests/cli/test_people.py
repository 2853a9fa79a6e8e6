"""People and tokens on the command line."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cli.conftest import Run
from tests.support.server import Server

pytestmark = pytest.mark.slow


@pytest.fixture
def ann(at_server: Server, run: Run) -> Iterator[str]:
    login = "ann@shop.example"
    yield login
    run("person", "remove", login, "--yes")


def test_a_person_is_invited_given_roles_and_removed(at_server: Server, ann: str, run: Run) -> None:
    invited = run("person", "invite", ann, "--name", "Ann Lee", "--role", "developer").out
    assert "Ann Lee signs in the first time with this link, once, within 7 days" in invited
    assert f"{at_server.base_url}/sign-in#token=" in invited

    granted = run("person", "grant", ann, "operator", "-e", "development").out
    assert granted == "Ann Lee: developer, operator in development.\n"
    run("project", "create", "Till")
    granted = run("person", "grant", ann, "admin", "-p", "till", "--production").out
    assert granted == "Ann Lee: developer, operator in development, admin in till with production.\n"
    granted = run("person", "grant", ann, "admin", "-p", "till").out
    assert granted == "Ann Lee: developer, operator in development, admin in till without production.\n"
    run("project", "delete", "till", "--yes")
    revoked = run("person", "revoke", ann)
    assert revoked.out == "Ann Lee: operator in development.\n"
    assert "no role in exactly this place" in run("person", "revoke", ann).err
    assert run("person", "disable", ann).out == "Disabled Ann Lee.\n"
    assert "disabled" in run("person", "list").out
    assert run("person", "enable", ann).out == "Enabled Ann Lee.\n"
    assert "/sign-in#token=" in run("person", "link", ann, "--withdraw-tokens").out
    [admin] = [each for each in json.loads(run("person", "list", "--json").out) if each["login"] is None]
    assert "the last administrator" in run("person", "remove", admin["id"], "--yes").err
    assert run("person", "remove", ann, "--yes").out == f"Removed {ann}.\n"
    assert ann not in run("person", "list").out


def test_a_token_is_made_used_listed_and_withdrawn(
    at_server: Server, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "laptop.token"
    made = run("token", "create", "laptop", "--role", "viewer", "--days", "30", "--file", str(file))
    assert made.out.startswith(f"The token laptop is in {file}, until ")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    token = file.read_text().strip()

    with monkeypatch.context() as as_program:
        as_program.setenv("CLOCKHOUSE_TOKEN", token)
        assert run("project", "list").code == 0
        assert "You may not" in run("person", "list").err
        assert "makes no sign-in links" in run("sign-in").err

    listed = run("token", "list").out
    assert "laptop" in listed
    assert "viewer" in listed
    assert token not in listed
    assert "a server" in run("token", "list", "--all").out
    assert run("token", "revoke", "laptop").out == "Withdrew the token laptop.\n"
    assert run("token", "list").out.startswith("No token.")
    with monkeypatch.context() as as_program:
        as_program.setenv("CLOCKHOUSE_TOKEN", token)
        assert "does not accept this token" in run("project", "list").err


def test_a_service_account_gets_a_token(at_server: Server, run: Run) -> None:
    said = run("person", "invite", "ci", "--service", "--role", "developer").out
    assert "clockhouse token create NAME --service ci" in said.replace(f" --data {at_server.data}", "")
    token = run("token", "create", "deploys", "--service", "ci").out
    assert "which nobody can be told again" in token
    assert run("person", "remove", "ci", "--yes").code == 0


def test_what_does_not_fit_together_is_said_before_anything_is_asked(run: Run) -> None:
    assert run("person", "invite", "ann", "--project", "shop").code == 2
    assert run("token", "create", "x", "--days", "3", "--until", "2027-01-01").code == 2
