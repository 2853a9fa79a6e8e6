"""The tracker: follows one execution from its claim to its outcome."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from datetime import datetime, timedelta

from clockhouse.engine.feed import Feed
from clockhouse.engine.service import pause
from clockhouse.model import execution as model
from clockhouse.model.assignment import Assignment
from clockhouse.model.execution import Outcome, Reason, State, Usage
from clockhouse.model.log import LogLine, level_of, without_level
from clockhouse.runtimes.base import Exited, Lines, Runtime, Started, StartFailed, Work
from clockhouse.task.clock import Clock
from clockhouse.telemetry import logger

log = logger("tracker")

GRACE = timedelta(seconds=5)  # between the request to end and the end
MOST_LINES = 1_000_000  # of one execution; what follows is counted, not kept
_LINES_AT_ONCE = 2000
_MOST_WORDS = 300


class Tracker:
    """One execution under way."""

    def __init__(self, assignment: Assignment, runtime: Runtime, feed: Feed, clock: Clock) -> None:
        self.assignment = assignment
        self.is_over = asyncio.Event()  # set by who follows it
        self._runtime = runtime
        self._feed = feed
        self._clock = clock
        self._ended_by_us: tuple[State, Reason] | None = None
        self._unheard: timedelta | None = None  # the grace of a stop for which there was nothing to end yet
        self._has_begun = asyncio.Event()
        self._log = _Log(assignment, feed, self.taken)

    async def stop(self, state: State, reason: Reason, grace: timedelta = GRACE) -> None:
        """Ends it, unless it has ended by itself. Asked again, it does nothing: a task is told to end once."""
        if self._ended_by_us is not None:
            return
        self._ended_by_us = state, reason
        await self._request_end(grace)

    async def taken(self) -> None:
        """Ends it, since somebody else took it for lost: what becomes of it here is not recorded any more."""
        await self.stop(State.LOST, model.SERVER_LOST)

    async def follow(self, work: Work) -> None:
        """Runs it and records what happens; returns once the outcome is in the ledger."""
        await self.settle(*await self._watched(work))

    async def give_up(self, at: datetime) -> None:
        """Records that its outcome is not known, after something broke, whatever became of its log. Never raises."""
        try:
            await self._record(Outcome(State.LOST, model.BROKEN), at)
        except Exception:  # the next heartbeat finds that nobody follows it
            log.exception("execution.unrecorded", execution=self.assignment.id)

    async def settle(self, outcome: Outcome, at: datetime) -> None:
        """Records the outcome after all that was logged before it."""
        await self._log.close(at)
        await self._record(outcome, at)

    async def _record(self, outcome: Outcome, at: datetime) -> None:
        execution, attempt = self.assignment.id, self.assignment.attempt
        counts = await self._feed.finish(execution, attempt, outcome, at)
        event = "execution.finished" if counts else "execution.was-over"  # or removed, or taken by somebody else
        log.info(event, execution=execution, attempt=attempt, state=str(outcome.state))

    async def _request_end(self, grace: timedelta) -> None:
        if await self._runtime.stop(self.assignment.id, grace=grace):
            return
        if self._has_begun.is_set():
            self._ended_by_us = None
        else:
            self._unheard = grace

    async def _watched(self, work: Work) -> tuple[Outcome, datetime]:
        if self._ended_by_us is not None:  # before the runtime knew of it
            return self._not_begun("It was stopped before it started."), self._clock.now()
        async with aclosing(self._runtime.run(work)) as events, asyncio.TaskGroup() as beside, self._alarm(beside):
            try:
                async for event in events:
                    if isinstance(event, Exited):
                        return self._outcome(event), event.at
                    await self._take(event, beside)
            except StartFailed as error:
                return self._not_begun(error.reason), self._clock.now()
        return Outcome(State.LOST, model.BROKEN), self._clock.now()

    async def _take(self, event: Started | Lines, beside: asyncio.TaskGroup) -> None:
        if isinstance(event, Lines):
            await self._log.keep(event)
            return
        self._has_begun.set()
        # Written beside what follows: the code does not wait for the commit of its start.
        beside.create_task(self._feed.mark_started(self.assignment.id, self.assignment.attempt, event.at))
        if self._unheard is not None:
            await self._request_end(self._unheard)

    @asynccontextmanager
    async def _alarm(self, beside: asyncio.TaskGroup) -> AsyncIterator[None]:
        """Ends the execution when its time-out has passed since its first line of user code."""
        limit = self.assignment.time_out
        if limit is None:
            yield
            return

        async def wait(limit: timedelta) -> None:
            await self._has_begun.wait()
            await pause(limit)
            await self.stop(State.TIMED_OUT, model.timed_out(limit))

        task = beside.create_task(wait(limit))
        try:
            yield
        finally:
            task.cancel()

    def _not_begun(self, why: str) -> Outcome:
        if self._ended_by_us is None:
            return Outcome(State.FAILED, model.not_started(why))
        return Outcome(*self._ended_by_us)

    def _outcome(self, event: Exited) -> Outcome:
        usage = Usage(event.cpu_s, event.peak_bytes)
        if self._ended_by_us is None:
            return model.ended(event.exit_code, event.signal, usage, self._log.last_words)
        state, reason = self._ended_by_us
        return Outcome(state, reason, event.exit_code, event.signal, usage)


class _Log:
    """The lines of one execution on their way to the ledger."""

    def __init__(self, assignment: Assignment, feed: Feed, taken: Callable[[], Awaitable[None]]) -> None:
        self._assignment = assignment
        self._feed = feed
        self._taken = taken  # called when the attempt turns out to be somebody else's
        self._seq = assignment.last_line
        self._unwritten: list[LogLine] = []
        self._dropped = 0
        self._refused = 0
        self._is_fenced = False  # whether it is: the lines would be among those of another attempt
        self.last_words = ""  # the last line of standard error, where a failure says what it is
        self._writing: asyncio.Task[None] | None = None

    async def keep(self, lines: Lines) -> None:
        """Takes lines to be written; waits for the disk when many are unwritten, and so does the task at last."""
        if self._is_fenced:
            return
        if lines.stream == "stderr":
            said = next((text for text in reversed(lines.texts) if text.strip()), self.last_words)
            self.last_words = without_level(said)[:_MOST_WORDS]
        room = max(0, MOST_LINES - self._seq)
        self._dropped += max(0, len(lines.texts) - room)
        for text in lines.texts[:room]:
            self._add(lines.at, lines.stream, text)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_all())
        if len(self._unwritten) > _LINES_AT_ONCE:
            await asyncio.shield(self._writing)

    async def close(self, at: datetime) -> None:
        if self._dropped:
            self._add(at, "stderr", f"WARNING {self._dropped} more lines were not kept: {MOST_LINES} is the most.")
        if self._writing is not None:
            await self._writing
        await self._write_all()
        if self._refused:
            self._add(at, "stderr", f"WARNING {self._refused} lines were lost: they could not be written.")
            await self._write_all()

    def _add(self, at: datetime, stream: str, text: str) -> None:
        self._seq += 1
        self._unwritten.append(LogLine(self._seq, at, stream, level_of(text), text))

    async def _write_all(self) -> None:
        while self._unwritten and not self._is_fenced:
            batch = self._unwritten[:_LINES_AT_ONCE]
            del self._unwritten[: len(batch)]
            try:
                await self._write_batch(batch)
            except Exception:  # lines that can't be written are no reason to lose the outcome too
                self._refused += len(batch)
                log.exception("execution.log-refused", execution=self._assignment.id, lines=len(batch))

    async def _write_batch(self, batch: list[LogLine]) -> None:
        execution, attempt = self._assignment.id, self._assignment.attempt
        if not await self._feed.append(execution, attempt, batch):
            self._is_fenced = True
            log.warning("execution.log-fenced", execution=execution, attempt=attempt, lines=len(batch))
            await self._taken()
