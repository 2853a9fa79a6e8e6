"""What is removed from the ledger in small steps: executions that ended, with their logs.

Most go for their age, some since their component goes.

A schedule plans forward only, so that an occurrence whose row is gone never becomes due again; what its row was
counted for remains in the tallies.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from clockhouse.model.component import Component
from clockhouse.model.environment import Environment
from clockhouse.store import tallies
from clockhouse.store.database import Tx
from clockhouse.store.tables.deployments import deployments
from clockhouse.store.tables.executions import ENDED, executions
from clockhouse.store.tables.logs import log_lines
from clockhouse.store.tables.schedules import backfills

_SHORTEST_FINE, _LONGEST_FINE = timedelta(days=30), timedelta(days=400)  # for which the finest tallies are kept
_NOWHERE = ("", "")

_places = (
    sa.select(deployments.c.component_id, deployments.c.environment_id)
    .distinct()
    .where(
        sa.tuple_(deployments.c.component_id, deployments.c.environment_id)
        > sa.tuple_(sa.bindparam("component"), sa.bindparam("environment"))
    )
    .order_by(deployments.c.component_id, deployments.c.environment_id)
    .limit(sa.bindparam("room"))
)
_here = sa.and_(
    executions.c.component_id == sa.bindparam("component"), executions.c.environment_id == sa.bindparam("environment")
)
_first_of_last = (
    sa.select(executions.c.due_at, executions.c.id)
    .where(_here, ENDED)
    .order_by(executions.c.due_at.desc(), executions.c.id.desc())
    .offset(sa.bindparam("skipped"))
    .limit(1)
)
_other = executions.alias("other")
_is_repeated = sa.exists().where(_other.c.repeats == executions.c.id, _other.c.repeats.is_not(None))
_old = sa.and_(
    _here,
    ENDED,
    executions.c.is_tallied,
    executions.c.due_at < sa.bindparam("before"),
    executions.c.finished_at < sa.bindparam("before"),
    ~_is_repeated,  # another one points to it; it goes after that one
)
_any_old = sa.select(executions.c.id).where(_old).limit(1)


@dataclass(frozen=True, slots=True)
class Step:
    """What one step did: how many rows it removed, and the place after which the next one goes on; None at the end."""

    removed: int
    after: tuple[str, str] | None


def remove_some(tx: Tx, kept: Sequence[Environment], after: tuple[str, str] | None, limit: int) -> Step:
    """Removes about `limit` rows at most that their environment need not keep, going from place to place.

    A place is a component in an environment; `after` is the one that the step before ended with, None at the
    beginning of a pass.
    """
    tallies.take_turn(tx)  # before the rows, as whoever removes a component does
    by_id = {environment.id: environment for environment in kept}
    last = after or _NOWHERE
    places = tx.execute(_places, {"component": last[0], "environment": last[1], "room": limit}).all()
    left = limit
    for place in places:
        environment = by_id.get(place.environment_id)
        if environment is not None:
            left -= _remove_of(tx, environment, place, left)
        if left <= 0:
            return Step(limit - left, last)  # there may be more in this place
        last = (place.component_id, place.environment_id)
    return Step(limit - left, last if len(places) == limit else None)


def remove_some_of(tx: Tx, component: Component, limit: int) -> int:
    """Removes about `limit` rows at most of a component's executions that are over, and of their logs; how many."""
    tallies.take_turn(tx)
    mine = sa.select(executions.c.id).where(executions.c.component_id == component.id, ENDED).limit(limit)
    ids = tx.execute(mine.with_for_update(key_share=True, skip_locked=True)).scalars().all()
    return _remove(tx, ids, limit)


def remove_some_in(tx: Tx, environment: Environment, limit: int) -> int:
    """Removes about `limit` rows at most of what is over in an environment, and of its logs; how many."""
    tallies.take_turn(tx)
    placed = sa.select(deployments.c.component_id).distinct().where(deployments.c.environment_id == environment.id)
    left = limit
    for component_id in tx.execute(placed).scalars().all():
        here = executions.c.component_id == component_id, executions.c.environment_id == environment.id
        mine = sa.select(executions.c.id).where(*here, ENDED).limit(left)
        ids = tx.execute(mine.with_for_update(key_share=True, skip_locked=True)).scalars().all()
        left -= _remove(tx, ids, left)
        if left <= 0:
            break
    return limit - left


def remove_old_tallies(tx: Tx, kept: Sequence[Environment], limit: int) -> int:
    """Removes about so many of the tallies of five minutes that are older than any row need be; how many.

    Those of hours and of days stay.
    """
    ages = [environment.retention.age or _LONGEST_FINE for environment in kept]
    return tallies.remove_finest(tx, tx.now - max([*ages, _SHORTEST_FINE]), limit)


def _remove_of(tx: Tx, environment: Environment, place: Any, limit: int) -> int:
    """How many rows it removed, of executions and of their logs."""
    age = environment.retention.age
    if age is None:
        return 0
    here = {"component": place.component_id, "environment": place.environment_id}
    before = tx.now - age
    if tx.execute(_any_old, {**here, "before": before}).first() is None:
        return 0
    chosen = sa.select(executions.c.id).where(_old)
    if environment.retention.last:
        first = tx.execute(_first_of_last, {**here, "skipped": environment.retention.last - 1}).first()
        if first is None:
            return 0
        chosen = chosen.where(_is_before(first.due_at, first.id))
    chosen = chosen.order_by(executions.c.due_at, executions.c.id).limit(limit)
    chosen = chosen.with_for_update(key_share=True, skip_locked=True)
    ids = [row.id for row in tx.execute(chosen, {**here, "before": before})]
    return _remove(tx, ids, limit)


def _is_before(due_at: datetime, execution_id: str) -> sa.ColumnElement[bool]:
    is_earlier: sa.ColumnElement[bool] = executions.c.due_at < due_at
    return sa.or_(is_earlier, sa.and_(executions.c.due_at == due_at, executions.c.id < execution_id))


def _remove(tx: Tx, ids: Sequence[str], limit: int) -> int:
    """Logs come first: one may be so long that it takes several steps, and its execution stays until the last."""
    removed, emptied = 0, []
    for execution_id in ids:
        if removed >= limit:
            break
        lines = _lines(tx, execution_id)
        if lines is not None:
            until = min(lines[1], lines[0] + limit - removed - 1)
            gone = log_lines.delete().where(log_lines.c.source == execution_id, log_lines.c.seq <= until)
            removed += tx.execute(gone).rowcount
            if until < lines[1]:
                break
        emptied.append(execution_id)
        removed += 1
    if emptied:
        tallies.forget(tx, emptied)
        _delete(tx, emptied)
    return removed


def _delete(tx: Tx, ids: Sequence[str]) -> None:
    """Executions, and the backfills whose last ones they are."""
    mine = executions.c.id.in_(ids)
    touched = sa.select(executions.c.backfill_id).where(mine, executions.c.backfill_id.is_not(None)).distinct()
    made_by = tx.execute(touched).scalars().all()
    tx.execute(executions.delete().where(mine))
    if made_by:
        left = sa.exists().where(executions.c.backfill_id.is_not(None), executions.c.backfill_id == backfills.c.id)
        tx.execute(backfills.delete().where(backfills.c.id.in_(made_by), ~left))


def _lines(tx: Tx, execution_id: str) -> tuple[int, int] | None:
    """The first and the last number of its log's lines."""
    found = sa.select(sa.func.min(log_lines.c.seq), sa.func.max(log_lines.c.seq))
    row: Any = tx.execute(found.where(log_lines.c.source == execution_id)).one()
    return None if row[0] is None else (row[0], row[1])
