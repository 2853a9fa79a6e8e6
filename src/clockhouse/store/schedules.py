"""Schedules in the database, and the step that turns due occurrences into rows of the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from clockhouse.model import execution as executions_model
from clockhouse.model import identifier
from clockhouse.model.actor import SYSTEM
from clockhouse.model.deployment import Pause
from clockhouse.model.execution import FAILURES, Origin, Reason, State
from clockhouse.model.schedule import Schedule, Terms, failed_too_often
from clockhouse.store import audit, changes, turns
from clockhouse.store.database import Tx
from clockhouse.store.tables import IS_OPEN, components, deployments, environments, executions, projects, schedules
from clockhouse.store.turns import Place
from clockhouse.task import CatchUp, CatchUpMode, Overlap, plan
from clockhouse.task.spec import from_spec, to_spec

_OCCURRENCES_AT_ONCE = 1000

# What each occurrence passes is put together once: putting a statement together takes five times as long as running it.
_due_by = (
    sa.select(
        executions.c.id.label("execution_id"),
        executions.c.project_id,
        executions.c.component_id,
        executions.c.environment_id,
        executions.c.deployment_id,
        executions.c.schedule_id,
        executions.c.due_at,
        schedules.c.trigger,
        schedules.c.overlap,
        schedules.c.catch_up,
        schedules.c.end_after_failures,
        schedules.c.max_count,
        schedules.c.count,
        deployments.c.paused_at,
        deployments.c.paused_by,
        deployments.c.pause_note,
        deployments.c.limits,
        deployments.c.pause_until,
    )
    .join_from(executions, schedules, executions.c.schedule_id == schedules.c.id)
    .join(deployments, executions.c.deployment_id == deployments.c.id)
    .where(IS_OPEN, executions.c.state == str(State.PLANNED), executions.c.ready_at <= sa.bindparam("now"))
    .order_by(executions.c.ready_at)
    .limit(sa.bindparam("room"))
)
# Engines beside each other take different deployments, since what overlaps is decided by looking at all of one. People
# who change one wait for it instead. SQLite, where one transaction writes at a time, leaves out what is said of locks.
_held = (executions, deployments)
_due_and_free = _due_by.with_for_update(key_share=True, of=_held, skip_locked=True)
_due_of = _due_by.where(executions.c.deployment_id == sa.bindparam("deployment")).with_for_update(
    key_share=True, of=_held
)
_insert = executions.insert()
_next_due = sa.select(sa.func.min(executions.c.ready_at)).where(IS_OPEN, executions.c.state == str(State.PLANNED))
_next_free = (
    sa.select(executions.c.ready_at)
    .join_from(executions, deployments, executions.c.deployment_id == deployments.c.id)
    .where(IS_OPEN, executions.c.state == str(State.PLANNED))
    .order_by(executions.c.ready_at)
    .limit(1)
    .with_for_update(read=True, of=_held, skip_locked=True)
)
_names = (
    sa.select(
        projects.c.slug.label("project"), components.c.slug.label("component"), environments.c.slug.label("environment")
    )
    .join_from(deployments, components, deployments.c.component_id == components.c.id)
    .join(projects, components.c.project_id == projects.c.id)
    .join(environments, deployments.c.environment_id == environments.c.id)
)
_is_planned = executions.update().where(
    executions.c.id == sa.bindparam("which"), executions.c.state == str(State.PLANNED)
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
                trigger=to_spec(each.trigger),
                overlap=str(each.overlap),
                catch_up=_written(each.catch_up),
                end_after_failures=each.end_after_failures,
                max_count=each.max_count,
                ended_at=tx.now if first is None else None,
            )
        )
        if first is not None:
            tx.execute(executions.insert().values(_planned(tx, place, schedule_id, first)))
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
        sa.select(schedules, executions.c.due_at)
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


def next_due(tx: Tx) -> datetime | None:
    """The earliest planned due time of all; what another engine is deciding at present is left to it."""
    found: datetime | None = tx.execute(_next_due).scalar()
    if found is None or found > tx.now or not tx.is_writing:
        return found
    return tx.execute(_next_free).scalar()


def settle_due(tx: Tx, *, limit: int = 500, deployment_id: str | None = None) -> int:
    """Decides every occurrence that has fallen due by now, and plans the next one of each schedule.

    Says how many planned rows it took, at most `limit`; a schedule with very many missed occurrences takes several
    calls, and what is left of it is due at once.
    """
    what: dict[str, Any] = {"now": tx.now, "room": limit}
    if deployment_id is None:
        rows = tx.execute(_due_and_free, what).all()
    else:
        rows = tx.execute(_due_of, {**what, "deployment": deployment_id}).all()
    for row in rows:
        _settle(tx, row)
    return len(rows)


def unplan(tx: Tx, deployment_id: str) -> None:
    """Ends a deployment's schedules: decides what has fallen due, forgets what had not."""
    while settle_due(tx, deployment_id=deployment_id):
        pass
    tx.execute(
        executions.delete().where(executions.c.deployment_id == deployment_id, executions.c.state == str(State.PLANNED))
    )
    going = schedules.update().where(schedules.c.deployment_id == deployment_id, schedules.c.ended_at.is_(None))
    tx.execute(going.values(ended_at=tx.now))


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
    """Decides what has fallen due of the deployment, forgets what of the schedule had not, and starts no more of it."""
    tx.execute(sa.select(deployments.c.id).where(deployments.c.id == row.deployment_id).with_for_update(key_share=True))
    while settle_due(tx, deployment_id=row.deployment_id):
        pass
    mine = executions.c.schedule_id == row.id
    tx.execute(executions.delete().where(mine, executions.c.state == str(State.PLANNED)))
    reason = executions_model.SCHEDULE_ENDED
    cancelled = {"state": str(State.CANCELLED), "finished_at": tx.now, "lease_until": None}
    waiting = executions.update().where(mine, executions.c.state == str(State.QUEUED))
    tx.execute(waiting.values(**cancelled, reason_code=reason.code, reason=reason.sentence))
    _end(tx, row.id, failed_too_often(row.failures))
    named = tx.execute(_names.where(deployments.c.id == row.deployment_id)).one()
    thing, facts = f"{named.project}/{named.component}", {"environment": named.environment, "failures": row.failures}
    audit.note(tx, SYSTEM, "schedule.ended", thing, schedule=row.id, **facts)
    tx.changed(changes.EXECUTIONS, changes.DEPLOYMENTS, changes.PLANS, changes.QUEUE)


