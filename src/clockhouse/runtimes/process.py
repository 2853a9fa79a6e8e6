"""Runs each execution as a process of its own on this machine, forked from a parent that has its build loaded."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from datetime import timedelta
from pathlib import Path

from clockhouse.kit.declared import Entry
from clockhouse.runtimes.base import Event, Started, StartFailed, Work
from clockhouse.runtimes.execution import Execution, StartLost
from clockhouse.runtimes.parents import Parents
from clockhouse.runtimes.warm import Confined, WarmParent, unconfined
from clockhouse.task.clock import Clock

ATTEMPTS = 2  # a process may be killed at any moment, for its memory perhaps; nothing has run then


class ProcessRuntime:
    """The process data plane (Linux and macOS). `folder` holds the executions' own folders while they run.

    A build's warm parent is kept until it was not used for `idle`, and at most `warm` of them at a time (more only
    while all of them are at work). Neither it nor an execution may take longer than `start_within` to start. None of
    their processes gets more than `memory_bytes` of memory (on Linux; None: no bound of ours). With `tells_failures`,
    an execution that fails tells the values of its variables there, without its secrets. `confined` makes of an
    artifact's folder and a command the one that runs it with what the artifact's code may do.
    """

    def __init__(
        self,
        clock: Clock,
        folder: Path,
        *,
        idle: timedelta = timedelta(minutes=10),
        warm: int = 16,
        start_within: timedelta = timedelta(seconds=30),
        memory_bytes: int | None = None,
        tells_failures: bool = True,
        confined: Confined = unconfined,
    ) -> None:
        self._clock = clock
        self._folder = folder
        self._start_within = start_within
        self._tells_failures = tells_failures
        self._parents = Parents(
            idle=idle, at_most=warm, start_within=start_within, memory_bytes=memory_bytes, confined=confined
        )
        self._executions: dict[str, Execution | None] = {}  # None until it has a parent

    async def warm(self, artifact: Path, entry: Entry) -> None:
        """Loads a build ahead of its due time. Raises StartFailed when its Python does not start."""
        await self._parents.of(artifact, entry)

    async def run(self, work: Work) -> AsyncGenerator[Event, None]:
        """See `Runtime.run`."""
        if work.execution in self._executions:
            raise StartFailed("This execution is running already.")
        self._executions[work.execution] = None
        try:
            execution, started = await self._start(work)
            try:
                yield started
                while (lines := await execution.next_lines()) is not None:
                    yield lines
                yield execution.exited()
            finally:
                await execution.clear()
        finally:
            self._executions.pop(work.execution, None)

    async def stop(self, execution: str, *, grace: timedelta) -> bool:
        """See `Runtime.stop`."""
        if execution not in self._executions:
            return False
        found = self._executions[execution]
        if found is None:
            del self._executions[execution]  # it is not to start any more
            return True
        was_running = not found.has_ended
        found.stop(grace)  # even if it has ended: when its start was lost, it is not to be tried again
        return was_running

    async def close(self) -> None:
        """See `Runtime.close`."""
        await self._parents.close()

    def _new(self, work: Work, parent: WarmParent) -> Execution:
        return Execution(self._clock, work, parent, self._folder, tells_failures=self._tells_failures)

    async def _start(self, work: Work) -> tuple[Execution, Started]:
        for _attempt in range(ATTEMPTS):
            parent = await self._parents.of(work.artifact, work.entry)
            if work.execution not in self._executions:
                raise StartFailed("It was stopped before it started.")
            execution = self._executions[work.execution] = self._new(work, parent)
            try:
                async with asyncio.timeout(self._start_within.total_seconds()):
                    return execution, await execution.start()
            except StartLost:
                if execution.is_stopped:
                    del self._executions[work.execution]
                else:
                    self._executions[work.execution] = None  # a stop while it is cleared away is one before the next
                await execution.clear()
            except TimeoutError:
                await execution.clear()
                within = f"{self._start_within.total_seconds():g} s"
                raise StartFailed(f"Its process did not come up within {within}. Is the machine overloaded?") from None
            except BaseException:
                await execution.clear()
                raise
        raise StartFailed("Its process was killed before its first line, twice. Is memory short?")
