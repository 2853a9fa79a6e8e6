"""Incidents as people look at them: with the names of where they are, and what was told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from clockhouse.model.execution import State
from clockhouse.model.incident import Listed
from clockhouse.store import messages
from clockhouse.store.database import Tx
from clockhouse.store.tables.alerts import alerts, incidents
from clockhouse.store.tables.environments import environments
from clockhouse.store.tables.executions import executions
from clockhouse.store.tables.projects import components, projects

_MOST_COUNTED = 1000
_LONGEST_RUN = timedelta(days=1)  # what was due longer before is not counted: an index has the due times
_FAILED = [str(each) for each in (State.FAILED, State.TIMED_OUT, State.LOST)]

_selected = (
    sa.select(
        incidents,
        alerts.c.number.label("alert"),
        alerts.c.kind,
        projects.c.slug.label("project"),
        components.c.slug.label("component"),
        environments.c.slug.label("environment"),
    )
    .join_from(incidents, alerts, incidents.c.alert_id == alerts.c.id)
    .join(projects, alerts.c.project_id == projects.c.id)
    .join(components, incidents.c.component_id == components.c.id)
    .join(environments, incidents.c.environment_id == environments.c.id)
)


def find(
    tx: Tx,
    project_id: str,
    *,
    alert_id: str | None = None,
    component_id: str | None = None,
    only_open: bool = False,
    before: str | None = None,
    limit: int,
) -> list[Listed]:
    """Those noticed last first; `before` is the id of the last one of the page before."""
    chosen = _selected.where(alerts.c.project_id == project_id)
    if alert_id is not None:
        chosen = chosen.where(incidents.c.alert_id == alert_id)
    if component_id is not None:
        chosen = chosen.where(incidents.c.component_id == component_id)
    if only_open:
        chosen = chosen.where(incidents.c.over_at.is_(None))
    if before is not None:
        chosen = chosen.where(incidents.c.id < before)
    rows = tx.execute(chosen.order_by(incidents.c.id.desc()).limit(limit)).all()
    return _listed(tx, rows)


def last_of(tx: Tx, alert_id: str) -> Listed | None:
    """The one that began last of an alert."""
    row = tx.execute(_selected.where(incidents.c.alert_id == alert_id).order_by(incidents.c.id.desc()).limit(1)).first()
    return None if row is None else _listed(tx, [row])[0]


def open_counts(tx: Tx, project_id: str) -> dict[str, int]:
    """How many last at present, by alert; none are left out."""
    counted = (
        sa.select(incidents.c.alert_id, sa.func.count().label("number"))
        .join_from(incidents, alerts, incidents.c.alert_id == alerts.c.id)
        .where(alerts.c.project_id == project_id, incidents.c.over_at.is_(None))
        .group_by(incidents.c.alert_id)
    )
    return {row.alert_id: row.number for row in tx.execute(counted)}


def _listed(tx: Tx, rows: Sequence[Any]) -> list[Listed]:
    told = messages.of_incidents(tx, [row.id for row in rows])
    return [
        Listed(
            id=row.id,
            alert=row.alert,
            project=row.project,
            component=row.component,
            environment=row.environment,
            sentence=row.sentence,
            began_at=row.began_at,
            noticed_at=row.noticed_at,
            opened_by=row.opened_by,
            due_at=row.due_at,
            reason=row.reason,
            over_at=row.over_at,
            ended_by=row.ended_by,
            quiet=row.quiet,
            messages=tuple(told.get(row.id, ())),
            failures=_failures(tx, row) if row.over_at is None and row.kind == "failures" else None,
        )
        for row in rows
    ]


def _failures(tx: Tx, row: Any) -> int:
    """How many executions failed there since it began."""
    there = sa.select(executions.c.id).where(
        executions.c.component_id == row.component_id,
        executions.c.environment_id == row.environment_id,
        executions.c.state.in_(_FAILED),
        executions.c.due_at >= row.began_at - _LONGEST_RUN,
        executions.c.finished_at >= row.began_at,
    )
    counted = sa.select(sa.func.count()).select_from(there.limit(_MOST_COUNTED).subquery())
    return int(tx.execute(counted).scalar_one())
