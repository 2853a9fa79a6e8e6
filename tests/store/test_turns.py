"""Who runs beside whom: the overlap policies and the limits of a deployment, against a model of what they mean."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.ledger import FAILURE, NOON, SECOND, SUCCESS, WORKER, every, offsets
from tests.support.properties import on_a_database

from clockhouse.errors import Invalid
from clockhouse.model.deployment import Limits
from clockhouse.model.execution import REPLACED, UNDEPLOYED, Outcome, State
from clockhouse.store import changes, claims, executions
from clockhouse.task import CatchUp, CatchUpMode, Overlap, Retry

PERIOD = 3  # seconds: three occurrences are within the ten that count as on time
SOON = timedelta(seconds=PERIOD)
STOPPED = Outcome(State.CANCELLED, REPLACED, None, 15)


def told(ledger):
    """Due, state and reason of what is not planned."""
    rows = [row for row in ledger.rows() if row.state != "planned"]
    return [(int((row.due_at - NOON).total_seconds()), row.state, row.reason_code) for row in rows]


def fall_due(ledger, times=1):
    for _ in range(times):
        ledger.advance(SOON)
        ledger.settle()


def claimed_offsets(claimed):
    return offsets([each.due_at for each in claimed])


def wanted_stopped(ledger):
    with ledger.database.read() as tx:
        return executions.stops_wanted(tx, WORKER)


def test_one_waits_and_those_behind_it_are_left_out(ledger):
    ledger.deploy(every(SOON, overlap=Overlap.BUFFER_ONE))
    fall_due(ledger)
    [first] = ledger.claim()
    fall_due(ledger, 3)
    waiting = (6, "queued", "waits")
    assert told(ledger) == [(3, "started", None), waiting, (9, "skipped", "one_waits"), (12, "skipped", "one_waits")]
    assert ledger.claim() == []
    ledger.finish(first)
    assert claimed_offsets(ledger.claim()) == [6]
    assert told(ledger)[1] == (6, "started", None)


def test_all_wait_and_run_one_after_the_other_in_order(ledger):
    ledger.deploy(every(SOON, overlap=Overlap.BUFFER_ALL))
    fall_due(ledger, 4)
    for due in (3, 6, 9, 12):
        [running] = ledger.claim()
        assert claimed_offsets([running]) == [due]
        assert ledger.claim() == []
        ledger.finish(running)
    assert ledger.claim() == []


def test_the_newest_takes_the_place_of_what_runs_and_of_what_waits(ledger):
    ledger.deploy(every(SOON, overlap=Overlap.CANCEL_OTHER))
    fall_due(ledger)
    [first] = ledger.claim()
    fall_due(ledger, 2)
    assert told(ledger) == [(3, "started", None), (6, "cancelled", "replaced"), (9, "queued", "waits")]
    assert wanted_stopped(ledger) == {first.id: REPLACED}
    assert ledger.claim() == []  # it runs when the other has stopped, not before
    ledger.finish(first, STOPPED)
    assert claimed_offsets(ledger.claim()) == [9]
    assert told(ledger)[0] == (3, "cancelled", "replaced")


def test_what_did_not_start_yet_is_replaced_at_once(ledger):
    ledger.deploy(every(SOON, overlap=Overlap.CANCEL_OTHER))
    fall_due(ledger, 2)
    assert told(ledger) == [(3, "cancelled", "replaced"), (6, "queued", None)]
    assert claimed_offsets(ledger.claim()) == [6]


def test_another_try_that_is_still_to_come_is_replaced(ledger):
    ledger.deploy(every(SOON, overlap=Overlap.CANCEL_OTHER), limits=Limits(retry=Retry(3, timedelta(hours=1))))
    fall_due(ledger)
    ledger.finish(ledger.claim()[0], FAILURE)
    fall_due(ledger)
    assert told(ledger) == [(3, "cancelled", "replaced"), (6, "queued", None)]


def test_what_is_replaced_is_not_tried_again_though_it_failed_by_itself(ledger):
    ledger.deploy(every(SOON, overlap=Overlap.CANCEL_OTHER), limits=Limits(retry=Retry(3, SECOND)))
    fall_due(ledger)
    [first] = ledger.claim()
    fall_due(ledger)
    ledger.finish(first, FAILURE)
    assert told(ledger)[0] == (3, "failed", "exit_code")
    assert claimed_offsets(ledger.claim()) == [6]


def test_what_waits_stays_behind_another_try(ledger):
    ledger.deploy(every(SOON, overlap=Overlap.BUFFER_ALL), limits=Limits(retry=Retry(2, timedelta(hours=1))))
    fall_due(ledger, 2)
    ledger.finish(ledger.claim()[0], FAILURE)
    assert ledger.claim() == []
    ledger.advance(timedelta(hours=1))
    assert [(each.attempt, *claimed_offsets([each])) for each in ledger.claim()] == [(2, 3)]


def test_what_waits_is_cancelled_with_its_deployment_and_survives_a_redeployment(ledger):
    ledger.deploy(every(SOON, overlap=Overlap.BUFFER_ALL))
    fall_due(ledger, 2)
    [first] = ledger.claim()
    again = ledger.deploy()
    ledger.finish(first)
    assert claimed_offsets(ledger.claim()) == [6]
    fall_due(ledger)
    third = ledger.deploy(every(SOON, ledger.now, overlap=Overlap.BUFFER_ONE))
    fall_due(ledger)
    assert told(ledger)[-1][1:] == ("queued", "waits")
    with ledger.database.begin() as tx:
        executions.cancel_waiting(tx, third, UNDEPLOYED)
    assert told(ledger)[-1][1:] == ("cancelled", "undeployed")
    assert again.number == 2


def test_as_many_run_at_once_as_the_deployment_lets(ledger):
    deployment = ledger.deploy(every(SOON, overlap=Overlap.ALLOW), limits=Limits(at_once=2))
    fall_due(ledger, 3)
    ledger.run_now(deployment)
    running = ledger.claim()
    assert claimed_offsets(running) == [3, 6]
    ledger.finish(running[0])
    assert claimed_offsets(ledger.claim()) == [9]
    ledger.finish(running[1])
    [by_hand] = ledger.claim()
    assert ledger.get(by_hand.id).origin == "manual"


def test_skipping_begins_where_the_limit_of_the_deployment_is_reached(ledger):
    ledger.deploy(every(SOON, overlap=Overlap.SKIP), limits=Limits(at_once=2))
    fall_due(ledger, 3)
    assert told(ledger) == [(3, "queued", None), (6, "queued", None), (9, "skipped", "overlap")]


def test_a_place_is_not_in_the_way_of_another(ledger):
    other, release = ledger.add_component("other")
    for place in ({}, {"environment": ledger.production}, {"component": other, "release": release}):
        ledger.deploy(every(SOON, overlap=Overlap.BUFFER_ALL), **place)
    fall_due(ledger, 2)
    assert claimed_offsets(ledger.claim()) == [3, 3, 3]


def test_the_end_of_one_hints_that_another_may_start(ledger):
    heard = set()
    ledger.deploy(every(SOON, overlap=Overlap.BUFFER_ALL))
    fall_due(ledger, 2)
    [first] = ledger.claim()
    with ledger.database.changes.listening([changes.QUEUE], heard.update):
        ledger.finish(first)
    assert changes.QUEUE in heard


def test_nobody_wakes_up_for_what_waits(ledger):
    ledger.deploy(every(SOON, overlap=Overlap.BUFFER_ALL))
    fall_due(ledger, 3)
    ledger.claim()
    with ledger.database.read() as tx:
        assert claims.next_ready(tx) is None


@pytest.mark.parametrize("overlap", [Overlap.SKIP, Overlap.BUFFER_ONE, Overlap.CANCEL_OTHER])
def test_all_are_caught_up_only_where_all_would_run(overlap):
    with pytest.raises(Invalid) as refused:
        every(SOON, overlap=overlap, catch_up=CatchUp(CatchUpMode.ALL))
    assert set(refused.value.fields) == {"catch_up.mode"}


@pytest.mark.parametrize("overlap", list(Overlap))
def test_the_policies_are_those_of_the_library(ledger, overlap):
    deployment = ledger.deploy(every(SOON, overlap=overlap))
    assert deployment.schedules[0].terms.overlap is overlap


# What the policies mean, told once more without a database.


@dataclass(slots=True)
class Model:
    """The executions of one place: what goes on (True once a worker has it), and what waits, by their due times."""

    overlap: Overlap
    at_once: int | None
    going: dict[float, bool] = field(default_factory=dict)
    waiting: list[float] = field(default_factory=list)
    ends: dict[float, tuple[str, str | None]] = field(default_factory=dict)
    unwanted: set[float] = field(default_factory=set)

    @property
    def room(self) -> float:
        if self.at_once is not None:
            return self.at_once
        return float("inf") if self.overlap is Overlap.ALLOW else 1

    def move_up(self) -> None:
        while self.waiting and len(self.going) < self.room:
            self.going[self.waiting.pop(0)] = False

    def fall_due(self, due: float) -> None:
        self.move_up()
        if len(self.going) < self.room:
            self.going[due] = False
        elif self.overlap is Overlap.SKIP:
            self.ends[due] = ("skipped", "one_waits" if self.waiting else "overlap")
        elif self.overlap is Overlap.BUFFER_ONE and self.waiting:
            self.ends[due] = ("skipped", "one_waits")
        else:
            if self.overlap is Overlap.CANCEL_OTHER:
                self.replace()
            (self.waiting.append if len(self.going) >= self.room else self.start)(due)

    def start(self, due: float) -> None:
        self.going[due] = False

    def replace(self) -> None:
        not_begun = [due for due, is_claimed in self.going.items() if not is_claimed]
        for due in [*self.waiting, *not_begun]:
            self.ends[due] = ("cancelled", "replaced")
            self.going.pop(due, None)
        self.waiting.clear()
        self.unwanted |= set(self.going)

    def run_by_hand(self, due: float) -> None:
        if self.at_once is None:
            self.going[due] = False
        else:
            self.waiting.append(due)
            self.waiting.sort()

    def claim(self, room: int) -> set[float]:
        self.move_up()
        unclaimed = [due for due, is_claimed in self.going.items() if not is_claimed]
        self.going |= dict.fromkeys(unclaimed[:room], True)
        return set(self.going)

    def end(self, due: float, state: str, reason: str | None) -> None:
        del self.going[due]
        self.unwanted.discard(due)
        self.ends[due] = (state, reason)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("due"), st.integers(1, 3)),
        st.tuples(st.just("claim"), st.just(100)),
        st.tuples(st.just("finish"), st.integers(0, 2)),
        st.tuples(st.just("hand"), st.just(0)),
    ),
    min_size=3,
    max_size=25,
)


@pytest.mark.slow
@on_a_database(examples=11)
@given(overlap=st.sampled_from(list(Overlap)), at_once=st.sampled_from([None, None, 1, 2, 3]), steps=STEPS)
def test_whatever_happens_each_occurrence_becomes_what_its_policy_says(overlap, at_once, steps, new_ledger):
    ledger, model = new_ledger(), Model(overlap, at_once)
    deployment = ledger.deploy(every(SOON, overlap=overlap), limits=Limits(at_once=at_once))
    claimed = []
    for name, how in [*steps, *[("claim", 100), ("finish", 0)] * 60]:
        if name == "due":
            begin = int((ledger.now - NOON).total_seconds()) // PERIOD
            ledger.advance(how * SOON)
            ledger.settle()
            for n in range(begin + 1, begin + how + 1):
                model.fall_due(float(n * PERIOD))
        elif name == "hand":
            ledger.advance(SECOND / 1000)
            ledger.run_now(deployment)
            model.run_by_hand((ledger.now - NOON).total_seconds())
        elif name == "claim":
            claimed += ledger.claim(how)
            assert set(claimed_offsets(claimed)) == model.claim(how)
        elif claimed:
            each = claimed.pop(min(how, len(claimed) - 1))
            [due] = claimed_offsets([each])
            outcome = STOPPED if due in model.unwanted else SUCCESS
            ledger.finish(each, outcome)
            model.end(due, str(outcome.state), outcome.reason.code if outcome.reason else None)
        unwanted = {each.id for each in claimed if claimed_offsets([each])[0] in model.unwanted}
        assert set(wanted_stopped(ledger)) == unwanted
    assert (model.going, model.waiting) == ({}, [])
    rows = [row for row in ledger.rows() if row.state != "planned"]
    assert {(row.due_at - NOON).total_seconds(): (row.state, row.reason_code) for row in rows} == model.ends
    ledger.database.close()
