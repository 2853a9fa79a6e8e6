"""Whatever the user's code around a job does, the scheduler goes on and says what happened."""

from __future__ import annotations

import asyncio
import logging
import threading
from datetime import UTC, datetime, timedelta

import pytest
from tests.support.waiting import eventually

from clockhouse import task
from clockhouse.task.testing import ManualClock, Recorder

START = datetime(2026, 11, 22, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
GOING_ON = task.TaskPolicy(error_policy=task.ErrorPolicy.CONTINUE)


def from_now(seconds: float) -> datetime:
    return task.SystemClock().now() + timedelta(seconds=seconds)


class Failing:
    """A trigger that answers twice, and then as it is told to."""

    def __init__(self, then: object) -> None:
        self.asked, self.then = 0, then

    def next_after(self, instant: datetime) -> datetime | None:
        self.asked += 1
        if self.asked <= 2:
            return instant + MINUTE
        if isinstance(self.then, BaseException):
            raise self.then
        return self.then  # type: ignore[return-value]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
def told() -> Recorder:
    return Recorder()


@pytest.fixture
def scheduler(clock: ManualClock, told: Recorder) -> task.Scheduler:
    return task.Scheduler(clock=clock, hooks=told.hooks)


@pytest.mark.parametrize("then", [ValueError("no more"), SystemExit(3), "tomorrow", START - timedelta(days=1)])
def test_a_trigger_that_fails_ends_its_job_with_a_record_and_no_other(scheduler, clock, told, caplog, then):
    scheduler.schedule(lambda: None, Failing(then))
    other = scheduler.schedule_job_recur_by_frequency(lambda: None, 60)
    clock.advance(5 * MINUTE)
    assert scheduler.get_running_jobs() == [other]
    assert len(told.executed) == 6 + 2
    (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert "its trigger failed" in record.getMessage()
    assert record.exc_info is not None


@pytest.mark.parametrize("trigger", [Failing(None).__class__, type("Now", (), {"next_after": lambda self, at: at})()])
def test_a_trigger_that_gives_no_due_time_is_refused(scheduler, trigger):
    with pytest.raises(task.InvalidTrigger):
        scheduler.schedule(lambda: None, trigger)
    assert scheduler.get_running_jobs() == []


def test_a_trigger_may_answer_without_a_zone(scheduler, clock, told):
    class Naive:
        def next_after(self, instant: datetime) -> datetime:
            return (instant + MINUTE).replace(tzinfo=None)

    scheduler.schedule(lambda: None, Naive())
    clock.advance(3 * MINUTE)
    assert len(told.executed) == 3


def test_a_retry_asks_the_gate_again(scheduler, clock):
    opens, tries = [True], []

    def fail() -> None:
        tries.append(clock.now())
        opens[0] = False
        raise OSError

    retry = task.RetryConfiguration(5, 10)
    scheduler.schedule_job_recur_by_frequency(fail, 3600, task_policy=GOING_ON, retry=retry, gate=lambda: opens[0])
    clock.advance(timedelta(minutes=30))
    assert tries == [START]
    opens[0] = True
    clock.advance(timedelta(minutes=31))
    assert tries[1] == START + timedelta(hours=1)


def test_a_later_try_is_asked_to_stop_as_a_first_one_is(scheduler, clock):
    asked: list[tuple[datetime, bool]] = []

    def job() -> None:
        if not asked:
            asked.append((clock.now(), False))
            raise OSError
        for _ in range(60):
            clock.sleep(timedelta(seconds=1))
            if task.cancel_requested():
                asked.append((clock.now(), True))
                return

    scheduler.schedule(
        job,
        task.IntervalTrigger(timedelta(seconds=15), START),
        overlap=task.Overlap.CANCEL_OTHER,
        retry=task.RetryConfiguration(1, 1),
        task_policy=GOING_ON,
    )
    clock.advance(timedelta(seconds=20))
    assert asked[1][1]
    assert asked[1][0] - START <= timedelta(seconds=16)


def test_a_long_backlog_of_overlaps_is_left_out_at_once(scheduler, clock, told):
    job = scheduler.schedule(
        lambda: clock.sleep(timedelta(hours=2)), task.IntervalTrigger(timedelta(seconds=1), START), overlap="skip"
    )
    clock.advance(timedelta(seconds=1))
    scheduler.pause_job(job)
    clock.advance(timedelta(hours=1, seconds=59))
    scheduler.resume_job(job)
    clock.advance(timedelta())
    assert scheduler.next_due(job) == clock.now() + timedelta(seconds=1)
    *single, whole = told.ignored
    assert len(single) == 1001
    assert whole.up_to == clock.now() + timedelta(microseconds=1)


def test_the_newest_of_a_backlog_takes_the_place_of_all_before_it(scheduler, clock, told):
    def job() -> None:
        while not task.cancel_requested():
            clock.sleep(MINUTE)

    job_id = scheduler.schedule(job, task.IntervalTrigger(timedelta(seconds=10), START), overlap="cancel_other")
    scheduler.pause_job(job_id)
    clock.advance(timedelta(hours=1))
    scheduler.resume_job(job_id)
    clock.advance(timedelta(seconds=60))
    assert [event.due_at for event in told.executed] == [START]
    passed = [event for event in told.ignored if event.up_to is not None]
    assert passed[0].why is task.Ignored.SUPERSEDED
    assert passed[0].up_to == START + timedelta(hours=1)
    scheduler.immediate_stop()
    clock.advance(2 * MINUTE)


def test_a_log_handler_that_raises_ends_nothing():
    class Bad(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            raise RuntimeError("no room")

    executed = threading.Event()

    def fail() -> None:
        raise OSError

    handler, log = Bad(), logging.getLogger("clockhouse.task")
    log.addHandler(handler)
    scheduler = task.Scheduler()
    try:
        trigger = task.IntervalTrigger(timedelta(seconds=0.01), from_now(0))
        going_on = task.TaskPolicy(error_policy=task.ErrorPolicy.LOG_AND_CONTINUE)
        scheduler.schedule(fail, trigger, inline=True, task_policy=going_on)
        scheduler.schedule_one_time_job(executed.set, from_now(0.1))
        assert executed.wait(30)
    finally:
        log.removeHandler(handler)
        scheduler.graceful_stop()


def test_system_exit_in_a_task_of_an_async_job_ends_that_job_alone():
    count = [0]

    async def exit_within() -> None:
        async def child() -> None:
            raise SystemExit(3)

        await asyncio.gather(child())

    async def tick() -> None:
        await asyncio.to_thread(int)
        count[0] += 1

    scheduler = task.Scheduler()
    scheduler.schedule_job_recur_by_frequency(tick, 0.01)
    scheduler.schedule_job_recur_by_frequency(exit_within, 0.02, task_policy=GOING_ON, max_count=3)
    eventually(lambda: len(scheduler.get_running_jobs()) == 1)
    seen = count[0]
    eventually(lambda: count[0] > seen + 5)
    assert scheduler.graceful_stop(30)


def test_stopping_from_an_async_job_waits_for_none_beside_it():
    answers: list[bool] = []
    scheduler = task.Scheduler()

    async def long() -> None:
        await asyncio.to_thread(threading.Event().wait, 0.3)

    async def stop() -> None:
        answers.append(scheduler.graceful_stop())

    scheduler.schedule_job_recur_by_frequency(long, 60)
    scheduler.schedule_one_time_job(stop, from_now(0.1))
    eventually(lambda: answers)
    assert answers == [False]


def test_what_an_async_job_leaves_behind_is_cancelled_with_the_last_job():
    cancelled = threading.Event()
    kept: list[asyncio.Task[None]] = []

    async def wait() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    async def job() -> None:
        kept.append(asyncio.create_task(wait()))
        await asyncio.to_thread(int)

    task.Scheduler().schedule_job_recur_by_frequency(job, 1, max_count=1)
    assert cancelled.wait(30)


def test_an_inline_job_that_gives_a_coroutine_has_failed():
    told = Recorder()

    async def job() -> None:
        """Never executed."""

    scheduler = task.Scheduler(hooks=told.hooks)
    trigger = task.IntervalTrigger(timedelta(seconds=0.01), from_now(0))
    scheduler.schedule(lambda: job(), trigger, inline=True)
    eventually(lambda: told.ended)
    assert isinstance(told.errors[0].error, task.InvalidJob)


def test_a_job_paused_by_one_of_its_batch_is_not_executed_before_it_is_resumed():
    executed: list[str] = []
    scheduler = task.Scheduler()
    begin = from_now(0.2)
    scheduler.schedule(lambda: scheduler.pause_job(other), task.IntervalTrigger(timedelta(hours=1), begin), inline=True)
    other = scheduler.schedule(
        lambda: executed.append("other"), task.IntervalTrigger(timedelta(hours=1), begin), inline=True
    )
    done = threading.Event()
    scheduler.schedule_one_time_job(done.set, begin + timedelta(seconds=0.1))
    assert done.wait(30)
    assert executed == []
    assert scheduler.next_due(other) == begin
    scheduler.resume_job(other)
    eventually(lambda: executed == ["other"])
    scheduler.graceful_stop()
