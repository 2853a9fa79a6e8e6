"""The ticker: turns what falls due into rows of the ledger, at the instant it does."""

from __future__ import annotations

from datetime import datetime

from clockhouse.engine.journal import Journal
from clockhouse.engine.service import after_trouble, waking
from clockhouse.model.actor import SYSTEM
from clockhouse.store import audit, changes, deployments, occurrences
from clockhouse.store.changes import Changes
from clockhouse.store.database import Tx
from clockhouse.task.clock import Clock


class Ticker:
    """Decides what is due, and ends pauses. Two of them may race: the row's state lets one of them win."""

    def __init__(self, journal: Journal, hints: Changes, clock: Clock) -> None:
        self._journal = journal
        self._hints = hints
        self._clock = clock

    async def tick(self) -> datetime | None:
        """Decides every occurrence that is due by now, and resumes what was paused until now.

        When there is something to do again: None when nothing is planned.
        """
        # The dispatcher looks now and not after the commit: it claims in the very transaction that queues.
        self._hints.publish([changes.QUEUE])
        return await self._journal.write(_settle_and_look_ahead, first=True)

    async def run(self) -> None:
        async with waking(self._hints, [changes.PLANS], self._clock) as wake:
            while True:
                try:
                    await wake.until(await self.tick())
                except Exception as error:  # the duty goes on
                    await after_trouble(wake, "ticker.failed", error)


def _settle_and_look_ahead(tx: Tx) -> datetime | None:
    occurrences.settle_due(tx)
    resume_at = deployments.next_pause_end(tx)
    if resume_at is not None and resume_at <= tx.now:
        _end_pauses(tx)
        resume_at = deployments.next_pause_end(tx)
    due_at = occurrences.next_due(tx)
    return min((at for at in (due_at, resume_at) if at is not None), default=None)


def _end_pauses(tx: Tx) -> None:
    for thing, environment in deployments.end_pauses(tx):
        audit.note(tx, SYSTEM, "deployment.resumed", thing, environment=environment)
