"""Claims: what workers take from the queue, the longest waiting first, and when there is more to take."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from clockhouse.kit.declared import Entry, Setting
from clockhouse.model import execution as model
from clockhouse.model.assignment import SERVERS, Claimed, Reach
from clockhouse.model.deployment import Limits
from clockhouse.model.execution import Outcome, State
from clockhouse.store import backfills, changes, logs, rooms, secret_uses, turns
from clockhouse.store import deployments as deployments_store
from clockhouse.store import executions as executions_store
from clockhouse.store.database import Contended, Tx
from clockhouse.store.prepared import Prepared
from clockhouse.store.tables.builds import builds, releases
from clockhouse.store.tables.columns import as_text
from clockhouse.store.tables.deployments import deployments
from clockhouse.store.tables.environments import environments
from clockhouse.store.tables.executions import IS_OPEN, executions

# Workers beside each other take different ones. SQLite has no need of it, and leaves it out.
_may_start = (
    sa.select(
        executions.c.id,
        executions.c.attempt,
        executions.c.due_at,
        executions.c.ready_at,
        executions.c.component_id,
        executions.c.environment_id,
        executions.c.deployment_id,
        executions.c.arguments,
        deployments.c.configuration,
        deployments.c.handover,
        as_text(deployments.c.limits),
        builds.c.id.label("build_id"),
        as_text(builds.c.entry),
        as_text(builds.c.settings),
        environments.c.slug.label("environment"),
    )
    .join_from(executions, deployments, executions.c.deployment_id == deployments.c.id)
    .join(environments, executions.c.environment_id == environments.c.id)
    .join(releases, deployments.c.release_id == releases.c.id)
    .join(builds, releases.c.build_id == builds.c.id)
    .where(IS_OPEN, executions.c.state == str(State.QUEUED), executions.c.ready_at <= sa.bindparam("now"))
    .order_by(executions.c.ready_at)
    .limit(sa.bindparam("room"))
    .with_for_update(key_share=True, of=executions, skip_locked=True)
)
_not_full = executions.c.environment_id.not_in(sa.bindparam("full", expanding=True))
_claimable = Prepared(_may_start)
_claimable_elsewhere = _may_start.where(_not_full, executions.c.id.not_in(sa.bindparam("but", expanding=True)))
_ready = (
    sa.select(executions.c.ready_at)
    .where(IS_OPEN, executions.c.state == str(State.QUEUED), executions.c.ready_at < turns.HELD)
    .order_by(executions.c.ready_at)
    .limit(1)
)
_next_ready = Prepared(_ready)
_queued = Prepared(
    executions.update().where(executions.c.id == sa.bindparam("which"), executions.c.state == str(State.QUEUED))
)


@dataclass(frozen=True, slots=True)
class _Order:
    """What of a claim is read from text."""

    entry: Entry
    settings: tuple[Setting, ...]
    limits: Limits


def claim(
    tx: Tx, worker: str, room: int, lease_until: datetime, reach: Reach = SERVERS, *, name: str | None = None
) -> list[Claimed]:
    """Takes at most `room` of the executions that may start by now, the longest waiting first, then the first due.

    `name` is what people know the worker by.
    """
    turns.release(tx)
    left = rooms.left(tx, reach)
    rows = _found(tx, room, left)
    if len(rows) < room and backfills.release(tx, room - len(rows), _less(left, rows)):  # where nothing else wants it
        tx.changed(changes.QUEUE)
        rows = _found(tx, room, left)
    if len(rows) < room and 0 not in left.values():  # else others may have to look
        tx.topics.discard(changes.QUEUE)  # what this very transaction queued need not be looked for again
    rows = sorted(rows, key=lambda row: (row.ready_at, row.due_at))  # the query orders by what its index has
    read = [(row, order) for row in rows if (order := _order(tx, row)) is not None]
    if not read:
        return []
    _take(tx, [row.id for row, _ in read], worker, lease_until, name)
    sealed = deployments_store.sealed_secrets_of(tx, {row.deployment_id for row, _ in read})
    found = [_claimed(tx, row, order, sealed.get(row.deployment_id, {})) for row, order in read]
    secret_uses.note(tx, {each.deployment_id: {*each.sealed, *each.references} for each in found})
    return found


def _found(tx: Tx, room: int, left: Mapping[str, int]) -> list[Any]:
    """At most `room` that may start, and in environments with a limit no more than are left."""
    if not left:
        return list(tx.run(_claimable, {"now": tx.now, "room": room}))
    found: list[Any] = []
    left = dict(left)
    while len(found) < room:
        full, wanted = _full(left), room - len(found)
        what = {"now": tx.now, "room": wanted, "full": full, "but": [row.id for row in found]}
        rows = tx.execute(_claimable_elsewhere, what).all()
        for row in rows:
            if left.get(row.environment_id, 1) > 0:
                found.append(row)
                if row.environment_id in left:
                    left[row.environment_id] -= 1
        if len(rows) < wanted:
            break
    return found


def _less(left: Mapping[str, int], taken: Sequence[Any]) -> dict[str, int]:
    """What is left when these have started."""
    counted = Counter(row.environment_id for row in taken)
    return {environment: number - counted[environment] for environment, number in left.items()}


def _full(left: Mapping[str, int]) -> list[str]:
    return [environment for environment, number in left.items() if number <= 0]


def _order(tx: Tx, row: Any) -> _Order | None:
    """None when what it needs cannot be read any more, which ends it."""
    try:
        return _order_of(row.entry, row.settings, row.limits)
    except Exception as error:  # whatever is wrong with one execution, the others go on
        outcome = Outcome(
            State.FAILED, model.not_started(f"what was stored for it is not readable. {model.said(error)}")
        )
        executions_store.end_unclaimed(tx, row.id, outcome)
        return None


@lru_cache(maxsize=1024)
def _order_of(entry: str, settings: str, limits: str) -> _Order:
    return _Order(
        Entry(**json.loads(entry)),
        tuple(Setting.from_json(setting) for setting in json.loads(settings)),
        deployments_store.limits_of(json.loads(limits)),
    )


def _take(tx: Tx, ids: Sequence[str], worker: str, lease_until: datetime, name: str | None) -> None:
    """Takes them all: they are this transaction's alone since it found them."""
    taking = {"worker": worker, "ran_on": name, "lease_until": lease_until}
    values = {"state": str(State.STARTED), "claimed_at": tx.now, **taking}
    taken = tx.run(_queued, [{"which": execution_id, **values} for execution_id in ids]).rowcount
    if taken != len(ids):
        raise Contended("Somebody else claimed the same executions at the same moment. Try again.", worker=worker)
    tx.changed(changes.EXECUTIONS)


def next_ready(tx: Tx, reach: Reach = SERVERS) -> datetime | None:
    """When the next queued execution may start; what waits for room in its environment is left aside."""
    full = _full(rooms.left(tx, reach))
    if not full:
        found: datetime | None = tx.run(_next_ready).scalar()
        return found
    return tx.execute(_ready.where(_not_full), {"full": full}).scalar()


def _claimed(tx: Tx, row: Any, order: _Order, sealed: Mapping[str, str]) -> Claimed:
    return Claimed(
        id=row.id,
        attempt=row.attempt,
        due_at=row.due_at,
        component_id=row.component_id,
        deployment_id=row.deployment_id,
        build_id=row.build_id,
        entry=order.entry,
        settings=order.settings,
        values={**row.configuration, **(row.arguments or {})},
        limits=order.limits,
        sealed=sealed,
        last_line=0 if row.attempt == 1 else logs.last_seq(tx, row.id),
        environment=row.environment,
        references=(row.handover or {}).get("references", {}),
        files=(row.handover or {}).get("files", {}),
    )
