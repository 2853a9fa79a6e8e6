"""Jobs on the scheduler's own thread, when that is late: several due times of one job come in one batch."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from tests.support.waiting import eventually

from clockhouse import task
from clockhouse.task.testing import Recorder

SOON = timedelta(milliseconds=10)


@pytest.fixture
def events() -> Recorder:
    return Recorder()


@pytest.fixture
def scheduler(events: Recorder) -> Iterator[task.Scheduler]:
    with task.Scheduler(hooks=events.hooks) as scheduler:
        yield scheduler


def every(milliseconds: int) -> task.IntervalTrigger:
    return task.IntervalTrigger(timedelta(milliseconds=milliseconds), task.SystemClock().now() + SOON)


def keep_late(scheduler: task.Scheduler, until: threading.Event) -> None:
    """Occupy the scheduler's own thread."""
    started = threading.Event()

    def block() -> None:
        started.set()
        until.wait(10)

    trigger = task.DateTrigger(task.SystemClock().now() + SOON)
    scheduler.schedule(block, trigger, inline=True)
    assert started.wait(10)


def passed(milliseconds: int) -> bool:
    """Wait until so much time has gone by: it is what makes a job late."""
    end = task.SystemClock().monotonic() + milliseconds / 1000
    return eventually(lambda: task.SystemClock().monotonic() > end)


def test_a_late_inline_job_is_executed_once_for_each_due_time(scheduler: task.Scheduler, events: Recorder):
    go_on = threading.Event()
    keep_late(scheduler, go_on)
    job_id = scheduler.schedule(lambda: None, every(10), inline=True)
    passed(100)
    go_on.set()
    eventually(lambda: len(events.executed) > 15)
    due = [event.due_at for event in events.executed if event.job_id == job_id]
    assert due == [due[0] + n * timedelta(milliseconds=10) for n in range(len(due))]


def test_a_late_inline_job_that_failed_is_not_executed_again(scheduler: task.Scheduler, events: Recorder):
    go_on = threading.Event()
    keep_late(scheduler, go_on)

    def fail() -> None:
        raise OSError

    scheduler.schedule(fail, every(10), inline=True, task_policy=task.TaskPolicy(task.ErrorPolicy.TERMINATE))
    passed(100)
    go_on.set()
    eventually(lambda: scheduler.get_running_jobs() == [])
    scheduler.graceful_stop()
    assert len(events.errors) == 1


def test_a_late_inline_job_that_unschedules_itself_is_not_executed_again(scheduler: task.Scheduler):
    go_on = threading.Event()
    keep_late(scheduler, go_on)
    ids: list[task.JobId] = []
    done: list[int] = []

    def once() -> None:
        done.append(1)
        scheduler.unschedule_job(ids[0])

    ids.append(scheduler.schedule(once, every(10), inline=True))
    passed(100)
    go_on.set()
    eventually(lambda: done)
    scheduler.graceful_stop()
    assert done == [1]
