"""The dispatcher: claims as many executions as there is room for, and lets a tracker follow each."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
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
from clockhouse.store import changes, executions
from clockhouse.store.changes import Changes
from clockhouse.store.database import Tx
from clockhouse.store.executions import Claimed
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
    stops: dict[str, model.Reason] = field(default_factory=dict)  # why, by execution id
    gone: set[str] = field(default_factory=set)


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
        ids = tuple(self._running)
        room = 0 if self._is_closing else self._room - len(ids)
        tends = stops or self._clock.monotonic() >= self._tend_at
        looked = await self._journal.write(lambda tx: _look(tx, self._worker, ids, room, tends=tends))
        if tends:
            self._tend_at = self._clock.monotonic() + _HEARTBEAT.total_seconds()
        self._is_full = len(looked.claimed) >= room
        if looked.claimed:
            self.claimed_at = self._clock.now()
        for claimed in looked.claimed:
            tracker = Tracker(claimed, self._runtime, self._journal, self._clock)
            self._running[claimed.id] = tracker
            self._idle.clear()
            tasks.create_task(self._follow(tracker)).add_done_callback(lambda _: self._free(wake))
        for execution_id, reason in looked.stops.items():
            await self._stop(execution_id, reason)
        for execution_id in looked.gone:
            await self._stop(execution_id, model.UNDEPLOYED)
        return looked

    async def drain(self, patience: timedelta, hurry: asyncio.Event) -> int:
        """Claims nothing more and waits for what runs; ends what is left after `patience`, and says how many.

        Setting `hurry` ends the patience. What can't be recorded, since the database does not answer, is left: the next
        start finds it.
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

    async def _stop(self, execution_id: str, reason: model.Reason) -> None:
        tracker = self._running.get(execution_id)
        if tracker is not None:
            await tracker.stop(State.CANCELLED, reason)

    async def _follow(self, tracker: Tracker) -> None:
        claimed = tracker.claimed
        try:
            work = await self._work(tracker)
            if work is not None:
                await tracker.follow(work)
        except asyncio.CancelledError:
            raise
        except Exception:  # one execution's trouble must not end the others
            log.exception("execution.broke", execution=claimed.id)
            await tracker.give_up(self._clock.now())
        finally:
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


def _look(tx: Tx, worker: str, ids: tuple[str, ...], room: int, *, tends: bool) -> Looked:
    lease_until = tx.now + LEASE
    stops: dict[str, model.Reason] = {}
    gone: set[str] = set()
    if ids and tends:
        executions.renew(tx, worker, lease_until)
        stops, gone = executions.stops_wanted(tx, worker), executions.gone(tx, ids)
    if room <= 0:
        return Looked(stops=stops, gone=gone)
    claimed = executions.claim(tx, worker, room, lease_until)
    return Looked(claimed, executions.next_ready(tx), stops, gone)


def _variables(claimed: Claimed) -> dict[str, str]:
    given = ((setting, claimed.values.get(setting.name)) for setting in claimed.settings)
    return {variable(setting): encode(value) for setting, value in given if value is not None}
