"""Whatever people and workers do, no occurrence is missing from the ledger and none is there twice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.support.ledger import FAILURE, NOON, SUCCESS, Ledger, every
from tests.support.properties import on_a_database

from clockhouse.errors import Conflict
from clockhouse.model.deployment import Deployment
from clockhouse.model.execution import State
from clockhouse.model.schedule import Terms
from clockhouse.store import occurrences
from clockhouse.task import CatchUp, CatchUpMode, CronTrigger, Overlap, Retry

WITH_REASON = {State.SKIPPED, State.MISSED, State.CANCELLED, State.FAILED}
OVERLAPPING = st.tuples(st.sampled_from([Overlap.ALLOW, Overlap.BUFFER_ALL]), st.sampled_from(list(CatchUpMode)))
ALONE = st.tuples(
    st.sampled_from([Overlap.SKIP, Overlap.BUFFER_ONE, Overlap.CANCEL_OTHER]),
    st.sampled_from([CatchUpMode.LAST, CatchUpMode.NONE]),
)
PERIODS = st.lists(
    st.tuples(st.sampled_from([7, 10, 60, 90]), st.one_of(ALONE, OVERLAPPING), st.booleans()), min_size=1, max_size=2
)  # seconds, of which 60 is written as a cron; the policies; whether it catches up after a pause
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

STOPPED_IN_A_PAUSE = [("advance", 32), ("pause", None), ("advance", 8), ("stop", None)]


@dataclass(slots=True)
class Promise:
    """What one schedule owes: every multiple of its period after `since`, and up to `until` when it has ended."""

    deployment: Deployment
    position: int
    period: int
    since: datetime
    waits: bool  # what falls due in a pause is decided at its end
    until: datetime | None = None
    skipped_since: datetime | None = None  # it ended in a pause that began then, whose end it had waited for

    def due(self, now: datetime) -> list[datetime]:
        return list(self._multiples(now if self.until is None else self.until))

    def next_due(self, now: datetime) -> list[datetime]:
        return [] if self.until is not None else [self._first_after(max(now, self.since))]

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
        self.active = self.ledger.deploy(*[_terms(period, *policy, after) for period, policy, after in periods])
        for position, (period, (_, mode), after_pause) in enumerate(periods):
            waits = after_pause and mode is not CatchUpMode.NONE
            self.promises.append(Promise(self.active, position, period, now, waits))

    def pause(self, _) -> None:
        if self.active and not self._is_paused:
            with suppress(Conflict):  # something is left from before the last pause
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
                self.pauses[-1].append(self.ledger.now + timedelta(microseconds=1))  # what is due now is the pause's
            self.active = None

    def claim(self, room: int) -> None:
        self.claimed += self.ledger.claim(room)

    def finish(self, well: bool) -> None:
        if self.claimed:
            self.ledger.finish(self.claimed.pop(0), SUCCESS if well else FAILURE, Retry(2, timedelta(seconds=5)))

    def was_paused(self, due_at: datetime) -> bool:
        return any(pause[0] < due_at and (not pause[1:] or due_at < pause[1]) for pause in self.pauses)

    def is_skipped(self, promise: Promise, due_at: datetime) -> bool:
        """Whether one fell into a pause, and nothing was left to decide about it at its end."""
        if promise.waits:
            return promise.skipped_since is not None and promise.skipped_since < due_at
        return self.was_paused(due_at)

    def decided_until(self, promise: Promise) -> datetime:
        """Up to when all that was due is decided: what waits for the end of a pause is not."""
        if promise.waits and promise.until is None and self._is_paused:
            return max(promise.since, self.pauses[-1][0])
        return self.ledger.now

    @property
    def _is_paused(self) -> bool:
        return bool(self.pauses) and len(self.pauses[-1]) == 1

    def _end_promises(self) -> None:
        for promise in self.promises:
            if promise.until is None:
                promise.until = self.ledger.now
                promise.skipped_since = self.pauses[-1][0] if self._is_paused else None


def _terms(period: int, overlap: Overlap, mode: CatchUpMode, after_pause: bool) -> Terms:
    if period == 60:
        return Terms(CronTrigger("* * * * *"), overlap, CatchUp(mode), after_pause=after_pause)
    return every(timedelta(seconds=period), overlap=overlap, catch_up=CatchUp(mode), after_pause=after_pause)


@pytest.mark.slow
@on_a_database(examples=14)
@given(steps=STEPS, room=st.sampled_from([1000, 2]), after_pause=st.booleans())
@example(steps=STOPPED_IN_A_PAUSE, room=2, after_pause=False)
def test_every_occurrence_is_in_the_ledger_exactly_once(steps, room, after_pause, new_ledger, monkeypatch):
    """Also where so much falls due at once (more than `room`) that it is decided step by step."""
    monkeypatch.setattr(occurrences, "_OCCURRENCES_AT_ONCE", room)
    story = Story(new_ledger())
    first = "deploy", [(10, (Overlap.SKIP, CatchUpMode.LAST), after_pause)]
    try:
        for name, how in [first, *steps, ("settle", None)]:
            story.take(name, how)
        _check(story)
    finally:
        story.ledger.database.close()


def _check(story: Story) -> None:
    rows = story.ledger.rows()
    for promise in story.promises:
        schedule_id = promise.deployment.schedules[promise.position].id
        mine = [row for row in rows if row.schedule_id == schedule_id]
        until = story.decided_until(promise)
        assert [row.due_at for row in mine if row.state != "planned"] == promise.due(until)
        assert [row.due_at for row in mine if row.state == "planned"] == promise.next_due(until)
        for row in mine:
            is_skipped = row.state != "planned" and story.is_skipped(promise, row.due_at)
            assert (row.reason_code == "paused") == is_skipped, row
    for row in rows:
        state = State(row.state)
        assert (row.reason is not None) == (state in WITH_REASON or row.reason_code == "waits"), row
        assert (row.finished_at is not None) == (not state.is_open), row
        assert (state is State.SKIPPED) == (row.reason_code in ("paused", "overlap", "one_waits")), row
