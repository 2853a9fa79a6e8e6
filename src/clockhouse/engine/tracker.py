"""The tracker: follows one execution from its claim to its outcome."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta

from clockhouse.engine.feed import NOTHING, Feed, Rest
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
MOST_TEXT = 256 * 1024 * 1024  # characters of one attempt: a line without an end is few lines, and much
_LINES_AT_ONCE = 2000
_TEXT_AT_ONCE = 1024 * 1024
_GATHER_S = 0.02  # what comes meanwhile is told together: of a short execution all of it, with its end
_MOST_WORDS = 300


class Tracker:
    """One execution under way."""

    def __init__(
        self,
        assignment: Assignment,
        runtime: Runtime,
        feed: Feed,
        clock: Clock,
        *,
        started_at: datetime | None = None,
    ) -> None:
        """`started_at` is when it started, if it goes on from there; its time-out counts from then on."""
        self.assignment = assignment
        self.is_over = asyncio.Event()  # set by who follows it
        self._runtime = runtime
        self._feed = feed
        self._clock = clock
        self._ended_by_us: tuple[State, Reason] | None = None
        self._unheard: timedelta | None = None  # the grace of a stop for which there was nothing to end yet
        self._has_begun = asyncio.Event()
        self._started_at = started_at
        self._start: _Start | None = None
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
        """Runs it and records what happens; returns once the outcome is in the ledger.

        When it is cancelled, nothing more is recorded: what goes on elsewhere is told by who adopts it.
        """
        try:
            await self.settle(*await self._watched(work))
        except asyncio.CancelledError:
            self._log.let_go()
            if self._start is not None:
                self._start.let_go()
            raise

    async def give_up(self, at: datetime) -> None:
        """Records that its outcome is not known, after something broke, whatever became of its log. Never raises."""
        try:
            rest = NOTHING if self._start is None else Rest(self._start.at)
            await self._record(Outcome(State.LOST, model.BROKEN), at, rest)
        except Exception:  # the next heartbeat finds that nobody follows it
            log.exception("execution.unrecorded", execution=self.assignment.id)

    async def settle(self, outcome: Outcome, at: datetime) -> None:
        """Records the outcome after all that was logged before it."""
        started_at = None if self._start is None else await self._start.untold()
        rest = Rest(started_at, await self._log.last(at))
        try:
            await self._record(outcome, at, rest)
        except Exception:  # lines that can't be written are no reason to lose the outcome too
            if not rest.lines:
                raise
            await self._log.keep_back(rest.lines, at)
            await self._record(outcome, at, replace(rest, lines=()))

    async def _record(self, outcome: Outcome, at: datetime, rest: Rest = NOTHING) -> None:
        execution, attempt = self.assignment.id, self.assignment.attempt
        counts = await self._feed.finish(execution, attempt, outcome, at, rest)
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
        async with aclosing(self._runtime.run(work)) as events, self._alarm():
            try:
                async for event in events:
                    if isinstance(event, Exited):
                        return self._outcome(event), event.at
                    await self._take(event)
            except StartFailed as error:
                return self._not_begun(error.reason), self._clock.now()
        return Outcome(State.LOST, model.BROKEN), self._clock.now()

    async def _take(self, event: Started | Lines) -> None:
        if isinstance(event, Lines):
            await self._log.keep(event)
            return
        self._has_begun.set()
        self._start = _Start(self.assignment, self._feed, event.at)
        if self._unheard is not None:
            await self._request_end(self._unheard)

    @asynccontextmanager
    async def _alarm(self) -> AsyncIterator[None]:
        """Ends the execution when its time-out has passed since its first line of user code."""
        limit = self.assignment.time_out
        if limit is None:
            yield
            return

        async def wait(limit: timedelta) -> None:
            await self._has_begun.wait()
            await pause(max(limit - self._elapsed(), timedelta()))
            await self.stop(State.TIMED_OUT, model.timed_out(limit))

        async with asyncio.TaskGroup() as beside:
            task = beside.create_task(wait(limit))
            try:
                yield
            finally:
                task.cancel()

    def _elapsed(self) -> timedelta:
        return timedelta() if self._started_at is None else self._clock.now() - self._started_at

    def _not_begun(self, why: str) -> Outcome:
        if self._ended_by_us is None:
            return Outcome(State.FAILED, model.not_started(why))
        return Outcome(*self._ended_by_us)

    def _outcome(self, event: Exited) -> Outcome:
        usage = Usage(event.cpu_s, event.peak_bytes)
        if self._ended_by_us is None and event.out_of_memory:
            return Outcome(State.FAILED, model.OUT_OF_MEMORY, event.exit_code, event.signal, usage)
        if self._ended_by_us is None:
            return model.ended(event.exit_code, event.signal, usage, self._log.last_words)
        state, reason = self._ended_by_us
        return Outcome(state, reason, event.exit_code, event.signal, usage)


class _Start:
    """When an execution started, on its way to the ledger: told by itself, unless the execution ends at once.

    The code does not wait for the commit of its start.
    """

    def __init__(self, assignment: Assignment, feed: Feed, at: datetime) -> None:
        self.at = at
        self._telling: asyncio.Task[None] | None = None
        self._timer = asyncio.get_running_loop().call_later(_GATHER_S, self._tell, assignment, feed)

    async def untold(self) -> datetime | None:
        """The instant, if it was not told; from here on it will not be."""
        self._timer.cancel()
        if self._telling is None:
            return self.at
        await self._telling
        return None

    def let_go(self) -> None:
        """Nothing more is told."""
        self._timer.cancel()
        if self._telling is not None:
            self._telling.cancel()

    def _tell(self, assignment: Assignment, feed: Feed) -> None:
        self._telling = asyncio.create_task(feed.mark_started(assignment.id, assignment.attempt, self.at))


class _Log:
    """The lines of one execution on their way to the ledger."""

    def __init__(self, assignment: Assignment, feed: Feed, taken: Callable[[], Awaitable[None]]) -> None:
        self._assignment = assignment
        self._feed = feed
        self._taken = taken  # called when the attempt turns out to be somebody else's
        self._seq = assignment.last_line
        self._unwritten: list[LogLine] = []
        self._unwritten_text = 0  # characters
        self._kept_text = 0
        self._dropped = 0
        self._refused = 0
        self._is_fenced = False  # whether it is: the lines would be among those of another attempt
        self.last_words = ""  # the last line of standard error, where a failure says what it is
        self._writing: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None

    async def keep(self, lines: Lines) -> None:
        """Takes lines to be written; waits for the disk when many are unwritten, and so does the task at last."""
        if self._is_fenced:
            return
        if lines.stream == "stderr":
            said = next((text for text in reversed(lines.texts) if text.strip()), self.last_words)
            self.last_words = without_level(said)[:_MOST_WORDS]
        texts = lines.texts[: max(0, MOST_LINES - self._seq)] if self._kept_text < MOST_TEXT else ()
        self._dropped += len(lines.texts) - len(texts)
        for text in texts:
            self._add(lines.at, lines.stream, text)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_GATHER_S, self._write)
        if self._waiting > 1:
            self._write()
        if self._waiting > 2 and self._writing is not None:
            await asyncio.shield(self._writing)

    async def last(self, at: datetime) -> Sequence[LogLine]:
        """The lines that are not in the ledger yet when all others are, at most as many as are written at once."""
        if self._timer is not None:
            self._timer.cancel()
        if self._writing is not None:
            await self._writing
        if self._dropped:
            most = f"{MOST_LINES} is the most, or {MOST_TEXT // 1024 // 1024} MiB"
            self._add(at, "stderr", f"WARNING {self._dropped} more lines were not kept: {most}.")
        await self._write_all(but=1)
        if self._refused:
            self._note_refused(at)
        lines, self._unwritten, self._unwritten_text = self._unwritten, [], 0
        return () if self._is_fenced else lines

    def let_go(self) -> None:
        """Nothing more is written than what is on its way."""
        if self._timer is not None:
            self._timer.cancel()
        if self._writing is not None:
            self._writing.cancel()

    async def keep_back(self, lines: Sequence[LogLine], at: datetime) -> None:
        """Leaves lines that were refused out of the log, and says so in it."""
        self._refused += len(lines)
        log.error("execution.log-refused", execution=self._assignment.id, lines=len(lines), exc_info=True)
        self._note_refused(at)
        await self._write_all()

    def _note_refused(self, at: datetime) -> None:
        self._add(at, "stderr", f"WARNING {self._refused} lines were lost: they could not be written.")

    @property
    def _waiting(self) -> float:
        """How often as much as is written at once waits to be written."""
        return max(len(self._unwritten) / _LINES_AT_ONCE, self._unwritten_text / _TEXT_AT_ONCE)

    def _add(self, at: datetime, stream: str, text: str) -> None:
        self._seq += 1
        self._unwritten_text += len(text)
        self._kept_text += len(text)
        self._unwritten.append(LogLine(self._seq, at, stream, level_of(text), text))

    def _write(self) -> None:
        """Begins to write what there is, unless that goes on anyway."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_all())

    async def _write_all(self, *, but: int = 0) -> None:
        """Writes until at most `but` times as much as is written at once is left."""
        while self._waiting > but and not self._is_fenced:
            batch = self._next_batch()
            try:
                await self._write_batch(batch)
            except Exception:  # lines that can't be written are no reason to lose the outcome too
                self._refused += len(batch)
                log.exception("execution.log-refused", execution=self._assignment.id, lines=len(batch))

    def _next_batch(self) -> list[LogLine]:
        """Takes as many lines as are written at once: one at the least, and of long ones few."""
        size, batch = 0, self._unwritten[:_LINES_AT_ONCE]
        for count, line in enumerate(batch):
            if size + len(line.text) > _TEXT_AT_ONCE and count:
                batch = batch[:count]
                break
            size += len(line.text)
        del self._unwritten[: len(batch)]
        self._unwritten_text -= size
        return batch

    async def _write_batch(self, batch: list[LogLine]) -> None:
        execution, attempt = self._assignment.id, self._assignment.attempt
        if not await self._feed.append(execution, attempt, batch):
            self._is_fenced = True
            log.warning("execution.log-fenced", execution=execution, attempt=attempt, lines=len(batch))
            await self._taken()
