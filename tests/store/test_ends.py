"""Schedules that end by themselves: after so many executions, or so many failures in a row, and say so."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from tests.support.ledger import FAILURE, NOON, SECOND, SUCCESS, every

from clockhouse.errors import Invalid
from clockhouse.model.deployment import Limits
from clockhouse.model.execution import REPLACED, SERVER_LOST, Outcome, Reason, State
from clockhouse.store import changes, deployments
from clockhouse.store.tables.audit import audit
from clockhouse.task import CatchUp, CatchUpMode, Overlap, Retry

EVERY = 10 * SECOND
TIMED_OUT = Outcome(State.TIMED_OUT, Reason("time_out", "It took too long."), None, 9)
LOST = Outcome(State.LOST, SERVER_LOST)
STOPPED = Outcome(State.CANCELLED, REPLACED, None, 15)
ENDED = Reason("failures", "It failed 3 times in a row, and the schedule was to end then. Deploy it again to go on.")


def run(ledger, *outcomes):
    for outcome in outcomes:
        ledger.advance(EVERY)
        ledger.settle()
        for claimed in ledger.claim():
            ledger.finish(claimed, outcome)


def schedule_of(ledger, deployment, position=0):
    with ledger.database.read() as tx:
        return deployments.get(tx, deployment.id).schedules[position]


def trail(ledger):
    with ledger.database.read() as tx:
        return tx.execute(sa.select(audit).where(audit.c.action == "schedule.ended")).all()


def test_so_many_failures_in_a_row_end_a_schedule_and_it_says_why(ledger):
    deployment = ledger.deploy(every(EVERY, end_after_failures=3))
    run(ledger, FAILURE, SUCCESS, FAILURE, TIMED_OUT)
    assert schedule_of(ledger, deployment).ended_at is None
    run(ledger, FAILURE)
    ended = schedule_of(ledger, deployment)
    assert (ended.ended_at, ended.ended_reason, ended.next_due_at) == (ledger.now, ENDED, None)
    assert ledger.rows(State.PLANNED) == []
    run(ledger, FAILURE)
    assert len(ledger.rows()) == 5


def test_the_end_of_a_schedule_is_in_the_audit_trail(ledger):
    ledger.deploy(every(EVERY, end_after_failures=1))
    run(ledger, FAILURE)
    [entry] = trail(ledger)
    assert (entry.actor, entry.object) == ("Clockhouse", "shop/health-check")
    assert entry.facts.items() >= {"environment": "development", "failures": 1}.items()


def test_the_end_of_a_schedule_is_hinted_at(ledger):
    heard = set()
    ledger.deploy(every(EVERY, end_after_failures=1))
    with ledger.database.changes.listening([changes.PLANS, changes.DEPLOYMENTS], heard.update):
        run(ledger, FAILURE)
    assert heard >= {changes.PLANS, changes.DEPLOYMENTS}


@pytest.mark.parametrize("between", [LOST, STOPPED], ids=lambda outcome: outcome.state)
def test_what_is_not_the_fault_of_the_code_counts_for_nothing(ledger, between):
    deployment = ledger.deploy(every(EVERY, end_after_failures=2))
    run(ledger, FAILURE, between)
    assert schedule_of(ledger, deployment).ended_at is None
    run(ledger, FAILURE)
    assert schedule_of(ledger, deployment).ended_at is not None


def test_a_try_that_is_not_the_last_counts_for_nothing(ledger):
    deployment = ledger.deploy(
        every(EVERY, end_after_failures=1, overlap=Overlap.ALLOW), limits=Limits(retry=Retry(2, timedelta()))
    )
    run(ledger, FAILURE)
    assert schedule_of(ledger, deployment).ended_at is None
    ledger.finish(ledger.claim()[0], FAILURE)
    assert schedule_of(ledger, deployment).ended_at is not None


def test_a_start_by_hand_does_not_count(ledger):
    deployment = ledger.deploy(every(EVERY, end_after_failures=1))
    ledger.run_now(deployment)
    ledger.finish(ledger.claim()[0], FAILURE)
    assert schedule_of(ledger, deployment).ended_at is None


def test_another_schedule_of_the_deployment_goes_on(ledger):
    later = every(EVERY, NOON + 15 * SECOND, end_after_failures=1, overlap=Overlap.ALLOW)
    deployment = ledger.deploy(every(EVERY, end_after_failures=1), later)
    run(ledger, FAILURE)
    assert schedule_of(ledger, deployment).ended_at is not None
    assert schedule_of(ledger, deployment, 1).next_due_at == NOON + 15 * SECOND


def test_what_waits_of_a_schedule_that_ends_is_cancelled_and_what_was_due_is_in_the_ledger(ledger):
    ledger.deploy(every(EVERY, end_after_failures=1, overlap=Overlap.BUFFER_ALL))
    ledger.advance(EVERY)
    ledger.settle()
    [first] = ledger.claim()
    ledger.advance(EVERY)
    ledger.settle()
    ledger.advance(EVERY)  # due, and not decided yet
    ledger.finish(first, FAILURE)
    ledger.settle()
    assert ledger.states() == [(10.0, "failed"), (20.0, "cancelled"), (30.0, "cancelled")]
    assert {row.reason_code for row in ledger.rows(State.CANCELLED)} == {"schedule_ended"}
    assert ledger.claim() == []


def test_a_new_deployment_begins_to_count_anew(ledger):
    ledger.deploy(every(EVERY, end_after_failures=2))
    run(ledger, FAILURE)
    again = ledger.deploy(every(EVERY, end_after_failures=2))
    run(ledger, FAILURE)
    assert schedule_of(ledger, again).ended_at is None


def test_a_schedule_ends_after_so_many_executions(ledger):
    deployment = ledger.deploy(every(EVERY, max_count=2))
    run(ledger, SUCCESS)
    assert schedule_of(ledger, deployment).count == 1
    run(ledger, FAILURE, SUCCESS)
    ended = schedule_of(ledger, deployment)
    assert (ended.count, ended.ended_at, ended.ended_reason, ended.next_due_at) == (2, NOON + 2 * EVERY, None, None)
    assert ledger.states() == [(10.0, "succeeded"), (20.0, "failed")]


def test_what_was_skipped_does_not_count(ledger):
    deployment = ledger.deploy(every(EVERY, max_count=2))
    ledger.pause(deployment)
    ledger.advance(EVERY)
    ledger.settle()
    ledger.resume(deployment)
    ledger.advance(EVERY)
    ledger.settle()
    ledger.claim()
    ledger.advance(EVERY)
    ledger.settle()
    assert ledger.states() == [(10.0, "skipped"), (20.0, "started"), (30.0, "skipped"), (40.0, "planned")]
    assert schedule_of(ledger, deployment).count == 1


def test_a_catch_up_stops_at_the_count(ledger):
    catch_up = CatchUp(CatchUpMode.ALL)
    deployment = ledger.deploy(every(EVERY, max_count=3, overlap=Overlap.BUFFER_ALL, catch_up=catch_up))
    ledger.advance(timedelta(minutes=10))
    ledger.settle()
    assert [each for each, _ in ledger.states()] == [10, 20, 30]
    assert schedule_of(ledger, deployment).ended_at == ledger.now


@pytest.mark.parametrize("field", ["end_after_failures", "max_count"])
@pytest.mark.parametrize("number", [0, -1, 10**10])
def test_a_number_that_is_none_is_refused(field, number):
    with pytest.raises(Invalid) as refused:
        every(EVERY, **{field: number})
    assert set(refused.value.fields) == {field}
