"""Rooms: how many more executions may start in the environments that limit how many run at once."""

from __future__ import annotations

import sqlalchemy as sa

from clockhouse.model.assignment import SERVERS, Reach
from clockhouse.model.execution import State
from clockhouse.store.database import Tx
from clockhouse.store.prepared import Prepared
from clockhouse.store.tables.environments import environments
from clockhouse.store.tables.executions import executions

_every = Prepared(sa.select(environments.c.id, environments.c.at_once, environments.c.data_plane))
# Workers who claim under a limit do so one after the other, or both would take the last place.
_limited = (
    sa.select(environments.c.id, environments.c.at_once)
    .where(environments.c.at_once.is_not(None), environments.c.id.in_(sa.bindparam("reached", expanding=True)))
    .order_by(environments.c.id)
    .with_for_update(key_share=True)
)
_running = Prepared(
    sa.select(executions.c.environment_id, sa.func.count().label("found"))
    .where(executions.c.state == str(State.STARTED))
    .group_by(executions.c.environment_id)
)


def left(tx: Tx, reach: Reach = SERVERS) -> dict[str, int]:
    """By environment id how many more a worker of this reach may start there; one without a limit is left out.

    Nobody else's claim comes in between before a transaction that may write has ended.
    """
    rows = tx.run(_every).all()
    found = {row.id: 0 for row in rows if not reach.covers(row.id, row.data_plane)}
    limits = {row.id: row.at_once for row in rows if row.at_once is not None and row.id not in found}
    if not limits:
        return found
    if tx.is_writing:
        limits = {row.id: row.at_once for row in tx.execute(_limited, {"reached": list(limits)})}
    running: dict[str, int] = {row.environment_id: row.found for row in tx.run(_running)}
    return found | {each: max(0, at_once - running.get(each, 0)) for each, at_once in limits.items()}
