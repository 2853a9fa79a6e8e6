"""The dispatcher: claims as many executions as there is room for, and lets a tracker follow each."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from clockhouse.engine.feed import STOPS, Artifacts, Feed, Looked
from clockhouse.engine.service import Wake, after_trouble
from clockhouse.engine.tracker import Tracker
from clockhouse.errors import ClockhouseError
from clockhouse.keepers.base import Keepers
from clockhouse.model import execution as model
from clockhouse.model.assignment import LEASE as LEASE
from clockhouse.model.assignment import Assignment, Stray, Tended
from clockhouse.model.execution import Outcome, Reason, State
from clockhouse.runtimes.base import Runtime, Work
from clockhouse.task.clock import Clock
from clockhouse.telemetry import logger

if TYPE_CHECKING:  # an agent has no use for it, and none for the database that it takes along
    from clockhouse.engine.adoption import Adoption

log = logger("dispatcher")

HEARTBEAT = LEASE / 3
_GRACE_OF_A_STOP = timedelta(seconds=3)
_TO_RECORD = timedelta(seconds=10)  # the end of what was stopped, its grace included


class Dispatcher:
    """Keeps up to `room` executions going."""

    def __init__(
        self,
        *,
        room: int,
        feed: Feed,
        runtime: Runtime,
        artifacts: Artifacts,
        clock: Clock,
        heartbeat: timedelta = HEARTBEAT,
        adoption: Adoption | None = None,
        keepers: Keepers | None = None,
    ) -> None:
        """`adoption` is for a runtime whose executions outlive the server; what the ledger has of others is lost.

        `keepers` have the secrets that assignments refer to.
        """
        self._room = room
        self._feed = feed
        self._runtime = runtime
        self._artifacts = artifacts
        self._clock = clock
        self._heartbeat = heartbeat
        self._adoption = adoption
        self._keepers = keepers or Keepers()
        self._running: dict[str, Tracker] = {}
        self._idle = asyncio.Event()
        self._idle.set()
        self._is_closing = False
        self._looking = asyncio.Lock()
        self._is_full = False
        self._tend_at = clock.monotonic()
        self._must_tend = False  # whether a look failed: what it did, the next one finds out
        self._has_looked = False
        self.claimed_at: datetime | None = None  # the last time

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks, self._feed.waking() as wake:
            hinted: frozenset[str] = frozenset()
            while True:
                try:
                    looked = await self.look(tasks, wake, stops=STOPS in hinted)
                    hinted = await wake.until(looked.next_at)
                except Exception as error:  # the duty goes on
                    hinted |= await after_trouble(wake, "dispatcher.failed", error)

    async def look(self, tasks: asyncio.TaskGroup, wake: Wake, *, stops: bool = True) -> Looked:
        """Claims what may start; at a heartbeat, or with `stops`, also ends what is not wanted and keeps the leases."""
        async with self._looking:
            return await self._look(tasks, wake, stops=stops)

    async def _look(self, tasks: asyncio.TaskGroup, wake: Wake, *, stops: bool) -> Looked:
        attempts = {each.assignment.id: each.assignment.attempt for each in self._running.values()}
        room = 0 if self._is_closing else self._room - len(attempts)
        tends = self._must_tend or stops or self._clock.monotonic() >= self._tend_at
        # What it holds before its first look, another process of the same name has left behind.
        why_lost = model.BROKEN if self._has_looked else model.SERVER_LOST
        self._must_tend = self._has_looked = True
        looked = await self._feed.look(attempts, room, tends=tends)
        self._must_tend = False
        self._is_full = len(looked.assignments) >= room
        if looked.assignments:
            self.claimed_at = self._clock.now()
        for each in looked.assignments:
            tasks.create_task(self._follow(*self._taken_up(each))).add_done_callback(lambda _: self._free(wake))
        if looked.tended is not None:
            self._tend_at = self._clock.monotonic() + self._heartbeat.total_seconds()
            await self._end_unwanted(looked.tended, attempts)
            await self._answer_for(looked.tended.stray, why_lost, tasks, wake)
        return looked

    async def _end_unwanted(self, tended: Tended, attempts: Mapping[str, int]) -> None:
        for execution_id, reason in tended.stops.items():
            if (tracker := self._running.get(execution_id)) is not None:
                await tracker.stop(State.CANCELLED, reason)
        for execution_id in tended.taken:
            tracker = self._running.get(execution_id)
            # The same look may have claimed its next attempt, which is nobody else's.
            if tracker is not None and tracker.assignment.attempt == attempts.get(execution_id):
                await tracker.taken()

    async def _answer_for(
        self, strays: Sequence[Stray], why_lost: Reason, tasks: asyncio.TaskGroup, wake: Wake
    ) -> None:
        known = await self._adopted(strays, tasks, wake)
        for each in strays:
            if each not in known:
                await self._lose(each, why_lost)

    async def _adopted(self, strays: Sequence[Stray], tasks: asyncio.TaskGroup, wake: Wake) -> Sequence[Stray]:
        """Goes on with what outlived the server before this one; returns what is not lost, or may not be."""
        asked = [each for each in strays if each.id not in self._running]
        if self._adoption is None or not asked:
            return ()
        there = await self._adoption.there(asked)
        if there is None:  # the next heartbeat asks again
            return asked
        return [each for each in there if await self._goes_on(self._adoption, each, tasks, wake)]

    async def _goes_on(self, adoption: Adoption, stray: Stray, tasks: asyncio.TaskGroup, wake: Wake) -> bool:
        try:
            found = await adoption.of(stray)
        except Exception as error:  # it is there: the next heartbeat asks again
            log.error("execution.not-adopted", execution=stray.id, why=str(error))
            return True
        if found is None:
            return False
        tracker = Tracker(found.assignment, found.runtime, self._feed, self._clock, started_at=found.started_at)
        self._running[stray.id] = tracker
        self._idle.clear()
        tasks.create_task(self._follow(tracker, None)).add_done_callback(lambda _: self._free(wake))
        log.warning("execution.adopted", execution=stray.id, attempt=stray.attempt)
        return True

    async def _lose(self, stray: Stray, reason: Reason) -> None:
        """Ends what was claimed here and is not followed: the answer to the claim, or to the end, did not arrive."""
        try:
            await self._feed.lose(stray, reason)
        except Exception:  # the next heartbeat tries again; the others go on
            log.exception("execution.unrecorded", execution=stray.id)
        else:
            log.warning("execution.not-followed", execution=stray.id, attempt=stray.attempt)

    def _taken_up(self, assignment: Assignment) -> tuple[Tracker, Tracker | None]:
        """The tracker of what was claimed, and the one of an attempt before that is still here."""
        before = self._running.get(assignment.id)
        tracker = Tracker(assignment, self._runtime, self._feed, self._clock)
        self._running[assignment.id] = tracker
        self._idle.clear()
        return tracker, before

    async def halt(self) -> None:
        """Claims nothing more; what runs is followed on."""
        async with self._looking:  # a claim on its way still counts
            self._is_closing = True

    async def drain(self, patience: timedelta, hurry: asyncio.Event) -> int:
        """Claims nothing more and waits for what runs; ends what is left after `patience`, and says how many.

        Setting `hurry` ends the patience. What can't be recorded, since the database does not answer, is left to be
        found by a janitor.
        """
        async with self._looking:  # a claim on its way still counts
            self._is_closing = True
        waits = [asyncio.create_task(event.wait()) for event in (self._idle, hurry)]
        await asyncio.wait(waits, timeout=patience.total_seconds(), return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
        left = list(self._running.values())
        await asyncio.gather(*(tracker.stop(State.LOST, model.SERVER_STOPPED, _GRACE_OF_A_STOP) for tracker in left))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_TO_RECORD.total_seconds()):
                await self._idle.wait()
        return len(left)

    @property
    def running(self) -> int:
        return len(self._running)

    def _free(self, wake: Wake) -> None:
        """There is room for one more, if something waits for it."""
        if self._is_full:
            wake.hint()

    async def _follow(self, tracker: Tracker, before: Tracker | None) -> None:
        execution = tracker.assignment.id
        try:
            if before is not None:  # it may have lost its lease while it ran
                await before.taken()
                await before.is_over.wait()
            work = await self._work(tracker)
            if work is not None:
                await tracker.follow(work)
                if self._adoption is not None:
                    await self._adoption.forget(execution)
        except asyncio.CancelledError:
            raise
        except Exception:  # one execution's trouble must not end the others
            log.exception("execution.broke", execution=execution)
            await tracker.give_up(self._clock.now())
        finally:
            tracker.is_over.set()
            if self._running.get(execution) is tracker:  # and not the one of its next attempt
                del self._running[execution]
            if not self._running:
                self._idle.set()

    async def _work(self, tracker: Tracker) -> Work | None:
        """What to run; None when it can't be, which is recorded then."""
        given = tracker.assignment
        problem = given.problem
        if problem is None:
            try:
                artifact = await self._artifacts.folder(given.build_id)
                labels = {"attempt": str(given.attempt), "build": given.build_id, "environment": given.environment}
                secrets = given.secrets
                if given.references:
                    secrets = {**secrets, **await asyncio.to_thread(self._keepers.fetch, given.references)}
                what = (given.id, artifact, given.entry, given.variables, secrets)
                return Work(*what, labels=labels, container=given.container, files=given.files)
            except ClockhouseError as error:
                problem = error.sentence
        await tracker.settle(Outcome(State.FAILED, model.not_started(problem)), self._clock.now())
        return None
