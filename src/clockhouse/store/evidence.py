"""How a release has done in an environment: its executions there, as far as they are kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from clockhouse.model.component import Component
from clockhouse.model.environment import Environment
from clockhouse.model.execution import Execution, State
from clockhouse.store import executions as executions_store
from clockhouse.store.database import Tx
from clockhouse.store.tables.deployments import deployments
from clockhouse.store.tables.executions import executions

_LISTED = 10


@dataclass(frozen=True, slots=True)
class Evidence:
    """Counts by state, planned ones left out; the last ones, newest first; since when it has been there."""

    counts: dict[State, int]
    last: list[Execution]
    since: datetime | None


def of_release(tx: Tx, component: Component, environment: Environment, release_id: str) -> Evidence:
    """What became of a release's executions in an environment, over all its deployments there."""
    here = sa.and_(
        deployments.c.component_id == component.id,
        deployments.c.environment_id == environment.id,
        deployments.c.release_id == release_id,
    )
    placed = tx.execute(sa.select(deployments.c.id, deployments.c.created_at).where(here)).all()
    ours = executions.c.deployment_id.in_([row.id for row in placed])
    is_listed = sa.and_(ours, executions.c.state != str(State.PLANNED))
    counted = sa.select(executions.c.state, sa.func.count().label("number")).where(is_listed)
    counts = {State(row.state): row.number for row in tx.execute(counted.group_by(executions.c.state))}
    newest = sa.select(executions.c.id).where(is_listed).order_by(executions.c.due_at.desc()).limit(_LISTED)
    found = executions_store.of_ids(tx, list(tx.execute(newest).scalars()))
    return Evidence(
        counts,
        sorted(found, key=lambda execution: execution.due_at, reverse=True),
        min((row.created_at for row in placed), default=None),
    )
