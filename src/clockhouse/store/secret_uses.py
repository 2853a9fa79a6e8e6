"""Uses of secrets in the audit trail: each deployment that takes some, and the first hand-out of each of its days.

A row for each execution would be the ledger once more: which executions had a deployment's secrets, that tells.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from clockhouse.model import identifier
from clockhouse.model.actor import SYSTEM, Actor
from clockhouse.model.component import Component
from clockhouse.model.deployment import Deployment
from clockhouse.store import audit
from clockhouse.store.database import Tx
from clockhouse.store.tables.audit import audit as trail
from clockhouse.store.tables.deployments import deployments
from clockhouse.store.tables.environments import environments
from clockhouse.store.tables.projects import components, projects

_ACTION = "secret.handed-out"
_SHOWN = 500  # characters of their names
_places = (
    sa.select(
        deployments.c.id,
        deployments.c.number,
        (projects.c.slug + "/" + components.c.slug).label("thing"),
        environments.c.slug.label("environment"),
    )
    .join_from(deployments, components, deployments.c.component_id == components.c.id)
    .join(projects, components.c.project_id == projects.c.id)
    .join(environments, deployments.c.environment_id == environments.c.id)
    .where(deployments.c.id.in_(sa.bindparam("ids", expanding=True)))
    .order_by(deployments.c.id)
)
_of_today = sa.select(trail.c.environment, trail.c.facts).where(
    trail.c.object == sa.bindparam("thing"),
    trail.c.id >= sa.bindparam("since"),
    trail.c.action == _ACTION,
)


def note_taken(tx: Tx, actor: Actor, deployment: Deployment, component: Component) -> None:
    """Notes which secrets a deployment has: its executions have those, and no others."""
    if deployment.secret_names:
        thing, told = f"{component.project}/{component.slug}", ", ".join(sorted(deployment.secret_names))
        where, number = deployment.environment, deployment.number
        audit.note(tx, actor, "secret.used", thing, environment=where, number=number, names=told)


def note(tx: Tx, names: Mapping[str, Iterable[str]]) -> None:
    """Notes that executions of these deployments, by their ids, are handed the secrets of these names."""
    used = {deployment_id: sorted(mine) for deployment_id, mine in names.items()}
    used = {deployment_id: mine for deployment_id, mine in used.items() if mine}
    if not used:
        return
    for place in tx.execute(_places, {"ids": sorted(used)}).all():
        if not _is_noted(tx, place):
            told = ", ".join(used[place.id])[:_SHOWN]
            where = {"environment": place.environment, "number": place.number}
            audit.note(tx, SYSTEM, _ACTION, place.thing, **where, names=told)


def _is_noted(tx: Tx, place: Any) -> bool:
    since = tx.now.replace(hour=0, minute=0, second=0, microsecond=0)
    today = tx.execute(_of_today, {"thing": place.thing, "since": identifier.first_of(since)})
    return any(row.environment == place.environment and row.facts.get("number") == place.number for row in today.all())
