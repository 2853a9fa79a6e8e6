"""The audit trail: who did what to which object, and when."""

from __future__ import annotations

import sqlalchemy as sa

from clockhouse.model import identifier
from clockhouse.model.actor import Actor
from clockhouse.store.database import Tx
from clockhouse.store.tables import audit


def note(tx: Tx, actor: Actor, action: str, thing: str, **facts: str | int | float | bool | None) -> None:
    """Records an action like `deployment.created` on an object like `shop/health-check`. Facts hold no secrets."""
    values = {"id": identifier.new(tx.now), "at": tx.now, "actor": actor.name, "action": action, "object": thing}
    tx.execute(audit.insert().values(**values, facts=facts))


def has_happened(tx: Tx, action: str, thing: str | None = None) -> bool:
    """Whether the trail has such an action on that object, or on any."""
    chosen = sa.select(audit.c.id).where(audit.c.action == action)
    if thing is not None:
        chosen = chosen.where(audit.c.object == thing)
    return tx.execute(chosen.limit(1)).first() is not None
