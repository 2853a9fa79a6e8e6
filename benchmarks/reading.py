"""What people ask of a ledger with very many rows, and of one that a task floods with lines meanwhile."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tests.support.ledger import MINUTE, every, furnished

from benchmarks import platform, population
from benchmarks.effort import Effort
from benchmarks.figure import Figure, quantile
from benchmarks.places import KINDS, bare_sqlite, new_place
from clockhouse.client import Client

_COPIES = 49  # components beside the first one
_LINE = "2026-11-22 12:00:00 order 4711 was shipped to its customer in good time"


def listing(effort: Effort) -> list[Figure]:
    """The list of executions of a ledger with very many, by each filter, asked over HTTP."""
    return [figure for kind in KINDS for figure in _listing(kind, effort)]


def log_lines(effort: Effort) -> list[Figure]:
    """One execution that prints very many lines: how many a second are stored, and what the API takes meanwhile."""
    return [figure for kind in KINDS for figure in _log_lines(kind, effort)]


def _listing(kind: str, effort: Effort) -> list[Figure]:
    with new_place(kind) as place:
        with place.database() as database:
            furnished(database, database.clock).deploy(every(MINUTE, platform.now() + timedelta(days=3)))
            population.deploy(database, _COPIES, lambda _number: platform.now() + timedelta(days=3))
            since = platform.now() - timedelta(minutes=effort.ledger / (_COPIES + 1) + 1)
            population.end(database, effort.ledger, since=since)
        with platform.server(place) as (_server, client):
            runs = [_asked(client, since, effort.requests) for _ in range(effort.runs)]
    name = f"list of {effort.ledger:,}, {kind}"
    return [
        Figure(
            f"{name}, {what}, {words}",
            "ms",
            [quantile(run[what], share) for run in runs],
            50 if share == 0.99 else None,
            [quantile(run[_NOTHING], share) for run in runs],
        )
        for what in runs[0]
        if what != _NOTHING
        for words, share in (("p50", 0.5), ("p99", 0.99))
    ]


_NOTHING = "nothing"


def _asked(client: Client, since: datetime, requests: int) -> dict[str, list[float]]:
    """Milliseconds of each request, by the filter; `nothing` is a request that reads no executions."""
    day = {"start": since.isoformat(), "end": (since + timedelta(days=1)).isoformat()}
    filters: dict[str, dict[str, Any]] = {
        "all": {},
        "failed": {"state": "failed"},
        "missed of a component": {"project": "shop", "component": "copy-7", "state": "missed"},
        "a component": {"project": "shop", "component": "copy-7"},
        "a day long ago": day,
        "by hand": {"origin": "manual"},
    }
    asks: dict[str, Callable[[], object]] = {_NOTHING: lambda: client.get("/environments")}
    for name, query in filters.items():
        asks[name] = lambda query=query: client.get("/executions", **query, limit=50)  # type: ignore[misc]
    return {name: [_ms(ask) for _ in range(requests)] for name, ask in asks.items()}


def _log_lines(kind: str, effort: Effort) -> list[Figure]:
    task = f'"""Says much."""\n\n\ndef main() -> None:\n    for _ in range({effort.lines}):\n        print("{_LINE}")\n'
    rates, answers = [], []
    for _ in range(effort.runs):
        with new_place(kind) as place, platform.server(place) as (_server, client):
            platform.deploy(client, schedules=1, every_s=86_400 * 300, code=task)
            started = client.post(f"{platform.COMPONENT}/environments/development/run", {})
            took: list[float] = []
            while (found := client.get(f"/executions/{started['id']}"))["state"] in ("queued", "started"):
                took.append(_ms(lambda: client.get("/executions", limit=50)))
                platform.wait(0.02)
            if found["state"] != "succeeded":
                raise RuntimeError(f"It did not succeed: {found['reason']}")
            rates.append(effort.lines / _seconds(found["started_at"], found["finished_at"]))
            answers.append(quantile(took or [0.0], 0.99))
    floor = [_bare_lines(effort.lines) for _ in range(effort.runs)]
    name = f"{effort.lines:,} lines, {kind}"
    return [
        Figure(f"{name}: stored", "/s", rates, 100_000, floor, more_is_better=True),
        Figure(f"{name}: list meanwhile, p99", "ms", answers, 100),
    ]


def _bare_lines(count: int) -> float:
    """Lines a second that SQLite takes when they are there already, two thousand a commit."""
    with tempfile.TemporaryDirectory(prefix="clockhouse-bench-") as folder, bare_sqlite(Path(folder)) as connection:
        connection.execute("CREATE TABLE lines (source TEXT, seq INT, at TEXT, text TEXT, PRIMARY KEY (source, seq))")
        began = time.perf_counter()
        for first in range(0, count, 2_000):
            connection.execute("BEGIN")
            rows = [("s" * 26, first + number, "t" * 27, _LINE) for number in range(min(2_000, count - first))]
            connection.executemany("INSERT INTO lines VALUES (?, ?, ?, ?)", rows)
            connection.execute("COMMIT")
        return count / (time.perf_counter() - began)


def _ms(ask: Callable[[], object]) -> float:
    began = time.perf_counter()
    ask()
    return (time.perf_counter() - began) * 1000


def _seconds(start: str, end: str) -> float:
    return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()
