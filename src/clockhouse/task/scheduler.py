"""Schedules jobs and has them executed when they are due: the calls of the Ballerina Task specification, and ours."""

from __future__ import annotations

import os
import signal
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from types import FrameType, TracebackType
from typing import Protocol, runtime_checkable

from clockhouse.task.arguments import (
    Seconds,
    check_clock,
    check_count,
    check_kinds,
    check_policies,
    interval_of,
    patience_of,
    pool_of,
)
from clockhouse.task.clock import Clock, Steady, SystemClock
from clockhouse.task.errors import InvalidJob, InvalidPolicy, InvalidTrigger, NeverFires, UnknownJob
from clockhouse.task.hooks import Hooks, Reporter
from clockhouse.task.job import (
    NEVER,
    UNLIMITED,
    Job,
    JobId,
    Scheduled,
    Treatment,
    check_job,
    is_async,
    treatment_of,
)
from clockhouse.task.micros import MICROSECOND, instant_at, micros, next_after
from clockhouse.task.notices import Ended
from clockhouse.task.policy import Overlap, Retry, RetryConfiguration, TaskPolicy
from clockhouse.task.pool import Driver, Pool
from clockhouse.task.timetable import Timetable
from clockhouse.task.trigger import DateTrigger, IntervalTrigger, Trigger
from clockhouse.task.values import choice_of, instant_of

Executable = Job | Callable[[], object]
"""A job: an object with `execute()`, or a callable without arguments; either may be `async def`."""

_NO_END = 1 << 62
_LEAVING = 1.0  # seconds to wait for threads that have nothing to do but to end
_AS_GOOD_AS_NOW = 100_000  # microseconds: a start of "now" has passed when the call that says so is made
_FIRST_LOOK, _LONGEST_LOOK = 0.1, 60.0  # seconds

_DEFAULT_POLICY = TaskPolicy()
_PLAIN = {has_execute: treatment_of(_DEFAULT_POLICY, has_execute=has_execute) for has_execute in (False, True)}


@runtime_checkable
class DrivingClock(Protocol):
    """A clock that does not go by itself, and so has to execute what is due when it is moved."""

    def now(self) -> datetime: ...

    def monotonic(self) -> float: ...

    def drive(
        self, lock: threading.Lock, timetable: Timetable, clock: Steady, reporter: Reporter, worker_count: int
    ) -> Driver:
        """What makes the timetable happen on this clock, in place of threads."""


