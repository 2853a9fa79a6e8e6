"""Servers on machines of their own: all that they have in common is a PostgreSQL database and the vault's key."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest
from tests.stories import prepared
from tests.stories.conftest import connected
from tests.support import server as servers
from tests.support.postgres import Postgres
from tests.support.waiting import eventually

from clockhouse.client import Client
from clockhouse.task import SystemClock

pytestmark = [pytest.mark.postgres, pytest.mark.slow, pytest.mark.long]

DEVELOPMENT = "environments/development"
SECRET = "open sesame"
SOURCE = f"""
from clockhouse.kit import Secret, TaskConfig, setting


class Config(TaskConfig):
    password: Secret = setting("What opens it")


def main(config: Config) -> None:
    print("opened by the first version", config.password.reveal() == {SECRET!r})
"""
RUNS_NOTHING = ("--executions", "0")
SCHEDULES = 4
HALF_A_SECOND = timedelta(seconds=0.5)


@contextmanager
def server(address: str, data: Path, key: Path, *options: str) -> Iterator[Client]:
    named = ["--database", address, "--key-file", str(key), *options]
    with servers.running(data, *named) as running, connected(running) as client:
        yield client


def run(client: Client, path: str) -> dict[str, Any]:
    """An execution of what is deployed, once it is over."""
    started = client.post(f"{path}/{DEVELOPMENT}/run", {})["id"]

    def over() -> dict[str, Any] | None:
        found: dict[str, Any] = client.get(f"/executions/{started}")
        return found if found["finished_at"] else None

    found = eventually(over, within=30)
    assert found is not None
    return found


def said(client: Client, execution: dict[str, Any]) -> list[str]:
    return [line["text"] for line in client.get(f"/executions/{execution['id']}/log")["lines"]]


def test_what_one_server_made_another_one_runs_shows_and_changes(postgres: Postgres, tmp_path: Path) -> None:
    address, one, two = postgres.new_database(), tmp_path / "one", tmp_path / "two"
    with ExitStack() as first:
        client = first.enter_context(server(address, one, one / "vault.key", *RUNS_NOTHING))
        path = prepared.saved(client, "shop", "task", {"main.py": SOURCE})
        prepared.deployed(client, path, configuration={"password": SECRET})
        with pytest.raises(RuntimeError, match=r"There is no key at .* Copy vault\.key there"):
            first.enter_context(server(address, two, tmp_path / "copied.key"))
        shutil.copy(one / "vault.key", tmp_path / "copied.key")
        with server(address, two, tmp_path / "copied.key") as beside:
            execution = run(client, path)
            assert execution["state"] == "succeeded", execution
            assert said(client, execution) == ["opened by the first version True"]
            first.close()  # and its machine is gone for good
            shutil.rmtree(one)

            source = beside.get(f"{path}/source")
            assert {file["path"]: file["text"] for file in source["files"]}["main.py"] == SOURCE
            prepared.save(beside, path, {"main.py": SOURCE.replace("first", "second")}, "Speak of the second")
            assert len(beside.get(f"{path}/commits")) == 3
            prepared.deployed(beside, path)
            assert said(beside, run(beside, path)) == ["opened by the second version True"]
    assert not (two / "vault.key").exists()


def test_servers_restarted_one_after_the_other_miss_nothing_and_do_nothing_twice(
    postgres: Postgres, tmp_path: Path
) -> None:
    address, key = postgres.new_database(), tmp_path / "vault.key"
    with ExitStack() as one, ExitStack() as two:
        client = one.enter_context(server(address, tmp_path / "one", key))
        path = prepared.saved(client, "shop", "task", {"main.py": "def main():\n    pass\n"})
        trigger = {"kind": "interval", "every_s": HALF_A_SECOND.total_seconds()}
        terms = {"trigger": trigger, "overlap": "allow", "catch_up": {"mode": "all"}}
        began = prepared.at(prepared.deployed(client, path, schedules=[terms] * SCHEDULES)["created_at"])
        two.enter_context(server(address, tmp_path / "two", key))
        for stopped, name in ((one, "one"), (two, "two")):
            eventually(partial(all_go_on, address, since=SystemClock().now()), within=30)
            stopped.close()
            stopped.enter_context(server(address, tmp_path / name, key))
        until = SystemClock().now()
        eventually(partial(all_go_on, address, since=until), within=30)
        rows = eventually(lambda: settled(address, until), within=30)

    assert {state for _, _, state in rows} == {"succeeded"}
    by_schedule: dict[str, list[datetime]] = {}
    for schedule, due_at, _ in rows:
        by_schedule.setdefault(schedule, []).append(due_at)
    assert len(by_schedule) == SCHEDULES
    for due in by_schedule.values():
        first, last = due[0], due[-1]
        assert first - began < 2 * HALF_A_SECOND
        assert until - last <= HALF_A_SECOND
        assert due == [first + number * HALF_A_SECOND for number in range((last - first) // HALF_A_SECOND + 1)]


def all_go_on(address: str, *, since: datetime) -> bool:
    """Whether something of each schedule that fell due after that has succeeded."""
    found = {schedule for schedule, due_at, state in ledger(address) if due_at > since and state == "succeeded"}
    return len(found) == SCHEDULES


def settled(address: str, until: datetime) -> list[tuple[str, datetime, str]] | None:
    """All that fell due until then, once it is over."""
    rows = [row for row in ledger(address) if row[1] <= until]
    return rows if all(state not in ("planned", "queued", "started") for _, _, state in rows) else None


def ledger(address: str) -> list[tuple[str, datetime, str]]:
    """Schedule, due time and state of every row, in order of their due times."""
    with psycopg.connect(address) as connection:
        return connection.execute("SELECT schedule_id, due_at, state FROM executions ORDER BY due_at").fetchall()
