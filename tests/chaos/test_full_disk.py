"""A disk becomes full under a server: it says so once, stops claiming, and goes on by itself when there is room."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import httpx
import psycopg
import pytest
from tests.chaos import world
from tests.chaos.fleet import COMMAND, Member, fleet
from tests.chaos.verdict import OPEN, check, verdict
from tests.chaos.world import PATH, World
from tests.stories import prepared
from tests.support.ledger import ledger
from tests.support.server import free_port
from tests.support.waiting import eventually

from clockhouse.client import Client
from clockhouse.errors import Outage, Unavailable
from clockhouse.kit import Secret
from clockhouse.store import projects
from clockhouse.store.postgresql import PostgreSQL
from clockhouse.task import SystemClock

pytestmark = [pytest.mark.slow, pytest.mark.long]

PLACES = 4
ROOM_BYTES = 12 * 1024 * 1024  # beside what the build takes
NewDisk = Callable[..., Path]


@pytest.fixture
def new_disk() -> Iterator[NewDisk]:
    """Makes a folder a small disk of its own, of so many bytes and files; skips where that is not allowed."""
    made: list[Path] = []

    def new(place: Path, size: int, files: int = 100_000) -> Path:
        place.mkdir(exist_ok=True)
        command = ["mount", "-t", "tmpfs", "-o", f"size={size},nr_inodes={files}", "tmpfs", str(place)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            pytest.skip(f"a small disk cannot be mounted here: {done.stderr.strip()}")
        made.append(place)
        return place

    yield new
    for place in made:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def fill(disk: Path) -> Path:
    """A file that takes all the room there is."""
    filler = disk / "filler"
    with filler.open("ab", buffering=0) as file:
        for size in (1024 * 1024, 4096, 512, 1):
            try:
                while True:
                    file.write(b"\0" * size)
            except OSError:
                continue
    return filler


def size_of(folder: Path) -> int:
    return sum(each.lstat().st_blocks * 512 for each in folder.rglob("*"))


def health(server: Member) -> tuple[int, Any]:
    answer = httpx.get(f"{server.address}/healthz", timeout=5, trust_env=False)
    return answer.status_code, answer.json()


@contextmanager
def started(built: Path, folder: Path, logs: Path) -> Iterator[Member]:
    """A server with a copy of what is built."""
    shutil.copytree(built, folder / "server", symlinks=True)
    with fleet(folder, logs=logs) as servers:
        made = servers.add_server("server")
        servers.start()
        yield made


def events(server: Member) -> list[str]:
    """What its log tells, without what it prints for people."""
    said = server.log.read_text().splitlines()
    return [json.loads(line)["event"] for line in said if line.startswith("{")]


def ended(client: Client) -> int:
    counts = client.get("/executions")["counts"]
    return sum(number for state, number in counts.items() if state not in OPEN)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data directory of a server that was stopped in good order; its component is built."""
    folder = tmp_path_factory.mktemp("built")
    with fleet(folder) as builders:
        builder = builders.add_server("server")
        builders.start()
        with builder.client() as client:
            made = World.made(client, folder / "notes", PLACES)
        builder.stop()
    with closing(sqlite3.connect(builder.data / "clockhouse.db")) as connection, connection:
        for statement in world.add_environments(made.environments):
            connection.execute(statement)
    return builder.data


def test_a_server_on_a_full_disk_says_so_and_goes_on_by_itself_when_there_is_room(built, new_disk, tmp_path):
    made = World(world.places(PLACES), tmp_path)
    disk = new_disk(tmp_path / "disk", size_of(built) + ROOM_BYTES)
    with started(built, disk, tmp_path / "logs") as server, server.client() as client:
        made.deploy(client, Random(4), 40)
        eventually(lambda: ended(client) > 10, within=60)
        filler = fill(disk)
        eventually(lambda: health(server)[0] == httpx.codes.SERVICE_UNAVAILABLE, within=60)
        with pytest.raises(Unavailable, match="no room left for the database"):
            post_again_and_again(client)
        eventually(lambda: is_waiting(server, timedelta(seconds=2)), within=60)
        before = ended(client)
        assert set(events(server)) <= {"database.unavailable", "database.available"}
        assert len(events(server)) <= 3
        filler.unlink()
        eventually(lambda: health(server)[0] == httpx.codes.OK, within=60)
        eventually(lambda: ended(client) > before + 10, within=60)
        made.stop(client)
        eventually(lambda: not _open(client), within=60)
        assert server.stop() == 0
    with closing(sqlite3.connect(server.data / "clockhouse.db")) as connection:
        assert list(connection.execute("PRAGMA integrity_check")) == [("ok",)]
        check(verdict(connection.execute, made.runs()), logs=str(server.log))


