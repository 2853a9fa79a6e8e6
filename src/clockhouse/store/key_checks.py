"""The value by which a server knows that its vault has the key that the database's secrets are sealed with."""

from __future__ import annotations

import sqlalchemy as sa

from clockhouse.store.database import Tx
from clockhouse.store.tables.deployments import deployments, secrets
from clockhouse.store.tables.servers import key_checks

_NAME = "vault"


def get(tx: Tx) -> str | None:
    """As it was sealed; None when no key was ever taken. Nobody else takes one before a writing transaction ends."""
    tx.take_turn("key check")
    return known(tx)


def known(tx: Tx) -> str | None:
    """The same, waiting for nobody."""
    sealed: str | None = tx.execute(sa.select(key_checks.c.sealed).where(key_checks.c.name == _NAME)).scalar()
    return sealed


def put(tx: Tx, sealed: str) -> None:
    """In the place of what was there."""
    tx.execute(key_checks.delete().where(key_checks.c.name == _NAME))
    tx.execute(key_checks.insert().values(name=_NAME, sealed=sealed, created_at=tx.now))


def latest_secret(tx: Tx) -> tuple[str, str, str] | None:
    """The component's id, the name and the sealed value of a secret that was deployed last; None when there is none."""
    chosen = sa.select(deployments.c.component_id, secrets.c.name, secrets.c.sealed).join_from(secrets, deployments)
    row = tx.execute(chosen.order_by(deployments.c.id.desc()).limit(1)).first()
    return None if row is None else (row.component_id, row.name, row.sealed)
