"""The clock that tests advance: how async jobs wait by it, and what it cannot show."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from clockhouse import task
from clockhouse.task.testing import ManualClock, Recorder

START = datetime(2026, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def seconds(clock: ManualClock) -> int:
    return (clock.now() - START) // SECOND


@pytest.mark.parametrize(
    "start", [datetime(1960, 1, 1, tzinfo=UTC), datetime(1969, 12, 31, 23, tzinfo=UTC), "2026-01-01"]
)
def test_a_time_that_no_scheduler_counts_is_refused(start: Any):
    with pytest.raises(task.Error):
        ManualClock(start)
    clock = ManualClock(START)
    with pytest.raises(task.Error):
        clock.set_wall(start)
    assert clock.now() == START


def test_a_duration_is_seconds_or_a_timedelta():
    clock = ManualClock(START)
    clock.advance(5)
    clock.sleep(0.5)
    assert clock.now() == START + 5.5 * SECOND
    for wrong in ("5", -1, True):
        with pytest.raises(ValueError, match=r"duration|set_wall"):
            clock.advance(wrong)  # type: ignore[arg-type]


def test_coroutines_of_one_job_wait_at_the_same_time(task_scheduler: task.Scheduler, task_clock: ManualClock):
    ended: list[int] = []

    async def job() -> None:
        await asyncio.gather(task_clock.asleep(5), task_clock.asleep(3 * SECOND), task_clock.asleep(5))
        ended.append(seconds(task_clock))

    task_scheduler.schedule_job_recur_by_frequency(job, 60, 1)
    task_clock.advance(30)
    assert ended == [5]


def test_what_is_cancelled_can_clean_up(task_scheduler: task.Scheduler, task_clock: ManualClock, task_events: Recorder):
    cleaned: list[int] = []

    async def job() -> None:
        try:
            await task_clock.asleep(timedelta(hours=1))
        finally:
            await task_clock.asleep(10)
            cleaned.append(seconds(task_clock))

    task_scheduler.schedule_job_recur_by_frequency(job, 900, 2, overlap=task.Overlap.CANCEL_OTHER)
    task_clock.advance(timedelta(minutes=20))
    assert cleaned == [910]
    assert [type(event.error) for event in task_events.errors] == [asyncio.CancelledError]


def test_time_outs_of_an_async_job_go_by_the_clock(task_scheduler: task.Scheduler, task_clock: ManualClock):
    told: list[int] = []

    async def job() -> None:
        try:
            async with asyncio.timeout(7):
                await task_clock.asleep(timedelta(days=3))
        except TimeoutError:
            told.append(seconds(task_clock))
        await task_clock.asleep(timedelta(days=3))
        told.append(seconds(task_clock))

    task_scheduler.schedule_job_recur_by_frequency(job, 60, 1)
    task_clock.advance(timedelta(days=4))
    assert told == [7, 7 + 3 * 86400]


def test_work_in_a_thread_takes_no_time(task_scheduler: task.Scheduler, task_clock: ManualClock):
    told: list[int] = []

    async def count() -> None:
        await asyncio.to_thread(sum, range(1000))
        told.append(seconds(task_clock))

    async def job() -> None:
        await asyncio.gather(task_clock.asleep(5), count())
        told.append(seconds(task_clock))

    task_scheduler.schedule_job_recur_by_frequency(job, 60, 1)
    task_clock.advance(30)
    assert told == [0, 5]


def test_asleep_is_for_jobs(task_clock: ManualClock):
    with pytest.raises(task.Error):
        asyncio.run(task_clock.asleep(1))


@pytest.mark.task_clock(datetime(2027, 5, 6, tzinfo=UTC))
def test_the_mark_takes_a_datetime(task_clock: ManualClock):
    assert task_clock.now() == datetime(2027, 5, 6, tzinfo=UTC)


@pytest.mark.task_clock(start="2027-05-06")
def test_the_mark_takes_its_argument_by_name(task_clock: ManualClock):
    assert task_clock.now() == datetime(2027, 5, 6, tzinfo=UTC)
