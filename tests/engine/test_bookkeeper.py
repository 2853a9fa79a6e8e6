"""The bookkeeper: what has ended is added up, and what is old is removed, step by step."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
import sqlalchemy as sa

from clockhouse.engine.bookkeeper import Bookkeeper
from clockhouse.engine.journal import Journal
from clockhouse.model.environment import Retention
from clockhouse.model.execution import State
from clockhouse.store import environments, listing
from clockhouse.store.filters import Filter
from clockhouse.store.tables.executions import executions


@pytest.fixture
def bookkeeper(ledger):
    """`bookkeeper("add_up")` runs one of its passes."""

    def run(name):
        async def story():
            made = Bookkeeper(Journal(ledger.database), ledger.database.changes, ledger.clock)
            return await getattr(made, name)()

        return asyncio.run(story())

    return run


def test_what_ended_long_ago_is_added_up_and_then_removed(ledger, bookkeeper):
    deployment = ledger.deploy()
    for _ in range(120):
        ledger.run_now(deployment)
    for claimed in ledger.claim(110):
        ledger.finish(claimed)
    assert [bookkeeper("add_up"), bookkeeper("add_up")] == [110, 0]
    with ledger.database.begin() as tx:
        environments.set_retention(tx, ledger.development, Retention(1, 5))
    assert bookkeeper("remove_old") == 0
    ledger.advance(timedelta(days=1, seconds=1))
    assert bookkeeper("remove_old") == 105
    with ledger.database.read() as tx:
        assert listing.counts(tx, Filter()) == {State.SUCCEEDED: 5, State.QUEUED: 10}
        assert tx.execute(sa.select(sa.func.count()).select_from(executions)).scalar() == 15
