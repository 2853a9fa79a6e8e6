"""Two servers at one PostgreSQL, one of which is cut off: no occurrence is missing, none is twice, none stays open."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from tests.support import engine as support
from tests.support.databases import empty_address, migrated_address
from tests.support.engine import engine
from tests.support.ledger import Ledger, furnished
from tests.support.properties import IS_THOROUGH
from tests.support.waiting import comes

from clockhouse.engine import janitor
from clockhouse.engine.janitor import Janitor
from clockhouse.engine.ticker import Ticker
from clockhouse.errors import Unavailable
from clockhouse.kit import Secret
from clockhouse.model.deployment import Limits
from clockhouse.model.execution import SERVER_LOST, Reason, State
from clockhouse.model.schedule import Terms
from clockhouse.store import executions
from clockhouse.store.database import Database
from clockhouse.store.postgresql import PostgreSQL
from clockhouse.task import CatchUp, CatchUpMode, IntervalTrigger, Overlap, Retry

__all__ = ["empty_address", "migrated_address"]
pytestmark = [pytest.mark.postgres, pytest.mark.slow, pytest.mark.thorough]

SCHEDULES = 50 if IS_THOROUGH else 15
SHORTEST, LONGEST = timedelta(seconds=0.5), timedelta(seconds=2)
LEASE = timedelta(seconds=3)
CODE = """
import os, signal
os.write(os.open({!r}, os.O_WRONLY | os.O_APPEND), b".")
signal.sigtimedwait([], 0.3)
"""


@asynccontextmanager
async def server(ledger, artifact, folder, name) -> AsyncIterator[list[asyncio.Task[None]]]:
    """A server's services for schedules and executions; yields their tasks, to be cut off."""
    database = ledger.database
    database.listen()
    async with engine(ledger, artifact, folder / name, worker=name, room=16, lease=LEASE) as running:
        parts = running.journal, database.changes, database.clock
        others = [Ticker(*parts), Janitor(*parts, folder / "artifacts", worker=name)]
        tasks = [running.service, *(asyncio.create_task(service.run()) for service in others)]
        yield tasks
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


def due(terms: Terms) -> list[datetime]:
    """By hand: the trigger's own arithmetic is not to be trusted here."""
    trigger, count = terms.trigger, 0
    found = []
    while (at := trigger.start + count * trigger.every) <= trigger.end:
        found.append(at)
        count += 1
    return found


def scheduled(ledger: Ledger, code: str, lasts: timedelta) -> list[Terms]:
    """Deploys it with many schedules; their terms, in their order."""
    start = ledger.now + timedelta(seconds=1)
    step = (LONGEST - SHORTEST) / (SCHEDULES - 1)
    triggers = [IntervalTrigger(SHORTEST + n * step, start + n * step, start + lasts) for n in range(SCHEDULES)]
    all_of_them = CatchUp(CatchUpMode.ALL)
    terms = [Terms(trigger, Overlap.ALLOW, all_of_them) for trigger in triggers]
    ledger.deploy(*terms, limits=Limits(retry=Retry(10, timedelta())), values={"code": code})
    return terms


@pytest.fixture
def ledger(empty_address):
    database = PostgreSQL(Secret(empty_address))
    made = furnished(database, database.clock, settings=support.SETTINGS)
    yield made
    database.close()


@pytest.fixture
def beside(ledger, empty_address):
    database = PostgreSQL(Secret(empty_address))
    yield replace(ledger, database=database, clock=database.clock)
    database.close()


async def cut_off(ledger: Ledger, cut: list[asyncio.Task[None]], _database: Database) -> None:
    """It ends without a word."""
    for task in cut:
        task.cancel()
    await asyncio.wait(cut)


def silence():
    raise Unavailable("The database does not answer.")


async def out_of_reach(ledger: Ledger, _cut: list[asyncio.Task[None]], database: Database) -> None:
    """It cannot reach the database until others have taken over what it runs, and then goes on as if nothing was."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "begin", silence)
        await comes(lambda: is_taken_over(ledger, "two"), within=60)
    seen = ledger.now
    await comes(lambda: any(row.claimed_at > seen for row in mine(ledger, State.SUCCEEDED, "two")), within=60)


@pytest.mark.parametrize(("trouble", "lasts"), [(cut_off, 6), (out_of_reach, 12)])
def test_what_a_server_leaves_behind_another_one_brings_to_its_end(
    ledger, beside, artifact, tmp_path, monkeypatch, trouble, lasts
):
    monkeypatch.setattr(janitor, "_EVERY", LEASE / 3)
    runs = tmp_path / "runs"
    runs.touch()

    async def story() -> list[Terms]:
        async with server(ledger, artifact, tmp_path, "one"), server(beside, artifact, tmp_path, "two") as cut:
            terms = scheduled(ledger, CODE.format(str(runs)), timedelta(seconds=lasts))
            ends = terms[0].trigger.end
            await comes(lambda: mine(ledger, State.STARTED, "two"))
            await trouble(ledger, cut, beside.database)
            await comes(lambda: ledger.now > ends and all(row.finished_at for row in ledger.rows()), within=60)
            return terms

    terms = asyncio.run(story())
    rows = ledger.rows()
    assert set(Counter((row.schedule_id, row.due_at) for row in rows).values()) == {1}
    assert by_schedule(rows) == sorted(due(each) for each in terms)
    assert {row.state for row in rows} == {"succeeded"}
    assert {outcome for row in rows for outcome in tried(ledger, row.id)} == {(State.LOST, SERVER_LOST)}
    assert len(rows) <= len(runs.read_bytes()) <= sum(row.attempt for row in rows)


def is_taken_over(ledger: Ledger, worker: str) -> bool:
    """Whether others have all that it ran."""
    return not mine(ledger, State.STARTED, worker) and any(row.attempt > 1 for row in ledger.rows())


def mine(ledger: Ledger, state: State, worker: str):
    return [row for row in ledger.rows(state) if row.worker == worker]


def tried(ledger: Ledger, execution_id: str) -> list[tuple[State, Reason | None]]:
    """How the attempts before the last one ended."""
    with ledger.database.read() as tx:
        return [(each.outcome.state, each.outcome.reason) for each in executions.attempts_of(tx, execution_id)]


def by_schedule(rows) -> list[list[datetime]]:
    found: dict[str, list[datetime]] = {}
    for row in rows:
        found.setdefault(row.schedule_id, []).append(row.due_at)
    return sorted(sorted(each) for each in found.values())