def test_a_build_or_an_execution_without_room_has_failed_and_says_why(built, new_disk, tmp_path):
    with started(built, tmp_path, tmp_path) as server, server.client() as client:
        large = Random(4).randbytes(300_000).hex()
        prepared.save(client, PATH, {f"large-{number}.txt": large for number in range(4)}, "Grow")
        World(("development",), tmp_path).deploy(client, Random(4), 0)
        new_disk(server.data / "executions", 4096, files=1)
        asked = client.post(f"{PATH}/environments/development/run", {})
        execution = eventually(lambda: over(client, asked["id"]), within=60)
        assert (execution["state"], execution["reason"]["code"]) == ("failed", "not_started")
        assert execution["reason"]["sentence"].endswith("No space left on device.")
        new_disk(server.data / "artifacts", 1024 * 1024)
        build = prepared.built(client, PATH)
        assert build["status"] == "failed"
        assert "No space left on device. Check the free space" in build["problem"]["message"]
        assert prepared.built(client, PATH)["number"] == build["number"] + 1  # the server goes on


@pytest.mark.parametrize("found", ["nothing", "a database"])
def test_a_server_that_finds_no_room_at_its_start_says_so(new_disk, tmp_path, found):
    disk = new_disk(tmp_path / "disk", 4 * 1024 * 1024)
    if found == "a database":
        (disk / "data").mkdir()
        with closing(ledger(disk / "data" / "clockhouse.db").database):
            pass
        (disk / "data" / "lock").write_text("1")
    fill(disk)
    command = [*COMMAND, "serve", "--no-example", "--data", str(disk / "data"), "--port", str(free_port())]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    said = " ".join(done.stderr.split())
    assert done.returncode == 1
    assert "Traceback" not in said
    assert said.startswith("Nothing can be written to" if found == "nothing" else "There is no room left for")


@pytest.mark.postgres
def test_a_full_disk_of_postgresql_is_an_outage_until_there_is_room(postgres, new_disk):
    with psycopg.connect(postgres.url(), autocommit=True) as connection:
        [data] = connection.execute("SHOW data_directory").fetchone()
        disk = new_disk(Path(data).with_name("small"), 32 * 1024 * 1024)
        shutil.chown(disk, Path(data).owner(), Path(data).group())
        connection.execute(f"CREATE TABLESPACE small LOCATION '{disk}'")
        connection.execute("CREATE DATABASE small TABLESPACE small")
        with closing(PostgreSQL(Secret(postgres.url("small")))) as database:
            database.migrate()
            filler = fill(disk)
            with pytest.raises(Outage, match="no room left for the database"):
                write_again_and_again(database)
            assert database.outage is not None
            filler.unlink()
            with database.begin() as tx:
                projects.add(tx, slug="after", name="After", description="")
            assert database.outage is None
        connection.execute("DROP DATABASE small")
        connection.execute("DROP TABLESPACE small")


def write_again_and_again(database: PostgreSQL) -> None:
    for number in count():
        with database.begin() as tx:
            projects.add(tx, slug=f"project-{number}", name="", description=Random(number).randbytes(20_000).hex())


def post_again_and_again(client: Client) -> None:
    """What is small may find room yet."""
    while True:
        client.post("/projects", {"name": "Another"})


def over(client: Client, execution_id: str) -> Any:
    """The execution, once it is."""
    found = client.get(f"/executions/{execution_id}")
    return None if found["state"] in OPEN else found


def is_waiting(server: Member, since: timedelta) -> bool:
    """Whether something has been due for so long, and nothing has been claimed for so long."""
    with closing(sqlite3.connect(f"file:{server.data}/clockhouse.db?mode=ro", uri=True)) as connection:
        due = connection.execute("SELECT min(due_at) FROM executions WHERE state = 'planned'").fetchone()[0]
        claimed = connection.execute("SELECT max(claimed_at) FROM executions").fetchone()[0]
    now = SystemClock().now()
    return all(datetime.fromisoformat(each) < now - since for each in (due, claimed))


def _open(client: Client) -> int:
    counts = client.get("/executions")["counts"]
    return sum(counts.get(state, 0) for state in OPEN)
