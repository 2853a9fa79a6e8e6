"""What the ledger tells of the health of the engines, on each database."""

from __future__ import annotations

from datetime import timedelta

from tests.support.ledger import MINUTE, NOON, SECOND, every

from clockhouse.model.engine import Engine
from clockhouse.store import engines, signs
from clockhouse.store.signs import Waiting
from clockhouse.task import Overlap

PATIENCE = {"undecided_for": MINUTE, "unstarted_for": 5 * MINUTE}


def read(ledger):
    with ledger.database.read() as tx:
        return signs.read(tx, **PATIENCE)


def test_an_empty_ledger_says_nothing(ledger):
    assert read(ledger) == signs.Signs(NOON, None, [], None, None, False)


def test_engines_are_told_in_the_order_in_which_they_began(ledger):
    with ledger.database.begin() as tx:
        engines.begin(tx, "here:1:aa", alone=True)
    ledger.advance(SECOND)
    with ledger.database.begin() as tx:
        engines.begin(tx, "there:2:bb", alone=False)
        engines.beat(tx, "here:1:aa", claimed_at=NOON, ahead=timedelta(seconds=-1.5))
        engines.end(tx, "there:2:bb")
    later = NOON + SECOND
    found = read(ledger)
    assert found.engines == [
        Engine("here:1:aa", NOON, later, None, NOON, timedelta(seconds=-1.5)),
        Engine("there:2:bb", later, later, later, None, timedelta()),
    ]
    assert found.newest == later


def test_who_begins_alone_ends_the_others(ledger):
    with ledger.database.begin() as tx:
        engines.begin(tx, "here:1:aa", alone=True)
        engines.begin(tx, "here:2:bb", alone=True)
    assert [engine.ended_at for engine in read(ledger).engines] == [NOON, None]


def test_what_waits_is_counted_and_named(ledger):
    other, release = ledger.add_component("other")
    ledger.deploy(every(MINUTE, overlap=Overlap.ALLOW))
    deployment = ledger.deploy(component=other, release=release)
    ledger.run_now(deployment, other)
    ledger.run_now(deployment, other)
    ledger.advance(5 * MINUTE)
    found = read(ledger)
    assert found.undecided == Waiting(1, NOON + MINUTE, ("shop/health-check",))
    assert found.unstarted == Waiting(2, NOON, ("shop/other",))
    with ledger.database.begin() as tx:
        engines.begin(tx, "here:1:aa", alone=True)
    ledger.settle()
    ledger.claim()
    found = read(ledger)
    assert (found.undecided, found.unstarted, found.is_catching_up) == (None, None, False)
