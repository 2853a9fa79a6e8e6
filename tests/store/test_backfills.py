"""Backfills: in order, a few at a time, beside what falls due, and over as a whole when somebody says so."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from tests.support.ledger import FAILURE, MINUTE, NOON, SECOND, every, offsets

from clockhouse.model.backfill import Scope
from clockhouse.model.deployment import Limits
from clockhouse.model.environment import Retention
from clockhouse.model.execution import State
from clockhouse.store import backfills, environments, executions, retention, tallies
from clockhouse.task import Overlap, Retry


def backfill(ledger, deployment, *seconds, at_once=1):
    with ledger.database.begin() as tx:
        return backfills.add(
            tx,
            ledger.component,
            deployment,
            deployment.schedules[0],
            start=NOON - 60 * MINUTE,
            end=NOON,
            scope=Scope.ALL,
            at_once=at_once,
            due=[NOON + second * SECOND for second in seconds],
            by="ada",
        )


def look(ledger, made):
    with ledger.database.read() as tx:
        return backfills.get(tx, made.id)


def dues(claimed):
    return offsets([each.due_at for each in claimed])


def test_it_is_executed_in_order_one_after_the_other(ledger):
    deployment = ledger.deploy(every(MINUTE))
    made = backfill(ledger, deployment, -300, -100, -200)
    ran = []
    while claimed := ledger.claim():
        ran += dues(claimed)
        assert ledger.claim() == []
        ledger.start(claimed[0])
        ledger.finish(claimed[0])
    assert ran == [-300.0, -200.0, -100.0]
    assert look(ledger, made).counts == {State.SUCCEEDED: 3}
    assert not look(ledger, made).is_open


def test_as_many_run_beside_each_other_as_may(ledger):
    deployment = ledger.deploy(every(MINUTE))
    backfill(ledger, deployment, -400, -300, -200, -100, at_once=2)
    first = ledger.claim()
    assert dues(first) == [-400.0, -300.0]
    ledger.finish(first[1])
    assert dues(ledger.claim()) == [-200.0]


def test_those_that_may_start_together_start_in_the_order_they_were_due(ledger):
    deployment = ledger.deploy(every(MINUTE))
    backfill(ledger, deployment, -300, -100, -400, -200, at_once=4)
    assert dues(ledger.claim()) == [-400.0, -300.0, -200.0, -100.0]


def test_several_backfills_have_each_its_own_bound(ledger):
    deployment = ledger.deploy(every(MINUTE))
    backfill(ledger, deployment, -400, -300)
    backfill(ledger, deployment, -400, -200)
    assert dues(ledger.claim()) == [-400.0, -400.0]


def test_what_is_due_now_goes_first_where_there_is_little_room(ledger):
    deployment = ledger.deploy(every(MINUTE))
    backfill(ledger, deployment, -400, -300, at_once=2)
    by_hand = ledger.run_now(deployment)
    assert [each.id for each in ledger.claim(1)] == [by_hand]
    assert dues(ledger.claim(1)) == [-400.0]


@pytest.mark.parametrize("overlap", [Overlap.SKIP, Overlap.BUFFER_ONE, Overlap.CANCEL_OTHER])
def test_what_falls_due_goes_on_beside_it(ledger, overlap):
    deployment = ledger.deploy(every(MINUTE, overlap=overlap))
    made = backfill(ledger, deployment, -400, -300)
    [going] = ledger.claim()
    ledger.advance(MINUTE)
    ledger.settle()
    [regular] = ledger.claim()
    assert offsets([regular.due_at]) == [60.0]
    assert look(ledger, made).counts == {State.STARTED: 1, State.QUEUED: 1}
    with ledger.database.read() as tx:
        assert executions.stops_wanted(tx, "here:1:aa") == {}
    ledger.finish(regular)
    ledger.finish(going)
    assert dues(ledger.claim()) == [-300.0]


def test_another_try_keeps_the_place_of_the_one_before_it(ledger):
    deployment = ledger.deploy(every(MINUTE), limits=Limits(retry=Retry(2, MINUTE)))
    backfill(ledger, deployment, -400, -300)
    [first] = ledger.claim()
    ledger.finish(first, FAILURE)
    assert ledger.claim() == []
    ledger.advance(MINUTE)
    [again] = ledger.claim()
    assert (again.id, again.attempt) == (first.id, 2)


def test_it_is_cancelled_as_a_whole(ledger):
    deployment = ledger.deploy(every(MINUTE))
    made = backfill(ledger, deployment, -400, -300, -200)
    [running] = ledger.claim()
    with ledger.database.begin() as tx:
        backfills.cancel(tx, made, "ada")
    cancelled = look(ledger, made)
    assert (cancelled.counts, cancelled.cancelled_by) == ({State.STARTED: 1, State.CANCELLED: 2}, "ada")
    with ledger.database.read() as tx:
        assert list(executions.stops_wanted(tx, "here:1:aa")) == [running.id]
    assert ledger.claim() == []
    assert {row.reason for row in ledger.rows(State.CANCELLED)} == {"ada stopped it."}


def test_a_stopped_deployment_leaves_nothing_of_it_waiting(ledger):
    deployment = ledger.deploy(every(MINUTE))
    made = backfill(ledger, deployment, -400, -300)
    with ledger.database.begin() as tx:
        executions.cancel_waiting(tx, deployment, executions.model.UNDEPLOYED)
    assert look(ledger, made).counts == {State.CANCELLED: 2}


def test_a_due_time_is_in_a_backfill_once(ledger):
    deployment = ledger.deploy(every(MINUTE))
    with pytest.raises(sa.exc.IntegrityError):
        backfill(ledger, deployment, -400, -400)


def test_what_ran_runs_or_waits_is_accounted_for_and_what_was_left_out_is_not(ledger):
    deployment = ledger.deploy(every(MINUTE))
    for _ in range(2):
        ledger.advance(MINUTE)
        ledger.settle()
    [ran] = ledger.claim()  # the second was skipped meanwhile
    ledger.start(ran)
    ledger.finish(ran)
    ledger.run_now(deployment)
    backfill(ledger, deployment, -120)
    with ledger.database.read() as tx:
        there = backfills.accounted_for(tx, ledger.component, deployment, NOON - 5 * MINUTE, NOON + 5 * MINUTE)
    assert offsets(sorted(there)) == [-120.0, 60.0, 180.0]  # the third is planned


def test_it_is_removed_with_the_last_of_its_executions(ledger):
    deployment = ledger.deploy(every(MINUTE))
    old = backfill(ledger, deployment, -300, -200)
    for _ in range(2):
        [claimed] = ledger.claim(1)
        ledger.finish(claimed)
    open_yet = backfill(ledger, deployment, -100)
    with ledger.database.begin() as tx:
        tallies.add_up(tx, 100)
        environments.set_retention(tx, ledger.development, Retention(1, 0))
    ledger.advance(timedelta(days=2))
    for left in ({open_yet.id, old.id}, {open_yet.id}):
        with ledger.database.begin() as tx:
            retention.remove_some(tx, environments.every(tx), None, 1)
        with ledger.database.read() as tx:
            assert {each.id for each in backfills.of_component(tx, ledger.component, 10)} == left
