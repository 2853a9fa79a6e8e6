"""The dispatcher: claims as many executions as there is room for, and lets a tracker follow each."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from clockhouse.engine.journal import Journal
from clockhouse.engine.service import Wake, after_trouble, waking
from clockhouse.engine.tracker import Tracker
from clockhouse.errors import ClockhouseError
from clockhouse.kit import Secret
from clockhouse.kit.declared import encode, variable
from clockhouse.kit.occurrence import DUE_AT
from clockhouse.model import execution as model
from clockhouse.model.execution import Outcome, State
from clockhouse.runtimes.base import Runtime, Work
from clockhouse.store import changes, executions, leases
from clockhouse.store.changes import Changes
from clockhouse.store.database import Tx
from clockhouse.store.executions import Claimed
from clockhouse.store.leases import Held
from clockhouse.task.clock import Clock
from clockhouse.telemetry import logger
from clockhouse.vault import Vault

log = logger("dispatcher")

LEASE = timedelta(seconds=30)
_HEARTBEAT = timedelta(seconds=10)
_GRACE_OF_A_STOP = timedelta(seconds=3)
_TO_RECORD = timedelta(seconds=10)  # the end of what was stopped, its grace included


@dataclass(frozen=True, slots=True)
class Looked:
    """What one look at the queue found."""

    claimed: list[Claimed] = field(default_factory=list)
    next_at: datetime | None = None
    tended: Tended | None = None  # at a heartbeat, or when somebody wants something stopped


@dataclass(frozen=True, slots=True)
class Tended:
    """What the ledger says of what runs here: `stops` is why, by execution id."""

    stops: dict[str, model.Reason]
    taken: frozenset[str]  # ids: somebody else took it for lost, or its component was removed
    stray: tuple[Held, ...]  # claimed by this worker, which does not run it


class Dispatcher:
    """Keeps up to `room` executions going."""

    def __init__(
        self,
        *,
        worker: str,
        room: int,
        runtime: Runtime,
        vault: Vault,
        artifact: Callable[[str], Path],
        journal: Journal,
        hints: Changes,
        clock: Clock,
    ) -> None:
        self._worker = worker
        self._room = room
        self._runtime = runtime
        self._vault = vault
        self._artifact = artifact
        self._journal = journal
        self._hints = hints
        self._clock = clock
        self._running: dict[str, Tracker] = {}
        self._idle = asyncio.Event()
        self._idle.set()
        self._is_closing = False
        self._looking = asyncio.Lock()
        self._is_full = False
        self._tend_at = clock.monotonic()
        self._must_tend = False  # whether a look failed: what it did, the next one finds out
        self.claimed_at: datetime | None = None  # the last time

    async def run(self) -> None:
        topics = [changes.QUEUE, changes.STOPS]
        async with asyncio.TaskGroup() as tasks, waking(self._hints, topics, self._clock) as wake:
            hinted: frozenset[str] = frozenset()
            while True:
                try:
                    looked = await self.look(tasks, wake, stops=changes.STOPS in hinted)
                    hinted = await wake.until(looked.next_at)
                except Exception as error:  # the duty goes on
                    hinted |= await after_trouble(wake, "dispatcher.failed", error)

    async def look(self, tasks: asyncio.TaskGroup, wake: Wake, *, stops: bool = True) -> Looked:
        """Claims what may start; at a heartbeat, or with `stops`, also ends what is not wanted and keeps the leases."""
        async with self._looking:
            return await self._look(tasks, wake, stops=stops)

    async def _look(self, tasks: asyncio.TaskGroup, wake: Wake, *, stops: bool) -> Looked:
        attempts = {each.claimed.id: each.claimed.attempt for each in self._running.values()}
        room = 0 if self._is_closing else self._room - len(attempts)
        tends = self._must_tend or stops or self._clock.monotonic() >= self._tend_at
        self._must_tend = True
        looked = await self._journal.write(lambda tx: _look(tx, self._worker, attempts, room, tends=tends))
        self._must_tend = False
        self._is_full = len(looked.claimed) >= room
        if looked.claimed:
            self.claimed_at = self._clock.now()
        for claimed in looked.claimed:
            tasks.create_task(self._follow(*self._taken_up(claimed))).add_done_callback(lambda _: self._free(wake))
        if looked.tended is not None:
            self._tend_at = self._clock.monotonic() + _HEARTBEAT.total_seconds()
            await self._answer(looked.tended)
        return looked

    async def _answer(self, tended: Tended) -> None:
        for execution_id, reason in tended.stops.items():
            if (tracker := self._running.get(execution_id)) is not None:
                await tracker.stop(State.CANCELLED, reason)
        for execution_id in tended.taken:
            if (tracker := self._running.get(execution_id)) is not None:
                await tracker.taken()
        for each in tended.stray:
            await self._lose(each)

    async def _lose(self, stray: Held) -> None:
        """Ends what was claimed here and is not followed: the answer to the claim, or to the end, did not arrive."""
        outcome = Outcome(State.LOST, model.BROKEN)
        try:
            await self._journal.write(
                lambda tx: executions.finish(tx, stray.id, stray.attempt, outcome, tx.now, stray.retry)
            )
        except Exception:  # the next heartbeat tries again; the others go on
            log.exception("execution.unrecorded", execution=stray.id)
        else:
            log.warning("execution.not-followed", execution=stray.id, attempt=stray.attempt)

    def _taken_up(self, claimed: Claimed) -> tuple[Tracker, Tracker | None]:
        """The tracker of what was claimed, and the one of an attempt before that is still here."""
        before = self._running.get(claimed.id)
        tracker = Tracker(claimed, self._runtime, self._journal, self._clock)
        self._running[claimed.id] = tracker
        self._idle.clear()
        return tracker, before

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
        claimed = tracker.claimed
        try:
            if before is not None:  # it may have lost its lease while it ran
                await before.taken()
                await before.is_over.wait()
            work = await self._work(tracker)
            if work is not None:
                await tracker.follow(work)
        except asyncio.CancelledError:
            raise
        except Exception:  # one execution's trouble must not end the others
            log.exception("execution.broke", execution=claimed.id)
            await tracker.give_up(self._clock.now())
        finally:
            tracker.is_over.set()
            if self._running[claimed.id] is tracker:  # and not the one of its next attempt
                del self._running[claimed.id]
            if not self._running:
                self._idle.set()

    async def _work(self, tracker: Tracker) -> Work | None:
        """What to run; None when it can't be, which is recorded then."""
        claimed = tracker.claimed
        try:
            return Work(
                execution=claimed.id,
                artifact=self._artifact(claimed.build_id),
                entry=claimed.entry,
                environment={**_variables(claimed), DUE_AT: claimed.due_at.isoformat()},
                secrets=self._secrets(claimed),
            )
        except ClockhouseError as error:
            outcome = Outcome(State.FAILED, model.not_started(error.sentence))
            await tracker.settle(outcome, self._clock.now())
            return None

    def _secrets(self, claimed: Claimed) -> dict[str, Secret]:
        by_name = {setting.name: variable(setting) for setting in claimed.settings}
        return {
            by_name[name]: self._vault.open(sealed, f"{claimed.component_id}/{name}")
            for name, sealed in claimed.sealed.items()
        }


def _look(tx: Tx, worker: str, attempts: Mapping[str, int], room: int, *, tends: bool) -> Looked:
    lease_until = tx.now + LEASE
    tended = _tend(tx, worker, attempts, lease_until) if tends else None
    if room <= 0:
        return Looked(tended=tended)
    claimed = executions.claim(tx, worker, room, lease_until)
    return Looked(claimed, executions.next_ready(tx), tended)


def _tend(tx: Tx, worker: str, attempts: Mapping[str, int], lease_until: datetime) -> Tended:
    """Renews the leases of what really runs: what the ledger only believes to run must not stay so for ever."""
    held = leases.held(tx, worker)
    kept = [each.id for each in held if attempts.get(each.id) == each.attempt]
    leases.renew(tx, worker, kept, lease_until)
    return Tended(
        stops={each: reason for each, reason in executions.stops_wanted(tx, worker).items() if each in kept},
        taken=frozenset(attempts.keys() - kept),
        stray=tuple(each for each in held if attempts.get(each.id) != each.attempt),
    )


def _variables(claimed: Claimed) -> dict[str, str]:
    given = ((setting, claimed.values.get(setting.name)) for setting in claimed.settings)
    return {variable(setting): encode(value) for setting, value in given if value is not None}
