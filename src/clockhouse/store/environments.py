"""Environments in the database, in the order in which releases are promoted."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from clockhouse.errors import NotFound
from clockhouse.model.environment import Environment, Plane, Retention
from clockhouse.store import changes
from clockhouse.store.database import Tx, one
from clockhouse.store.tables import environments


def every(tx: Tx) -> list[Environment]:
    return [_environment(row) for row in tx.execute(sa.select(environments).order_by(environments.c.position))]


def get(tx: Tx, slug: str) -> Environment:
    rows = tx.execute(sa.select(environments).where(environments.c.slug == slug))
    return _environment(one(rows, NotFound(f"There is no environment “{slug}”.")))


def set_retention(tx: Tx, environment: Environment, retention: Retention) -> None:
    kept = {"keep_days": retention.days, "keep_last": retention.last}
    tx.execute(environments.update().where(environments.c.id == environment.id).values(**kept))


def set_at_once(tx: Tx, environment: Environment, number: int | None) -> None:
    """Limits how many executions run there at once; those that run already go on."""
    tx.execute(environments.update().where(environments.c.id == environment.id).values(at_once=number))
    tx.changed(changes.QUEUE, changes.DEPLOYMENTS)


def set_plane(tx: Tx, environment: Environment, plane: Plane) -> None:
    """Says what runs its executions from now on; those that run already go on where they are."""
    tx.execute(environments.update().where(environments.c.id == environment.id).values(data_plane=str(plane)))
    tx.changed(changes.QUEUE, changes.DEPLOYMENTS)


def _environment(row: Any) -> Environment:
    kept = Retention(row.keep_days, row.keep_last)
    return Environment(row.id, row.slug, row.name, row.position, row.is_production, row.data_plane, kept, row.at_once)
