"""What becomes of the promise when a real server is killed, stopped, or cannot start."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from tests.stories import prepared
from tests.support import server as servers
from tests.support.engine import SOURCE
from tests.support.hanging import hanging_python
from tests.support.server import Server
from tests.support.waiting import eventually

from clockhouse.client import Client

pytestmark = pytest.mark.slow

COMPONENT = "/projects/shop/components/task"
FOREVER = "import os, signal; print('pid', os.getpid(), flush=True); signal.pause()"
COMMAND = [sys.executable, "-c", "from clockhouse.cli.main import run; run()", "serve", "--no-example"]


@dataclass(frozen=True, slots=True)
class Shop:
    """A running server with a component that does whatever its configuration says."""

    server: Server
    client: Client

    def deploy(self, code: str, *, every_s: float | None = None, **more: Any) -> datetime:
        """When the deployment was made."""
        schedules = [] if every_s is None else [{"trigger": {"kind": "interval", "every_s": every_s}}]
        wanted = {"environment": "development", "configuration": {"code": code}, "schedules": schedules, **more}
        return instant(self.client.post(f"{COMPONENT}/deployments", wanted)["created_at"])

    def run(self) -> str:
        """Starts it now; the execution's id."""
        return str(self.client.post(f"{COMPONENT}/environments/development/run", {})["id"])

    def executions(self, **query: Any) -> list[dict[str, Any]]:
        """All of them, page by page."""
        found, before = [], None
        while True:
            page = self.client.get("/executions", limit=50, before=before, **query)
            found += page["items"]
            before = page["next"]
            if before is None:
                return found

    def get(self, execution_id: str) -> dict[str, Any]:
        return dict(self.client.get(f"/executions/{execution_id}"))

    def ended(self, execution_id: str) -> dict[str, Any]:
        open_states = ("queued", "started")
        eventually(lambda: self.get(execution_id)["state"] not in open_states, within=30)
        return self.get(execution_id)

    def pid(self, execution_id: str) -> int:
        """The process of an execution of FOREVER, once it has said it."""
        lines = eventually(lambda: self.client.get(f"/executions/{execution_id}/log")["lines"])
        return int(lines[0]["text"].split()[1])


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


@contextmanager
def opened(data: Path, *options: str, port: int | None = None) -> Iterator[Shop]:
    with servers.running(data, *options, port=port) as server:
        eventually(lambda: (data / "token").exists())
        with Client(server.base_url, (data / "token").read_text().strip()) as client:
            yield Shop(server, client)


@pytest.fixture(scope="module")
def template(tmp_path_factory) -> Path:
    """The data directory of a server that was stopped in good order, with a component that is built."""
    data = tmp_path_factory.mktemp("template") / "data"
    with opened(data) as shop:
        client = shop.client
        client.post("/projects", {"name": "Shop"})
        client.post("/projects/shop/components", {"name": "Task"})
        head = client.get(f"{COMPONENT}/source")["commit"]["sha"]
        client.post(f"{COMPONENT}/commits", {"parent": head, "message": "Do as told", "changes": {"main.py": SOURCE}})
        number = client.post(f"{COMPONENT}/builds", {})["number"]
        eventually(lambda: client.get(f"{COMPONENT}/builds/{number}")["status"] == "succeeded", within=60)
    return data


@pytest.fixture
def data(template, tmp_path) -> Path:
    copied = tmp_path / "data"
    shutil.copytree(template, copied, symlinks=True)
    return copied


def kill(server: Server) -> None:
    """As a machine that runs out of memory does."""
    server.process.kill()
    server.process.wait()


def test_what_a_kill_cuts_off_is_lost_or_tried_again_and_its_process_is_gone(data, tmp_path):
    once = tmp_path / "once"
    code = f"import os, signal; from pathlib import Path\nif not Path({str(once)!r}).exists():\n    {FOREVER}"
    with opened(data) as shop:
        token = (data / "token").read_text()
        shop.deploy(FOREVER)
        lost = shop.run()
        shop.deploy(code, retry={"attempts": 2, "delay_s": 0})
        retried = shop.run()
        pids = [shop.pid(lost), shop.pid(retried)]
        kill(shop.server)
        eventually(lambda: not any(map(is_alive, pids)))
    (data / "executions" / "cut-off" / "by-a-power-cut").mkdir(parents=True)
    once.touch()
    with opened(data) as shop:
        execution = shop.ended(lost)
        assert (execution["state"], execution["reason"]["code"]) == ("lost", "server_lost")
        assert (execution["duration_s"], execution["attempt"]) == (None, 1)
        execution = shop.ended(retried)
        assert (execution["state"], execution["attempt"]) == ("succeeded", 2)
        assert [attempt["state"] for attempt in execution["attempts"]] == ["lost"]
        eventually(lambda: not list((data / "executions").iterdir()))
        assert (data / "token").read_text() == token


def test_a_build_that_a_kill_cuts_off_is_lost_and_can_be_tried_again(data):
    source = hanging_python()
    with opened(data) as shop:
        prepared.save(shop.client, COMPONENT, source.files, "Build for ever")
        number = shop.client.post(f"{COMPONENT}/builds", {})["number"]
        source.begun()
        kill(shop.server)
        source.ended()
    with opened(data) as shop:
        build = shop.client.get(f"{COMPONENT}/builds/{number}")
        assert (build["status"], build["problem"]["message"]) == (
            "lost",
            "The server that ran this build went away. Build the commit again.",
        )
        retried = shop.client.post(f"{COMPONENT}/builds/{number}/retry", {})
        assert retried["commit"] == build["commit"]
        again = f"{COMPONENT}/builds/{retried['number']}"
        eventually(lambda: shop.client.get(again)["status"] == "failed", within=60)  # nobody waits for it now


