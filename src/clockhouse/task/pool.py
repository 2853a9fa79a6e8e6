"""The threads of a scheduler: one that keeps the time, and workers that execute what is due."""

from __future__ import annotations

import threading
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, Protocol

from clockhouse.task.bell import Bell
from clockhouse.task.clock import Steady
from clockhouse.task.execution import call, is_failure, perform
from clockhouse.task.hooks import Reporter
from clockhouse.task.job import NEVER, Execution, Scheduled
from clockhouse.task.timetable import Timetable

if TYPE_CHECKING:
    import asyncio

_FOR_EVER = 1 << 80


class Driver(Protocol):
    """Makes a timetable happen. The lock is the timetable's; it is held during every call but `join`."""

    closed: bool
    asleep_until: int  # an instant before which nothing will be looked at; 0 while awake

    def wake(self) -> None:
        """Something is due before `asleep_until`."""

    def resize(self, worker_count: int) -> None:
        """From now on, at most so many executions at once."""

    def close(self) -> None:
        """Start nothing more; executions under way are finished."""

    def join(self, timeout: float | None) -> bool:
        """Wait for the executions under way, that of the calling thread aside. Returns whether all have ended."""


class Pool:
    """One life of a scheduler's threads: it begins with the first job and ends when none is left.

    Hands over in batches: the keeper wakes one worker for however much is due, and each worker that finds more than it
    can take wakes the next.
    """

    def __init__(
        self,
        lock: threading.Lock,
        timetable: Timetable,
        clock: Steady,
        reporter: Reporter,
        worker_count: int,
        *,
        watches_clock: bool,
    ) -> None:
        self.closed = False
        self.asleep_until = 0
        self._lock = lock
        self._timetable = timetable
        self._clock = clock
        self._reporter = reporter
        self._worker_count = worker_count
        self._bell = Bell(watches_clock=watches_clock)
        self._idle: list[threading.Lock] = []
        self._workers: list[threading.Thread] = []  # those that have left included, for a while
        self._staff = 0
        self._hired = 0
        self._coroutines: _Coroutines | None = None
        self._keeper = threading.Thread(target=self._keep, name="clockhouse-scheduler", daemon=True)
        self._keeper.start()

    # --- called with the lock held ---

    def wake(self) -> None:
        self.asleep_until = 0
        self._bell.ring()

    def resize(self, worker_count: int) -> None:
        self._worker_count = worker_count
        for _ in range(min(self._staff - worker_count, len(self._idle))):
            self._idle.pop().release()
        self._call_worker()

    def close(self) -> None:
        if self.closed:
            return
        self.closed = True
        self.wake()
        for seat in self._idle:
            seat.release()
        self._idle.clear()

    def _close_if_over(self) -> None:
        if not self._timetable and not self._timetable.active:
            self.close()

    def _call_worker(self) -> None:
        """Have one more worker look at what is ready."""
        if not self._timetable.ready or self.closed:
            return
        if self._idle:
            self._idle.pop().release()
        elif self._staff < self._worker_count:
            self._staff += 1
            self._hired += 1
            worker = threading.Thread(target=self._work, name=f"clockhouse-worker-{self._hired}", daemon=True)
            self._workers = [*(each for each in self._workers if each.is_alive()), worker]
            worker.start()

    # --- called without it ---

    def join(self, timeout: float | None) -> bool:
        me = threading.current_thread()
        with self._lock:
            others = [each for each in (self._keeper, *self._workers) if each is not me]
        deadline = None if timeout is None else self._clock.now() + int(timeout * 1e6)
        for thread in others:
            left = None if deadline is None else max(0.0, (deadline - self._clock.now()) / 1e6)
            thread.join(left)
        return not any(thread.is_alive() for thread in others)

    def _keep(self) -> None:
        timetable, clock = self._timetable, self._clock
        while True:
            step = clock.step()
            with self._lock:
                self.asleep_until = 0
                now = clock.now()
                if step:
                    timetable.rebase(step, now)
                here = timetable.fall_due(now)
                execution = timetable.take_here(now) if timetable.ready_here else None
                self._call_worker()
                busy = bool(here) or execution is not None
                if not busy:
                    self._close_if_over()
                    if self.closed:
                        break
                    busy = not self._fall_asleep(now)
                notices = timetable.take_notices()
            self._reporter.told(notices)
            if here:
                self._execute_here(here)
            if execution is not None:
                self._execute(execution)
            if not busy:
                self._bell.sleep()
        self._bell.close()
        for worker in self._workers:  # closed, so that there will be no others
            worker.join()
        self._tell_the_rest()
        if self._coroutines is not None:
            self._coroutines.close()

    def _fall_asleep(self, now: int) -> bool:
        """Set the bell for what is due next; False if that is now."""
        next_at = self._timetable.next_at
        if next_at == NEVER:
            self.asleep_until = _FOR_EVER
            self._bell.arm(None)
            return True
        if next_at <= now:
            return False
        self.asleep_until = next_at
        self._bell.arm((next_at - self._clock.now()) / 1e6)
        return True

    def _execute_here(self, here: list[tuple[Scheduled, int]]) -> None:
        """Execute light jobs that need no books kept, on this thread."""
        clock, reporter = self._clock, self._reporter
        times = reporter.times_executions
        for job, due in here:
            started = clock.now() if times else due
            try:
                call(job.body, job.treatment.has_execute)
            except BaseException as error:
                ended = clock.now()
                reporter.failed(Execution(job, due), started, ended, error, final=True)
                if job.treatment.terminates:
                    with self._lock:
                        self._timetable.ended_here(job)
            else:
                if times:
                    reporter.executed(Execution(job, due), started, clock.now())

    def _execute(self, execution: Execution) -> None:
        """Execute a job on this thread, and keep its books."""
        started = self._clock.now()
        error = perform(execution, self._run_coroutine)
        ended = self._clock.now()
        failed = is_failure(execution, error)
        with self._lock:
            final = self._timetable.finish(execution, ended, failed=failed)
            self._look_ahead()
            quiet = error is None and not self._reporter.times_executions and not self._timetable.notices
            notices = [] if quiet else self._timetable.take_notices()
        if not quiet:
            self._report(execution, started, ended, error, final=final)
            self._reporter.told(notices)

    def _report(
        self, execution: Execution, started: int, ended: int, error: BaseException | None, *, final: bool
    ) -> None:
        if error is None:
            self._reporter.executed(execution, started, ended)
        else:
            self._reporter.failed(execution, started, ended, error, final=final)

    def _work(self) -> None:
        seat = threading.Lock()
        seat.acquire()
        while (execution := self._next(seat)) is not None:
            self._execute(execution)
        self._tell_the_rest()

    def _next(self, seat: threading.Lock) -> Execution | None:
        """The next execution for this worker, waited for; None when it is to leave."""
        while True:
            with self._lock:
                self._close_if_over()
                if self.closed or self._staff > self._worker_count:
                    self._staff -= 1
                    self._call_worker()
                    return None
                execution = self._timetable.take(self._clock.now())
                self._look_ahead()
                if execution is None:
                    self._idle.append(seat)
                else:
                    self._call_worker()
                notices = self._timetable.take_notices()
            self._reporter.told(notices)
            if execution is not None:
                return execution
            seat.acquire()

    def _look_ahead(self) -> None:
        """Wake the keeper if it would sleep past what has just been planned."""
        next_at = self._timetable.next_at
        if next_at < self.asleep_until and next_at != NEVER:
            self.wake()

    def _tell_the_rest(self) -> None:
        with self._lock:
            notices = self._timetable.take_notices()
        self._reporter.told(notices)

    def _run_coroutine(self, coroutine: Coroutine[Any, Any, object], execution: Execution) -> None:
        with self._lock:
            if self._coroutines is None:
                self._coroutines = _Coroutines()
            coroutines = self._coroutines
        coroutines.run(coroutine, execution)


class _Coroutines:
    """The event loop that async jobs share, on a thread of its own: what one of them opens, another can use."""

    def __init__(self) -> None:
        import asyncio  # an import of 50 ms that only async jobs need

        self._loop: asyncio.AbstractEventLoop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="clockhouse-coroutines", daemon=True)
        self._thread.start()

    def run(self, coroutine: Coroutine[Any, Any, object], execution: Execution) -> object:
        """What the coroutine gives, waited for; its worker is taken for as long."""
        import asyncio

        future = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        execution.future = future
        if execution.cancelled:
            future.cancel()
        return future.result()

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
