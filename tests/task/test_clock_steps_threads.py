"""Steps of the wall clock under real threads: noticed while they sleep, and without a burst while they work."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from tests.support.waiting import eventually

from clockhouse import task
from clockhouse.task.testing import Recorder

WITHIN = 20.0  # generous: a step is to be noticed within a second
HOUR = timedelta(hours=1)


class SteppedClock:
    """The machine's clocks, of which the wall clock can be stepped."""

    def __init__(self) -> None:
        self._clock = task.SystemClock()
        self.stepped = timedelta()

    def now(self) -> datetime:
        return self._clock.now() + self.stepped

    def monotonic(self) -> float:
        return self._clock.monotonic()


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock()


@pytest.fixture
def events() -> Recorder:
    return Recorder()


@pytest.fixture
def scheduler(clock: SteppedClock, events: Recorder) -> Iterator[task.Scheduler]:
    with task.Scheduler(clock=clock, hooks=events.hooks) as scheduler:
        yield scheduler


@pytest.mark.slow
def test_a_job_stepped_over_is_executed_soon_though_everything_sleeps(
    scheduler: task.Scheduler, clock: SteppedClock, events: Recorder
):
    done = threading.Event()
    at = clock.now() + HOUR / 2
    scheduler.schedule_one_time_job(done.set, at)
    eventually(lambda: scheduler._driver is not None and scheduler._driver.asleep_until)
    clock.stepped = HOUR
    assert done.wait(WITHIN)
    eventually(lambda: events.executed)
    assert events.executed[0].due_at == at


@pytest.mark.slow
def test_a_job_stepped_away_from_waits_and_is_executed_when_the_clock_is_stepped_again(
    scheduler: task.Scheduler, clock: SteppedClock, events: Recorder
):
    done = threading.Event()
    clock.stepped = HOUR
    scheduler.schedule_one_time_job(done.set, clock.now() + timedelta(seconds=1.2))
    scheduler.schedule_job_recur_by_frequency(lambda: None, 0.05)
    clock.stepped = timedelta()
    # Due times that follow the clock show that the step was noticed.
    eventually(lambda: events.executed and events.executed[-1].due_at < clock.now() + HOUR / 2)
    assert not done.wait(1.3)
    clock.stepped = HOUR
    assert done.wait(WITHIN)


@pytest.mark.slow
@pytest.mark.parametrize("inline", [False, True])
def test_busy_intervals_know_no_burst_and_no_gap_whatever_the_steps(
    scheduler: task.Scheduler, clock: SteppedClock, events: Recorder, inline: bool
):
    began = clock.monotonic()
    for _ in range(8):
        trigger = task.IntervalTrigger(timedelta(milliseconds=5), clock.now())
        scheduler.schedule(lambda: None, trigger, inline=inline)
    for n in range(1, 41):
        clock.stepped = HOUR * (n % 3 - 1)
        reached = len(events.executed) + 40
        eventually(lambda: len(events.executed) >= reached)  # noqa: B023 - awaited at once
    scheduler.graceful_stop()
    at_most = 8 * ((clock.monotonic() - began) / 0.005 + 2)
    assert 1600 <= len(events.executed) <= at_most
    assert events.ignored == []
