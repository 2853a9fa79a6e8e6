"""Leases: who keeps what, what runs out, and who takes it over."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.support.databases import ON_POSTGRESQL
from tests.support.ledger import FAILURE, LEASE, SECOND, WORKER, queued_build

from clockhouse.store import builds, leases
from clockhouse.store.leases import Held
from clockhouse.task import Retry


@pytest.fixture
def claimed(ledger):
    ledger.run_now(ledger.deploy())
    [claimed] = ledger.claim()
    return claimed


def renew(ledger, ids, worker=WORKER):
    with ledger.database.begin() as tx:
        leases.renew(tx, worker, ids, tx.now + LEASE)


def abandoned(ledger, **options):
    with ledger.database.begin() as tx:
        return [each.id for each in leases.abandoned(tx, dead_before=tx.now, **options)]


def holds(ledger, execution_id, attempt):
    with ledger.database.begin() as tx:
        return leases.holds(tx, execution_id, attempt)


def test_a_lease_that_is_not_renewed_runs_out(ledger, claimed):
    ledger.advance(LEASE)
    assert abandoned(ledger) == []
    renew(ledger, [claimed.id])
    ledger.advance(LEASE)
    assert abandoned(ledger) == []
    renew(ledger, [claimed.id], worker="another")
    renew(ledger, [])
    ledger.advance(SECOND)
    assert abandoned(ledger) == [claimed.id]
    ledger.finish(claimed)
    assert abandoned(ledger) == []


def test_without_an_instant_all_that_runs_is_abandoned(ledger, claimed):
    with ledger.database.begin() as tx:
        assert leases.abandoned(tx, dead_before=None) == [Held(claimed.id, 1, Retry())]


def test_what_a_worker_runs_itself_is_never_abandoned_for_it(ledger, claimed):
    """A machine that slept wakes up with leases that ran out, and with the processes they stand for."""
    ledger.advance(timedelta(hours=8))
    assert abandoned(ledger, but=WORKER) == []
    assert abandoned(ledger, but="another") == [claimed.id]


@pytest.mark.parametrize("kind", [ON_POSTGRESQL])
def test_what_is_being_renewed_is_not_taken_away(ledger, another, claimed):
    build = queued_build(ledger.database, ledger.component)
    with ledger.database.begin() as tx:
        builds.claim(tx, WORKER, 1, tx.now + LEASE)
    ledger.advance(LEASE + SECOND)
    with another().begin() as tx:
        leases.renew(tx, WORKER, [claimed.id], tx.now + LEASE)
        builds.renew(tx, WORKER, [build.id], tx.now + LEASE)
        assert abandoned(ledger) == []
        with ledger.database.begin() as beside:
            assert builds.abandoned(beside, dead_before=beside.now) == []
    assert abandoned(ledger) == []


def test_a_worker_is_told_what_it_holds(ledger, claimed):
    with ledger.database.read() as tx:
        assert leases.held(tx, WORKER) == [Held(claimed.id, 1, Retry())]
        assert leases.held(tx, "another") == []
    ledger.finish(claimed)
    with ledger.database.read() as tx:
        assert leases.held(tx, WORKER) == []


def test_an_attempt_counts_until_it_is_over(ledger, claimed):
    assert holds(ledger, claimed.id, 1)
    assert not holds(ledger, claimed.id, 2)
    ledger.finish(claimed, FAILURE, Retry(2, timedelta()))
    assert not holds(ledger, claimed.id, 1)
    ledger.claim()
    assert not holds(ledger, claimed.id, 1)
    assert holds(ledger, claimed.id, 2)
    assert not holds(ledger, "another", 1)


def test_of_builds_a_worker_renews_those_it_names(ledger):
    named, other = (queued_build(ledger.database, ledger.component, sha * 40) for sha in "ab")
    with ledger.database.begin() as tx:
        builds.claim(tx, WORKER, 2, tx.now + LEASE)
    ledger.advance(LEASE)
    with ledger.database.begin() as tx:
        assert {build.id for build in builds.held(tx, WORKER)} == {named.id, other.id}
        builds.renew(tx, WORKER, [named.id], tx.now + LEASE)
    ledger.advance(SECOND)
    with ledger.database.begin() as tx:
        assert [build.id for build in builds.abandoned(tx, dead_before=tx.now)] == [other.id]
