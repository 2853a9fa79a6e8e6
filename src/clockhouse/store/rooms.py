"""Rooms: how many more executions may start in the environments that limit how many run at once."""

from __future__ import annotations

import sqlalchemy as sa

from clockhouse.model.execution import State
from clockhouse.store.database import Tx
from clockhouse.store.tables import environments, executions

_is_limited = environments.c.at_once.is_not(None)
_limited = sa.select(environments.c.id, environments.c.at_once).where(_is_limited).order_by(environments.c.id)
# Workers who claim under a limit do so one after the other, or both would take the last place.
_limited_and_mine = _limited.with_for_update(key_share=True)
_running = (
    sa.select(executions.c.environment_id, sa.func.count().label("found"))
    .where(executions.c.state == str(State.STARTED))
    .group_by(executions.c.environment_id)
)


def left(tx: Tx) -> dict[str, int]:
    """By environment id how many more may start there; one without a limit is left out.

    Nobody else's claim comes in between before a transaction that may write has ended.
    """
    limits = tx.execute(_limited_and_mine if tx.is_writing else _limited).all()
    if not limits:
        return {}
    running: dict[str, int] = {row.environment_id: row.found for row in tx.execute(_running)}
    return {row.id: max(0, row.at_once - running.get(row.id, 0)) for row in limits}
