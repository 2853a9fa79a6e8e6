"""What falls due of schedules: decided in steps that turn it into rows of the ledger."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from clockhouse.model import execution as executions_model
from clockhouse.model import identifier
from clockhouse.model.deployment import Pause, Status
from clockhouse.model.execution import Origin, Reason, State
from clockhouse.model.schedule import Terms
from clockhouse.store import changes, turns
from clockhouse.store import terms as terms_store
from clockhouse.store.database import Tx
from clockhouse.store.prepared import Prepared
from clockhouse.store.tables.columns import as_text
from clockhouse.store.tables.deployments import deployments
from clockhouse.store.tables.executions import IS_OPEN, executions
from clockhouse.store.tables.schedules import schedules
from clockhouse.store.turns import Place
from clockhouse.task import Missed, plan

_OCCURRENCES_AT_ONCE = 1000
_LONGEST_S = 0.25  # of one step: people who stop a deployment wait for it, and the log of what runs
_SCHEDULES_AT_ONCE = 100  # with more of them, those who wait for this transaction wait longer; in all it is no quicker

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
        as_text(schedules.c.trigger),
        schedules.c.overlap,
        as_text(schedules.c.catch_up),
        schedules.c.end_after_failures,
        schedules.c.max_count,
        schedules.c.count,
        schedules.c.ended_at,
        schedules.c.ended_code,
        deployments.c.paused_at,
        deployments.c.paused_by,
        deployments.c.pause_note,
        as_text(deployments.c.limits),
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
_due_and_free = Prepared(_due_by.with_for_update(key_share=True, of=_held, skip_locked=True))
_due_of = Prepared(
    _due_by.where(executions.c.deployment_id == sa.bindparam("deployment")).with_for_update(key_share=True, of=_held)
)
_insert = Prepared(executions.insert())
_next_due = Prepared(
    sa.select(sa.func.min(executions.c.ready_at)).where(IS_OPEN, executions.c.state == str(State.PLANNED))
)
_next_free = Prepared(
    sa.select(executions.c.ready_at)
    .join_from(executions, deployments, executions.c.deployment_id == deployments.c.id)
    .where(IS_OPEN, executions.c.state == str(State.PLANNED))
    .order_by(executions.c.ready_at)
    .limit(1)
    .with_for_update(read=True, of=_held, skip_locked=True)
)
_later = deployments.alias("later")
_was_stopped = Prepared(  # a deployment, or one that took its place
    sa.select(_later.c.id)
    .join_from(
        deployments,
        _later,
        sa.and_(
            _later.c.component_id == deployments.c.component_id,
            _later.c.environment_id == deployments.c.environment_id,
            _later.c.number >= deployments.c.number,
            _later.c.status == str(Status.STOPPED),
        ),
    )
    .where(deployments.c.id == sa.bindparam("deployment"))
    .limit(1)
)
_is_planned = Prepared(
    executions.update().where(executions.c.id == sa.bindparam("which"), executions.c.state == str(State.PLANNED))
)


def next_due(tx: Tx) -> datetime | None:
    """The earliest planned due time of all; what another engine is deciding at present is left to it."""
    found: datetime | None = tx.run(_next_due).scalar()
    if found is None or found > tx.now or not tx.is_writing:
        return found
    free: datetime | None = tx.run(_next_free).scalar()
    return free


def settle_due(tx: Tx, *, limit: int = _SCHEDULES_AT_ONCE) -> int:
    """Decides what has fallen due by now, a bounded number of occurrences, and plans the next one of each schedule.

    Says how many planned rows it took, at most `limit`, and on a slow machine as many as it got to in a quarter of a
    second. They share the room for occurrences: what a schedule with very many missed ones has left is due at once,
    behind all others. 0 says that nothing is left.
    """
    until = time.monotonic() + _LONGEST_S
    rows = tx.run(_due_and_free, {"now": tx.now, "room": limit}).all()
    for count, row in enumerate(rows, 1):
        _settle(tx, row, _share(rows, _OCCURRENCES_AT_ONCE))
        if time.monotonic() > until:
            return count
    return len(rows)


def settle_of(tx: Tx, deployment_id: str) -> bool:
    """Decides what has fallen due of a deployment, at most a thousand occurrences; whether that was all of it."""
    left, what = _OCCURRENCES_AT_ONCE, {"now": tx.now, "room": _OCCURRENCES_AT_ONCE, "deployment": deployment_id}
    while rows := tx.run(_due_of, what).all():
        if left <= 0:
            tx.changed(changes.PLANS)
            return False
        left -= _settle_all(tx, rows, left)
    return True


def release(tx: Tx, deployment_id: str) -> None:
    """Lets be decided what was held over a pause: it is held again if the pause goes on."""
    held = executions.update().where(
        executions.c.deployment_id == deployment_id,
        executions.c.state == str(State.PLANNED),
        executions.c.ready_at > executions.c.due_at,
        executions.c.due_at <= tx.now,
    )
    tx.execute(held.values(ready_at=executions.c.due_at))


def planned(tx: Tx, place: Place, schedule_id: str, due_at: datetime) -> dict[str, Any]:
    """The row of an occurrence that is planned; one that is due already is behind all others that are."""
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
        "ready_at": max(due_at, tx.now),
        "attempt": 1,
    }


def end_schedule(tx: Tx, schedule_id: str, reason: Reason) -> None:
    """Ends one for a reason that people are told; what of it has fallen due is still decided."""
    ended = {"ended_at": tx.now, "ended_code": reason.code, "ended_reason": reason.sentence}
    tx.execute(schedules.update().where(schedules.c.id == schedule_id).values(ended))


def _settle_all(tx: Tx, rows: Sequence[Any], room: int) -> int:
    """Decides as many occurrences of each as there is room for, one at the least; how many in all."""
    return sum(_settle(tx, row, _share(rows, room)) for row in rows)


def _share(rows: Sequence[Any], room: int) -> int:
    return max(1, room // len(rows))


def _settle(tx: Tx, row: Any, room: int) -> int:
    """Decides at most `room` occurrences; how many, and 1 for one that is held or forgotten."""
    if row.ended_at is not None and row.due_at > row.ended_at:
        tx.execute(executions.delete().where(executions.c.id == row.execution_id))
        return 1
    try:
        terms = terms_store.read(row)
        case = _case(tx, row, terms)
        if case.is_held(row.due_at, tx.now):
            return _hold(tx, row)
        step = plan(terms.trigger, planned_at=row.due_at, now=case.until, catch_up=terms.catch_up, limit=room)
    except Exception as error:  # whatever is wrong with one schedule, the others go on
        _end_unreadable(tx, row, error)
        return 1
    decided = [_due(tx, case, due.due_at, late=due.late) for due in step.due]
    decided += [_missed(case, missed) for missed in step.missed]
    decided.sort(key=lambda each: each["due_at"])
    is_last = step.next_at is None or (row.ended_at is not None and step.next_at > row.ended_at)
    _write(tx, row, terms, decided, None if is_last else step.next_at)
    return max(1, len(decided))


def _write(tx: Tx, row: Any, terms: Terms, decided: list[dict[str, Any]], next_at: datetime | None) -> None:
    """Writes what was decided, as far as the line and the count let it run, and what is planned next."""
    place = Place(row.project_id, row.component_id, row.environment_id, row.deployment_id)
    left = None if terms.max_count is None else terms.max_count - row.count
    ran = _admit(turns.Line(tx, place, terms.overlap, _at_once(row.limits)), decided, left)
    written = [_decided(tx, each) for each in decided]
    first = next((each for each in written if each["due_at"] == row.due_at), None)
    if first is None or not _decide_planned(tx, row.execution_id, first):
        return  # another engine was quicker: the rows are its own
    later = [{**planned(tx, place, row.schedule_id, each["due_at"]), **each} for each in written if each is not first]
    is_over = next_at is None or ran == left
    if next_at is not None and not is_over:
        later.append(planned(tx, place, row.schedule_id, next_at))
    if left is not None:
        _count(tx, row.schedule_id, ran)
    if is_over and row.ended_at is None:
        tx.execute(schedules.update().where(schedules.c.id == row.schedule_id).values(ended_at=tx.now))
    if later:
        tx.run(_insert, [_complete(each) for each in later])
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


def _count(tx: Tx, schedule_id: str, ran: int) -> None:
    tx.execute(schedules.update().where(schedules.c.id == schedule_id).values(count=schedules.c.count + ran))


@dataclass(frozen=True, slots=True)
class _Case:
    """In which light the due occurrences of a schedule are seen."""

    until: datetime  # up to when, and as they would have been seen then
    pause: Pause | None
    waits: bool  # what falls into a pause waits for its end
    has_ended: bool
    cancelled: Reason | None  # why nothing of it may run any more

    def is_held(self, due_at: datetime, now: datetime) -> bool:
        """Whether the next one is left undecided, since the pause that it fell into goes on."""
        if self.pause is None or not self.waits or self.has_ended:
            return False
        return self.pause.covers(due_at) and self.pause.covers(now)

    def is_skipped(self, due_at: datetime) -> bool:
        """Whether one is skipped since it fell into a pause: what waited for an end that never came is, too."""
        if self.pause is None or not self.pause.covers(due_at):
            return False
        return not self.waits or self.pause.covers(self.until)


def _case(tx: Tx, row: Any, terms: Terms) -> _Case:
    """What is due before a pause or an end is seen as it would have been right then, whenever that is."""
    until, pause = tx.now, None
    if row.ended_at is not None:
        until = min(until, row.ended_at)
    if row.paused_at is not None:
        pause = Pause(row.paused_at, row.paused_by, row.pause_note or "", row.pause_until)
        if row.due_at <= pause.at:
            until = min(until, pause.at)
    return _Case(until, pause, terms.waits_out_pauses, row.ended_at is not None, _cancelled(tx, row))


def _cancelled(tx: Tx, row: Any) -> Reason | None:
    if row.ended_at is None:
        return None
    if row.ended_code is not None:
        return executions_model.SCHEDULE_ENDED
    was_stopped = tx.run(_was_stopped, {"deployment": row.deployment_id}).first() is not None
    return executions_model.UNDEPLOYED if was_stopped else None


def _hold(tx: Tx, row: Any) -> int:
    """Leaves it planned: it is due again when the pause is over, and stands for all that follow it until then."""
    tx.run(_is_planned, {"which": row.execution_id, "ready_at": row.pause_until or turns.HELD})
    return 1


def _end_unreadable(tx: Tx, row: Any, error: Exception) -> None:
    """Ends a schedule that no clock here can fire any more, be it that its time zone is gone: the others go on."""
    reason = executions_model.unreadable(executions_model.said(error))
    missed = {"due_at": row.due_at, "state": State.MISSED, "origin": Origin.SCHEDULE, "reason": reason}
    if _decide_planned(tx, row.execution_id, _decided(tx, missed)):
        end_schedule(tx, row.schedule_id, reason)
        tx.changed(changes.EXECUTIONS, changes.DEPLOYMENTS)


def _due(tx: Tx, case: _Case, due_at: datetime, *, late: bool) -> dict[str, Any]:
    origin = Origin.CATCH_UP if late else Origin.SCHEDULE
    if case.pause is not None and case.is_skipped(due_at):
        return _skipped(due_at, origin, executions_model.paused(case.pause.by, case.pause.note))
    if case.cancelled is not None:
        return {"due_at": due_at, "state": State.CANCELLED, "origin": origin, "reason": case.cancelled}
    return {"due_at": due_at, "state": State.QUEUED, "origin": origin, "queued_at": tx.now}


def _missed(case: _Case, missed: Missed) -> dict[str, Any]:
    if case.pause is not None and case.is_skipped(missed.due_at):
        return _skipped(missed.due_at, Origin.SCHEDULE, executions_model.paused(case.pause.by, case.pause.note))
    was_paused = case.pause is not None and case.pause.covers(missed.due_at)
    reason = executions_model.missed(missed.why, was_paused=was_paused)
    return {"due_at": missed.due_at, "state": State.MISSED, "origin": Origin.SCHEDULE, "reason": reason}


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
    return tx.run(_is_planned, {"which": execution_id, **values}).rowcount == 1


def _complete(values: dict[str, Any]) -> dict[str, Any]:
    """Rows of one insert name the same columns."""
    empty = dict.fromkeys(("at_once", "queued_at", "finished_at", "reason_code", "reason"))
    return {**empty, **values}


@lru_cache(maxsize=1024)
def _at_once(limits: str) -> int | None:
    found: int | None = json.loads(limits).get("at_once")
    return found
