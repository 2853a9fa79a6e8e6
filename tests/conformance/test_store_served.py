"""The product on PostgreSQL: the main path, a database that goes away, and what a start says that cannot succeed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.stories.prepared import deployed, executions, saved
from tests.support import server as servers
from tests.support.postgres import Postgres
from tests.support.server import free_port
from tests.support.waiting import eventually

from clockhouse.client import Client
from clockhouse.errors import Unavailable

pytestmark = [pytest.mark.postgres, pytest.mark.slow]

_COMMAND = "from clockhouse.cli.main import run; run()"
_WITHOUT_DRIVER = f"import sys; sys.modules['psycopg'] = None; {_COMMAND}"


@pytest.fixture
def client(postgres: Postgres, tmp_path: Path) -> Iterator[Client]:
    with servers.running(tmp_path, "--database", postgres.new_database()) as server, _connected(server) as made:
        yield made


def test_a_schedule_goes_on_after_its_database_was_away(client: Client, postgres: Postgres, tmp_path: Path) -> None:
    deployed(client, saved(client, "shop", "task", {}), {"kind": "interval", "every_s": 1})
    eventually(lambda: _succeeded(client) >= 2)
    postgres.stop()
    try:
        with pytest.raises(Unavailable, match=r"The database \S+ does not answer"):
            client.get("/projects")
    finally:
        postgres.start()
    before = eventually(lambda: _succeeded(client))
    eventually(lambda: _succeeded(client) >= before + 2)
    found = executions(client, "shop", "task")
    assert len({each["due_at"] for each in found}) == len(found)
    assert not (tmp_path / "clockhouse.db").exists()


def test_a_second_server_leaves_the_first_ones_executions_and_tokens(postgres: Postgres, tmp_path: Path) -> None:
    address = postgres.new_database()
    first, second = tmp_path / "first", tmp_path / "second"
    with servers.running(first, "--database", address) as server, _connected(server) as client:
        path = saved(client, "shop", "task", {"main.py": "def main():\n    import signal\n    signal.pause()\n"})
        deployed(client, path)
        execution = client.post(f"{path}/environments/development/run", {})["id"]
        eventually(lambda: client.get(f"/executions/{execution}")["started_at"])
        key = ["--key-file", str(first / "vault.key")]
        with servers.running(second, "--database", address, *key) as other, _connected(other) as beside:
            assert beside.get(f"/executions/{execution}")["state"] == "started"
            assert client.get(f"/executions/{execution}")["state"] == "started"
            beside.post(f"/executions/{execution}/stop", {})  # heard by the first one
            eventually(lambda: client.get(f"/executions/{execution}")["state"] == "cancelled")


def _connected(server: servers.Server) -> Client:
    return Client(server.base_url, (server.data / "token").read_text().strip())


def _succeeded(client: Client) -> int:
    """How many have succeeded; 0 as long as the server does not answer."""
    try:
        return sum(each["state"] == "succeeded" for each in executions(client, "shop", "task"))
    except Unavailable:
        return 0


def _start(data: Path, *arguments: str, program: str = _COMMAND, **variables: str) -> tuple[int, str]:
    """The exit code and what it said on standard error."""
    command = [sys.executable, "-c", program, "serve", "--data", str(data), "--port", str(free_port()), *arguments]
    ended = subprocess.run(command, env={**os.environ, **variables}, capture_output=True, text=True, timeout=60)
    return ended.returncode, ended.stderr.strip()


@pytest.mark.long
def test_a_start_without_its_database_is_a_sentence_without_the_password(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("battery-staple\n")
    (tmp_path / "password").chmod(0o600)
    code, said = _start(
        tmp_path / "data",
        "--database-password-file",
        str(tmp_path / "password"),
        CLOCKHOUSE_DATABASE="postgresql://ada:correct-horse@127.0.0.1:1/x",
    )
    assert code == 1
    assert said == (
        "The database postgresql://ada@127.0.0.1:1/x does not answer: Connection refused. "
        "Check that PostgreSQL runs there and can be reached."
    )


def test_a_password_on_the_command_line_is_refused(tmp_path: Path) -> None:
    code, said = _start(tmp_path, "--database", "postgresql://ada:correct-horse@127.0.0.1:1/x")
    assert code == 1
    assert said.startswith("Everybody on this machine can read a password that is on the command line.")
    assert "correct-horse" not in said


def test_a_password_file_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    code, said = _start(tmp_path, "--database-password-file", str(tmp_path / "none"))
    assert (code, said.partition(" (")[0]) == (1, f"The database's password cannot be read from {tmp_path / 'none'}")


@pytest.mark.long
def test_a_start_without_the_driver_says_how_to_install_it(tmp_path: Path) -> None:
    code, said = _start(tmp_path, "--database", "postgresql://ada@127.0.0.1:1/x", program=_WITHOUT_DRIVER)
    assert code == 1
    assert said == (
        "PostgreSQL needs a driver that is not installed. Install it: pip install 'clockhouse[server,postgres]'"
    )