def until_exists(path: Path) -> str:
    return f"""
import os, pathlib, signal
print("pid", os.getpid(), flush=True)
while not pathlib.Path({str(path)!r}).exists():
    signal.sigtimedwait([], 0.02)
"""


@pytest.mark.parametrize(
    "number",
    [pytest.param(signal.SIGTERM, id="SIGTERM"), pytest.param(signal.SIGINT, id="SIGINT", marks=pytest.mark.long)],
)
def test_a_stop_waits_for_what_runs_and_ends_well(data, tmp_path, number):
    go = tmp_path / "go"
    with opened(data) as shop:
        shop.deploy(until_exists(go))
        execution_id = shop.run()
        shop.pid(execution_id)
        shop.server.process.send_signal(number)
        said = shop.server.process.stdout
        assert said is not None
        line = next(line for line in said if "Stopping" in line)
        assert "one execution under way has ended" in line
        assert shop.server.process.poll() is None
        go.touch()
        assert shop.server.process.wait(20) == 0
    assert ledger(data, execution_id) == ("succeeded", None)


@pytest.mark.long
def test_a_second_signal_ends_what_runs_at_once_and_says_so(data):
    with opened(data) as shop:
        shop.deploy(FOREVER)
        execution_id = shop.run()
        pid = shop.pid(execution_id)
        process = shop.server.process
        process.send_signal(signal.SIGTERM)
        assert process.stdout is not None
        assert any("Stopping" in line for line in process.stdout)
        process.send_signal(signal.SIGTERM)
        assert any("the ledger has them as lost" in line for line in process.stdout)
        assert process.wait(20) == 0
        assert not is_alive(pid)
    assert ledger(data, execution_id) == ("lost", "server_stopped")


@pytest.mark.long
def test_a_stop_loses_patience_by_itself(data):
    with opened(data, "--drain", "0.2") as shop:
        shop.deploy(FOREVER)
        execution_id = shop.run()
        shop.pid(execution_id)
        shop.server.process.send_signal(signal.SIGTERM)
        assert shop.server.process.wait(20) == 0
    assert ledger(data, execution_id) == ("lost", "server_stopped")


def ledger(data: Path, execution_id: str) -> tuple[str, str | None]:
    """State and reason of an execution, while no server runs."""
    with closing(sqlite3.connect(data / "clockhouse.db")) as database:
        row = database.execute("SELECT state, reason_code FROM executions WHERE id = ?", (execution_id,)).fetchone()
    return row[0], row[1]


def refused(data: Path, *options: str) -> str:
    """What a server that cannot start says; it says one sentence, and ends with 1."""
    arguments = ["--data", str(data), *(options or ("--port", str(servers.free_port())))]
    ended = subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, timeout=30)
    assert ended.returncode == 1, ended
    assert "Traceback" not in ended.stderr
    assert ended.stdout == ""
    return " ".join(ended.stderr.split())


def test_a_port_in_use_is_a_sentence(tmp_path):
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = refused(tmp_path / "data", "--port", str(port))
    assert said == (
        f"The port {port} of 127.0.0.1 cannot be used (Address already in use). "
        "Stop the program that holds it, or choose another one with --port."
    )


@pytest.mark.long
@pytest.mark.parametrize("place", ["file", "folder"])
def test_a_data_directory_that_cannot_be_written_to_is_a_sentence(tmp_path, place):
    if place == "file":
        data = tmp_path / "file"
        data.write_text("")
    else:
        data = Path("/proc/clockhouse")
    said = refused(data)
    assert said.startswith(f"The data directory {data} cannot be written to (")
    assert said.endswith("choose another one with --data.")


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_data_directory_of_somebody_else_is_a_sentence(tmp_path):
    data = tmp_path / "data"
    data.mkdir(mode=0o500)
    assert "cannot be written to" in refused(data)


@pytest.mark.long
def test_a_database_of_a_newer_version_is_a_sentence(data):
    with closing(sqlite3.connect(data / "clockhouse.db")) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '9999_future'")
    said = refused(data)
    assert said.startswith(f"The database {data / 'clockhouse.db'} was made by a newer version of Clockhouse (9999_")


@pytest.mark.long
def test_what_is_no_database_is_a_sentence(tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    (data / "clockhouse.db").write_bytes(b"this is no database" * 100)
    assert "is not a database" in refused(data)


@pytest.mark.long
def test_what_stands_in_the_way_of_a_file_is_a_sentence(tmp_path):
    data = tmp_path / "data"
    (data / "token").mkdir(parents=True)
    assert f"{data / 'token'}" in refused(data)


@pytest.mark.long
def test_a_second_server_on_the_same_data_is_a_sentence(data):
    with opened(data) as shop:
        said = refused(data)
        assert said.startswith(f"Another Clockhouse (process {shop.server.process.pid}) is running with the data")
        shop.client.get("/session")  # the first one is none the worse for it
