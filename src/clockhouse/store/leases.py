"""Leases: which worker runs which attempt of an execution, and what nobody runs any more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from clockhouse.model.agent import WORKERS
from clockhouse.model.assignment import LASTING
from clockhouse.model.execution import State
from clockhouse.store import deployments as deployments_store
from clockhouse.store.database import Tx
from clockhouse.store.prepared import Prepared
from clockhouse.store.tables.deployments import deployments
from clockhouse.store.tables.executions import executions
from clockhouse.task import Retry

_is_started = executions.c.state == str(State.STARTED)
_started = (
    sa.select(executions.c.id, executions.c.attempt, deployments.c.limits)
    .join_from(executions, deployments, executions.c.deployment_id == deployments.c.id)
    .where(_is_started)
)
# Put together once: it is asked with every few lines of a log.
_same_attempt = Prepared(
    sa.select(executions.c.id)
    .where(
        executions.c.id == sa.bindparam("which"),
        executions.c.attempt == sa.bindparam("which_attempt"),
        _is_started,
    )
    .with_for_update(read=True)
)


@dataclass(frozen=True, slots=True)
class Held:
    """An attempt that some worker has the lease of, and what its policy says about another one."""

    id: str
    attempt: int
    retry: Retry


def held(tx: Tx, worker: str) -> list[Held]:
    """What the ledger says that `worker` runs."""
    return [_held(row) for row in tx.execute(_started.where(executions.c.worker == worker))]


def renew(tx: Tx, worker: str, ids: Sequence[str], lease_until: datetime) -> None:
    """Keeps the leases of these executions, as far as they are the worker's."""
    mine = executions.update().where(executions.c.id.in_(ids), executions.c.worker == worker, _is_started)
    if ids:
        tx.execute(mine.values(lease_until=lease_until))


def holds(tx: Tx, execution_id: str, attempt: int) -> bool:
    """Whether this attempt still counts. Until the transaction's end, nobody takes it away."""
    return tx.run(_same_attempt, {"which": execution_id, "which_attempt": attempt}).first() is not None


def abandoned(tx: Tx, *, dead_before: datetime | None, but: str | None = None, agents_too: bool = True) -> list[Held]:
    """What runs on a lease that ended before this instant (None: whatever its lease).

    Those of the worker `but` are left out: after a sleep of the machine its leases are over, but not what it runs.
    Those of agents, and those that outlive a server, are left out unless `agents_too`.
    One that is being renewed or ended at this moment is left out, too; the others are this transaction's.
    """
    chosen = _started.with_for_update(key_share=True, of=executions, skip_locked=True)
    if dead_before is not None:
        chosen = chosen.where(executions.c.lease_until < dead_before)
    if but is not None:
        chosen = chosen.where(executions.c.worker != but)
    if not agents_too:
        chosen = chosen.where(*(executions.c.worker.not_like(f"{names}%") for names in (WORKERS, LASTING)))
    return [_held(row) for row in tx.execute(chosen)]


def _held(row: Any) -> Held:
    return Held(row.id, row.attempt, deployments_store.limits_of(row.limits).retry)
