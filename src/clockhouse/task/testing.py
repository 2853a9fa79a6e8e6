"""Time that moves only when a test says so, and schedulers that live in it.

    clock = ManualClock(datetime(2026, 3, 29))
    scheduler = Scheduler(clock=clock)
    scheduler.schedule(job, CronTrigger("30 2 * * *", "Europe/Berlin"))
    clock.advance(timedelta(days=2))

Whatever falls due while the clock is advanced is executed at its instant, in order, before `advance` returns. A job
takes time by `clock.sleep`: a 20-minute execution takes no time of the test's. Each execution has a thread of its own,
of which only one runs at a time, so that a test always sees the same order of events. An async one has an event loop of
its own there, whose timers go by the clock.
"""

from __future__ import annotations

import asyncio
import selectors
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar, TypeVarTuple

from clockhouse.task.arguments import Seconds
from clockhouse.task.clock import Steady, as_utc
from clockhouse.task.errors import Error
from clockhouse.task.execution import call, is_failure, perform
from clockhouse.task.hooks import EndedEvent, ErrorEvent, ExecutedEvent, Hooks, IgnoredEvent, Reporter
from clockhouse.task.job import NEVER, Execution, Scheduled
from clockhouse.task.policy import duration_of
from clockhouse.task.timetable import Timetable
from clockhouse.task.trigger import Trigger

_PATIENCE_S = 30.0
_MICROSECOND = timedelta(microseconds=1)
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)

_Given = TypeVarTuple("_Given")
_Result = TypeVar("_Result")


class Stuck(Error, RuntimeError):
    """A job on a manual clock waited for something in real time."""


class ManualClock:
    """A `Clock` that stands still at `start` (naive means UTC) until it is moved.

    Durations are seconds or a timedelta. Raises Error for a start before 1970.
    """

    def __init__(self, start: datetime) -> None:
        self._wall = _instant(start)
        self._elapsed = timedelta()
        self._stages: list[_Stage] = []
        self._sleeping: list[_Sleep] = []

    def now(self) -> datetime:
        return self._wall

    def monotonic(self) -> float:
        """Seconds this clock was advanced since it was built; steps of the wall clock don't count."""
        return self._elapsed.total_seconds()

    def advance(self, by: Seconds) -> None:
        """Let `by` pass, on both clocks, and execute what falls due; with zero, what is due already.

        Raises ValueError if it is negative: elapsed time never goes back. Raises Stuck if a job waits in real time.
        """
        length = duration_of("by", by)
        if length < timedelta():
            raise ValueError(f"Time cannot advance by {length}; to step the wall clock back, use set_wall.")
        until = self._elapsed + length
        self._settle()
        while (wait := self._wait()) is not None and self._elapsed + wait <= until:
            self._pass(wait)
            self._settle()
        self._pass(until - self._elapsed)

    def set_wall(self, instant: datetime) -> None:
        """Step the wall clock to `instant`, either way (naive means UTC); no time passes on the monotonic clock.

        Raises Error for an instant before 1970.
        """
        self._wall = _instant(instant)

    def sleep(self, by: Seconds) -> None:
        """In a job: let `by` pass before going on, while others run. Elsewhere the same as `advance`."""
        actor = _Actor.current()
        if actor is None:
            self.advance(by)
        else:
            self._sleep(actor, _length(by), is_async=False)

    async def asleep(self, by: Seconds) -> None:
        """The same as `sleep`, for an async job: it can be cancelled, and other coroutines of the job go on meanwhile.

        What else waits by the timers of the job's event loop, such as `asyncio.timeout`, goes by this clock as well.
        """
        loop = asyncio.get_running_loop()
        if not isinstance(loop, _Loop):
            raise Error("Only a job of a scheduler on this clock can wait for it to be advanced.")
        woken = loop.create_future()
        timer = loop.call_later(_length(by).total_seconds(), _wake, woken)
        try:
            await woken
        finally:
            timer.cancel()

    def drive(
        self, lock: threading.Lock, timetable: Timetable, clock: Steady, reporter: Reporter, worker_count: int
    ) -> _Stage:
        """What a scheduler on this clock has its jobs executed by."""
        stage = _Stage(self, lock, timetable, clock, reporter, worker_count)
        self._stages.append(stage)
        return stage

    def _pass(self, by: timedelta) -> None:
        self._wall += by
        self._elapsed += by

    def _settle(self) -> None:
        """Everything that happens at this very instant: what has slept enough first, then what is due."""
        # A turn that starts nothing may have cancelled what sleeps, so that is looked at again.
        while self._wake_one() or any(stage.turn() for stage in self._stages) or self._wake_one():
            pass
        for stage in self._stages:
            if stage.closed and not stage.is_busy:
                stage.retire()
        self._stages = [stage for stage in self._stages if not stage.closed or stage.is_busy]

    def _wake_one(self) -> bool:
        for sleep in sorted(self._sleeping, key=lambda each: each.until):
            if sleep.until <= self._elapsed or (sleep.is_async and sleep.actor.is_to_break_off):
                self._sleeping.remove(sleep)
                sleep.actor.go_on()
                return True
        return False

    def _wait(self) -> timedelta | None:
        """How long until something happens; None if nothing will."""
        waits = [stage.wait() for stage in self._stages] + [each.until - self._elapsed for each in self._sleeping]
        return min((wait for wait in waits if wait is not None), default=None)

    def _sleep(self, actor: _Actor, by: timedelta, *, is_async: bool) -> None:
        self._sleeping.append(_Sleep(self._elapsed + by, actor, is_async))
        actor.stand_by()


