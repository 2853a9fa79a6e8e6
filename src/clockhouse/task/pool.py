"""The threads of a scheduler, which wait for what is due and execute it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from contextvars import ContextVar
from types import CoroutineType
from typing import TYPE_CHECKING, Any, Protocol

from clockhouse.task.bell import Bell
from clockhouse.task.clock import Steady
from clockhouse.task.errors import InvalidJob, NoThread
from clockhouse.task.execution import is_failure, perform
from clockhouse.task.hooks import Reporter
from clockhouse.task.job import NEVER, Execution, Scheduled
from clockhouse.task.timetable import Timetable

if TYPE_CHECKING:
    import asyncio

_log = logging.getLogger("clockhouse.task")

_FOR_EVER = 1 << 80
_AFTER_BREAKING = 1.0  # seconds, so that a fault that comes again does not take the whole processor

_worker: ContextVar[threading.Thread | None] = ContextVar("clockhouse.task.worker", default=None)
"""The thread that an execution occupies, which for a coroutine is not the one that it runs on."""


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

    One thread at a time leads: it sleeps until something is due. Then it executes that itself, so that no time is lost
    on waking another, and has the next thread lead from there on. A thread that has finished executes whatever else is
    ready, and stands by if nothing is. There is one thread more than there are workers, so that one can always lead.
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
        self._leader: threading.Lock | None = None  # its seat: what each thread waits at when it stands by
        self._standing_by: list[threading.Lock] = []
        self._threads: list[threading.Thread] = []  # those that have left included, for a while
        self._joining: list[threading.Thread] = []
        self._over = threading.Event()  # all have left
        self._staff = 0
        self._hired = 0
        self._coroutines: _Coroutines | None = None
        try:
            self._hire()
        except NoThread:
            self._bell.close()
            raise

    # --- called with the lock held ---

    def wake(self) -> None:
        self.asleep_until = 0
        self._bell.ring()

    def resize(self, worker_count: int) -> None:
        self._worker_count = worker_count
        for _ in range(min(self._staff - worker_count - 1, len(self._standing_by))):
            self._standing_by.pop().release()
        self.wake()

    def close(self) -> None:
        if self.closed:
            return
        self.closed = True
        self.wake()
        for seat in self._standing_by:
            seat.release()
        self._standing_by.clear()

    def _hire(self) -> None:
        """One thread more, which leads. Raises NoThread."""
        self._hired += 1
        seat = threading.Lock()
        seat.acquire()
        thread = threading.Thread(target=self._work, args=(seat,), name=f"clockhouse-worker-{self._hired}", daemon=True)
        try:
            thread.start()  # and wait for the lock
        except RuntimeError as error:
            raise NoThread("No thread could be started: this process, or its user, has too many.") from error
        self._leader = seat
        self._staff += 1
        self._threads = [*(each for each in self._threads if each.is_alive()), thread]

    def _hand_over(self) -> None:
        """Have another thread lead; if there is none, the next that asks for work will."""
        self._leader = None
        if self._standing_by:
            self._leader = self._standing_by.pop()
            self._leader.release()
        elif self._staff <= self._worker_count:
            with suppress(NoThread):
                self._hire()

    def _call_one(self) -> None:
        """Have a thread that stands by look at what is ready, when the leader has something else to do."""
        if self._timetable.ready and self._standing_by and self._timetable.active < self._worker_count:
            self._standing_by.pop().release()

    def _close_if_over(self) -> None:
        if not self._timetable and not self._timetable.active:
            self.close()

    # --- called without it ---

    def join(self, timeout: float | None) -> bool:
        me = _worker.get() or threading.current_thread()
        if self._coroutines is not None and self._coroutines.is_current:
            return False  # what is to be waited for may need this very thread
        with self._lock:
            is_inside = me in self._threads
            others = self._others(me)
            if is_inside:  # those that join later don't wait for this one, which may be waiting for them
                self._joining.append(me)
        deadline = None if timeout is None else self._clock.now() + int(timeout * 1e6)
        # A thread that is being joined counts as ended when a signal interrupts that (CPython 3.11), an event does not.
        if is_inside or self._over.wait(timeout):
            if not is_inside:  # a thread that was hired meanwhile may be telling a hook of the last end
                with self._lock:
                    others = self._others(me)
            for thread in others:
                thread.join(None if deadline is None else max(0.0, (deadline - self._clock.now()) / 1e6))
        if is_inside:
            with self._lock:
                self._joining.remove(me)
        return not any(thread.is_alive() for thread in others)

    def _others(self, me: threading.Thread) -> list[threading.Thread]:
        """The threads that `me` may wait for, as of now: the lock is held."""
        return [thread for thread in self._threads if thread is not me and thread not in self._joining]

    def _work(self, seat: threading.Lock) -> None:
        _worker.set(threading.current_thread())
        done: Execution | None = None
        try:
            while (execution := self._next(seat, done)) is not None:
                done = self._execute(execution)
        except BaseException:  # nothing of the user's comes as far as this: it is a fault of ours, or no memory
            _log.exception("A thread of the scheduler broke; another goes on.")
            threading.Event().wait(_AFTER_BREAKING)
        finally:
            self._leave(seat)

    def _next(self, seat: threading.Lock, done: Execution | None) -> Execution | None:
        """What this thread is to execute next, led or waited for; None when it is to leave. `done` has gone well."""
        timetable, clock = self._timetable, self._clock
        while True:
            here: list[tuple[Scheduled, int]] = []
            execution, light = None, None
            with self._lock:
                # Within the lock: nobody may see the new time before the due times have followed.
                step = clock.step() if self._leader is seat and not self.closed else 0
                now = clock.now()
                if step:
                    timetable.rebase(step, now)
                if done is not None:
                    timetable.finish(done, now, failed=False)
                    done = None
                self._close_if_over()
                leads = self._leads(seat)
                if self.closed or (not leads and self._staff > self._worker_count + 1):
                    return None
                if leads:
                    self.asleep_until = 0
                    here = timetable.fall_due(now)
                    light = timetable.take_here(now) if timetable.ready_here else None
                if here or light is not None:
                    self._call_one()
                elif timetable.ready and timetable.active < self._worker_count:
                    execution = timetable.take(now)
                waits = not here and light is None and execution is None
                if leads and execution is not None:
                    self._hand_over()
                elif leads and waits:
                    waits = self._fall_asleep(now)
                elif not leads:
                    self._look_ahead()
                    if waits:
                        self._standing_by.append(seat)
                notices = timetable.take_notices()
            self._reporter.told(notices)
            if execution is not None:
                return execution
            self._execute_here(here)
            if light is not None:
                done = self._execute(light)
            if waits:
                self._bell.sleep() if leads else seat.acquire()

    def _leads(self, seat: threading.Lock) -> bool:
        if self._leader is None:
            self._leader = seat
        return self._leader is seat

    def _leave(self, seat: threading.Lock) -> None:
        with self._lock:
            self._staff -= 1
            if self._leader is seat and not self.closed:
                self._hand_over()
            is_last = not self._staff
            if is_last:  # whoever schedules something then, begins anew
                self.closed = True
            notices = self._timetable.take_notices()
        if is_last:
            self._bell.close()
            if self._coroutines is not None:
                self._coroutines.close()
        self._reporter.told(notices)
        if is_last:
            self._over.set()

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

    def _look_ahead(self) -> None:
        """Wake the leader if it would sleep past what has just been planned."""
        next_at = self._timetable.next_at
        if next_at < self.asleep_until and next_at != NEVER:
            self.wake()

    def _execute(self, execution: Execution) -> Execution | None:
        """Execute a job; return it if that is still to be written down, which is so when there is nothing to tell."""
        started = self._clock.now()
        error = perform(execution, self._run_coroutine)
        if error is None and not self._reporter.times_executions:
            return execution
        ended = self._clock.now()
        with self._lock:
            final = self._timetable.finish(execution, ended, failed=is_failure(execution, error))
            self._look_ahead()
            notices = self._timetable.take_notices()
        if error is None:
            self._reporter.executed(execution, started, ended)
        else:
            self._reporter.failed(execution, started, ended, error, final=final)
        self._reporter.told(notices)
        return None

    def _execute_here(self, here: list[tuple[Scheduled, int]]) -> None:
        """Execute light jobs that need no books kept, while this thread leads."""
        clock, reporter = self._clock, self._reporter
        times = reporter.times_executions
        for job, due in here:
            if (job.due < 0 or job.paused) and self._is_off(job, due):  # perhaps by one of those before it
                continue
            started = clock.now() if times else due
            try:
                result = job.body.execute() if job.treatment.has_execute else job.body()
                if type(result) is CoroutineType:
                    result.close()
                    raise InvalidJob("An async job cannot be executed on the scheduler's own thread; leave out inline.")
            except BaseException as error:
                reporter.failed(Execution(job, due), started, clock.now(), error, final=True)
                if job.treatment.terminates:
                    with self._lock:
                        self._timetable.ended_here(job)
            else:
                if times:
                    reporter.executed(Execution(job, due), started, clock.now())

    def _is_off(self, job: Scheduled, due: int) -> bool:
        """Whether the job has ended or was paused since it fell due at `due`, which then is still to come."""
        with self._lock:
            if job.paused and due < job.due:
                job.due = due
            return job.paused or job.due < 0

    def _run_coroutine(self, coroutine: Coroutine[Any, Any, object], execution: Execution) -> None:
        import asyncio  # noqa: F401 - an import of 50 ms that only async jobs need, and not under the lock

        with self._lock:
            if self._coroutines is None:
                self._coroutines = _Coroutines()
            coroutines = self._coroutines
        coroutines.run(coroutine, execution)


class _Coroutines:
    """The event loop that async jobs share, on a thread of its own: what one of them opens, another can use."""

    def __init__(self) -> None:
        import asyncio

        self._loop: asyncio.AbstractEventLoop = asyncio.new_event_loop()
        self._is_closing = False
        self._thread = threading.Thread(target=self._run, name="clockhouse-coroutines", daemon=True)
        self._thread.start()

    @property
    def is_current(self) -> bool:
        """Whether this is asked on the event loop's thread."""
        return threading.current_thread() is self._thread

    def run(self, coroutine: Coroutine[Any, Any, object], execution: Execution) -> None:
        """Wait for the coroutine, and raise what it raised; its worker is taken for as long."""
        import asyncio

        error = asyncio.run_coroutine_threadsafe(self._await(coroutine, execution), self._loop).result()
        if error is not None:
            raise error

    async def _await(self, coroutine: Coroutine[Any, Any, object], execution: Execution) -> BaseException | None:
        """What the coroutine raised: not raised on, since SystemExit would end the event loop."""
        import asyncio

        stop = execution.future = _Stop(self._loop, asyncio.current_task())
        if execution.cancelled:
            stop.cancel()
        try:
            await coroutine
        except BaseException as error:
            return error
        return None

    def close(self) -> None:
        """End the loop; what jobs have left on it is cancelled."""
        self._is_closing = True
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self) -> None:
        while not self._is_closing:  # a job may stop it, and so does SystemExit in a task that a job has begun
            _forgive(self._loop.run_forever)
        _forgive(self._cancel_the_rest)

    def _cancel_the_rest(self) -> None:
        import asyncio

        left = asyncio.all_tasks(self._loop)
        for task in left:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())


def _forgive(part: Callable[[], object]) -> None:
    try:
        part()
    except BaseException:
        _log.exception("The event loop of async jobs was left, and goes on.")


class _Stop:
    """Cancels a coroutine, once: asked again, it would break off what that does to clean up."""

    def __init__(self, loop: asyncio.AbstractEventLoop, task: asyncio.Task[Any] | None) -> None:
        self._loop = loop
        self._task = task

    def cancel(self) -> bool:
        self._loop.call_soon_threadsafe(self._cancel)
        return True

    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()
            self._task = None
