"""Builds under way: claims queued builds, follows the builder, records what comes out."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

from clockhouse.builders.base import Builder, Built, Detected, Failed, Line, Order, Said, Step, StepState
from clockhouse.engine.dispatcher import LEASE
from clockhouse.engine.journal import Journal
from clockhouse.engine.service import LONGEST_WAIT, Wake, after_trouble, waking
from clockhouse.errors import ClockhouseError
from clockhouse.kit.declared import Problem
from clockhouse.model import build as model
from clockhouse.model.build import Build, Status
from clockhouse.model.log import LogLine, level_of
from clockhouse.model.recipe import Recipe
from clockhouse.store import builds, changes
from clockhouse.store.changes import Changes
from clockhouse.store.database import Tx
from clockhouse.task.clock import Clock
from clockhouse.telemetry import logger

log = logger("builds")

CheckOut = Callable[[str, str, str, Path], None]  # writes a directory of a component's commit into a folder
Share = Callable[[str], Awaitable[None]]  # of a build
MOST_LINES = 50_000  # of one build; what follows is counted, not kept
MOST_TEXT = 64 * 1024 * 1024  # characters of one build
_SHARING = "Share"
_TO_RECORD = timedelta(seconds=10)  # the end of what was stopped
LOST = Problem("The server that ran this build went away. Build the commit again.")
_OURS = Problem("Clockhouse itself failed at this build; the server's log has the details.")


class Builds:
    """Keeps up to `room` builds going."""

    def __init__(
        self,
        *,
        worker: str,
        room: int,
        builder: Builder,
        check_out: CheckOut,
        artifact: Callable[[str], Path],
        journal: Journal,
        hints: Changes,
        clock: Clock,
        share: Share | None = None,
    ) -> None:
        """`share` lets other servers have what was built, before the build has succeeded; None where there are none."""
        self._worker = worker
        self._room = room
        self._builder = builder
        self._check_out = check_out
        self._artifact = artifact
        self._journal = journal
        self._hints = hints
        self._clock = clock
        self._share = share
        self._running: dict[str, asyncio.Task[None]] = {}
        self._ended_by_us: dict[str, tuple[Status, Problem]] = {}
        self._ending: set[str] = set()

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks, waking(self._hints, [changes.BUILDS_QUEUE], self._clock) as wake:
            while True:
                try:
                    await self.look(tasks, wake)
                    await wake.until(longest=LONGEST_WAIT)
                except Exception as error:  # the duty goes on
                    await after_trouble(wake, "builds.failed", error)

    async def look(self, tasks: asyncio.TaskGroup, wake: Wake) -> list[Build]:
        """Claims queued builds, ends those that are not wanted, and keeps the leases; what it claimed."""
        ids, room = tuple(self._running), self._room - len(self._running)
        looked = await self._journal.write(lambda tx: _look(tx, self._worker, ids, room))
        for build_id, by in looked.cancelled.items():
            self._end(build_id, Status.CANCELLED, Problem(f"{by} cancelled it."))
        for build_id in looked.taken:
            self._end(build_id, Status.LOST, LOST)  # which is not recorded
        for build in looked.stray:
            await self._lose(build)
        for build in looked.claimed:
            self._running[build.id] = task = tasks.create_task(self._follow(build), name=build.id)
            task.add_done_callback(self._forget)
            task.add_done_callback(lambda _: wake.hint())
        return looked.claimed

    async def close(self) -> None:
        """Ends the builds under way; they are recorded as lost, to be built again."""
        for build_id in self._running:
            self._end(build_id, Status.LOST, Problem("The server was stopped during this build. Build it again."))
        if self._running:
            await asyncio.wait(self._running.values(), timeout=_TO_RECORD.total_seconds())

    def _end(self, build_id: str, status: Status, problem: Problem) -> None:
        task = self._running.get(build_id)
        if task is not None and build_id not in self._ended_by_us and build_id not in self._ending:
            self._ended_by_us[build_id] = status, problem
            task.cancel()

    def _forget(self, task: asyncio.Task[None]) -> None:
        """Also of one that was cancelled before its first step."""
        build_id = task.get_name()
        del self._running[build_id]
        self._ending.discard(build_id)
        self._ended_by_us.pop(build_id, None)

    async def _lose(self, stray: Build) -> None:
        """Ends what was claimed here and is not followed: the answer to the claim, or to the end, did not arrive."""
        try:
            await self._journal.write(lambda tx: builds.fail(tx, stray, Status.LOST, _OURS))
        except Exception:  # the next look tries again; the others go on
            log.exception("build.unrecorded", build=stray.id)
        else:
            log.warning("build.not-followed", build=stray.id)

    async def _follow(self, build: Build) -> None:
        try:
            end = await self._end_of(build)
            await self._journal.insist(lambda tx: end(tx, build), of=build.id)
            log.info("build.finished", build=build.id)
        except asyncio.CancelledError:
            raise
        except Exception:  # the next look finds that nobody follows it
            log.exception("build.unrecorded", build=build.id)

    async def _end_of(self, build: Build) -> _Succeeded | _Failed:
        """How it ends; from its end on, until that is recorded, nobody can end it."""
        try:
            return await self._built(build)
        except asyncio.CancelledError:
            if build.id not in self._ended_by_us:
                raise
            return _Failed(*self._ended_by_us.pop(build.id))
        except ClockhouseError as error:
            return _Failed(Status.FAILED, Problem(error.sentence))
        except Exception:  # one build's trouble must not end the others
            log.exception("build.broke", build=build.id)
            return _Failed(Status.FAILED, _OURS)
        finally:
            self._ending.add(build.id)

    async def _built(self, build: Build) -> _Succeeded | _Failed:
        recipe = build.recipe or Recipe()
        check_out = partial(self._check_out, build.component_id, build.commit.sha, recipe.directory)
        order = Order(build.id, check_out, self._artifact(build.id), recipe)
        record = _Record(build, self._journal)
        async with aclosing(self._builder.build(order)) as events:
            async for event in events:
                if isinstance(event, Built | Failed):
                    await record.end()
                if isinstance(event, Built):
                    await self._shared(build, record)
                    return _Succeeded(event)
                if isinstance(event, Failed):
                    return _Failed(Status.FAILED, event.problem)
                await record.add(event)
        return _Failed(Status.FAILED, _OURS)

    async def _shared(self, build: Build, record: _Record) -> None:
        if self._share is None:
            return
        began = self._clock.monotonic()
        await record.add(Step(self._clock.now(), _SHARING, StepState.STARTED))
        await self._share(build.id)
        took_s = self._clock.monotonic() - began
        await record.add(Step(self._clock.now(), _SHARING, StepState.FINISHED, took_s))


@dataclass(frozen=True, slots=True)
class _Succeeded:
    built: Built

    def __call__(self, tx: Tx, build: Build) -> None:
        builds.succeed(tx, build, digest=self.built.digest, entry=self.built.entry, settings=self.built.settings)


@dataclass(frozen=True, slots=True)
class _Failed:
    status: Status
    problem: Problem

    def __call__(self, tx: Tx, build: Build) -> None:
        builds.fail(tx, build, self.status, self.problem)


@dataclass(frozen=True, slots=True)
class _Looked:
    """What it found: who `cancelled` what runs here, and what was `taken` for lost by somebody else, or removed.

    `stray` was claimed by this worker, which does not follow it.
    """

    cancelled: dict[str, str]
    taken: frozenset[str]
    stray: list[Build]
    claimed: list[Build]


class _Record:
    """The steps and the log of a build, as they come."""

    def __init__(self, build: Build, journal: Journal) -> None:
        self._build = build
        self._journal = journal
        self._steps: dict[str, model.Step] = {}
        self._seq = 0
        self._kept_text = 0
        self._last: Line | None = None  # of those that were not kept
        self._dropped = 0

    async def add(self, event: Step | Line | Detected | Said) -> None:
        if isinstance(event, Detected):
            sentence = event.text
            await self._journal.insist(lambda tx: builds.record_seen(tx, self._build, sentence), of=self._build.id)
        elif isinstance(event, Said):
            said = event.declaration
            await self._journal.insist(lambda tx: builds.record_declared(tx, self._build, said), of=self._build.id)
        elif isinstance(event, Step):
            began = self._steps.get(event.name)
            at = began.at if began else event.at
            self._steps[event.name] = model.Step(event.name, str(event.state), at, event.took_s)
            steps = tuple(self._steps.values())
            await self._journal.insist(lambda tx: builds.record_steps(tx, self._build, steps), of=self._build.id)
        elif self._seq < MOST_LINES and self._kept_text < MOST_TEXT:
            self._kept_text += len(event.text)
            await self._write(event)
        else:
            self._last = event
            self._dropped += 1

    async def end(self) -> None:
        """No more lines come."""
        if self._last is not None:
            most = f"{MOST_LINES} is the most, or {MOST_TEXT // 1024 // 1024} MiB"
            text = f"WARNING {self._dropped} more lines were not kept: {most}."
            await self._write(Line(self._last.at, self._last.step, text))

    async def _write(self, line: Line) -> None:
        self._seq += 1
        written = LogLine(self._seq, line.at, line.step, level_of(line.text), line.text)
        await self._journal.insist(lambda tx: builds.add_to_log(tx, self._build, [written]), of=self._build.id)


def _look(tx: Tx, worker: str, ids: tuple[str, ...], room: int) -> _Looked:
    held = builds.held(tx, worker)
    kept = [build.id for build in held if build.id in ids]
    builds.renew(tx, worker, kept, tx.now + LEASE)
    return _Looked(
        cancelled={each: by for each, by in builds.cancelled(tx, worker).items() if each in kept},
        taken=frozenset(ids) - frozenset(kept),
        stray=[build for build in held if build.id not in ids],
        claimed=builds.claim(tx, worker, room, tx.now + LEASE) if room > 0 else [],
    )
