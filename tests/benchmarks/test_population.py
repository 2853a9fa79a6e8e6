"""What the benchmarks fill a database with is what the product would have written."""

from __future__ import annotations

import io
import sys
from datetime import timedelta

from benchmarks.places import SQLITE, bare_sqlite, new_place
from tests.support.ledger import MINUTE, NOON, SECOND, every, furnished

from benchmarks import population, workers
from clockhouse.model.execution import State
from clockhouse.store import executions, listing, occurrences
from clockhouse.store.filters import Filter
from clockhouse.task.testing import ManualClock


def test_copies_of_a_deployment_fall_due_like_the_first(ledger):
    ledger.deploy(every(MINUTE, NOON + timedelta(days=1)))
    population.deploy(ledger.database, 5, lambda number: NOON + number * SECOND)
    ledger.advance(2 * SECOND)
    with ledger.database.begin() as tx:
        assert occurrences.settle_due(tx) == 3
    assert len(ledger.claim()) == 3
    assert len(ledger.rows(State.PLANNED)) == 6


def test_what_is_queued_is_claimed_by_a_worker(monkeypatch):
    with new_place(SQLITE) as place:
        with place.database() as database:
            furnished(database, ManualClock(NOON)).deploy(every(MINUTE))
            population.queue(database, 20)
        monkeypatch.setattr(sys, "stdin", io.StringIO("go\n"))
        assert workers._work(SQLITE, str(place.data), None) == 20


def test_what_ended_is_in_the_tallies(ledger):
    ledger.deploy(every(MINUTE, NOON + timedelta(days=1)))
    population.end(ledger.database, 300, since=NOON - timedelta(days=2))
    with ledger.database.read() as tx:
        counts = listing.counts(tx, Filter())
        page, _ = listing.page(tx, Filter(states=(State.FAILED,)), before=None, limit=5)
        assert executions.get(tx, page[0].id).state is State.FAILED
    assert (sum(counts.values()), counts[State.SUCCEEDED]) == (300, 288)


def test_a_bare_file_is_durable(tmp_path):
    with bare_sqlite(tmp_path) as connection:
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
