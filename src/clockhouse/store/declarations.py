"""Declarations in the database: a release's own, or the one that was applied to its component."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from clockhouse.model.build import Release
from clockhouse.model.component import Component
from clockhouse.model.declaration import InForce
from clockhouse.model.declaration_reading import read
from clockhouse.store import changes
from clockhouse.store.database import Tx
from clockhouse.store.tables.projects import components


@dataclass(frozen=True, slots=True)
class Applied:
    """What was applied, by whom and when."""

    text: str
    by: str
    at: datetime


def in_force(tx: Tx, component: Component, release: Release | None) -> InForce | None:
    """What counts for a release of the component: its own file, else what was applied. Raises Unreadable."""
    if release is not None and release.build.declaration is not None:
        text = release.build.declaration
        return InForce(read(text), text, build=release.build.number)
    found = applied(tx, component)
    return None if found is None else InForce(read(found.text), found.text, by=found.by, at=found.at)


def applied(tx: Tx, component: Component) -> Applied | None:
    mine = sa.select(components.c.declaration, components.c.declared_by, components.c.declared_at)
    row = tx.execute(mine.where(components.c.id == component.id)).one()
    return None if row.declaration is None else Applied(row.declaration, row.declared_by, row.declared_at)


def apply(tx: Tx, component: Component, text: str | None, by: str) -> None:
    """Has it count from now on; None: nothing does any more."""
    who = {"declared_by": by, "declared_at": tx.now} if text is not None else {"declared_by": None, "declared_at": None}
    tx.execute(components.update().where(components.c.id == component.id).values(declaration=text, **who))
    tx.changed(changes.PROJECTS, changes.DEPLOYMENTS)
