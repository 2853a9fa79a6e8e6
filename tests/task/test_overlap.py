"""What becomes of an occurrence that falls due while an earlier execution of the job still runs."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from clockhouse import task
from clockhouse.task.testing import ManualClock, Recorder

START = datetime(2026, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
EVERY_TEN = task.IntervalTrigger(10 * SECOND, START)


def run(clock: ManualClock, scheduler: task.Scheduler, lengths: list[int], **options: object) -> task.JobId:
    """A job every ten seconds, of these lengths one after the other; then the clock is advanced by two minutes."""
    left = iter(lengths)
    job_id = scheduler.schedule(
        lambda: clock.sleep(next(left) * SECOND),
        EVERY_TEN,
        **options,  # type: ignore[arg-type]
    )
    clock.advance(120 * SECOND)
    return job_id


def times(events: Recorder) -> list[tuple[float, float]]:
    """When each execution was due and when it was started, in seconds."""
    told = ((event.due_at - START, event.started_at - START) for event in events.executed)
    return sorted((due.total_seconds(), started.total_seconds()) for due, started in told)


def ignored(events: Recorder) -> list[tuple[float, str]]:
    return [((event.due_at - START).total_seconds(), event.why.value) for event in events.ignored]


def test_by_default_a_slow_job_overlaps_itself(
    task_clock: ManualClock, task_scheduler: task.Scheduler, task_events: Recorder
):
    run(task_clock, task_scheduler, [25, 25, 25, 1], max_count=4)
    assert times(task_events) == [(0, 0), (10, 10), (20, 20), (30, 30)]


def test_at_most_worker_count_executions_are_under_way(task_clock: ManualClock, task_events: Recorder):
    scheduler = task.Scheduler(clock=task_clock, hooks=task_events.hooks, worker_count=2)
    run(task_clock, scheduler, [25, 25, 25, 1], max_count=4)
    assert times(task_events) == [(0, 0), (10, 10), (20, 25), (30, 35)]


def test_skip_leaves_the_new_one_out(task_clock: ManualClock, task_scheduler: task.Scheduler, task_events: Recorder):
    run(task_clock, task_scheduler, [25, 1, 1], overlap=task.Overlap.SKIP, max_count=3)
    assert times(task_events) == [(0, 0), (30, 30), (40, 40)]
    assert ignored(task_events) == [(10, "overlap"), (20, "overlap")]


def test_buffer_one_keeps_the_first_that_has_to_wait(
    task_clock: ManualClock, task_scheduler: task.Scheduler, task_events: Recorder
):
    run(task_clock, task_scheduler, [35, 1, 1], overlap=task.Overlap.BUFFER_ONE, max_count=3)
    assert times(task_events) == [(0, 0), (10, 35), (40, 40)]
    assert ignored(task_events) == [(20, "overlap"), (30, "overlap")]


def test_buffer_all_keeps_all_in_order_one_after_the_other(
    task_clock: ManualClock, task_scheduler: task.Scheduler, task_events: Recorder
):
    policy = task.TaskPolicy(waiting_policy=task.WaitingPolicy.IGNORE)
    run(task_clock, task_scheduler, [35, 1, 2, 3, 1], overlap="buffer_all", max_count=5, task_policy=policy)
    assert times(task_events) == [(0, 0), (10, 35), (20, 36), (30, 38), (40, 41)]
    assert task_events.ignored == []


def test_more_than_one_may_be_allowed_at_once(
    task_clock: ManualClock, task_scheduler: task.Scheduler, task_events: Recorder
):
    run(task_clock, task_scheduler, [35, 35, 1], overlap="skip", max_concurrent=2, max_count=3)
    assert times(task_events) == [(0, 0), (10, 10), (40, 40)]
    assert ignored(task_events) == [(20, "overlap"), (30, "overlap")]


def test_cancel_other_asks_the_earlier_one_to_stop_and_follows_when_it_has(
    task_clock: ManualClock, task_scheduler: task.Scheduler, task_events: Recorder
):
    asked: list[float] = []

    def step_by_step() -> None:
        for _ in range(25):
            if task.cancel_requested():
                asked.append((task_clock.now() - START).total_seconds())
                return
            task_clock.sleep(3 * SECOND)

    task_scheduler.schedule(step_by_step, EVERY_TEN, overlap=task.Overlap.CANCEL_OTHER, max_count=3)
    task_clock.advance(200 * SECOND)
    assert asked == [12, 21]
    assert times(task_events) == [(0, 0), (10, 12), (20, 21)]


def test_cancel_other_keeps_the_newest_and_tells_of_those_before(
    task_clock: ManualClock, task_scheduler: task.Scheduler, task_events: Recorder
):
    run(task_clock, task_scheduler, [35, 1, 1], overlap="cancel_other", max_count=3)
    assert times(task_events) == [(0, 0), (30, 35), (40, 40)]
    assert ignored(task_events) == [(10, "superseded"), (20, "superseded")]


def test_cancel_other_cancels_a_coroutine_and_that_is_no_failure(
    task_clock: ManualClock, task_scheduler: task.Scheduler, task_events: Recorder, caplog: pytest.LogCaptureFixture
):
    cleaned: list[float] = []

    async def long() -> None:
        try:
            await task_clock.asleep(25 * SECOND)
        finally:
            cleaned.append((task_clock.now() - START).total_seconds())

    job_id = task_scheduler.schedule(long, EVERY_TEN, overlap="cancel_other")  # type: ignore[arg-type]
    task_clock.advance(31 * SECOND)
    assert cleaned == [10, 20, 30]
    assert {type(event.error) for event in task_events.errors} == {asyncio.CancelledError}
    assert task_scheduler.get_running_jobs() == [job_id]
    assert caplog.records == []


def test_a_coroutine_that_cancels_itself_has_failed(
    task_clock: ManualClock, task_scheduler: task.Scheduler, task_events: Recorder
):
    async def give_up() -> None:
        raise asyncio.CancelledError

    task_scheduler.schedule(give_up, EVERY_TEN, overlap="cancel_other")  # type: ignore[arg-type]
    task_clock.advance(timedelta())
    assert [event.why for event in task_events.ended] == [task.Ended.TERMINATED]


def test_outside_of_an_execution_nobody_asks_to_stop():
    assert task.cancel_requested() is False


@pytest.mark.parametrize("overlap", list(task.Overlap))
@pytest.mark.parametrize("max_count", [1, 2, 3, 5])
def test_the_count_is_exact_under_every_policy(
    task_clock: ManualClock,
    task_scheduler: task.Scheduler,
    task_events: Recorder,
    overlap: task.Overlap,
    max_count: int,
):
    run(task_clock, task_scheduler, [14, 33, 1, 12, 1], overlap=overlap, max_count=max_count)
    assert len(task_events.executed) == max_count
    assert task_scheduler.get_running_jobs() == []


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"overlap": "perhaps"}, "overlap"),
        ({"overlap": "skip", "max_concurrent": 0}, "max_concurrent"),
        ({"overlap": "skip", "max_concurrent": 1.5}, "max_concurrent"),
        ({"retry": 3}, "retry"),
        ({"gate": True}, "gate"),
        ({"task_policy": 1}, "task_policy"),
    ],
)
def test_options_that_cannot_be_are_refused(task_scheduler: task.Scheduler, options: dict[str, object], field: str):
    with pytest.raises(task.InvalidPolicy) as refusal:
        task_scheduler.schedule(print, EVERY_TEN, **options)  # type: ignore[arg-type]
    assert refusal.value.field == field
    assert task_scheduler.get_running_jobs() == []