def _end(tx: Tx, schedule_id: str, reason: Reason) -> None:
    ended = {"ended_at": tx.now, "ended_code": reason.code, "ended_reason": reason.sentence}
    tx.execute(schedules.update().where(schedules.c.id == schedule_id).values(ended))


def _settle(tx: Tx, row: Any) -> None:
    try:
        terms = _terms(row)
        step = plan(
            terms.trigger, planned_at=row.due_at, now=tx.now, catch_up=terms.catch_up, limit=_OCCURRENCES_AT_ONCE
        )
    except Exception as error:  # whatever is wrong with one schedule, the others go on
        _end_unreadable(tx, row, error)
        return
    place = Place(row.project_id, row.component_id, row.environment_id, row.deployment_id)
    decided = [_due(tx, row, due.due_at, late=due.late) for due in step.due]
    decided += [_missed(row, missed.due_at, executions_model.missed(missed.why)) for missed in step.missed]
    decided.sort(key=lambda each: each["due_at"])
    left = None if terms.max_count is None else terms.max_count - row.count
    ran = _admit(turns.Line(tx, place, terms.overlap, row.limits.get("at_once")), decided, left)
    written = [_decided(tx, each) for each in decided]
    first = next((each for each in written if each["due_at"] == row.due_at), None)
    if first is None or not _decide_planned(tx, row.execution_id, first):
        return  # another engine was quicker: the rows are its own
    later = [{**_planned(tx, place, row.schedule_id, each["due_at"]), **each} for each in written if each is not first]
    is_over = step.next_at is None or ran == left
    if step.next_at is not None and not is_over:
        later.append(_planned(tx, place, row.schedule_id, step.next_at))
    if is_over or left is not None:
        _go_on(tx, row.schedule_id, ran, ended_at=tx.now if is_over else None)
    if later:
        tx.execute(_insert, [_complete(each) for each in later])
    tx.changed(changes.EXECUTIONS, changes.QUEUE)


def _admit(line: turns.Line, decided: list[dict[str, Any]], left: int | None) -> int:
    """Lets occurrences run as far as the line and the count let them; how many do. What follows the last is dropped."""
    ran = 0
    for position, each in enumerate(decided):
        if each["state"] is not State.QUEUED:
            continue
        line.admit(each)
        ran += each["state"] is State.QUEUED
        if ran == left:
            del decided[position + 1 :]
            break
    return ran


