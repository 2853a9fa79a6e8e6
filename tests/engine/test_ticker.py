"""The ticker: what is due becomes a row when it is, with nothing left out."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
import sqlalchemy as sa
from tests.support.ledger import MINUTE, NOON, every, refusing
from tests.support.waiting import comes

from clockhouse.engine.journal import Journal
from clockhouse.engine.ticker import Ticker
from clockhouse.model.execution import State
from clockhouse.store import deployments
from clockhouse.store.tables.audit import audit
from clockhouse.task import Overlap


@asynccontextmanager
async def ticking(ledger):
    journal = Journal(ledger.database)
    service = asyncio.create_task(Ticker(journal, ledger.database.changes, ledger.clock).run())
    try:
        yield service
    finally:
        service.cancel()
        await asyncio.wait([service])
        await journal.close()


def tick(ledger):
    async def story():
        return await Ticker(Journal(ledger.database), ledger.database.changes, ledger.clock).tick()

    return asyncio.run(story())


def test_a_tick_says_when_the_next_one_is_of_use(ledger):
    assert tick(ledger) is None
    ledger.deploy(every(MINUTE))
    assert tick(ledger) == NOON + MINUTE
    ledger.advance(MINUTE)
    assert tick(ledger) == NOON + 2 * MINUTE
    assert ledger.states() == [(60.0, "queued"), (120.0, "planned")]


def test_a_tick_that_leaves_something_due_says_so(ledger):
    ledger.deploy(every(timedelta(milliseconds=10)))
    ledger.advance(MINUTE)
    assert tick(ledger) == NOON + MINUTE  # at once


def test_a_tick_ends_a_pause_at_its_end_and_says_who_resumed(ledger):
    deployment = ledger.deploy(every(MINUTE))
    ledger.pause(deployment, "moving", until=NOON + timedelta(seconds=30))
    assert tick(ledger) == NOON + timedelta(seconds=30)
    ledger.advance(timedelta(seconds=30))
    assert tick(ledger) == NOON + MINUTE
    with ledger.database.read() as tx:
        assert deployments.next_pause_end(tx) is None
        [noted] = tx.execute(sa.select(audit)).all()
    assert (noted.actor, noted.action, noted.object) == ("Clockhouse", "deployment.resumed", "shop/health-check")


@pytest.mark.slow
def test_two_tickers_make_every_occurrence_once_and_leave_none_out(live):
    begin = live.now
    interval = timedelta(milliseconds=50)

    async def story():
        async with ticking(live), ticking(live):
            live.deploy(every(interval, begin, overlap=Overlap.ALLOW))
            await comes(lambda: len(live.rows(State.QUEUED)) >= 12)

    asyncio.run(story())
    dues = [row.due_at for row in live.rows()]
    assert dues == [dues[0] + n * interval for n in range(len(dues))]
    assert all(row.queued_at >= row.due_at for row in live.rows(State.QUEUED))


@pytest.mark.slow
def test_a_new_deployment_need_not_wait_for_a_look(live):
    """Without the hint it would be found after five seconds, when four occurrences had passed."""

    async def story():
        async with ticking(live):
            await asyncio.wait([asyncio.create_task(asyncio.Event().wait())], timeout=0.1)
            live.deploy(every(timedelta(seconds=1), live.now))
            await comes(lambda: live.rows(State.QUEUED))

    asyncio.run(story())
    [queued] = live.rows(State.QUEUED)
    assert queued.queued_at - queued.due_at < timedelta(seconds=1)


@pytest.mark.slow
def test_a_ticker_goes_on_when_the_database_answers_again(live):
    async def story():
        async with ticking(live) as service:
            live.deploy(every(timedelta(milliseconds=100), live.now))
            with refusing(live.database) as refused:
                await comes(lambda: refused)
            await comes(lambda: live.rows(State.QUEUED))
            assert not service.done()

    asyncio.run(story())
    dues = [row.due_at for row in live.rows()]
    assert dues == [dues[0] + n * timedelta(milliseconds=100) for n in range(len(dues))]
