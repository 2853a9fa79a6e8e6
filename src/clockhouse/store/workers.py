"""What workers ask of the ledger and tell it: one look at the queue, their leases, and the lines of what they hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from clockhouse.model.assignment import LEASE, Claimed, Reach, Stray, Tended
from clockhouse.model.log import LogLine
from clockhouse.store import claims, executions, leases, logs
from clockhouse.store.database import Tx


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at the queue found; `tended` is None when that was not asked for."""

    claimed: Sequence[Claimed]
    next_at: datetime | None
    tended: Tended | None


def look(
    tx: Tx,
    worker: str,
    attempts: Mapping[str, int],
    room: int,
    reach: Reach,
    *,
    tends: bool,
    lease: timedelta = LEASE,
    name: str | None = None,
) -> Look:
    """Claims at most `room` executions; with `tends`, first keeps the leases of what the worker runs.

    `attempts` is what it runs: the attempt by execution id; `name` is what people know the worker by.
    """
    lease_until = tx.now + lease
    tended = _tend(tx, worker, attempts, lease_until) if tends else None
    if room <= 0:
        return Look((), None, tended)
    claimed = claims.claim(tx, worker, room, lease_until, reach, name=name)
    return Look(claimed, claims.next_ready(tx, reach), tended)


def append(tx: Tx, execution_id: str, attempt: int, lines: Sequence[LogLine]) -> bool:
    """Adds lines to an execution's log; False when this attempt is over, whose lines are nobody's any more."""
    if not leases.holds(tx, execution_id, attempt):
        return False
    logs.append(tx, execution_id, lines)
    return True


def _tend(tx: Tx, worker: str, attempts: Mapping[str, int], lease_until: datetime) -> Tended:
    """Renews the leases of what really runs: what the ledger only believes to run must not stay so for ever."""
    held = leases.held(tx, worker)
    kept = [each.id for each in held if attempts.get(each.id) == each.attempt]
    leases.renew(tx, worker, kept, lease_until)
    return Tended(
        stops={each: reason for each, reason in executions.stops_wanted(tx, worker).items() if each in kept},
        taken=frozenset(attempts.keys() - kept),
        stray=tuple(Stray(each.id, each.attempt) for each in held if attempts.get(each.id) != each.attempt),
    )
