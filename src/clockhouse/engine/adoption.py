"""Adoption: what outlived the server that had started it is followed again by the one that comes after it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from clockhouse.engine.journal import Journal
from clockhouse.engine.service import after_trouble, waking
from clockhouse.model.assignment import LEASE, Assignment, Stray, assigned
from clockhouse.runtimes.base import Event, Held, Lasting, Work
from clockhouse.store import builds, leases, resuming
from clockhouse.store.changes import Changes
from clockhouse.task.clock import Clock
from clockhouse.telemetry import logger
from clockhouse.vault import Vault

log = logger("adoption")

PATIENCE = timedelta(hours=1)  # with a runtime that does not answer, before what it has is left to be found lost
_CLEAR_EVERY = timedelta(minutes=1)
_ANSWERS_WITHIN = timedelta(seconds=5)  # others' leases wait meanwhile


@dataclass(frozen=True, slots=True)
class Adopted:
    """An execution to go on with, and the place where it runs, which tells what was not told yet."""

    assignment: Assignment
    started_at: datetime | None
    runtime: Again


@dataclass(frozen=True, slots=True)
class Again:
    """A lasting runtime, as the one execution sees it that is not to be started again."""

    runtime: Lasting
    told: Mapping[str, int]

    def run(self, work: Work) -> AsyncGenerator[Event, None]:
        return self.runtime.adopt(work, told=self.told)

    async def stop(self, execution: str, *, grace: timedelta) -> bool:
        return await self.runtime.stop(execution, grace=grace)

    async def close(self) -> None:
        await self.runtime.close()


class Adoption:
    """What a lasting runtime has of `worker`'s, a name that stays the same from one start of a server to the next."""

    def __init__(
        self,
        journal: Journal,
        vault: Vault,
        clock: Clock,
        runtime: Lasting,
        *,
        worker: str,
        patience: timedelta = PATIENCE,
    ) -> None:
        self._journal = journal
        self._vault = vault
        self._clock = clock
        self._runtime = runtime
        self._worker = worker
        self._patience = patience
        self._unanswered: dict[Stray, float] = {}  # since when, in the clock's monotonic seconds

    async def there(self, strays: Sequence[Stray]) -> Sequence[Stray] | None:
        """Which of these attempts, that the ledger says the worker runs, are where they were started.

        None when the runtime does not answer: they may run, so their leases are renewed, for as long as its patience.
        """
        try:
            async with asyncio.timeout(_ANSWERS_WITHIN.total_seconds()):
                held = set(await self._runtime.held())
        except Exception as error:  # whatever it is: nothing is known of them
            log.error("adoption.unanswered", executions=len(strays), why=str(error) or type(error).__name__)
            await self._keep(strays)
            return None
        self._unanswered = {}
        return [each for each in strays if Held(each.id, each.attempt) in held]

    async def _keep(self, strays: Sequence[Stray]) -> None:
        now = self._clock.monotonic()
        self._unanswered = {each: self._unanswered.get(each, now) for each in strays}
        kept = [each.id for each, since in self._unanswered.items() if now - since < self._patience.total_seconds()]
        await self._journal.write(lambda tx: leases.renew(tx, self._worker, kept, tx.now + LEASE))

    async def of(self, stray: Stray) -> Adopted | None:
        """How to go on with one that is there; None when it is not the worker's any more."""
        resumed = await self._journal.write(
            lambda tx: resuming.resume(tx, self._worker, stray.id, stray.attempt, tx.now + LEASE)
        )
        if resumed is None:
            return None
        assignment = assigned(resumed.claimed, self._vault.open)
        return Adopted(assignment, resumed.started_at, Again(self._runtime, resumed.told))

    async def forget(self, execution: str) -> None:
        """To be called once the end of an execution is recorded. Never raises."""
        try:
            await self._runtime.forget(execution)
        except Exception as error:  # it is found, and removed, as a left-over
            log.warning("adoption.not-forgotten", execution=execution, why=str(error))


class LeftOvers:
    """Removes what is left where executions outlive their server, and nobody wants any more: also of old builds."""

    def __init__(self, journal: Journal, hints: Changes, clock: Clock, runtime: Lasting, *, worker: str) -> None:
        self._journal = journal
        self._hints = hints
        self._clock = clock
        self._runtime = runtime
        self._worker = worker

    async def clear(self) -> int:
        """Removes what the ledger does not say that the worker runs; how many."""
        wanted = await self._journal.write(lambda tx: resuming.held(tx, self._worker))
        cleared = await self._runtime.clear(but=wanted)
        await self._runtime.tidy(self._unneeded)
        return cleared

    async def _unneeded(self, ids: Collection[str]) -> Collection[str]:
        return await self._journal.write(lambda tx: builds.without_artifact(tx, list(ids)))

    async def run(self) -> None:
        async with waking(self._hints, [], self._clock) as wake:
            while True:
                try:
                    cleared = await self.clear()
                    if cleared:
                        log.warning("adoption.cleared", count=cleared)
                    await wake.until(longest=_CLEAR_EVERY)
                except Exception as error:  # the duty goes on
                    await after_trouble(wake, "adoption.failed", error)
                    await wake.until(longest=_CLEAR_EVERY)
