"""Turns: which executions of a deployment may run beside each other, and which of them wait until another is over.

The place of an execution is its component and environment: what ran when a deployment was replaced still counts. One
that waits for its turn is queued, but not ready before HELD: no worker looks at it. It is made ready when a worker
looks for work and finds that there is room in its place. Whoever decides about a place holds the lock of its
deployment, so that no two do so at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from clockhouse.model import execution as model
from clockhouse.model.deployment import Status
from clockhouse.model.execution import State
from clockhouse.store import changes
from clockhouse.store.database import Tx
from clockhouse.store.prepared import Prepared
from clockhouse.store.tables.deployments import deployments
from clockhouse.store.tables.executions import IS_OPEN, executions
from clockhouse.task import Overlap

HELD = datetime(9000, 1, 1, tzinfo=UTC)
"""When an execution is ready that waits for its turn: never, by the clock. Later years overflow in some zones."""

_PLACES_AT_ONCE = 100

_is_queued = executions.c.state == str(State.QUEUED)
_is_held = sa.and_(_is_queued, executions.c.ready_at == HELD)
_is_own = executions.c.backfill_id.is_(None)  # a backfill has a bound of its own, beside which all else goes on
_is_going = sa.and_(
    _is_own, sa.or_(sa.and_(_is_queued, executions.c.ready_at < HELD), executions.c.state == str(State.STARTED))
)
_here = sa.and_(
    executions.c.component_id == sa.bindparam("component"), executions.c.environment_id == sa.bindparam("environment")
)
# What each execution passes is put together once: putting a statement together takes five times as long as running it.
_any_held = Prepared(sa.select(executions.c.id).where(IS_OPEN, _is_held).limit(1))
_going = Prepared(sa.select(executions.c.id).where(_here, _is_going).limit(sa.bindparam("room")))
_held_here = Prepared(
    sa.select(executions.c.id, executions.c.at_once)
    .where(_here, _is_held)
    .order_by(executions.c.due_at, executions.c.id)
    .limit(sa.bindparam("room"))
)
_running = Prepared(sa.select(sa.func.count()).where(_here, _is_own, executions.c.state == str(State.STARTED)))
_places = (
    sa.select(executions.c.component_id, executions.c.environment_id, sa.func.max(executions.c.at_once).label("room"))
    .where(IS_OPEN, _is_held)
    .group_by(executions.c.component_id, executions.c.environment_id)
    .subquery("places")
)
_going_there = (
    sa.select(sa.func.count())
    .where(
        executions.c.component_id == _places.c.component_id,
        executions.c.environment_id == _places.c.environment_id,
        _is_going,
    )
    .scalar_subquery()
)
_places_with_room = Prepared(
    sa.select(_places.c.component_id, _places.c.environment_id)
    .where(_going_there < _places.c.room)
    .limit(_PLACES_AT_ONCE)
)
# Engines beside each other take different places. SQLite, where one transaction writes at a time, takes no locks.
_lock = Prepared(
    sa.select(deployments.c.id)
    .where(
        deployments.c.component_id == sa.bindparam("component"),
        deployments.c.environment_id == sa.bindparam("environment"),
        deployments.c.status == str(Status.ACTIVE),
    )
    .with_for_update(key_share=True, skip_locked=True)
)
_make_ready = Prepared(
    executions.update()
    .where(executions.c.id == sa.bindparam("which"), _is_held)
    .values(ready_at=sa.bindparam("now"), reason_code=None, reason=None)
)
_cancel_waiting = executions.update().where(_here, _is_own, _is_queued)
# One order for all who take several: whoever waits for one of them has none that another of these waits for.
_replaceable = (
    sa.select(executions.c.id)
    .where(_here, _is_own, sa.or_(_is_queued, executions.c.state == str(State.STARTED)))
    .order_by(executions.c.id)
    .with_for_update(key_share=True)
)
_stop_running = executions.update().where(
    _here, _is_own, executions.c.state == str(State.STARTED), executions.c.stop_requested_by.is_(None)
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a schedule's executions belong."""

    project_id: str
    component_id: str
    environment_id: str
    deployment_id: str