class Scheduler:
    """Executes jobs when they are due, on a pool of its own threads.

    The threads are daemons, begin with the first job and end when no job is left. Every call may be made from any
    thread, also from inside a job, and raises a `task.Error` that says which value was wrong; a call that raises has
    changed nothing. In a forked child, the scheduler is empty. At the end of a `with` it is stopped gracefully: end the
    block with `run_forever` for a program that lives for its jobs.

    `worker_count` executions at most happen at once. `waiting_time` (seconds or a timedelta) is how late a trigger may
    start before it counts as one that got no worker, and the waiting policy is asked; less than 0.05 s counts as
    0.05 s. `clock` is for tests: see `clockhouse.task.testing`. `hooks` are told what happens. Raises InvalidPool.
    """

    def __init__(
        self,
        *,
        worker_count: int = 5,
        waiting_time: Seconds = 5,
        clock: Clock | None = None,
        hooks: Hooks | None = None,
    ) -> None:
        if clock is not None:
            check_clock(clock)
        self._clock = SystemClock() if clock is None else clock
        self._reporter = Reporter(hooks or Hooks())
        self._worker_count, waiting = pool_of(worker_count, waiting_time)
        self._treatments: dict[object, Treatment] = {}
        self._latest: tuple[object, Treatment] = None, _PLAIN[False]
        self._timetable = Timetable(waiting)
        self._timetable.tells_ignored = self._reporter.tells_ignored
        self._timetable.tells_ended = self._reporter.tells_ended
        self._begin()
        _all.add(self)

    # --- the specification ---

    def configure_worker_pool(self, worker_count: int = 5, waiting_time: Seconds = 5) -> None:
        """Set both: jobs go on as planned, and executions under way are finished. Raises InvalidPool."""
        count, waiting = pool_of(worker_count, waiting_time)
        with self._lock:
            self._worker_count = count
            self._timetable.waiting = waiting
            if self._driver is not None:
                self._driver.resize(count)

    def schedule_one_time_job(self, job: Executable, trigger_time: datetime) -> JobId:
        """Execute `job` once at `trigger_time` (naive means UTC).

        Raises InvalidJob, and InvalidTrigger("trigger_time") for a time that is not in the future.
        """
        at = micros(instant_of("trigger_time", trigger_time))
        if at <= self._now() and at <= self._now(looks=True):
            raise InvalidTrigger("trigger_time", f"{_text(at)} is not in the future; write a later time.")
        treatment = self._treatment(job, _DEFAULT_POLICY)
        return self._add(job, DateTrigger(instant_at(at)), at, _NO_END, UNLIMITED, treatment, False)

    def schedule_job_recur_by_frequency(
        self,
        job: Executable,
        interval: Seconds,
        max_count: int = UNLIMITED,
        start_time: datetime | None = None,
        end_time: datetime | None = None,
        task_policy: TaskPolicy = _DEFAULT_POLICY,
        *,
        overlap: Overlap = Overlap.ALLOW,
        max_concurrent: int | None = None,
        retry: Retry | RetryConfiguration | None = None,
        inline: bool = False,
        gate: Callable[[], bool] | None = None,
    ) -> JobId:
        """Execute `job` at `start_time` (now, if None) and every `interval` after it, up to and including `end_time`.

        Due times are start + n * interval: they don't depend on when an execution ran or how long it took. The interval
        is 1 ms to 100 years. `max_count` executions at most (-1 is no bound); triggers that the policy drops don't
        count. Naive times mean UTC. For what follows them, see `schedule`.

        Raises InvalidJob, InvalidPolicy, and InvalidTrigger with the name of the argument that is wrong: also for a
        `start_time` or `end_time` in the past, and an end before the start. A `start_time` that passed less than 0.1 s
        ago is as good as now.
        """
        every = interval_of(interval)
        if max_count is not UNLIMITED:
            check_count(max_count)
        treatment = self._treatment(job, task_policy, overlap, max_concurrent, retry, inline, gate)
        now = self._now()
        start = now if start_time is None else self._not_past("start_time", start_time, now, late=_AS_GOOD_AS_NOW)
        end = _NO_END if end_time is None else self._not_past("end_time", end_time, now)
        if end < start:
            raise InvalidTrigger("end_time", f"The end, {_text(end)}, is before the start, {_text(start)}.")
        return self._add(job, every, start, end, max_count, treatment, start_time is None)

    def pause_job(self, job_id: JobId) -> None:
        """Start nothing of the job until it is resumed; an execution under way goes on. Raises UnknownJob."""
        with self._lock:
            self._timetable.pause(self._known(job_id))

    def resume_job(self, job_id: JobId) -> None:
        """Let the job be executed again; nothing, if it is not paused. Raises UnknownJob.

        What fell due meanwhile is executed or dropped, as the waiting policy says.
        """
        with self._lock:
            self._timetable.resume(self._known(job_id), self._steady.now())
            self._look_ahead()

    def pause_all_jobs(self) -> None:
        """Pause each job that is scheduled now."""
        with self._lock:
            for job in self._timetable.jobs():
                self._timetable.pause(job)

    def resume_all_jobs(self) -> None:
        """Resume each job, also those that were paused one by one."""
        with self._lock:
            now = self._steady.now()
            for job in self._timetable.jobs():
                self._timetable.resume(job, now)
            self._look_ahead()

    def get_running_jobs(self) -> list[JobId]:
        """The jobs that are scheduled, paused ones too, in the order in which they were."""
        with self._lock:
            return [JobId(job.id) for job in self._timetable.jobs()]

    def unschedule_job(self, job_id: JobId) -> None:
        """Take the job off the schedule; an execution under way goes on to its end. Raises UnknownJob.

        With the last job, the threads end, too.
        """
        with self._lock:
            self._timetable.remove(self._known(job_id), Ended.UNSCHEDULED)
            notices = self._timetable.take_notices()
            driver = None if self._timetable or self._timetable.active else self._driver
            if driver is not None:
                driver.close()
        self._reporter.told(notices)
        if driver is not None:
            driver.join(_LEAVING)

    # --- beyond it ---

    def schedule(
        self,
        job: Executable,
        trigger: Trigger,
        *,
        max_count: int = UNLIMITED,
        task_policy: TaskPolicy = _DEFAULT_POLICY,
        overlap: Overlap = Overlap.ALLOW,
        max_concurrent: int | None = None,
        retry: Retry | RetryConfiguration | None = None,
        inline: bool = False,
        gate: Callable[[], bool] | None = None,
    ) -> JobId:
        """Execute `job` whenever `trigger` is due from now on.

        - `max_count`: so many executions at most; -1 is no bound.
        - `max_concurrent`: so many executions of the job at most happen at once. Unless given, ALLOW has no bound, and
          any other `overlap` a bound of 1.
        - `overlap`: what becomes of an occurrence that comes on top. BUFFER_ALL keeps those however late they get,
          whatever the waiting policy says; ALLOW with a bound does the same.
        - `retry`: tries a failed execution again; the error policy is asked about the last try only.
        - `inline`: executes the job on the scheduler's own thread. For light jobs, since everything else waits
          meanwhile; not for async ones.
        - `gate`: is asked right before an execution, and with False lets the occurrence pass by: it is not executed,
          not counted and not told of. It must be quick, wait for nothing and not call the scheduler.

        Raises InvalidJob, InvalidPolicy, InvalidTrigger for what is no trigger or no count, and NeverFires for a
        trigger that is not due any more.
        """
        if not callable(getattr(trigger, "next_after", None)):
            raise InvalidTrigger("trigger", f"{trigger!r} is no trigger; give one such as task.CronTrigger.")
        if max_count is not UNLIMITED:
            check_count(max_count)
        treatment = self._treatment(job, task_policy, overlap, max_concurrent, retry, inline, gate)
        now = self._now()
        if isinstance(trigger, IntervalTrigger):
            every, start = trigger.every // MICROSECOND, micros(trigger.start)
            first = start if start >= now else start - (start - now) // every * every
            end = _NO_END if trigger.end is None else micros(trigger.end)
            if first <= end:
                return self._add(job, every, first, end, max_count, treatment, first > start)
        elif (due := _first_of(trigger, now)) != NEVER:
            return self._add(job, trigger, due, _NO_END, max_count, treatment, True)
        raise NeverFires("trigger", f"{trigger!r} is not due any more; give one that is.")

    def next_due(self, job_id: JobId) -> datetime | None:
        """When the job is due next, in UTC; None if nothing is left but what is being executed. Raises UnknownJob.

        In the past, while an occurrence waits for a worker, or the job is paused.
        """
        with self._lock:
            due = self._known(job_id).due
        return None if due == NEVER else instant_at(due)

    def run_forever(self) -> None:
        """Return when no job is left or the scheduler is stopped; stop it gracefully on Ctrl-C and SIGTERM.

        For programs that live for their jobs: call it last, from the main thread.
        """
        joined, patience = None, _FIRST_LOOK
        with _sigterm_interrupts():
            try:
                # Another driver has followed if a hook has scheduled something after the last job's end.
                while (driver := self._driver) is not None and driver is not joined:
                    # A signal that comes just before a wait is not looked at until that is over, so that it has an end.
                    joined = driver if driver.join(patience) else None
                    patience = min(patience * 2, _LONGEST_LOOK)
            except KeyboardInterrupt:
                self.graceful_stop()

    def graceful_stop(self, timeout: Seconds | None = None) -> bool:
        """Unschedule all jobs and wait for what is being executed, for `timeout` at most (None is no bound).

        Returns whether all of it has ended. Called from inside a job, it does not wait for that one. Raises InvalidPool
        for a timeout that is negative or no duration.
        """
        patience = None if timeout is None else patience_of(timeout)
        return self._stop()(patience)

    def immediate_stop(self) -> None:
        """Unschedule all jobs and return at once; an execution under way goes on, since no thread can be stopped."""
        self._stop()

    def __enter__(self) -> Scheduler:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.graceful_stop()

    # --- within ---

    def _begin(self) -> None:
        self._lock = threading.Lock()
        self._steady = Steady(self._clock)
        self._driver: Driver | None = None

    def _after_fork(self) -> None:
        """In a forked child there are none of our threads, and a lock may be held by one of them for ever."""
        self._timetable = self._timetable.successor()  # whose ids are none of the parent's
        self._begin()

    def _add(
        self,
        job: Executable,
        rule: int | Trigger,
        due: int,
        end: int,
        max_count: int,
        treatment: Treatment,
        begun: bool,
    ) -> JobId:
        with self._lock:
            driver = self._driver
            if driver is None or driver.closed:
                timetable = self._timetable.successor()
                driver = self._new_driver(timetable)  # which may be refused
                self._timetable, self._driver = timetable, driver
            timetable = self._timetable
            number = timetable.new_id()
            timetable.add(Scheduled(number, job, rule, due, end, max_count, treatment, begun))
            if due < driver.asleep_until:
                driver.wake()
        return JobId(number)

    def _new_driver(self, timetable: Timetable) -> Driver:
        if isinstance(self._clock, DrivingClock):
            return self._clock.drive(self._lock, timetable, self._steady, self._reporter, self._worker_count)
        return Pool(
            self._lock,
            timetable,
            self._steady,
            self._reporter,
            self._worker_count,
            watches_clock=isinstance(self._clock, SystemClock),
        )

    def _now(self, *, looks: bool = False) -> int:
        """The time; `looks` for a step of the wall clock first, as there is need to while no thread does."""
        if looks or self._driver is None or self._driver.closed:
            with self._lock:
                if step := self._steady.step():
                    self._timetable.rebase(step, self._steady.now())
                    if self._driver is not None:
                        self._driver.wake()
        return self._steady.now()

    def _not_past(self, field: str, instant: object, now: int, *, late: int = 0) -> int:
        at = micros(instant_of(field, instant))
        if at < now - late and at < self._now(looks=True) - late:
            raise InvalidTrigger(field, f"{_text(at)} is in the past; write a later time, or leave it out.")
        return at

    def _known(self, job_id: JobId) -> Scheduled:
        is_id = isinstance(job_id, JobId) and type(job_id.id) is int
        job = self._timetable.get(job_id.id) if is_id else None
        if job is None:
            raise UnknownJob(f"{job_id!r} is not scheduled: it has ended, or was never scheduled here.")
        return job

    def _look_ahead(self) -> None:
        driver = self._driver
        if driver is None:
            return
        if self._timetable.ready or self._timetable.ready_here or 0 <= self._timetable.next_at < driver.asleep_until:
            driver.wake()

    def _stop(self) -> Callable[[float | None], bool]:
        """Unschedule all jobs. What is returned waits for the executions under way, and says whether all have ended."""
        with self._lock:
            for job in list(self._timetable.jobs()):
                self._timetable.remove(job, Ended.STOPPED)
            notices = self._timetable.take_notices()
            driver = self._driver
            # An awake driver may be executing something on its own thread, of which the timetable has no count.
            is_idle = driver is None or (not self._timetable.active and driver.asleep_until > 0)
            if driver is not None:
                driver.close()
        self._reporter.told(notices)

        def wait(patience: float | None) -> bool:
            if driver is None:
                return True
            return driver.join(_LEAVING if is_idle else patience) or is_idle

        return wait

    def _treatment(
        self,
        job: Executable,
        policy: TaskPolicy,
        overlap: Overlap = Overlap.ALLOW,
        max_concurrent: int | None = None,
        retry: Retry | RetryConfiguration | None = None,
        inline: bool = False,
        gate: Callable[[], bool] | None = None,
    ) -> Treatment:
        """What the policies come to; the same object for the same policies."""
        has_execute = check_job(job)
        is_default = policy is _DEFAULT_POLICY and overlap is Overlap.ALLOW and max_concurrent is None
        if is_default and retry is None and inline is False and gate is None:
            return _PLAIN[has_execute]
        check_kinds(max_concurrent, inline)
        if inline and is_async(job):
            raise InvalidJob(f"{job!r} is async, and no job for the scheduler's own thread; leave out inline.")
        key = (has_execute, policy, overlap, max_concurrent, retry, inline, gate)
        latest, treatment = self._latest
        if key == latest:  # the same objects as the last time, which is quicker to see than a hash
            return treatment
        try:
            return self._treatments[key]
        except (KeyError, TypeError):
            pass
        check_policies(policy, max_concurrent, retry, gate)
        treatment = treatment_of(
            policy,
            choice_of(Overlap, "overlap", overlap, InvalidPolicy),
            max_concurrent,
            retry.policy() if isinstance(retry, RetryConfiguration) else retry,
            has_execute=has_execute,
            inline=inline,
            gate=gate,
        )
        self._latest = key, treatment
        if gate is None:
            self._treatments[key] = treatment
        return treatment


_all: weakref.WeakSet[Scheduler] = weakref.WeakSet()


def _forget_after_fork() -> None:
    for scheduler in list(_all):
        scheduler._after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_after_fork)


@contextmanager
def _sigterm_interrupts() -> Iterator[None]:
    """SIGTERM is Ctrl-C, where this thread may say so and nobody has said otherwise."""
    is_ours = threading.current_thread() is threading.main_thread() and (
        signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    )
    if is_ours:
        signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        if is_ours:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _first_of(trigger: Trigger, now: int) -> int:
    try:
        return next_after(trigger, now - 1)
    except InvalidTrigger:
        raise
    except Exception as error:
        raise InvalidTrigger("trigger", f"{trigger!r} does not say when it is due: {error}") from error


def _text(at: int) -> str:
    return instant_at(at).isoformat()
