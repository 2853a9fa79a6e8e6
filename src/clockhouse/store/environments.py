"""Environments in the database, in the order in which releases are promoted."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from clockhouse.errors import NotFound
from clockhouse.model.environment import Environment
from clockhouse.store.database import Tx, one
from clockhouse.store.tables import environments


def every(tx: Tx) -> list[Environment]:
    return [_environment(row) for row in tx.execute(sa.select(environments).order_by(environments.c.position))]


def get(tx: Tx, slug: str) -> Environment:
    rows = tx.execute(sa.select(environments).where(environments.c.slug == slug))
    return _environment(one(rows, NotFound(f"There is no environment “{slug}”.")))


def _environment(row: Any) -> Environment:
    return Environment(row.id, row.slug, row.name, row.position, row.is_production, row.data_plane)