def room_of(overlap: Overlap, at_once: int | None) -> int | None:
    """How many executions may run at once for one more of such a schedule to start among them; None is no bound."""
    if at_once is not None:
        return at_once
    return None if overlap is Overlap.ALLOW else 1


def is_held(ready_at: datetime) -> bool:
    return ready_at >= HELD


class Line:
    """Decides which occurrences of a schedule start, wait or are left out. The lock of its deployment is held."""

    def __init__(self, tx: Tx, place: Place, overlap: Overlap, at_once: int | None) -> None:
        self._tx = tx
        self._here = {"component": place.component_id, "environment": place.environment_id}
        self._overlap = overlap
        self._room = room_of(overlap, at_once)
        self._admitted: list[dict[str, Any]] | None = None  # None until the line has been looked at
        self._going = 0  # no more than room: what is beyond is not counted
        self._waits = False

    def admit(self, occurrence: dict[str, Any]) -> None:
        """Decides about a queued occurrence, which is changed in place. Give them in order of their due times."""
        if self._room is None:
            return
        if self._admitted is None:
            self._look(self._room)
        admitted: list[dict[str, Any]] = self._admitted or []
        if self._is_full and self._is_left_out:
            reason = model.ONE_WAITS if self._waits else model.OVERLAP
            occurrence.update(state=State.SKIPPED, reason=reason, queued_at=None)
            return
        if self._is_full and self._overlap is Overlap.CANCEL_OTHER:
            self._going, self._waits = _replace(self._tx, self._here, admitted), False
            admitted = []
        if self._is_full:
            occurrence.update(ready_at=HELD, at_once=self._room, reason=model.WAITS)
            self._waits = True
        else:
            self._going += 1
        self._admitted = [*admitted, occurrence]

    @property
    def _is_full(self) -> bool:
        return self._waits or (self._room is not None and self._going >= self._room)

    @property
    def _is_left_out(self) -> bool:
        return self._overlap is Overlap.SKIP or (self._overlap is Overlap.BUFFER_ONE and self._waits)

    def _look(self, room: int) -> None:
        found_some = _release(self._tx, self._here)
        self._going = len(self._tx.run(_going, {**self._here, "room": room}).all())
        self._waits = found_some and self._tx.run(_held_here, {**self._here, "room": 1}).first() is not None
        self._admitted = []


def release(tx: Tx) -> None:
    """Makes ready what waits in places where there is room again, the longest due first."""
    if tx.run(_any_held).first() is None:
        return
    for row in tx.run(_places_with_room).all():
        here = {"component": row.component_id, "environment": row.environment_id}
        if tx.run(_lock, here).first() is not None:
            _release(tx, here)


def _release(tx: Tx, here: dict[str, Any]) -> bool:
    """Whether anything waited there, released by now or not. The lock of the place's deployment is held."""
    first = tx.run(_held_here, {**here, "room": 1}).first()
    if first is None:
        return False
    going = len(tx.run(_going, {**here, "room": first.at_once}).all())
    for row in tx.run(_held_here, {**here, "room": max(first.at_once - going, 0)}).all():
        if going >= row.at_once:
            break
        going += tx.run(_make_ready, {"which": row.id, "now": tx.now}).rowcount
        tx.changed(changes.QUEUE, changes.EXECUTIONS)
    return True


def _replace(tx: Tx, here: dict[str, Any], admitted: list[dict[str, Any]]) -> int:
    """Cancels what waits and asks what runs to stop, since a newer occurrence takes its place; how many still run."""
    for each in admitted:
        each.update(state=State.CANCELLED, reason=model.REPLACED, ready_at=each["due_at"])
    cancelled = {"state": str(State.CANCELLED), "finished_at": tx.now, "lease_until": None}
    reason = {"reason_code": model.REPLACED.code, "reason": model.REPLACED.sentence}
    stop = {"stop_requested_by": model.NEWER, "stop_code": model.REPLACED.code}
    tx.execute(_replaceable, here)  # workers do not hold the place's lock: one may fail now, and wait for another try
    tx.execute(_stop_running.values(**stop), here)
    tx.execute(_cancel_waiting.values(**cancelled, **reason), here)
    tx.changed(changes.EXECUTIONS, changes.STOPS)
    found: int = tx.run(_running, here).scalar()
    return found
