"""Environments that limit how many executions run in them at once."""

from __future__ import annotations

import pytest
from tests.store.test_races import together
from tests.support.ledger import LEASE, Ledger

from clockhouse.store import changes, environments, executions


@pytest.fixture(autouse=True)
def unlimited(ledger):
    """The environments are there from the beginning, also for the next test."""
    yield
    limit(ledger, None)


def limit(ledger: Ledger, number: int | None) -> None:
    with ledger.database.begin() as tx:
        environments.set_at_once(tx, ledger.development, number)


def test_no_more_run_at_once_than_the_environment_lets(ledger):
    limit(ledger, 2)
    other, release = ledger.add_component("other")
    first, second = ledger.deploy(), ledger.deploy(component=other, release=release)
    elsewhere = ledger.deploy(environment=ledger.production)
    ids = [ledger.run_now(first), ledger.run_now(first), ledger.run_now(second, other), ledger.run_now(first)]
    free = ledger.run_now(elsewhere)
    running = ledger.claim(room=4)
    assert {each.id for each in running} == {*ids[:2], free}
    assert ledger.claim() == []
    ledger.finish(running[0])
    assert len(ledger.claim()) == 1


def test_nobody_wakes_up_for_what_waits_for_room_and_the_end_of_another_hints_at_it(ledger):
    limit(ledger, 1)
    deployment = ledger.deploy()
    for _ in range(2):
        ledger.run_now(deployment)
    [running] = ledger.claim()
    with ledger.database.read() as tx:
        assert executions.next_ready(tx) is None
    heard = set()
    with ledger.database.changes.listening([changes.QUEUE], heard.update):
        ledger.finish(running)
    assert changes.QUEUE in heard
    with ledger.database.read() as tx:
        assert executions.next_ready(tx) is not None


def test_a_limit_that_is_lifted_lets_all_start(ledger):
    limit(ledger, 1)
    deployment = ledger.deploy()
    for _ in range(3):
        ledger.run_now(deployment)
    assert len(ledger.claim()) == 1
    limit(ledger, None)
    assert len(ledger.claim()) == 2


def test_many_who_claim_at_once_keep_to_the_limit(ledger, another):
    limit(ledger, 3)
    deployment = ledger.deploy()
    for _ in range(12):
        ledger.run_now(deployment)

    def claim(database):
        with database.begin() as tx:
            return len(executions.claim(tx, str(id(database)), 5, tx.now + LEASE))

    claimed = together([ledger.database, another(), another(), another()], claim)
    assert sum(claimed) == 3