def due_times(trigger: Trigger, after: datetime, count: int) -> list[datetime]:
    """The first `count` due times strictly later than `after`, in UTC; fewer if the trigger ends."""
    found: list[datetime] = []
    due = trigger.next_after(as_utc(after))
    while due is not None and len(found) < count:
        found.append(due)
        due = trigger.next_after(due)
    return found


@dataclass
class Recorder:
    """Keeps what a scheduler tells: `Scheduler(hooks=recorder.hooks)`."""

    executed: list[ExecutedEvent] = field(default_factory=list)
    errors: list[ErrorEvent] = field(default_factory=list)
    ignored: list[IgnoredEvent] = field(default_factory=list)
    ended: list[EndedEvent] = field(default_factory=list)

    @property
    def hooks(self) -> Hooks:
        return Hooks(self.executed.append, self.errors.append, self.ignored.append, self.ended.append)


@dataclass(frozen=True, slots=True)
class _Sleep:
    until: timedelta  # on the monotonic clock
    actor: _Actor
    is_async: bool


class _Stage:
    """A `Driver` without a time of its own: the clock gives it its turns."""

    def __init__(
        self,
        owner: ManualClock,
        lock: threading.Lock,
        timetable: Timetable,
        clock: Steady,
        reporter: Reporter,
        worker_count: int,
    ) -> None:
        self.closed = False
        self.asleep_until = 0
        self._owner = owner
        self._lock = lock
        self._timetable = timetable
        self._clock = clock
        self._reporter = reporter
        self._worker_count = worker_count
        self._here = 0  # executions under way as if on the scheduler's own thread
        self._actors: list[_Actor] = []  # those without a part

    @property
    def is_busy(self) -> bool:
        return bool(self._timetable.active or self._here)

    def wake(self) -> None:
        """It has nothing to sleep for."""

    def resize(self, worker_count: int) -> None:
        self._worker_count = worker_count

    def close(self) -> None:
        self.closed = True
        if not self.is_busy:
            self.retire()

    def join(self, timeout: float | None) -> bool:
        if not self.closed:
            raise Error("This scheduler lives on a manual clock: advance that instead of waiting.")
        until = None if timeout is None else self._clock.now() + int(timeout * 1e6)
        mine = 0 if _Actor.current() is None else 1
        while self._timetable.active > mine and (until is None or self._clock.now() < until):
            wait = self._owner._wait()
            if wait is None:
                break
            self._owner.sleep(max(wait, _MICROSECOND))
        return self._timetable.active <= mine

    def wait(self) -> timedelta | None:
        with self._lock:
            next_at = NEVER if self.closed else self._timetable.next_at
            return None if next_at == NEVER else max(next_at - self._clock.now(), 0) * _MICROSECOND

    def turn(self) -> bool:
        """Start what can be started at this instant. Returns whether there was anything."""
        here: list[tuple[Scheduled, int]] = []
        execution = None
        with self._lock:
            step = self._clock.step()
            now = self._clock.now()
            if step:
                self._timetable.rebase(step, now)
            if not self.closed:
                here = self._timetable.fall_due(now)
                execution = self._take(now)
                self.closed = not self._timetable and not self._timetable.active
            notices = self._timetable.take_notices()
        self._reporter.told(notices)
        for job, due in here:
            if job.due != NEVER:  # else one of those before it has ended the job
                self._play(self._execute_here, Execution(job, due))
        if execution is not None:
            self._play(self._execute, execution)
        return bool(here) or execution is not None

    def retire(self) -> None:
        """Let the threads go that have nothing to do."""
        for actor in self._actors:
            actor.leave()
        self._actors.clear()

    def _play(self, part: Callable[[Execution], None], execution: Execution) -> None:
        actor = self._actors.pop() if self._actors else _Actor(self._actors)
        actor.play(part, execution)

    def _take(self, now: int) -> Execution | None:
        execution = self._timetable.take_here(now)
        if execution is None and self._timetable.active < self._worker_count:
            execution = self._timetable.take(now)
        return execution

    def _execute_here(self, execution: Execution) -> None:
        started = self._clock.now()
        self._here += 1
        try:
            call(execution.job.body, execution.job.treatment.has_execute)
        except BaseException as error:
            self._reporter.failed(execution, started, self._clock.now(), error, final=True)
            if execution.job.treatment.terminates:
                with self._lock:
                    self._timetable.ended_here(execution.job)
        else:
            self._reporter.executed(execution, started, self._clock.now())
        finally:
            self._here -= 1

    def _execute(self, execution: Execution) -> None:
        started = self._clock.now()
        error = perform(execution, self._run_coroutine)
        ended = self._clock.now()
        with self._lock:
            final = self._timetable.finish(execution, ended, failed=is_failure(execution, error))
            notices = self._timetable.take_notices()
        if error is None:
            self._reporter.executed(execution, started, ended)
        else:
            self._reporter.failed(execution, started, ended, error, final=final)
        self._reporter.told(notices)

    def _run_coroutine(self, coroutine: Coroutine[Any, Any, object], _execution: Execution) -> None:
        actor = _Actor.current()
        assert actor is not None, "executions are played by actors"  # noqa: S101
        loop = _Loop(self._owner, actor)
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(loop.run_as_task(coroutine))


