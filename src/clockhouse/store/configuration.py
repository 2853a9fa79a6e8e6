"""What is set for components in the database, beside what their deployments were configured with."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from clockhouse.model import identifier, reference
from clockhouse.model.component import Component
from clockhouse.model.configuration import Stored, effective
from clockhouse.model.environment import Environment
from clockhouse.store import changes
from clockhouse.store.database import Tx
from clockhouse.store.tables.deployments import configuration


def of(tx: Tx, component: Component) -> list[Stored]:
    """All that is set, by name; a transaction that may write lets nobody else set anything meanwhile."""
    _take_turn(tx, component)
    chosen = sa.select(configuration).where(configuration.c.component_id == component.id)
    return [_stored(row) for row in tx.execute(chosen.order_by(configuration.c.name))]


def at(tx: Tx, component: Component, environment: Environment) -> dict[str, Stored]:
    """What counts in one environment, by name."""
    return effective(of(tx, component), environment.id)


def put(tx: Tx, component: Component, stored: Stored) -> None:
    """In the place of what was set there."""
    remove(tx, component, stored.environment_id, stored.name)
    tx.execute(
        configuration.insert().values(
            id=identifier.new(tx.now),
            component_id=component.id,
            environment_id=stored.environment_id,
            name=stored.name,
            value=stored.value,
            sealed=stored.sealed,
            fingerprint=stored.fingerprint,
            reference=None if stored.reference is None else str(stored.reference),
            is_short=stored.is_short,
            file=stored.file,
            set_at=stored.at,
            set_by=stored.by,
        )
    )
    tx.changed(changes.DEPLOYMENTS)


def remove(tx: Tx, component: Component, environment_id: str | None, name: str) -> bool:
    """Whether it was set there, and is not any more."""
    _take_turn(tx, component)
    here = configuration.c.environment_id
    there = here.is_(None) if environment_id is None else here == environment_id
    mine = sa.and_(configuration.c.component_id == component.id, there, configuration.c.name == name)
    tx.changed(changes.DEPLOYMENTS)
    return tx.execute(configuration.delete().where(mine)).rowcount > 0


def _take_turn(tx: Tx, component: Component) -> None:
    tx.take_turn(f"deployments of {component.id}")  # who deploys reads what is set


def _stored(row: Any) -> Stored:
    return Stored(
        name=row.name,
        environment_id=row.environment_id,
        at=row.set_at,
        by=row.set_by,
        value=row.value,
        sealed=row.sealed,
        fingerprint=row.fingerprint,
        reference=None if row.reference is None else reference.read(row.reference),
        is_short=row.is_short,
        file=row.file,
    )
