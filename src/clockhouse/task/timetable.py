"""What is due, what waits for a worker, what runs: the scheduler's state, with no thread and no clock of its own.

Whoever drives it holds its lock during each call and says what time it is. Instants are microseconds since 1970 as
whole numbers, since no datetime may be on the path of a hundred thousand due times a second. What is to be told to
the user is collected in `notices`, to be told when the lock has been released.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from heapq import heapify, heappop, heappush, heapreplace

from clockhouse.task.clock_step import follow, last_until
from clockhouse.task.job import NEVER, Execution, Scheduled
from clockhouse.task.micros import MICROSECOND, next_after
from clockhouse.task.notices import Ended, EndedNotice, Ignored, IgnoredNotice, Notice, TroubleNotice
from clockhouse.task.policy import Overlap

# A timer is one number, its instant above its job's id: it needs no tuple, sorts fast, and names the job. A job's own
# `key` is the timer of it that counts, so that any other is stale, and nothing is ever searched for in the heap.
_ID_BITS = 40
_ID_MASK = (1 << _ID_BITS) - 1

_TOLD_ONE_BY_ONE = 1000
_BATCH = 500  # executions on the scheduler's own thread between two looks at the clock


class Retrying:
    """A try of a failed execution that is still to come."""

    __slots__ = ("due", "execution", "key")

    def __init__(self, execution: Execution) -> None:
        self.execution = execution
        self.key = 0


class Timetable:
    """Jobs and their due times."""

    def __init__(self, waiting: int) -> None:
        self.waiting = waiting  # microseconds that a trigger may be late before its waiting policy is asked
        self.tells_ignored = True  # whether somebody wants to know of each dropped trigger,
        self.tells_ended = True  # and of each job's end
        self.notices: list[Notice] = []
        self.active = 0  # executions that workers have in hand
        self.ready: deque[Scheduled | Retrying] = deque()  # for a worker
        self.ready_here: deque[Scheduled | Retrying] = deque()  # for the scheduler's own thread
        self._jobs: dict[int, Scheduled] = {}
        self._retries: dict[int, Retrying] = {}
        self._cancellable: dict[int, list[Execution]] = {}
        self._timers: list[int] = []
        self._stale = 0
        self._last_id = 0

    def successor(self) -> Timetable:
        """An empty one for the next driver: what this one's still executes is then no concern of it."""
        successor = Timetable(self.waiting)
        successor.tells_ignored, successor.tells_ended = self.tells_ignored, self.tells_ended
        successor._last_id = self._last_id
        return successor

    # --- jobs ---

    def add(self, job: Scheduled) -> None:
        self._jobs[job.id] = job
        job.key = key = job.due << _ID_BITS | job.id
        heappush(self._timers, key)

    def new_id(self) -> int:
        self._last_id += 1
        return self._last_id

    def get(self, number: int) -> Scheduled | None:
        return self._jobs.get(number)

    def jobs(self) -> Iterator[Scheduled]:
        return iter(self._jobs.values())

    def __len__(self) -> int:
        return len(self._jobs)

    def remove(self, job: Scheduled, why: Ended) -> None:
        """The job's executions under way go on; nothing more of it starts."""
        del self._jobs[job.id]
        self._disarm(job)
        job.due = job.held = NEVER
        if self.tells_ended:
            self.notices.append(EndedNotice(job, why))

    def take_notices(self) -> Sequence[Notice]:
        """What is to be told, by whoever takes it and nobody else."""
        notices = self.notices
        if not notices:
            return ()  # and not the list itself: another thread may be about to fill that
        self.notices = []
        return notices

    def pause(self, job: Scheduled) -> None:
        if not job.paused:
            job.paused = True
            self._disarm(job)

    def resume(self, job: Scheduled, now: int) -> None:
        if not job.paused:
            return
        job.paused = False
        if not job.blocked:
            self._arm(job, now)
        if job.held >= 0:
            self._queue(job)

    # --- time passes ---

    @property
    def next_at(self) -> int:
        """When something falls due next; NEVER if nothing will."""
        timers = self._timers
        while timers:
            key = timers[0]
            entry = self._entry(key & _ID_MASK)
            if entry is not None and entry.key == key:
                return key >> _ID_BITS
            heappop(timers)
            self._stale -= 1
        return NEVER

    def fall_due(self, now: int) -> list[tuple[Scheduled, int]]:
        """Queue what is due; return the jobs to execute right here that need no books kept, each with its due time.

        At most a batch is looked at: call again while `next_at` has passed.
        """
        timers, jobs, here = self._timers, self._jobs, []
        bound, room = (now + 1) << _ID_BITS, _BATCH
        while timers and timers[0] < bound and room:
            key = timers[0]
            job = jobs.get(key & _ID_MASK)
            if job is None or job.key != key:
                heappop(timers)
                self._retry_or_stale(key)
                continue
            room -= 1
            rule, due = job.rule, job.due
            if (
                type(rule) is int
                and job.treatment.is_plain
                and job.left < 0
                and due + rule <= job.end
                and not job.queued
            ):
                job.begun = True
                job.due = due + rule
                job.key = key = job.due << _ID_BITS | job.id
                heapreplace(timers, key)
                here.append((job, due))
                continue
            heappop(timers)
            job.key = 0
            if job.queued:
                if job.treatment.drops_late:
                    self._expire(job, now)
            else:
                self._arm(job, now)
        return here

    def take(self, now: int) -> Execution | None:
        """The next execution for a worker to start now; None if nothing is due."""
        return self._take(self.ready, now)

    def take_here(self, now: int) -> Execution | None:
        """The next execution for the scheduler's own thread to start now; None if nothing is due."""
        return self._take(self.ready_here, now)

    def _take(self, ready: deque[Scheduled | Retrying], now: int) -> Execution | None:
        while ready:
            item = ready.popleft()
            if isinstance(item, Retrying):
                execution = self._retried(item.execution)
            else:
                item.queued = False
                execution = self._start_of(item, now)
            if execution is not None:
                self.active += 1
                if execution.job.treatment.overlap is Overlap.CANCEL_OTHER:
                    self._cancellable.setdefault(execution.job.id, []).append(execution)
                return execution
        return None

    def finish(self, execution: Execution, now: int, *, failed: bool) -> bool:
        """The execution has ended. Returns whether that is the end of it: False if it will be tried again."""
        job, treatment = execution.job, execution.job.treatment
        self.active -= 1
        if treatment.overlap is Overlap.CANCEL_OTHER:
            self._no_longer_cancellable(execution)
        scheduled = job.id in self._jobs
        if failed and scheduled and treatment.retry is not None and self._retry(execution, now):
            return False
        if failed and scheduled and treatment.terminates:
            job.running -= 1
            self.remove(job, Ended.TERMINATED)
        else:
            self._no_longer_running(job)
        return True

    def ended_here(self, job: Scheduled) -> None:
        """A plain job executed on the scheduler's own thread has failed, and its error policy ends it."""
        if job.id in self._jobs:
            self.remove(job, Ended.TERMINATED)

    def rebase(self, step: int, now: int) -> None:
        """The wall clock was stepped by `step` and shows `now`: due times follow, each of them still due once.

        What that means for each job is told in `clock_step`.
        """
        for job in list(self._jobs.values()):
            try:
                for due, why, up_to in follow(job, step, now):
                    self._ignored(job, due, now, why, up_to=up_to)
            except BaseException as error:
                self._trigger_failed(job, error)
            self._end_if_over(job)
        for retrying in self._retries.values():
            retrying.key += step << _ID_BITS
        for ready in (self.ready, self.ready_here):
            retries = [item for item in ready if isinstance(item, Retrying)]
            ready.clear()
            ready.extend(retries)
        for job in self._jobs.values():
            job.key, job.queued = 0, False
            if job.held >= 0 and not job.paused:
                self._queue(job)
            if job.due >= 0 and not job.paused and not job.blocked:
                job.key = job.due << _ID_BITS | job.id
        self._rebuild()

    # --- one job ---

    def _start_of(self, job: Scheduled, now: int) -> Execution | None:
        """What of a job that came to its turn is to be started; None if nothing is, and it will come back by itself."""
        if job.paused:
            return None
        treatment = job.treatment
        if job.held >= 0 and not 0 <= job.due < job.held and job.running < treatment.room:
            due, job.held = job.held, NEVER
            return self._started(job, due, now)
        if treatment.drops_late and 0 <= job.due < now - self.waiting:
            self._drop_before(job, now - self.waiting, Ignored.LATE, now)
        if job.due < 0 or job.due > now or job.blocked:
            if not job.blocked:
                self._arm(job, now)
            self._end_if_over(job)
            return None
        if job.running >= treatment.room:
            self._overlapped(job, now)
            return None
        due = job.due
        self._advance(job)
        return self._started(job, due, now)

    def _started(self, job: Scheduled, due: int, now: int) -> Execution | None:
        if not self._passes(job):
            self._skip_to(job, now + 1)  # what else is due by now passes by as well
            self._arm(job, now)
            self._end_if_over(job)
            return None
        job.running += 1
        if job.left > 0:
            job.left -= 1
            if job.left == 0:
                job.due = NEVER
        self._arm(job, now)
        if job.held >= 0:
            self._queue(job)
        return Execution(job, due)

    def _retried(self, execution: Execution) -> Execution | None:
        """The next try, unless there is none to be by now."""
        job = execution.job
        if job.id not in self._jobs:
            return None
        is_superseded = job.held >= 0 and job.treatment.overlap is Overlap.CANCEL_OTHER
        if is_superseded or not self._passes(job):
            self._no_longer_running(job)
            return None
        return execution

    def _no_longer_running(self, job: Scheduled) -> None:
        job.running -= 1
        if job.id not in self._jobs:
            return
        waits, job.blocked = job.blocked or job.held >= 0, False
        if waits and not job.paused:
            self._queue(job)
        self._end_if_over(job)

    def _passes(self, job: Scheduled) -> bool:
        """Whether the job's gate, if it has one, lets it be executed."""
        gate = job.treatment.gate
        try:
            return gate is None or bool(gate())
        except BaseException as error:  # SystemExit, too, would end the thread that asked
            self.notices.append(TroubleNotice(job, "its gate failed, and the occurrence passes by", error))
            return False

    def _overlapped(self, job: Scheduled, now: int) -> None:
        overlap = job.treatment.overlap
        if overlap is Overlap.BUFFER_ALL:
            job.blocked = True
            self._disarm(job)
            return
        if overlap is Overlap.CANCEL_OTHER:
            self._hold_newest(job, now)
            for execution in self._cancellable.get(job.id, ()):
                execution.cancelled = True
                if execution.future is not None:
                    execution.future.cancel()
        elif overlap is Overlap.BUFFER_ONE and job.held < 0:
            job.held = job.due
            self._advance(job)
        else:
            self._drop_before(job, now + 1, Ignored.OVERLAP, now)
        self._arm(job, now)
        self._end_if_over(job)

    def _hold_newest(self, job: Scheduled, now: int) -> None:
        """Hold the last occurrence that is due by now, in place of those before it."""
        try:
            rule, end = job.rule, min(now, job.end)
            newest = (
                job.due + (end - job.due) // rule * rule if isinstance(rule, int) else last_until(rule, job.due, end)
            )
        except BaseException as error:
            self._trigger_failed(job, error)
            return
        if job.held >= 0:
            self._ignored(job, job.held, now, Ignored.SUPERSEDED)
        if newest > job.due:
            self._ignored(job, job.due, now, Ignored.SUPERSEDED, up_to=newest)
        job.held = job.due = newest
        self._advance(job)

    def _advance(self, job: Scheduled) -> None:
        """On to the next occurrence after `due`."""
        job.begun = True
        job.due = self._next_of(job, job.due + 1)

    def _next_of(self, job: Scheduled, earliest: int) -> int:
        """The job's first occurrence that is due at `earliest` or later; NEVER if there is none."""
        rule = job.rule
        if isinstance(rule, int):
            due = earliest + (job.due - earliest) % rule
        else:
            try:
                due = next_after(rule, earliest - 1)
            except BaseException as error:
                self._trigger_failed(job, error)
                return NEVER
        return due if due <= job.end else NEVER

    def _trigger_failed(self, job: Scheduled, error: BaseException) -> None:
        self.notices.append(TroubleNotice(job, "its trigger failed, and nothing more of it is due", error))
        job.due = NEVER

    def _expire(self, job: Scheduled, now: int) -> None:
        """A job that drops what is late has waited for a worker for the whole waiting time."""
        self._drop_before(job, now - self.waiting, Ignored.LATE, now)
        if job.due >= 0:
            self._set_timer(job, job.due + self.waiting + 1 if job.due <= now else job.due)
        self._end_if_over(job)

    def _drop_before(self, job: Scheduled, earliest: int, why: Ignored, now: int) -> None:
        """Past every occurrence due before `earliest`: told one by one, a thousand of them, then as a whole."""
        told = 0
        while 0 <= job.due < earliest:
            if told == _TOLD_ONE_BY_ONE or not self._tells(job):
                self._ignored(job, job.due, now, why, up_to=earliest)
                self._skip_to(job, earliest)
                return
            self._ignored(job, job.due, now, why)
            self._advance(job)
            told += 1

    def _skip_to(self, job: Scheduled, earliest: int) -> None:
        if 0 <= job.due < earliest:
            job.begun = True
            job.due = self._next_of(job, earliest)

    def _tells(self, job: Scheduled) -> bool:
        return self.tells_ignored or job.treatment.logs_dropped

    def _ignored(self, job: Scheduled, due: int, now: int, why: Ignored, *, up_to: int = NEVER) -> None:
        self.notices.append(IgnoredNotice(job, due, now - due, why, up_to))

    def _end_if_over(self, job: Scheduled) -> None:
        if job.due < 0 and job.held < 0 and not job.running and job.id in self._jobs:
            self.remove(job, Ended.COMPLETED)

    def _retry(self, execution: Execution, now: int) -> bool:
        job, retry = execution.job, execution.job.treatment.retry
        delay = None if retry is None else retry.delay_after(execution.attempt)
        if delay is None:
            return False
        at = now + delay // MICROSECOND
        if 0 <= job.due <= at:
            return False
        retrying, number = Retrying(Execution(job, execution.due, execution.attempt + 1)), self.new_id()
        retrying.key = at << _ID_BITS | number
        self._retries[number] = retrying
        heappush(self._timers, retrying.key)
        return True

    def _no_longer_cancellable(self, execution: Execution) -> None:
        others = self._cancellable.get(execution.job.id, [])
        if execution in others:
            others.remove(execution)
        if not others:
            self._cancellable.pop(execution.job.id, None)

    # --- timers ---

    def _entry(self, number: int) -> Scheduled | Retrying | None:
        return self._jobs.get(number) or self._retries.get(number)

    def _queue(self, job: Scheduled) -> None:
        if not job.queued:
            job.queued = True
            (self.ready_here if job.treatment.inline else self.ready).append(job)

    def _arm(self, job: Scheduled, now: int) -> None:
        """See to it that the job comes to its turn when it is due, or at once."""
        if job.paused:
            return
        if job.due < 0:
            self._disarm(job)
        elif job.due > now:
            self._set_timer(job, job.due)
        else:
            self._queue(job)
            if job.treatment.drops_late:  # it may not get a worker in time
                self._set_timer(job, job.due + self.waiting + 1)
            else:
                self._disarm(job)

    def _set_timer(self, job: Scheduled, at: int) -> None:
        key = at << _ID_BITS | job.id
        if key != job.key:
            self._disarm(job)
            job.key = key
            heappush(self._timers, key)

    def _disarm(self, job: Scheduled) -> None:
        if job.key:
            job.key = 0
            self._stale += 1
            if self._stale > 64 and self._stale * 2 > len(self._timers):
                self._rebuild()

    def _retry_or_stale(self, key: int) -> None:
        retrying = self._retries.pop(key & _ID_MASK, None)
        if retrying is None:
            self._stale -= 1
        else:
            inline = retrying.execution.job.treatment.inline
            (self.ready_here if inline else self.ready).append(retrying)

    def _rebuild(self) -> None:
        self._timers[:] = [job.key for job in self._jobs.values() if job.key]
        self._timers += (retrying.key for retrying in self._retries.values())
        heapify(self._timers)
        self._stale = 0
