"""The janitor: finds what a worker left behind, and records it as lost."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from clockhouse.engine.builds import LOST
from clockhouse.engine.journal import Journal
from clockhouse.engine.service import after_trouble, waking
from clockhouse.model import execution as model
from clockhouse.model.assignment import LEASE
from clockhouse.model.build import Status
from clockhouse.model.execution import Outcome, State
from clockhouse.store import artifacts, builds, executions, leases
from clockhouse.store.changes import Changes
from clockhouse.store.database import Tx
from clockhouse.task.clock import Clock
from clockhouse.telemetry import logger

log = logger("janitor")

_EVERY = timedelta(seconds=10)
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class Janitor:
    """Ends executions and builds whose worker went quiet, and removes artifacts that no build needs."""

    def __init__(
        self,
        journal: Journal,
        hints: Changes,
        clock: Clock,
        folder: Path,
        *,
        worker: str,
        is_used: Callable[[Path], bool] = lambda _artifact: False,
    ) -> None:
        """`is_used`: whether something runs in an artifact of which the ledger knows nothing."""
        self._worker, self._is_used = worker, is_used
        self._journal = journal
        self._hints = hints
        self._clock = clock
        self._folder = folder
        self._awake_at = self._swept_at = clock.now()
        self._cut_at: datetime | None = None  # the last sweep before a break, until others had the time to renew

    async def sweep(self) -> int:
        """Ends what other workers left behind, their leases being over; how many there were.

        Agents are given the time of a lease before that, in which this server has to be there without a break: they may
        have found nobody to renew theirs. So are other servers after a break, since it may have been one for them, too.
        """
        lost, self._swept_at = await self._journal.write(self._sweep)
        return lost

    async def sweep_all(self) -> int:
        """Ends all that was under way but on agents, whatever its lease; how many. Only where no other server runs."""
        return await self._journal.write(lambda tx: _sweep(tx, dead_before=None, agents_too=False))

    async def begin(self, *, alone: bool) -> int:
        """At a start: ends what was left behind, and clears away what builds left half-made; how many it ended.

        `alone`: the database is this server's only. Otherwise what runs may be another server's, and only leases tell:
        of those that are over, too, once the others had the time to renew them, since the database may have been away.
        """
        lost = await self.sweep_all() if alone else 0
        self._cut_at = None if alone else _LONG_AGO
        for folder in await asyncio.to_thread(_half_made, self._folder):
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
        return lost

    async def tidy(self) -> int:
        """Removes the artifacts of builds that are no more, did not succeed or are not needed any more; how many.

        Those that servers share are removed, too, but counted where they lie in a folder.
        """
        await self._journal.write(builds.retire, first=True)
        await self._journal.write(artifacts.remove_unneeded)
        found = await asyncio.to_thread(_folders, self._folder)
        if not found:
            return 0
        unneeded = await self._journal.write(lambda tx: builds.without_artifact(tx, list(found)))
        gone = [found[build_id] for build_id in unneeded if not self._is_used(found[build_id])]
        for folder in gone:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
        return len(gone)

    def _sweep(self, tx: Tx) -> tuple[int, datetime]:
        was_there = self._was_there(tx.now)
        dead_before = self._cut_at or tx.now
        return _sweep(tx, dead_before=dead_before, but=self._worker, agents_too=was_there), tx.now

    def _was_there(self, now: datetime) -> bool:
        """Whether others had the time to renew their leases: neither the machine slept nor the database was away.

        `now` is the ledger's instant: what this process knows of its clock may be from before a sleep.
        """
        if abs(now - self._swept_at) > 1.5 * _EVERY:
            self._awake_at, self._cut_at = now, self._cut_at or self._swept_at
        if now - self._awake_at < LEASE:
            return False
        self._cut_at = None
        return True

    async def run(self) -> None:
        async with waking(self._hints, [], self._clock) as wake:
            while True:
                try:
                    lost = await self.sweep()
                    if lost:
                        log.warning("janitor.found-lost", count=lost)
                    await self.tidy()
                    await wake.until(longest=_EVERY)
                except Exception as error:  # the duty goes on
                    await after_trouble(wake, "janitor.failed", error)


def _sweep(tx: Tx, *, dead_before: datetime | None, but: str | None = None, agents_too: bool) -> int:
    abandoned = leases.abandoned(tx, dead_before=dead_before, but=but, agents_too=agents_too)
    outcome = Outcome(State.LOST, model.SERVER_LOST)
    for each in abandoned:
        executions.finish(tx, each.id, each.attempt, outcome, tx.now, each.retry)
    left = builds.abandoned(tx, dead_before=dead_before, but=but)
    for build in left:
        builds.fail(tx, build, Status.LOST, LOST)
    return len(abandoned) + len(left)


def _folders(root: Path) -> dict[str, Path]:
    """The artifacts that there are, by build id; half-made ones are their builder's."""
    if not root.is_dir():
        return {}
    return {folder.name: folder for folder in root.iterdir() if folder.is_dir() and "." not in folder.name}


def _half_made(root: Path) -> list[Path]:
    """What builds left that were killed."""
    return [folder for folder in root.glob("*.part") if folder.is_dir()]
