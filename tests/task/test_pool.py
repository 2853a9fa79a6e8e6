"""Executions on real threads: how many at once, what they may raise and call, and which threads are left."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from tests.support.waiting import eventually

from clockhouse import task
from clockhouse.task.testing import Recorder

WITHIN = 20.0
OURS = ("clockhouse-worker-", "clockhouse-coroutines")  # those of manual clocks stay, to be used again
HOUR = 3600
CONTINUE = task.TaskPolicy(task.ErrorPolicy.CONTINUE)
KINDS = list(task.WaitingPolicy)


def threads_of_ours() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name.startswith(OURS)}


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    before = threads_of_ours()
    yield
    eventually(lambda: threads_of_ours() <= before)


@pytest.fixture
def events() -> Recorder:
    return Recorder()


@pytest.fixture
def scheduler(events: Recorder) -> Iterator[task.Scheduler]:
    with task.Scheduler(hooks=events.hooks) as scheduler:
        yield scheduler


def from_now(seconds: float) -> task.clock.datetime:
    return task.SystemClock().now() + timedelta(seconds=seconds)


class Blocking:
    """A job that waits to be let go, and counts how many of it run at once."""

    def __init__(self) -> None:
        self.go_on = threading.Event()
        self.started = threading.Semaphore(0)
        self.count = self.now = self.most = 0
        self._lock = threading.Lock()

    def execute(self) -> None:
        with self._lock:
            self.count += 1
            self.now += 1
            self.most = max(self.most, self.now)
        self.started.release()
        assert self.go_on.wait(WITHIN)
        with self._lock:
            self.now -= 1

    def await_start(self) -> None:
        assert self.started.acquire(timeout=WITHIN)


def test_at_most_worker_count_executions_are_under_way_at_once(scheduler: task.Scheduler):
    scheduler.configure_worker_pool(worker_count=3)
    job = Blocking()
    for _ in range(10):
        scheduler.schedule_job_recur_by_frequency(job, HOUR, max_count=1)
    for _ in range(3):
        job.await_start()
    assert not job.started.acquire(timeout=0.05)
    job.go_on.set()
    eventually(lambda: not scheduler.get_running_jobs())
    assert (job.count, job.most) == (10, 3)


def test_more_workers_start_what_waits_and_fewer_let_what_runs_be_finished(scheduler: task.Scheduler):
    scheduler.configure_worker_pool(worker_count=1)
    first, second = Blocking(), Blocking()
    for job in (first, first, first):
        scheduler.schedule_job_recur_by_frequency(job, HOUR, max_count=1)
    first.await_start()
    scheduler.configure_worker_pool(worker_count=3)
    first.await_start()
    first.await_start()
    scheduler.configure_worker_pool(worker_count=2)
    for _ in range(5):
        scheduler.schedule_job_recur_by_frequency(second, HOUR, max_count=1)
    assert not second.started.acquire(timeout=0.05)
    first.go_on.set()
    second.await_start()
    second.await_start()
    assert not second.started.acquire(timeout=0.05)
    second.go_on.set()
    eventually(lambda: not scheduler.get_running_jobs())
    assert (first.most, second.most, second.count) == (3, 2, 5)


@pytest.mark.parametrize("count", [0, -1, 1.5, True, None, "5"])
def test_a_number_of_workers_that_cannot_be_is_refused(scheduler: task.Scheduler, count: object):
    with pytest.raises(task.InvalidPool, match="workers"):
        scheduler.configure_worker_pool(worker_count=count)  # type: ignore[arg-type]
    with pytest.raises(task.InvalidPool, match="workers"):
        task.Scheduler(worker_count=count)  # type: ignore[arg-type]


@pytest.mark.parametrize("waiting", [-1, float("nan"), float("inf"), None, "5", True])
def test_a_waiting_time_that_cannot_be_is_refused(scheduler: task.Scheduler, waiting: object):
    with pytest.raises(task.InvalidPool):
        scheduler.configure_worker_pool(waiting_time=waiting)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", KINDS)
def test_a_trigger_that_gets_no_worker_in_time_is_treated_by_the_waiting_policy(
    scheduler: task.Scheduler, events: Recorder, caplog: pytest.LogCaptureFixture, kind: task.WaitingPolicy
):
    scheduler.configure_worker_pool(worker_count=1, waiting_time=0.1)
    job = Blocking()
    busy = scheduler.schedule_job_recur_by_frequency(job, HOUR, max_count=1)
    job.await_start()
    policy = task.TaskPolicy(waiting_policy=kind)
    waits = scheduler.schedule_job_recur_by_frequency(lambda: None, 0.2, task_policy=policy)
    if kind is task.WaitingPolicy.WAIT:
        assert not threading.Event().wait(0.5)  # this long, nobody tells anything
        assert events.ignored == []
    else:  # told while it waits, not only when there is a worker again
        eventually(lambda: len(events.ignored) >= 2)
    job.go_on.set()
    eventually(lambda: len([event for event in events.executed if event.job_id == waits]) >= 3)
    scheduler.unschedule_job(waits)
    scheduler.graceful_stop()
    done = [event.due_at for event in events.executed if event.job_id == waits]
    dropped = [event.due_at for event in events.ignored]
    told = sorted(done + dropped)
    assert told == [told[0] + n * timedelta(seconds=0.2) for n in range(len(told))]
    assert {event.why for event in events.ignored} <= {task.Ignored.LATE}
    assert [event.job_id for event in events.ended] == [busy, waits]
    assert (len(dropped) > 1) == (kind is not task.WaitingPolicy.WAIT)
    assert len(caplog.records) == (len(dropped) if kind is task.WaitingPolicy.LOG_AND_IGNORE else 0)
    assert {record.levelno for record in caplog.records} <= {logging.WARNING}


@pytest.mark.parametrize("error", [SystemExit(1), KeyboardInterrupt(), GeneratorExit(), MemoryError()])
@pytest.mark.parametrize("kind", ["worker", "inline", "async"])
def test_whatever_a_job_raises_ends_no_thread(
    scheduler: task.Scheduler, events: Recorder, error: BaseException, kind: str
):
    async def in_a_coroutine() -> None:
        raise error

    def directly() -> None:
        raise error

    scheduler.configure_worker_pool(worker_count=1)
    trigger = task.IntervalTrigger(timedelta(milliseconds=10), from_now(0.01))
    job: Callable[[], object] = in_a_coroutine if kind == "async" else directly
    job_id = scheduler.schedule(job, trigger, task_policy=CONTINUE, inline=kind == "inline")
    eventually(lambda: len(events.errors) > 3)
    assert {type(event.error) for event in events.errors} == {type(error)}
    assert scheduler.get_running_jobs() == [job_id]


@pytest.mark.parametrize("hook", ["on_executed", "on_error", "on_ended"])
def test_a_hook_that_exits_ends_no_thread(hook: str):
    def leave(_event: object) -> None:
        raise SystemExit

    done = threading.Semaphore(0)

    def job() -> None:
        done.release()
        if hook == "on_error":
            raise OSError

    with task.Scheduler(worker_count=1, hooks=task.Hooks(**{hook: leave})) as scheduler:
        if hook == "on_ended":
            scheduler.schedule_one_time_job(lambda: None, from_now(0.02))
        scheduler.schedule_job_recur_by_frequency(job, 0.01, task_policy=CONTINUE)
        for _ in range(5):
            assert done.acquire(timeout=WITHIN)


def test_the_threads_end_with_the_last_job_and_begin_again_with_the_next(scheduler: task.Scheduler):
    for _ in range(20):
        done = threading.Event()
        job_id = scheduler.schedule_job_recur_by_frequency(done.set, 0.01)
        assert done.wait(WITHIN)
        assert threads_of_ours()
        assert all(thread.daemon for thread in threads_of_ours())
        scheduler.unschedule_job(job_id)
        eventually(lambda: not threads_of_ours())


def test_the_threads_end_when_the_last_job_ends_by_itself(scheduler: task.Scheduler):
    scheduler.schedule_one_time_job(lambda: None, from_now(0.02))
    scheduler.schedule_job_recur_by_frequency(lambda: None, 0.01, max_count=5)
    scheduler.schedule_job_recur_by_frequency(lambda: None, 0.01, end_time=from_now(0.03))
    eventually(lambda: not threads_of_ours())
    assert scheduler.get_running_jobs() == []


@pytest.mark.parametrize("inline", [False, True])
def test_a_job_unschedules_itself_and_the_threads_end(scheduler: task.Scheduler, events: Recorder, inline: bool):
    ids: list[task.JobId] = []
    known = threading.Event()

    def job() -> None:
        assert known.wait(WITHIN)
        scheduler.unschedule_job(ids[0])

    ids.append(scheduler.schedule(job, task.IntervalTrigger(timedelta(seconds=1), from_now(0.01)), inline=inline))
    known.set()
    eventually(lambda: not threads_of_ours())
    assert len(events.executed) == 1


def test_a_hook_on_the_last_execution_can_end_its_job_and_nobody_waits_for_himself():
    ended = threading.Event()

    def end(event: task.ExecutedEvent) -> None:
        scheduler.unschedule_job(event.job_id)
        ended.set()

    scheduler = task.Scheduler(hooks=task.Hooks(on_executed=end))
    scheduler.schedule_job_recur_by_frequency(lambda: None, 1)
    assert ended.wait(0.9)  # a second is how long a call waits for threads that are to leave
    eventually(lambda: not threads_of_ours())


def test_a_graceful_stop_waits_for_what_is_being_executed_and_an_immediate_one_does_not(scheduler: task.Scheduler):
    job = Blocking()
    scheduler.schedule_job_recur_by_frequency(job, HOUR)
    job.await_start()
    scheduler.immediate_stop()
    assert scheduler.get_running_jobs() == []
    assert job.now == 1
    assert scheduler.graceful_stop(timeout=0.02) is False
    threading.Timer(0.05, job.go_on.set).start()
    assert scheduler.graceful_stop() is True
    assert job.now == 0


@pytest.mark.parametrize("kind", ["sync", "inline", "async"])
def test_a_job_stops_its_scheduler_gracefully_without_waiting_for_itself(kind: str):
    scheduler = task.Scheduler()
    answers: list[bool] = []

    def stop() -> None:
        answers.append(scheduler.graceful_stop(timeout=WITHIN))

    async def stop_async() -> None:
        await asyncio.to_thread(stop)

    job: Callable[[], object] = stop_async if kind == "async" else stop
    scheduler.schedule(job, task.IntervalTrigger(timedelta(seconds=1), from_now(0.01)), inline=kind == "inline")
    eventually(lambda: answers, within=5)
    assert answers == [True]


def test_jobs_that_stop_their_scheduler_at_once_do_not_wait_for_one_another():
    scheduler = task.Scheduler()
    barrier = threading.Barrier(3)

    def stop() -> None:
        barrier.wait(WITHIN)
        scheduler.graceful_stop()

    for _ in range(3):
        scheduler.schedule_job_recur_by_frequency(stop, 1)
    eventually(lambda: barrier.broken or not threads_of_ours(), within=5)
    assert not barrier.broken


def test_a_scheduler_used_again_while_an_old_execution_runs_leaves_no_thread_behind(scheduler: task.Scheduler):
    old = Blocking()
    scheduler.schedule_job_recur_by_frequency(old, HOUR)
    old.await_start()
    scheduler.immediate_stop()
    done = threading.Event()
    scheduler.schedule_job_recur_by_frequency(done.set, 1, max_count=1)
    assert done.wait(WITHIN)
    eventually(lambda: not scheduler.get_running_jobs())
    old.go_on.set()
    eventually(lambda: not threads_of_ours())


def test_a_job_far_ahead_does_not_keep_near_ones_from_being_executed(scheduler: task.Scheduler):
    scheduler.schedule_one_time_job(lambda: None, from_now(400 * 86_400))
    eventually(lambda: scheduler._driver is not None and scheduler._driver.asleep_until)  # it sleeps for that
    done = threading.Event()
    scheduler.schedule_one_time_job(done.set, from_now(0.05))
    assert done.wait(WITHIN)


def test_no_execution_begins_before_its_due_time(scheduler: task.Scheduler, events: Recorder):
    for n in range(40):
        scheduler.schedule_one_time_job(lambda: None, from_now(0.02 + n * 0.0037))
    eventually(lambda: not scheduler.get_running_jobs())
    scheduler.graceful_stop()
    assert len(events.executed) == 40
    assert all(event.started_at >= event.due_at for event in events.executed)


def test_async_jobs_share_one_event_loop_and_its_thread_ends_with_them(scheduler: task.Scheduler):
    loops: list[asyncio.AbstractEventLoop] = []

    async def job() -> None:
        loops.append(asyncio.get_running_loop())

    for _ in range(3):
        scheduler.schedule_job_recur_by_frequency(job, 0.01, max_count=3)
    eventually(lambda: len(loops) == 9)
    assert len(set(loops)) == 1
    eventually(lambda: not threads_of_ours())
    assert loops[0].is_closed()


def test_an_async_job_is_cancelled_once_and_cleans_up_before_the_next_begins(
    scheduler: task.Scheduler, events: Recorder
):
    told: list[str] = []

    async def long() -> None:
        first = not told
        told.append("begun")
        try:
            if first:
                await asyncio.Event().wait()
        finally:
            for _ in range(15):  # through several further due times
                await asyncio.to_thread(threading.Event().wait, 0.01)
            told.append("cleaned up")

    trigger = task.IntervalTrigger(timedelta(seconds=0.03), from_now(0.03))
    scheduler.schedule(long, trigger, overlap=task.Overlap.CANCEL_OTHER, max_count=2)
    eventually(lambda: not scheduler.get_running_jobs())
    assert told == ["begun", "cleaned up", "begun", "cleaned up"]
    (cancelled,), (executed,) = events.errors, events.executed
    assert isinstance(cancelled.error, asyncio.CancelledError)
    assert executed.started_at >= cancelled.ended_at


def test_where_no_thread_can_be_started_nothing_is_scheduled(scheduler: task.Scheduler, monkeypatch):
    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", refuse)
        with pytest.raises(task.NoThread, match="too many"):
            scheduler.schedule_job_recur_by_frequency(lambda: None, HOUR)
    assert scheduler.get_running_jobs() == []
    done = threading.Event()
    scheduler.schedule_job_recur_by_frequency(done.set, HOUR)
    assert done.wait(WITHIN)


def test_a_pool_that_cannot_grow_executes_with_the_threads_it_has(scheduler: task.Scheduler, monkeypatch):
    executed: list[int] = []
    scheduler.schedule_one_time_job(lambda: None, from_now(3600))  # starts the first thread

    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    for number in range(5):
        scheduler.schedule_job_recur_by_frequency(lambda number=number: executed.append(number), 0.01, max_count=3)
    eventually(lambda: len(executed) == 15)
