"""The bookkeeper: adds up what has ended and shows it to alerts, and removes what is old, a little at a time."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from clockhouse.engine.journal import Journal
from clockhouse.engine.service import Wake, after_trouble, pause, waking
from clockhouse.store import audit, changes, environments, incidents, removal, retention, tallies
from clockhouse.store.changes import Changes
from clockhouse.store.database import Tx
from clockhouse.store.retention import Step
from clockhouse.task.clock import Clock
from clockhouse.telemetry import logger

log = logger("bookkeeper")

_ADDED_AT_ONCE = 20  # so that nobody waits for this transaction longer than a few milliseconds
_REMOVED_AT_ONCE = 100
_GATHER = timedelta(seconds=5)  # what ends meanwhile is added up together
_BREATH = timedelta(milliseconds=20)  # between two steps: others write, too
_ADD_EVERY = timedelta(seconds=30)  # without a hint
_REMOVE_EVERY = timedelta(hours=1)


class Bookkeeper:
    """Keeps the tallies up to date, and the ledger from growing for ever."""

    def __init__(self, journal: Journal, hints: Changes, clock: Clock) -> None:
        self._journal = journal
        self._hints = hints
        self._clock = clock

    async def add_up(self) -> int:
        """Adds what has ended to the tallies, and shows it to alerts; how many executions that were."""
        total = 0
        while True:
            added = await self._journal.write(_add_up)
            total += added
            if added < _ADDED_AT_ONCE:
                return total
            await pause(_BREATH)

    async def remove_old(self) -> int:
        """Removes what no environment has to keep, nor the audit trail; how many rows that were.

        Environments that somebody was cut off removing go altogether.
        """
        total, after = 0, None
        while True:
            step = await self._journal.write(lambda tx, after=after: _remove_some(tx, after))  # type: ignore[misc]
            total, after = total + step.removed, step.after
            if after is None:
                break
            await pause(_BREATH)
        for going in await self._journal.write(environments.being_removed):
            while await self._journal.write(lambda tx, going=going: removal.go_on(tx, going, _REMOVED_AT_ONCE)):  # type: ignore[misc]
                await pause(_BREATH)
        while await self._journal.write(_remove_tallies):
            await pause(_BREATH)
        while removed := await self._journal.write(_remove_from_trail):
            total += removed
            await pause(_BREATH)
        while removed := await self._journal.write(_remove_incidents):
            total += removed
            await pause(_BREATH)
        return total

    async def run(self) -> None:
        async with waking(self._hints, [changes.EXECUTIONS], self._clock) as wake, asyncio.TaskGroup() as beside:
            beside.create_task(self._remove_again_and_again())
            while True:
                await self._try_to_add_up(wake)

    async def _try_to_add_up(self, wake: Wake) -> None:
        try:
            await self.add_up()
            await wake.until(longest=_ADD_EVERY)
            await pause(_GATHER)
        except Exception as error:  # the duty goes on
            await after_trouble(wake, "bookkeeper.add-up-failed", error)

    async def _remove_again_and_again(self) -> None:
        wake = Wake(self._clock)
        while True:
            try:
                removed = await self.remove_old()
                if removed:
                    log.info("bookkeeper.removed", rows=removed)
                await pause(_REMOVE_EVERY)
            except Exception as error:  # the duty goes on
                await after_trouble(wake, "bookkeeper.remove-failed", error)


def _add_up(tx: Tx) -> int:
    """In one transaction: what is in the tallies has been looked at by every alert, and is so once."""
    ids = tallies.take(tx, _ADDED_AT_ONCE)
    incidents.look(tx, ids)
    return len(ids)


def _remove_some(tx: Tx, after: tuple[str, str] | None) -> Step:
    return retention.remove_some(tx, environments.every(tx), after, _REMOVED_AT_ONCE)


def _remove_tallies(tx: Tx) -> int:
    return retention.remove_old_tallies(tx, environments.every(tx), _REMOVED_AT_ONCE)


def _remove_from_trail(tx: Tx) -> int:
    return audit.remove_old(tx, _REMOVED_AT_ONCE)


def _remove_incidents(tx: Tx) -> int:
    return incidents.remove_old(tx, _REMOVED_AT_ONCE)
