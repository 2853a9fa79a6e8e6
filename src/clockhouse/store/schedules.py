"""Schedules in the database: each planned ahead by one occurrence, until it ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from clockhouse.model import execution as executions_model
from clockhouse.model import identifier
from clockhouse.model.actor import SYSTEM
from clockhouse.model.execution import FAILURES, Reason, State
from clockhouse.model.schedule import Schedule, Terms, failed_too_often
from clockhouse.store import audit, changes, occurrences
from clockhouse.store import terms as terms_store
from clockhouse.store.database import Tx
from clockhouse.store.tables.columns import as_text
from clockhouse.store.tables.deployments import deployments
from clockhouse.store.tables.environments import environments
from clockhouse.store.tables.executions import executions
from clockhouse.store.tables.projects import components, projects
from clockhouse.store.tables.schedules import schedules
from clockhouse.store.turns import Place

_WRITTEN = ("trigger", "catch_up")
_columns = [as_text(column) if column.name in _WRITTEN else column for column in schedules.c]
_names = (
    sa.select(
        projects.c.slug.label("project"), components.c.slug.label("component"), environments.c.slug.label("environment")
    )
    .join_from(deployments, components, deployments.c.component_id == components.c.id)
    .join(projects, components.c.project_id == projects.c.id)
    .join(environments, deployments.c.environment_id == environments.c.id)
)


def add(tx: Tx, place: Place, terms: Sequence[Terms]) -> None:
    """Adds a deployment's schedules and plans the first occurrence of each, later than now."""
    for position, each in enumerate(terms):
        schedule_id = identifier.new(tx.now)
        first = each.trigger.next_after(tx.now)
        tx.execute(
            schedules.insert().values(
                id=schedule_id,
                deployment_id=place.deployment_id,
                position=position,
                **terms_store.columns(each),
                ended_at=tx.now if first is None else None,
            )
        )
        if first is not None:
            tx.execute(executions.insert().values(occurrences.planned(tx, place, schedule_id, first)))
    tx.changed(changes.PLANS)


@dataclass(frozen=True, slots=True)
class Stored:
    """A deployment's schedules in their order, and how many more it has that cannot be read any more."""

    schedules: tuple[Schedule, ...] = ()
    unreadable: int = 0


def of_deployments(tx: Tx, ids: Sequence[str]) -> dict[str, Stored]:
    """By deployment id; a deployment without any schedule is left out."""
    planned = sa.and_(executions.c.schedule_id == schedules.c.id, executions.c.state == str(State.PLANNED))
    rows = tx.execute(
        sa.select(*_columns, executions.c.due_at)
        .join_from(schedules, executions, planned, isouter=True)
        .where(schedules.c.deployment_id.in_(ids))
        .order_by(schedules.c.deployment_id, schedules.c.position)
    )
    found: dict[str, Stored] = {}
    for row in rows:
        stored = found.get(row.deployment_id, Stored())
        try:
            schedule = _schedule(row)
        except Exception:  # `_settle` ends it with a reason; a deployment without it can still be seen, and be replaced
            found[row.deployment_id] = replace(stored, unreadable=stored.unreadable + 1)
        else:
            found[row.deployment_id] = replace(stored, schedules=(*stored.schedules, schedule))
    return found


def unplan(tx: Tx, deployment_id: str) -> None:
    """Ends a deployment's schedules: forgets what had not fallen due, decides what had.

    Of a long backlog the rest is decided afterwards, as it would have been now.
    """
    going = schedules.update().where(schedules.c.deployment_id == deployment_id, schedules.c.ended_at.is_(None))
    tx.execute(going.values(ended_at=tx.now))
    _forget_later(tx, executions.c.deployment_id == deployment_id)
    occurrences.release(tx, deployment_id)
    occurrences.settle_of(tx, deployment_id)


def note_end(tx: Tx, schedule_id: str, state: State) -> None:
    """Counts failures in a row of a schedule that is to end after so many, and ends it when they are."""
    one = schedules.c.id == schedule_id
    if state is State.SUCCEEDED:
        tx.execute(schedules.update().where(one, schedules.c.failures > 0).values(failures=0))
    if state not in FAILURES:
        return
    failed = schedules.update().where(one, schedules.c.ended_at.is_(None)).values(failures=schedules.c.failures + 1)
    row = tx.execute(failed.returning(schedules)).first()
    if row is not None and row.end_after_failures is not None and row.failures >= row.end_after_failures:
        _end_after_failures(tx, row)


def _end_after_failures(tx: Tx, row: Any) -> None:
    """Starts no more of the schedule: forgets what had not fallen due; the ticker decides what had.

    It waits for nobody's lock, since this transaction has one of an execution: a worker that claims one of those that
    wait just now runs it, and what the ticker plans just now is forgotten when it falls due.
    """
    mine = executions.c.schedule_id == row.id
    occurrences.end_schedule(tx, row.id, failed_too_often(row.failures))
    _forget_later(tx, mine)
    reason = executions_model.SCHEDULE_ENDED
    cancelled = {"state": str(State.CANCELLED), "finished_at": tx.now, "lease_until": None}
    waiting = _free(mine, executions.c.state == str(State.QUEUED))
    which = executions.update().where(executions.c.id.in_(waiting))
    tx.execute(which.values(**cancelled, reason_code=reason.code, reason=reason.sentence))
    named = tx.execute(_names.where(deployments.c.id == row.deployment_id)).one()
    thing, facts = f"{named.project}/{named.component}", {"environment": named.environment, "failures": row.failures}
    audit.note(tx, SYSTEM, "schedule.ended", thing, schedule=row.id, **facts)
    tx.changed(changes.EXECUTIONS, changes.DEPLOYMENTS, changes.PLANS, changes.QUEUE)


def _forget_later(tx: Tx, which: sa.ColumnElement[bool]) -> None:
    later = _free(which, executions.c.state == str(State.PLANNED), executions.c.due_at > tx.now)
    tx.execute(executions.delete().where(executions.c.id.in_(later)))


def _free(*which: sa.ColumnElement[bool]) -> sa.Select[tuple[str]]:
    """Those of these executions that nobody else is about to change; they are this transaction's."""
    return sa.select(executions.c.id).where(*which).with_for_update(key_share=True, skip_locked=True)


def _schedule(row: Any) -> Schedule:
    reason = Reason(row.ended_code, row.ended_reason) if row.ended_code else None
    next_due_at = row.due_at if row.ended_at is None else None
    return Schedule(
        row.id,
        row.deployment_id,
        row.position,
        terms_store.read(row),
        next_due_at,
        row.ended_at,
        reason,
        count=row.count,
    )
