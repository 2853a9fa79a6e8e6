"""Further tries of a failed execution, and what the error policy has to say about the last of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from clockhouse import task
from clockhouse.task.testing import ManualClock, Recorder

START = datetime(2026, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
CONTINUE = task.TaskPolicy(task.ErrorPolicy.LOG_AND_CONTINUE)


def failing(times: int) -> Callable[[], None]:
    """A job of which the first so many tries fail."""
    left = [times]

    def job() -> None:
        left[0] -= 1
        if left[0] >= 0:
            raise ConnectionError("not yet")

    return job


def tries(events: Recorder) -> list[tuple[float, int, bool]]:
    """When each try started, in seconds, which it was, and whether it went well."""
    told = [(event, False) for event in events.errors] + [(event, True) for event in events.executed]
    return sorted(((event.started_at - START).total_seconds(), event.attempt, well) for event, well in told)


def test_a_retry_comes_its_interval_after_the_failure_and_success_ends_the_retries(
    task_clock: ManualClock, task_scheduler: task.Scheduler, task_events: Recorder, caplog: pytest.LogCaptureFixture
):
    job_id = task_scheduler.schedule_job_recur_by_frequency(failing(2), 60, retry=task.RetryConfiguration(5, 7))
    task_clock.advance(61 * SECOND)
    assert tries(task_events) == [(0, 1, False), (7, 2, False), (14, 3, True), (60, 1, True)]
    assert [event.final for event in task_events.errors] == [False, False]
    assert {event.due_at for event in task_events.errors} == {START}
    assert caplog.records == []
    assert task_scheduler.get_running_jobs() == [job_id]


def test_the_interval_is_counted_from_the_end_of_the_failed_try(
    task_clock: ManualClock, task_scheduler: task.Scheduler, task_events: Recorder
):
    def fail() -> None:
        task_clock.sleep(4 * SECOND)
        raise OSError

    retry = task.RetryConfiguration(2, 10)
    task_scheduler.schedule_job_recur_by_frequency(fail, 60, 1, retry=retry)
    task_clock.advance(100 * SECOND)
    assert tries(task_events) == [(0, 1, False), (14, 2, False), (28, 3, False)]


def test_exponential_retries_double_up_to_the_longest_interval(
    task_clock: ManualClock, task_scheduler: task.Scheduler, task_events: Recorder
):
    retry = task.RetryConfiguration(6, 1, task.RetryStrategy.EXPONENTIAL, max_interval=6)
    task_scheduler.schedule_job_recur_by_frequency(failing(99), 3600, retry=retry)
    task_clock.advance(300 * SECOND)
    assert [at for at, _, _ in tries(task_events)] == [0, 1, 3, 7, 13, 19, 25]


def test_the_error_policy_applies_to_the_last_failure_only(
    task_clock: ManualClock, task_scheduler: task.Scheduler, task_events: Recorder, caplog: pytest.LogCaptureFixture
):
    task_scheduler.schedule_job_recur_by_frequency(failing(99), 60, retry=task.RetryConfiguration(2, 5))
    task_clock.advance(9 * SECOND)
    assert (len(caplog.records), len(task_scheduler.get_running_jobs())) == (0, 1)
    task_clock.advance(120 * SECOND)
    assert [event.final for event in task_events.errors] == [False, False, True]
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert [event.why for event in task_events.ended] == [task.Ended.TERMINATED]
    assert task_scheduler.get_running_jobs() == []


@pytest.mark.parametrize(("interval", "expected"), [(29, [0, 30]), (30, [0, 30]), (31, [0, 31, 31])])
def test_a_retry_that_would_not_start_before_the_next_due_time_does_not_happen(
    task_clock: ManualClock, task_scheduler: task.Scheduler, task_events: Recorder, interval: int, expected: list[int]
):
    every = {29: 30, 30: 30, 31: 31}[interval]
    wait = {29: 30, 30: 31, 31: 30.999}[interval]
    retry = task.RetryConfiguration(1, wait)
    task_scheduler.schedule_job_recur_by_frequency(failing(1), every, 2, task_policy=CONTINUE, retry=retry)
    task_clock.advance(100 * SECOND)
    assert [round(at) for at, _, _ in tries(task_events)] == expected


def test_retries_are_no_executions_of_their_own_to_the_count(
    task_clock: ManualClock, task_scheduler: task.Scheduler, task_events: Recorder
):
    retry = task.RetryConfiguration(3, 1)
    task_scheduler.schedule_job_recur_by_frequency(failing(3), 60, 2, retry=retry)
    task_clock.advance(timedelta(hours=1))
    assert tries(task_events) == [(0, 1, False), (1, 2, False), (2, 3, False), (3, 4, True), (60, 1, True)]


def test_a_job_has_not_ended_while_a_try_of_its_last_execution_is_to_come(
    task_clock: ManualClock, task_scheduler: task.Scheduler, task_events: Recorder
):
    job_id = task_scheduler.schedule_job_recur_by_frequency(failing(1), 60, 1, retry=task.RetryConfiguration(1, 300))
    task_clock.advance(299 * SECOND)
    assert task_scheduler.get_running_jobs() == [job_id]
    task_clock.advance(SECOND)
    assert tries(task_events) == [(0, 1, False), (300, 2, True)]
    assert [event.why for event in task_events.ended] == [task.Ended.COMPLETED]


def test_no_try_comes_after_the_job_was_unscheduled(
    task_clock: ManualClock, task_scheduler: task.Scheduler, task_events: Recorder
):
    job_id = task_scheduler.schedule_job_recur_by_frequency(failing(1), 60, retry=task.RetryConfiguration(1, 10))
    task_clock.advance(SECOND)
    task_scheduler.unschedule_job(job_id)
    task_clock.advance(60 * SECOND)
    assert tries(task_events) == [(0, 1, False)]


def test_a_try_under_way_counts_for_overlap_until_its_retries_are_over(
    task_clock: ManualClock, task_scheduler: task.Scheduler, task_events: Recorder
):
    trigger = task.CronTrigger("* * * * *")
    task_scheduler.schedule(
        failing(1), trigger, overlap=task.Overlap.SKIP, retry=task.RetryConfiguration(1, 30), max_count=2
    )
    task_clock.advance(timedelta(minutes=5))
    assert tries(task_events) == [(0, 1, False), (30, 2, True), (60, 1, True)]


def test_an_inline_job_is_tried_again_too(
    task_clock: ManualClock, task_scheduler: task.Scheduler, task_events: Recorder
):
    trigger = task.IntervalTrigger(60 * SECOND, START)
    task_scheduler.schedule(failing(2), trigger, inline=True, max_count=1, retry=task.RetryConfiguration(3, 2))
    task_clock.advance(timedelta(minutes=5))
    assert tries(task_events) == [(0, 1, False), (2, 2, False), (4, 3, True)]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"max_attempts": 0, "retry_interval": 1}, "max_attempts"),
        ({"max_attempts": True, "retry_interval": 1}, "max_attempts"),
        ({"max_attempts": 1, "retry_interval": -1}, "retry_interval"),
        ({"max_attempts": 1, "retry_interval": "1"}, "retry_interval"),
        ({"max_attempts": 1, "retry_interval": 5, "max_interval": 4}, "max_interval"),
        ({"max_attempts": 1, "retry_interval": 5, "backoff_strategy": "linear"}, "backoff_strategy"),
    ],
)
def test_a_retry_configuration_that_cannot_be_is_refused(given: dict[str, object], field: str):
    with pytest.raises(task.InvalidPolicy) as refusal:
        task.RetryConfiguration(**given)  # type: ignore[arg-type]
    assert refusal.value.field == field
