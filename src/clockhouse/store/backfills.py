"""Backfills in the database: their executions wait in the ledger, and are made ready a few at a time.

One that waits is queued, but not ready before WAITING: no worker looks at it. It is made ready when a worker has room
that nothing else wants, and fewer of its backfill are going than may. The database's rule is one execution per backfill
and due time; the rule that a schedule fires once is not touched, since a schedule's own row stays as it is.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence, Set
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from clockhouse.errors import NotFound
from clockhouse.model import execution as executions_model
from clockhouse.model import identifier
from clockhouse.model.backfill import Backfill, Scope
from clockhouse.model.component import Component
from clockhouse.model.deployment import Deployment
from clockhouse.model.execution import Origin, State
from clockhouse.model.schedule import Schedule
from clockhouse.store import changes, turns
from clockhouse.store.database import Tx, one
from clockhouse.store.prepared import Prepared
from clockhouse.store.tables.deployments import deployments
from clockhouse.store.tables.environments import environments
from clockhouse.store.tables.executions import IS_OPEN, executions
from clockhouse.store.tables.projects import components, projects
from clockhouse.store.tables.schedules import backfills

WAITING = turns.HELD + timedelta(days=1)
"""When an execution is ready that waits within a backfill: never, by the clock. No turn ends this wait."""

_is_waiting = sa.and_(executions.c.state == str(State.QUEUED), executions.c.ready_at == WAITING)
_is_going = sa.or_(
    sa.and_(executions.c.state == str(State.QUEUED), executions.c.ready_at < WAITING),
    executions.c.state == str(State.STARTED),
)
_selected = (
    sa.select(
        backfills,
        projects.c.slug.label("project"),
        components.c.slug.label("component"),
        environments.c.slug.label("environment"),
        deployments.c.number.label("deployment"),
    )
    .join_from(backfills, components, backfills.c.component_id == components.c.id)
    .join(projects, components.c.project_id == projects.c.id)
    .join(environments, backfills.c.environment_id == environments.c.id)
    .join(deployments, backfills.c.deployment_id == deployments.c.id)
)
# What each look for work passes is put together once: that takes five times as long as running it.
_waiting_ones = Prepared(
    sa.select(executions.c.backfill_id, executions.c.environment_id).where(IS_OPEN, _is_waiting).distinct()
)
# Workers beside each other take different backfills. SQLite, where one transaction writes at a time, takes no locks.
_lock = Prepared(
    sa.select(backfills.c.at_once)
    .where(backfills.c.id == sa.bindparam("backfill"))
    .with_for_update(key_share=True, skip_locked=True)
)
_count_going = Prepared(
    sa.select(sa.func.count()).where(executions.c.backfill_id == sa.bindparam("backfill"), _is_going)
)
_next = Prepared(
    sa.select(executions.c.id)
    .where(executions.c.backfill_id == sa.bindparam("backfill"), _is_waiting)
    .order_by(executions.c.due_at)
    .limit(sa.bindparam("room"))
)
_make_ready = Prepared(
    executions.update()
    .where(executions.c.id == sa.bindparam("which"), _is_waiting)
    .values(ready_at=sa.bindparam("now"), reason_code=None, reason=None)
)


def add(
    tx: Tx,
    component: Component,
    deployment: Deployment,
    schedule: Schedule,
    *,
    start: datetime,
    end: datetime,
    scope: Scope,
    at_once: int,
    due: Sequence[datetime],
    by: str,
) -> Backfill:
    """Writes a backfill with an execution for each of these due times, all of which wait."""
    backfill_id = identifier.new(tx.now)
    tx.execute(
        backfills.insert().values(
            id=backfill_id,
            component_id=component.id,
            environment_id=deployment.environment_id,
            deployment_id=deployment.id,
            schedule_id=schedule.id,
            start_at=start,
            end_at=end,
            scope=str(scope),
            at_once=at_once,
            requested_by=by,
            created_at=tx.now,
        )
    )
    same = {
        "project_id": component.project_id,
        "component_id": component.id,
        "environment_id": deployment.environment_id,
        "deployment_id": deployment.id,
        "backfill_id": backfill_id,
        "state": str(State.QUEUED),
        "origin": str(Origin.BACKFILL),
        "ready_at": WAITING,
        "queued_at": tx.now,
        "attempt": 1,
        "requested_by": by,
        "reason_code": executions_model.WAITS_IN_BACKFILL.code,
        "reason": executions_model.WAITS_IN_BACKFILL.sentence,
    }
    tx.execute(executions.insert(), [{**same, "id": identifier.new(tx.now), "due_at": each} for each in due])
    tx.changed(changes.EXECUTIONS, changes.QUEUE)
    return get(tx, backfill_id)


def release(tx: Tx, room: int, left: Mapping[str, int]) -> int:
    """Makes at most `room` of those ready that may start now, of each backfill the earliest due; how many.

    `left` is how many may start in environments where that is limited, by id: what waits there with no room would be in
    front of all that falls due until there is some.
    """
    found, left = 0, dict(left)
    for backfill_id, environment_id in tx.run(_waiting_ones).all():
        wanted = min(room - found, left.get(environment_id, room))
        which = {"backfill": backfill_id}
        at_once = tx.run(_lock, which).scalar() if wanted > 0 else None
        if at_once is None:
            continue
        free = min(wanted, at_once - tx.run(_count_going, which).scalar())
        ready = _make_some_ready(tx, backfill_id, free) if free > 0 else 0
        found += ready
        if environment_id in left:
            left[environment_id] -= ready
    if found:
        tx.changed(changes.EXECUTIONS)
    return found


def accounted_for(
    tx: Tx, component: Component, deployment: Deployment, start: datetime, end: datetime
) -> set[datetime]:
    """The due times from `start` on and before `end` for which something ran there, runs or waits.

    Whatever deployment and schedule it was of; starts by hand are not for a due time.
    """
    rows = tx.execute(
        sa.select(executions.c.due_at).where(
            executions.c.component_id == component.id,
            executions.c.environment_id == deployment.environment_id,
            executions.c.due_at >= start,
            executions.c.due_at < end,
            executions.c.origin != str(Origin.MANUAL),
            sa.or_(
                executions.c.started_at.is_not(None),
                executions.c.attempt > 1,
                executions.c.state.in_([str(state) for state in State if state.is_open]),
            ),
        )
    )
    return set(rows.scalars())


def cancel(tx: Tx, backfill: Backfill, by: str) -> None:
    """Cancels what waits of it, and asks for what runs to be stopped."""
    tx.execute(sa.select(backfills.c.id).where(backfills.c.id == backfill.id).with_for_update(key_share=True))
    mine = backfills.update().where(backfills.c.id == backfill.id, backfills.c.cancelled_at.is_(None))
    tx.execute(mine.values(cancelled_at=tx.now, cancelled_by=by))
    of_it = executions.c.backfill_id == backfill.id
    reason = executions_model.stopped_by(by)
    cancelled = {"state": str(State.CANCELLED), "finished_at": tx.now, "stop_requested_by": by}
    waiting = executions.update().where(of_it, executions.c.state == str(State.QUEUED))
    cancelling = waiting.values(**cancelled, reason_code=reason.code, reason=reason.sentence)
    running = executions.update().where(of_it, executions.c.state == str(State.STARTED))
    tx.execute(cancelling)
    tx.execute(running.where(executions.c.stop_requested_by.is_(None)).values(stop_requested_by=by))
    # Workers do not hold the lock: one of these may have failed meanwhile, and wait for another try.
    tx.execute(cancelling)
    tx.changed(changes.EXECUTIONS, changes.STOPS)


def get(tx: Tx, backfill_id: str, *, within: Set[str] | None = None) -> Backfill:
    """Raises NotFound also for one of a project that is not among these, by their slugs; None: all."""
    wanted = _selected.where(backfills.c.id == backfill_id)
    wanted = wanted if within is None else wanted.where(projects.c.slug.in_(within))
    row = one(tx.execute(wanted), NotFound("There is no such backfill."))
    return _backfills(tx, [row])[0]


def of_component(tx: Tx, component: Component, limit: int) -> list[Backfill]:
    """Newest first."""
    mine = _selected.where(backfills.c.component_id == component.id).order_by(backfills.c.id.desc())
    return _backfills(tx, tx.execute(mine.limit(limit)).all())


def _make_some_ready(tx: Tx, backfill_id: str, number: int) -> int:
    rows = tx.run(_next, {"backfill": backfill_id, "room": number}).all()
    return sum(tx.run(_make_ready, {"which": row.id, "now": tx.now}).rowcount for row in rows)


def _backfills(tx: Tx, rows: Sequence[Any]) -> list[Backfill]:
    counts = _counts(tx, [row.id for row in rows])
    return [
        Backfill(
            id=row.id,
            project=row.project,
            component=row.component,
            environment=row.environment,
            deployment=row.deployment,
            schedule_id=row.schedule_id,
            start=row.start_at,
            end=row.end_at,
            scope=Scope(row.scope),
            at_once=row.at_once,
            requested_by=row.requested_by,
            created_at=row.created_at,
            cancelled_at=row.cancelled_at,
            cancelled_by=row.cancelled_by,
            counts=counts.get(row.id, {}),
        )
        for row in rows
    ]


def _counts(tx: Tx, ids: Collection[str]) -> dict[str, dict[State, int]]:
    rows = tx.execute(
        sa.select(executions.c.backfill_id, executions.c.state, sa.func.count().label("found"))
        .where(executions.c.backfill_id.in_(ids))
        .group_by(executions.c.backfill_id, executions.c.state)
    )
    found: dict[str, dict[State, int]] = {}
    for row in rows:
        found.setdefault(row.backfill_id, {})[State(row.state)] = row.found
    return found