class _Selector(selectors.DefaultSelector):
    """Has an event loop wait for the clock to be advanced wherever it would wait for its next timer."""

    def __init__(self, clock: ManualClock, actor: _Actor) -> None:
        super().__init__()
        self.task: asyncio.Task[Any] | None = None
        self.others = 0  # threads at work for a coroutine, which takes no time of the clock's
        self._clock = clock
        self._actor = actor

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready or timeout == 0 or self._break_off():
            return ready
        if timeout is None or self.others:
            return super().select(None)
        self._clock._sleep(self._actor, timedelta(seconds=timeout), is_async=True)
        self._break_off()
        return super().select(0)

    def _break_off(self) -> bool:
        """Cancel the execution if that was asked, once: asked again, it would break off what it does to clean up."""
        if self.task is None or not self._actor.is_to_break_off:
            return False
        self._actor.has_broken_off = True
        return self.task.cancel()


class _Loop(asyncio.SelectorEventLoop):
    """The event loop of one execution, which goes by a manual clock."""

    def __init__(self, clock: ManualClock, actor: _Actor) -> None:
        self._manual = clock
        self._waits = _Selector(clock, actor)
        super().__init__(self._waits)
        # The clock goes by microseconds: a timer that is due within less of one would be waited for by none.
        self._clock_resolution = 1e-6

    def time(self) -> float:
        return self._manual.monotonic()

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[*_Given], _Result], *args: *_Given
    ) -> asyncio.Future[_Result]:
        future = super().run_in_executor(executor, func, *args)
        self._waits.others += 1
        future.add_done_callback(self._one_less)
        return future

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:  # noqa: ARG002 - left out
        """Without a time-out, as Python 3.12 gives it: it would be one by the manual clock."""
        await super().shutdown_default_executor()

    async def run_as_task(self, coroutine: Coroutine[Any, Any, object]) -> None:
        self._waits.task = asyncio.current_task()
        await coroutine

    def _one_less(self, _future: asyncio.Future[Any]) -> None:
        self._waits.others -= 1


def _wake(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


def _instant(value: object) -> datetime:
    if not isinstance(value, datetime):
        raise Error(f"{value!r} is no instant; write a datetime.")
    instant = as_utc(value)
    if instant < _EARLIEST:
        raise Error(f"A scheduler counts from 1970 on; a manual clock cannot show {instant.isoformat()}.")
    return instant


def _length(by: Seconds) -> timedelta:
    length = duration_of("by", by)
    if length < timedelta():
        raise ValueError(f"Nobody can sleep for {length}.")
    return length


class _Actor:
    """A thread for executions, which runs only while whoever let it go on waits for it."""

    _local = threading.local()

    def __init__(self, free: list[_Actor]) -> None:
        self.execution: Execution | None = None
        self.has_broken_off = False  # it was told that it is cancelled
        self._part: Callable[[Execution], None] | None = None
        self._free = free
        self._go, self._done = threading.Semaphore(0), threading.Semaphore(0)
        threading.Thread(target=self._run, name="clockhouse-actor", daemon=True).start()

    @classmethod
    def current(cls) -> _Actor | None:
        """The actor on whose thread this is asked."""
        actor: _Actor | None = getattr(cls._local, "actor", None)
        return actor

    @property
    def is_to_break_off(self) -> bool:
        return self.execution is not None and self.execution.cancelled and not self.has_broken_off

    def play(self, part: Callable[[Execution], None], execution: Execution) -> None:
        """Begin an execution, and return when it sleeps or has ended. Raises Stuck."""
        self._part, self.execution, self.has_broken_off = part, execution, False
        self.go_on()

    def go_on(self) -> None:
        """Let it run until it sleeps or has ended. Raises Stuck if it does neither."""
        self._go.release()
        if not self._done.acquire(timeout=_PATIENCE_S):
            raise Stuck(
                f"A job has not come back for {_PATIENCE_S:g} s: on a manual clock, wait by its sleep or asleep, for "
                "nothing else."
            )

    def stand_by(self) -> None:
        """On its own thread: let the others run until it is to go on."""
        self._done.release()
        self._go.acquire()

    def leave(self) -> None:
        self._go.release()

    def _run(self) -> None:
        self._local.actor = self
        while True:
            self._go.acquire()
            if self._part is None or self.execution is None:
                return
            try:
                self._part(self.execution)
            finally:
                self._part = self.execution = None
                self._free.append(self)
                self._done.release()
