"""Going on with what outlived the server that had started it: whose it is, and from where."""

from __future__ import annotations

import pytest
from tests.support.ledger import LEASE

from clockhouse.model.assignment import LASTING
from clockhouse.model.log import LogLine
from clockhouse.store import leases, logs, resuming

WORKER = f"{LASTING}this"


@pytest.fixture
def claimed(ledger):
    ledger.run_now(ledger.deploy())
    [claimed] = ledger.claim(worker=WORKER)
    return claimed


def resume(ledger, claimed, *, worker=WORKER, attempt=1):
    with ledger.database.begin() as tx:
        return resuming.resume(tx, worker, claimed.id, attempt, tx.now + LEASE)


def abandoned(ledger, **options):
    with ledger.database.begin() as tx:
        return [each.id for each in leases.abandoned(tx, dead_before=None, **options)]


def test_what_is_under_way_is_gone_on_with_from_its_last_line(ledger, claimed):
    at = ledger.now
    ledger.start(claimed)
    with ledger.database.begin() as tx:
        said = [("stdout", "a"), ("stderr", "b"), ("stdout", "c"), (logs.FAILURE, "{}")]
        logs.append(tx, claimed.id, [LogLine(seq, at, each, None, text) for seq, (each, text) in enumerate(said, 1)])

    found = resume(ledger, claimed)

    assert found is not None
    assert (found.claimed.id, found.claimed.build_id, found.claimed.last_line) == (claimed.id, claimed.build_id, 4)
    assert (found.started_at, found.told) == (at, {"stdout": 2, "stderr": 1})


def test_what_has_said_nothing_is_gone_on_with_from_its_start(ledger, claimed):
    found = resume(ledger, claimed)

    assert found is not None
    assert (found.started_at, found.told, found.claimed.last_line) == (None, {}, 0)


def test_going_on_renews_the_lease(ledger, claimed):
    ledger.advance(LEASE)
    assert resume(ledger, claimed) is not None
    ledger.advance(LEASE)
    with ledger.database.begin() as tx:
        assert leases.abandoned(tx, dead_before=tx.now) == []


def test_what_is_somebody_elses_or_over_is_not_gone_on_with(ledger, claimed):
    assert resume(ledger, claimed, worker=f"{LASTING}other") is None
    assert resume(ledger, claimed, attempt=2) is None
    ledger.finish(claimed)
    assert resume(ledger, claimed) is None


def test_what_may_outlive_its_server_is_not_lost_with_the_rest(ledger, claimed):
    assert abandoned(ledger, agents_too=False) == []
    assert abandoned(ledger) == [claimed.id]
    with ledger.database.begin() as tx:
        assert resuming.held(tx, WORKER) == {claimed.id}
