"""The ledger as a feed of this very process: a transaction a look, and one for all that comes while one is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta

from clockhouse.engine.feed import NOTHING, Looked, Rest
from clockhouse.engine.journal import Journal
from clockhouse.engine.service import Wake, waking
from clockhouse.model.assignment import LEASE, SERVERS, Reach, Stray, assigned
from clockhouse.model.execution import Outcome, Reason, State
from clockhouse.model.log import LogLine
from clockhouse.store import changes, executions, workers
from clockhouse.store.changes import Changes
from clockhouse.store.database import Tx
from clockhouse.task.clock import Clock
from clockhouse.vault import Vault


class LedgerFeed:
    """What `worker` claims within its reach, and tells, by way of the journal; people know it by `name`."""

    def __init__(
        self,
        journal: Journal,
        hints: Changes,
        clock: Clock,
        vault: Vault,
        *,
        worker: str,
        name: str | None = None,
        reach: Reach = SERVERS,
        lease: timedelta = LEASE,
    ) -> None:
        self._journal = journal
        self._hints = hints
        self._clock = clock
        self._vault = vault
        self._worker = worker
        self._name = name
        self._reach = reach
        self._lease = lease

    def waking(self) -> AbstractAsyncContextManager[Wake]:
        return waking(self._hints, [changes.QUEUE, changes.STOPS], self._clock)

    async def look(self, attempts: Mapping[str, int], room: int, *, tends: bool) -> Looked:
        def look(tx: Tx) -> workers.Look:
            asked = (self._worker, attempts, room, self._reach)
            return workers.look(tx, *asked, tends=tends, lease=self._lease, name=self._name)

        found = await self._journal.write(look)
        return Looked([assigned(each, self._vault.open) for each in found.claimed], found.next_at, found.tended)

    async def lose(self, stray: Stray, reason: Reason) -> None:
        outcome = Outcome(State.LOST, reason)
        await self._journal.write(lambda tx: executions.finish(tx, stray.id, stray.attempt, outcome, tx.now))

    async def mark_started(self, execution: str, attempt: int, at: datetime) -> None:
        await self._journal.insist(lambda tx: executions.mark_started(tx, execution, attempt, at), of=execution)

    async def append(self, execution: str, attempt: int, lines: Sequence[LogLine]) -> bool:
        return await self._journal.insist(lambda tx: workers.append(tx, execution, attempt, lines), of=execution)

    async def finish(self, execution: str, attempt: int, outcome: Outcome, at: datetime, rest: Rest = NOTHING) -> bool:
        def finish(tx: Tx) -> bool:
            if rest.lines:
                workers.append(tx, execution, attempt, rest.lines)
            return executions.finish(tx, execution, attempt, outcome, at, started_at=rest.started_at)

        return await self._journal.insist(finish, of=execution)
