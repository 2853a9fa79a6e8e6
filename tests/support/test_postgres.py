"""The server that tests are given keeps its promises."""

import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from tests.support.postgres import Postgres

pytestmark = [pytest.mark.postgres, pytest.mark.slow]


def test_databases_are_empty_and_apart(postgres: Postgres) -> None:
    first, second = postgres.new_database(), postgres.new_database()
    with psycopg.connect(first, autocommit=True) as connection:
        connection.execute("CREATE TABLE note (id int)")
    with psycopg.connect(second) as connection:
        assert connection.execute("SELECT to_regclass('note')").fetchone() == (None,)


def test_a_restart_keeps_the_address_and_what_was_committed(postgres: Postgres) -> None:
    url = postgres.new_database()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE note AS SELECT 7 AS id")
        postgres.restart()
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT id FROM note").fetchone() == (7,)


def test_while_stopped_nobody_connects(postgres: Postgres) -> None:
    postgres.stop()
    try:
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(postgres.url())
    finally:
        postgres.start()
    psycopg.connect(postgres.url()).close()


def test_the_next_run_ends_what_a_killed_run_left() -> None:
    program = "from tests.support.postgres import Postgres; s = Postgres(); print(s._folder, flush=True); input()"
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", program], stdin=pipe, stdout=pipe, text=True) as killed:
        assert killed.stdout is not None
        folder = Path(killed.stdout.readline().strip())
        killed.send_signal(signal.SIGKILL)
    server = int((folder / "data/postmaster.pid").read_text().split()[0])
    assert str(folder).encode() in _command(server)
    subprocess.run([sys.executable, "-c", "from tests.support import postgres; postgres._clean_up()"], check=True)
    assert not folder.exists()
    assert str(folder).encode() not in _command(server)


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
