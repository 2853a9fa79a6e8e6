"""Workers beside each other, each a process of its own, that claim what waits until nothing is left.

`python -m benchmarks.workers WAY DATA [ADDRESS]` is one of them: it says `ready`, begins when a line comes in, and says
how many it claimed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import psycopg
from tests.support.ledger import MINUTE, every, furnished

from benchmarks import platform, population
from benchmarks.effort import Effort
from benchmarks.figure import Figure
from benchmarks.places import POSTGRESQL, ROOT, SQLITE, Place, new_place
from clockhouse.store import claims as claims_store

ROOM = 8
BARE = "bare"
_TAKE = f"""
    UPDATE executions SET state = 'started', worker = 'w', claimed_at = now(), lease_until = now()
    WHERE id IN (
        SELECT id FROM executions
        WHERE state = 'queued' AND state IN ('planned', 'queued', 'started') AND ready_at <= now()
        ORDER BY ready_at LIMIT {ROOM} FOR NO KEY UPDATE SKIP LOCKED
    )
"""


def claims(effort: Effort) -> list[Figure]:
    """What waits in the ledger, claimed eight at a time: by four workers of PostgreSQL, by the one of SQLite."""
    bare = [_claims(POSTGRESQL, 4, effort.claims, BARE) for _ in range(effort.runs)]
    four = [_claims(POSTGRESQL, 4, effort.claims, POSTGRESQL) for _ in range(effort.runs)]
    one = [_claims(SQLITE, 1, effort.claims, SQLITE) for _ in range(effort.runs)]
    return [
        Figure("claims, four workers, PostgreSQL", "/s", four, 2_000, bare, more_is_better=True),
        Figure("claims, one worker, SQLite", "/s", one, None, more_is_better=True),
    ]


def _claims(kind: str, workers: int, count: int, way: str) -> float:
    with new_place(kind) as place, ExitStack() as opened:
        _fill(place, count)
        command = [sys.executable, "-m", "benchmarks.workers", way, str(place.data), *filter(None, [place.address])]
        started = [
            opened.enter_context(subprocess.Popen(command, cwd=ROOT, text=True, stdin=-1, stdout=-1))
            for _ in range(workers)
        ]
        for each in started:
            _line(each)
        began = time.perf_counter()
        for each in started:
            assert each.stdin is not None
            each.stdin.write("go\n")
            each.stdin.flush()
        claimed = sum(int(_line(each)) for each in started)
        took = time.perf_counter() - began
    if claimed != count:
        raise RuntimeError(f"Of {count} executions {claimed} were claimed.")
    return count / took


def _fill(place: Place, count: int) -> None:
    with place.database() as database:
        furnished(database, database.clock).deploy(every(MINUTE, platform.now() + timedelta(days=1)))
        population.queue(database, count)


def _line(worker: subprocess.Popen[str]) -> str:
    assert worker.stdout is not None
    return worker.stdout.readline()


def _work(way: str, data: str, address: str | None) -> int:
    """How many this worker claimed."""
    if way == BARE:
        return _work_bare(address or "")
    with Place(way, Path(data), address).database() as database:
        with database.read():
            pass
        _wait_for_word()
        found = 0
        while True:
            with database.begin() as tx:
                claimed = claims_store.claim(tx, f"bench:{os.getpid()}", ROOM, tx.now + timedelta(seconds=30))
            if not claimed:
                return found
            found += len(claimed)


def _work_bare(address: str) -> int:
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("SELECT 1")
        _wait_for_word()
        found = 0
        while taken := connection.execute(_TAKE).rowcount:
            found += taken
        return found


def _wait_for_word() -> None:
    print("ready", flush=True)
    sys.stdin.readline()


if __name__ == "__main__":
    print(_work(sys.argv[1], sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else None), flush=True)
