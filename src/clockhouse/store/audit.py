"""The audit trail: who did what to which object, and when."""

from __future__ import annotations

from clockhouse.model import identifier
from clockhouse.model.actor import Actor
from clockhouse.store.database import Tx
from clockhouse.store.tables import audit


def note(tx: Tx, actor: Actor, action: str, thing: str, **facts: str | int | float | bool | None) -> None:
    """Records an action like `deployment.created` on an object like `shop/health-check`. Facts hold no secrets."""
    values = {"id": identifier.new(tx.now), "at": tx.now, "actor": actor.name, "action": action, "object": thing}
    tx.execute(audit.insert().values(**values, facts=facts))
