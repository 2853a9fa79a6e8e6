"""The expiry of requests: what nobody decided in time does not wait any more."""

from __future__ import annotations

from datetime import timedelta

from clockhouse.engine.journal import Journal
from clockhouse.engine.service import after_trouble, waking
from clockhouse.model.actor import SYSTEM
from clockhouse.store import audit, requests
from clockhouse.store.changes import Changes
from clockhouse.store.database import Tx
from clockhouse.task.clock import Clock

_EVERY = timedelta(minutes=1)


class Expiry:
    """Ends the wait of requests whose time is over. Whoever reads one before that sees it as expired already."""

    def __init__(self, journal: Journal, hints: Changes, clock: Clock) -> None:
        self._journal = journal
        self._hints = hints
        self._clock = clock

    async def expire(self) -> int:
        """How many have."""
        return await self._journal.write(_expire)

    async def run(self) -> None:
        async with waking(self._hints, [], self._clock) as wake:
            while True:
                try:
                    await self.expire()
                    await wake.until(longest=_EVERY)
                except Exception as error:  # the duty goes on
                    await after_trouble(wake, "expiry.failed", error)


def _expire(tx: Tx) -> int:
    expired = requests.expire(tx)
    for each in expired:
        thing = f"{each.project}/{each.component}"
        audit.note(tx, SYSTEM, "request.expired", thing, environment=each.environment, request=each.number)
    return len(expired)
