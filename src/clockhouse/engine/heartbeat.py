"""The heartbeat: an engine's word in the ledger that it is there, for whoever watches it from outside."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from clockhouse.engine.journal import Journal
from clockhouse.engine.service import after_trouble, waking
from clockhouse.store import engines, key_checks
from clockhouse.store.changes import Changes
from clockhouse.store.database import Tx
from clockhouse.task.clock import Clock
from clockhouse.vault import Vault, name_of

EVERY = timedelta(seconds=15)  # four commits a minute: next to nothing for an idle machine


class Heartbeat:
    """Writes that this engine is at work, with what cannot be seen elsewhere in the ledger.

    `clock` is the ledger's, `wall` the machine's own. `last_claim` tells when an execution was last claimed.
    """

    def __init__(
        self,
        journal: Journal,
        hints: Changes,
        clock: Clock,
        wall: Clock,
        *,
        worker: str,
        last_claim: Callable[[], datetime | None],
        vault: Vault,
    ) -> None:
        self._journal = journal
        self._hints = hints
        self._clock = clock
        self._wall = wall
        self._worker = worker
        self._last_claim = last_claim
        self._vault = vault

    async def begin(self, *, alone: bool) -> None:
        """Before all else. `alone`: the database is this server's only, so that whoever was there before is gone."""
        await self._journal.write(lambda tx: engines.begin(tx, self._worker, alone=alone))

    async def beat(self) -> None:
        """Also follows a change of the key that secrets are sealed with, and says which ones are known here."""
        claimed_at, ahead = self._last_claim(), self._wall.now() - self._clock.now()
        await self._journal.write(lambda tx: self._beat(tx, claimed_at, ahead))

    async def end(self) -> None:
        """Says that this is a stop in good order, which nobody needs to be told of."""
        await self._journal.write(lambda tx: engines.end(tx, self._worker))

    async def run(self) -> None:
        async with waking(self._hints, [], self._clock) as wake:
            while True:
                try:
                    await self.beat()
                    await wake.until(longest=EVERY)
                except Exception as error:  # the duty goes on
                    await after_trouble(wake, "heartbeat.failed", error)

    def _beat(self, tx: Tx, claimed_at: datetime | None, ahead: timedelta) -> None:
        sealed = key_checks.known(tx)
        self._vault.follow(None if sealed is None else name_of(sealed))
        engines.beat(tx, self._worker, claimed_at=claimed_at, ahead=ahead, key_names=self._vault.known)
