"""Very many deployments: how a server starts with them, what they hold and take, and when all are due at once."""

from __future__ import annotations

import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

from benchmarks import platform, population
from benchmarks.effort import Effort
from benchmarks.figure import Figure, quantile
from benchmarks.places import KINDS, POSTGRESQL, Place, bare_sqlite, new_place

SETTLE_S = 3
_COUNT = "SELECT count(*) FROM executions WHERE state <> 'planned'"
_ENDED = "SELECT count(*) FROM executions WHERE finished_at IS NOT NULL"


def deployments(effort: Effort) -> list[Figure]:
    """A server with very many deployments that are due another day: its start, its memory, its idle processor time."""
    return [figure for kind in KINDS for figure in _many(kind, effort)]


def storm(effort: Effort) -> list[Figure]:
    """Very many deployments that are due in the same second: until all of them are in the ledger."""
    return [
        Figure(
            f"{effort.storm:,} due at once, {kind}",
            "s",
            [_storm(kind, effort.storm) for _ in range(effort.runs)],
            1,
            [_bare_inserts(effort.storm) for _ in range(effort.runs)],
            notes={"executions": effort.storm},
        )
        for kind in KINDS
    ]


def rate(effort: Effort) -> list[Figure]:
    """Executions of nothing that are due at once, two at a time: how many a second, all of each included."""
    floor = [1000 / quantile(platform.forks().to_end_ms, 0.5) for _ in range(effort.runs)]
    return [
        Figure(
            f"executions, {kind}",
            "/s",
            [_rate(kind, effort.executions) for _ in range(effort.runs)],
            500,
            floor,
            more_is_better=True,
        )
        for kind in KINDS
    ]


def _many(kind: str, effort: Effort) -> list[Figure]:
    with new_place(kind) as place:
        _deploy_one(place)
        empty = [_started(place, effort) for _ in range(effort.runs)]
        with place.database() as database:
            later = platform.now() + timedelta(days=2)
            population.deploy(database, effort.deployments, lambda number: later + timedelta(seconds=number))
        full = [_started(place, effort) for _ in range(effort.runs)]
    name = f"{effort.deployments:,} deployments, {kind}"
    added = [each[1] - quantile([one[1] for one in empty], 0.5) for each in full]
    return [
        Figure(f"{name}: start to ready", "s", [each[0] for each in full], 3, [each[0] for each in empty]),
        Figure(f"{name}: memory they add", "MB", added, 100),
        Figure(f"{name}: idle a minute", "s", [each[2] for each in full], 0.1, [each[2] for each in empty]),
    ]


def _started(place: Place, effort: Effort) -> tuple[float, float, float]:
    """Seconds to ready, resident megabytes, idle processor seconds a minute."""
    began = time.perf_counter()
    with platform.server(place) as (server, _client):
        ready = time.perf_counter() - began
        platform.wait(SETTLE_S)
        spent = platform.cpu_s(server.process.pid)
        platform.wait(effort.idle_s)
        idle = (platform.cpu_s(server.process.pid) - spent) * 60 / effort.idle_s
        return ready, platform.resident_mb(server.process.pid), idle


def _storm(kind: str, count: int) -> float:
    with new_place(kind) as place:
        due_at = _due_together(place, count, timedelta(seconds=20 + count / 1000))
        with platform.server(place, "--executions", "1"), _counting(place) as count_of:
            _wait_for(due_at)
            while count_of(_COUNT) < count:
                platform.wait(0.01)
            return (platform.now() - due_at).total_seconds()


def _rate(kind: str, count: int) -> float:
    with new_place(kind) as place:
        due_at = _due_together(place, count, timedelta(seconds=15))
        with platform.server(place, "--executions", "2"), _counting(place) as count_of:
            _wait_for(due_at)
            while count_of(_ENDED) < count:
                platform.wait(0.02)
            return count / (platform.now() - due_at).total_seconds()


def _deploy_one(place: Place) -> None:
    """A real build, so that its copies can be run; it is due so late that it never is."""
    with platform.server(place) as (_server, client):
        platform.deploy(client, schedules=1, every_s=86_400 * 300)


def _due_together(place: Place, count: int, after: timedelta) -> datetime:
    _deploy_one(place)
    due_at = platform.now().replace(microsecond=0) + after
    with place.database() as database:
        population.deploy(database, count, lambda _number: due_at)
    if platform.now() > due_at - timedelta(seconds=5):
        raise RuntimeError("To prepare it took so long that it is due already.")
    return due_at


def _wait_for(instant: datetime) -> None:
    platform.wait(max(0, (instant - platform.now()).total_seconds()))


@contextmanager
def _counting(place: Place) -> Iterator[Callable[[str], int]]:
    """Counts rows beside the server, with as little ado as there can be."""
    if place.kind == POSTGRESQL:
        with psycopg.connect(place.address or "", autocommit=True) as connection:
            yield lambda sql: _number(connection.execute(sql))
        return
    with closing(sqlite3.connect(f"{(place.data / 'clockhouse.db').as_uri()}?mode=ro", uri=True)) as file:
        yield lambda sql: _number(file.execute(sql))


def _number(answer: Any) -> int:
    return int(answer.fetchone()[0])


def _bare_inserts(count: int) -> float:
    """Seconds to write so many rows of a ledger's width to SQLite, in one commit."""
    with tempfile.TemporaryDirectory(prefix="clockhouse-bench-") as folder, bare_sqlite(Path(folder)) as connection:
        connection.execute("CREATE TABLE rows (id TEXT PRIMARY KEY, a TEXT, b TEXT, c TEXT) WITHOUT ROWID")
        rows = [(f"{number:026}", "x" * 26, "y" * 26, "z" * 27) for number in range(count)]
        began = time.perf_counter()
        connection.execute("BEGIN")
        connection.executemany("INSERT INTO rows VALUES (?, ?, ?, ?)", rows)
        connection.execute("COMMIT")
        return time.perf_counter() - began
