"""Whatever people and workers do, no occurrence is missing from the ledger and none is there twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.support.ledger import FAILURE, NOON, SUCCESS, Ledger, every

from clockhouse.model.deployment import Deployment
from clockhouse.model.execution import State
from clockhouse.model.schedule import Terms
from clockhouse.task import CatchUp, CatchUpMode, CronTrigger, Overlap, Retry

WITH_REASON = {State.SKIPPED, State.MISSED, State.CANCELLED, State.FAILED}
OVERLAPPING = st.tuples(st.sampled_from([Overlap.ALLOW, Overlap.BUFFER_ALL]), st.sampled_from(list(CatchUpMode)))
ALONE = st.tuples(
    st.sampled_from([Overlap.SKIP, Overlap.BUFFER_ONE, Overlap.CANCEL_OTHER]),
    st.sampled_from([CatchUpMode.LAST, CatchUpMode.NONE]),
)
PERIODS = st.lists(
    st.tuples(st.sampled_from([7, 10, 60, 90]), st.one_of(ALONE, OVERLAPPING)), min_size=1, max_size=2
)  # seconds; 60 is written as a cron
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("advance"), st.integers(0, 400).map(lambda tenths: tenths / 4)),
        st.tuples(st.just("advance"), st.integers(0, 40)),
        st.tuples(st.just("deploy"), PERIODS),
        st.tuples(st.just("claim"), st.integers(1, 3)),
        st.tuples(st.just("finish"), st.booleans()),
        st.tuples(st.sampled_from(["settle", "pause", "resume", "stop"]), st.none()),
    ),
    min_size=5,
    max_size=40,
)


@dataclass(slots=True)
class Promise:
    """What one schedule owes: every multiple of its period after `since`, and up to `until` when it has ended."""

    deployment: Deployment
    position: int
    period: int
    since: datetime
    until: datetime | None = None

    def due(self, now: datetime) -> list[datetime]:
        return list(self._multiples(now if self.until is None else self.until))

    def next_due(self, now: datetime) -> list[datetime]:
        return [] if self.until is not None else [self._first_after(now)]

    def _first_after(self, instant: datetime) -> datetime:
        passed = (instant - NOON) // timedelta(seconds=self.period)
        return NOON + timedelta(seconds=self.period) * (passed + 1)

    def _multiples(self, end: datetime) -> Iterator[datetime]:
        at = self._first_after(self.since)
        while at <= end:
            yield at
            at += timedelta(seconds=self.period)


@dataclass(slots=True)
class Story:
    """What was done, and what must follow from it."""

    ledger: Ledger
    promises: list[Promise] = field(default_factory=list)
    pauses: list[list[datetime]] = field(default_factory=list)  # from, to
    active: Deployment | None = None
    claimed: list = field(default_factory=list)

    def take(self, name: str, how) -> None:
        getattr(self, name)(how)

    def advance(self, seconds: float) -> None:
        self.ledger.advance(timedelta(seconds=seconds))

    def settle(self, _) -> None:
        self.ledger.settle()

    def deploy(self, periods) -> None:
        now = self.ledger.now
        self._end_promises()
        self.active = self.ledger.deploy(*[_terms(period, *policy) for period, policy in periods])
        for position, (period, _) in enumerate(periods):
            self.promises.append(Promise(self.active, position, period, now))

    def pause(self, _) -> None:
        if self.active and not self._is_paused:
            self.ledger.pause(self.active, "a note")
            self.pauses.append([self.ledger.now])

    def resume(self, _) -> None:
        if self.active and self._is_paused:
            self.ledger.resume(self.active)
            self.pauses[-1].append(self.ledger.now)

    def stop(self, _) -> None:
        if self.active:
            self.ledger.end(self.active)
            self._end_promises()
            if self._is_paused:
                self.pauses[-1].append(self.ledger.now)
            self.active = None

    def claim(self, room: int) -> None:
        self.claimed += self.ledger.claim(room)

    def finish(self, well: bool) -> None:
        if self.claimed:
            self.ledger.finish(self.claimed.pop(0), SUCCESS if well else FAILURE, Retry(2, timedelta(seconds=5)))

    def was_paused(self, due_at: datetime) -> bool:
        return any(pause[0] < due_at <= (pause[1] if pause[1:] else due_at) for pause in self.pauses)

    @property
    def _is_paused(self) -> bool:
        return bool(self.pauses) and len(self.pauses[-1]) == 1

    def _end_promises(self) -> None:
        for promise in self.promises:
            promise.until = promise.until or self.ledger.now


def _terms(period: int, overlap: Overlap, mode: CatchUpMode) -> Terms:
    if period == 60:
        return Terms(CronTrigger("* * * * *"), overlap, CatchUp(mode))
    return every(timedelta(seconds=period), overlap=overlap, catch_up=CatchUp(mode))


@pytest.mark.slow
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=STEPS)
def test_every_occurrence_is_in_the_ledger_exactly_once(steps, new_ledger):
    story = Story(new_ledger())
    for name, how in [("deploy", [(10, (Overlap.SKIP, CatchUpMode.LAST))]), *steps, ("settle", None)]:
        story.take(name, how)
    _check(story)
    story.ledger.database.close()


def _check(story: Story) -> None:
    now, rows = story.ledger.now, story.ledger.rows()
    for promise in story.promises:
        schedule_id = promise.deployment.schedules[promise.position].id
        mine = [row for row in rows if row.schedule_id == schedule_id]
        assert [row.due_at for row in mine if row.state != "planned"] == promise.due(now)
        assert [row.due_at for row in mine if row.state == "planned"] == promise.next_due(now)
    for row in rows:
        state = State(row.state)
        assert (row.reason is not None) == (state in WITH_REASON or row.reason_code == "waits"), row
        assert (row.finished_at is not None) == (not state.is_open), row
        assert (row.reason_code == "paused") == (state is not State.PLANNED and story.was_paused(row.due_at)), row
        assert (state is State.SKIPPED) == (row.reason_code in ("paused", "overlap", "one_waits")), row
