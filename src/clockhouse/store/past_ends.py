"""How executions of a project ended lately, for a rule that is tried on them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from clockhouse.model.alert import End
from clockhouse.model.deployment import Pause, Status
from clockhouse.store.database import Tx
from clockhouse.store.incidents import ENDS, Where, end_of, in_order
from clockhouse.store.tables.deployments import deployments
from clockhouse.store.tables.environments import environments
from clockhouse.store.tables.executions import ENDED, executions
from clockhouse.store.tables.projects import components
from clockhouse.store.tables.schedules import schedules

_is_going_on = sa.exists().where(schedules.c.deployment_id == deployments.c.id, schedules.c.ended_at.is_(None))


@dataclass(frozen=True, slots=True)
class Place:
    """Where a rule looks: since when something is deployed there, and until when a schedule was to run."""

    component: str
    environment: str
    deployed_at: datetime
    until: datetime | None  # None: it is not to run any more since an instant that is not known


@dataclass(frozen=True, slots=True)
class Past:
    """The ends of each place in their order, due from `since` on; `is_whole`: those are all that were asked for."""

    places: Mapping[Where, Place]
    ends: Mapping[Where, Sequence[End]]
    since: datetime
    is_whole: bool

    @property
    def count(self) -> int:
        return sum(len(each) for each in self.ends.values())


def of(
    tx: Tx, project_id: str, component_id: str | None, environment_id: str | None, *, since: datetime, most: int
) -> Past:
    """At most so many ends, the latest due."""
    chosen = ENDS.where(ENDED, executions.c.due_at >= since)
    chosen = chosen.where(*_here(executions, project_id, component_id, environment_id))
    rows = tx.execute(chosen.order_by(executions.c.due_at.desc(), executions.c.id.desc()).limit(most + 1)).all()
    is_whole = len(rows) <= most
    ends: dict[Where, list[End]] = defaultdict(list)
    for row in rows[:most]:
        ends[row.component_id, row.environment_id].append(end_of(row))
    places = _places(tx, project_id, component_id, environment_id)
    looked_since = since if is_whole else rows[most - 1].due_at
    return Past(places, {where: in_order(each) for where, each in ends.items()}, looked_since, is_whole)


def _places(tx: Tx, project_id: str, component_id: str | None, environment_id: str | None) -> dict[Where, Place]:
    going = sa.and_(deployments.c.status == str(Status.ACTIVE), _is_going_on)
    chosen = (
        sa.select(
            deployments.c.component_id,
            deployments.c.environment_id,
            components.c.slug.label("component"),
            environments.c.slug.label("environment"),
            deployments.c.created_at,
            deployments.c.paused_at,
            deployments.c.paused_by,
            deployments.c.pause_note,
            deployments.c.pause_until,
            going.label("is_going"),
        )
        .join_from(deployments, components, deployments.c.component_id == components.c.id)
        .join(environments, deployments.c.environment_id == environments.c.id)
        .where(components.c.project_id == project_id)
        .order_by(deployments.c.number)
    )
    if component_id is not None:
        chosen = chosen.where(deployments.c.component_id == component_id)
    if environment_id is not None:
        chosen = chosen.where(deployments.c.environment_id == environment_id)
    found: dict[Where, Place] = {}
    for row in tx.execute(chosen):
        where = row.component_id, row.environment_id
        known = found.get(where)
        first = row.created_at if known is None else known.deployed_at
        found[where] = Place(row.component, row.environment, first, _until(row, tx.now) if row.is_going else None)
    return found


def _until(row: Any, now: datetime) -> datetime:
    if row.paused_at is None:
        return now
    pause = Pause(row.paused_at, row.paused_by, row.pause_note or "", row.pause_until)
    return pause.at if pause.covers(now) else now


def _here(
    table: sa.Table, project_id: str, component_id: str | None, environment_id: str | None
) -> list[sa.ColumnElement[bool]]:
    found = [table.c.project_id == project_id if component_id is None else table.c.component_id == component_id]
    if environment_id is not None:
        found.append(table.c.environment_id == environment_id)
    return found