def _go_on(tx: Tx, schedule_id: str, ran: int, *, ended_at: datetime | None) -> None:
    one = schedules.update().where(schedules.c.id == schedule_id)
    tx.execute(one.values(count=schedules.c.count + ran, ended_at=ended_at))


def _end_unreadable(tx: Tx, row: Any, error: Exception) -> None:
    """Ends a schedule that no clock here can fire any more, be it that its time zone is gone: the others go on."""
    reason = executions_model.unreadable(executions_model.said(error))
    missed = {"due_at": row.due_at, "state": State.MISSED, "origin": Origin.SCHEDULE, "reason": reason}
    if _decide_planned(tx, row.execution_id, _decided(tx, missed)):
        _end(tx, row.schedule_id, reason)
        tx.changed(changes.EXECUTIONS, changes.DEPLOYMENTS)


def _due(tx: Tx, row: Any, due_at: datetime, *, late: bool) -> dict[str, Any]:
    origin = Origin.CATCH_UP if late else Origin.SCHEDULE
    if _is_paused(row, due_at):
        return _skipped(due_at, origin, executions_model.paused(row.paused_by, row.pause_note or ""))
    return {"due_at": due_at, "state": State.QUEUED, "origin": origin, "queued_at": tx.now}


def _missed(row: Any, due_at: datetime, reason: Reason) -> dict[str, Any]:
    if _is_paused(row, due_at):
        return _skipped(due_at, Origin.SCHEDULE, executions_model.paused(row.paused_by, row.pause_note or ""))
    return {"due_at": due_at, "state": State.MISSED, "origin": Origin.SCHEDULE, "reason": reason}


def _is_paused(row: Any, due_at: datetime) -> bool:
    return row.paused_at is not None and Pause(row.paused_at, "", "", row.pause_until).covers(due_at)


def _skipped(due_at: datetime, origin: Origin, reason: Reason) -> dict[str, Any]:
    return {"due_at": due_at, "state": State.SKIPPED, "origin": origin, "reason": reason}


def _decided(tx: Tx, each: dict[str, Any]) -> dict[str, Any]:
    """The columns of a decision."""
    reason: Reason | None = each.get("reason")
    return {
        "due_at": each["due_at"],
        "state": str(each["state"]),
        "origin": str(each["origin"]),
        "ready_at": each.get("ready_at", each["due_at"]),
        "at_once": each.get("at_once"),
        "queued_at": each.get("queued_at"),
        "finished_at": None if each["state"] is State.QUEUED else tx.now,
        "reason_code": reason.code if reason else None,
        "reason": reason.sentence if reason else None,
    }


def _decide_planned(tx: Tx, execution_id: str, values: dict[str, Any]) -> bool:
    return tx.execute(_is_planned, {"which": execution_id, **values}).rowcount == 1


def _planned(tx: Tx, place: Place, schedule_id: str, due_at: datetime) -> dict[str, Any]:
    return {
        "id": identifier.new(tx.now),
        "project_id": place.project_id,
        "component_id": place.component_id,
        "environment_id": place.environment_id,
        "deployment_id": place.deployment_id,
        "schedule_id": schedule_id,
        "state": str(State.PLANNED),
        "origin": str(Origin.SCHEDULE),
        "due_at": due_at,
        "ready_at": due_at,
        "attempt": 1,
    }


def _complete(values: dict[str, Any]) -> dict[str, Any]:
    """Rows of one insert name the same columns."""
    empty = dict.fromkeys(("at_once", "queued_at", "finished_at", "reason_code", "reason"))
    return {**empty, **values}


def _terms(row: Any) -> Terms:
    trigger, overlap, catch_up = from_spec(row.trigger), Overlap(row.overlap), _read(row.catch_up)
    return Terms(trigger, overlap, catch_up, row.end_after_failures, row.max_count)


def _schedule(row: Any) -> Schedule:
    reason = Reason(row.ended_code, row.ended_reason) if row.ended_code else None
    return Schedule(
        row.id, row.deployment_id, row.position, _terms(row), row.due_at, row.ended_at, reason, count=row.count
    )


def _written(catch_up: CatchUp) -> dict[str, Any]:
    within = None if catch_up.within is None else catch_up.within.total_seconds()
    return {"mode": str(catch_up.mode), "within_s": within, "grace_s": catch_up.grace.total_seconds()}


def _read(written: dict[str, Any]) -> CatchUp:
    within, grace = written["within_s"], timedelta(seconds=written["grace_s"])
    return CatchUp(CatchUpMode(written["mode"]), None if within is None else timedelta(seconds=within), grace)
