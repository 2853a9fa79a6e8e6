"""At which minutes of an hour schedules are due: where many start at once, and where there is room."""

from __future__ import annotations

import sqlalchemy as sa

from clockhouse.model.execution import State
from clockhouse.store.database import Tx
from clockhouse.store.tables.columns import as_text
from clockhouse.store.tables.executions import IS_OPEN, executions
from clockhouse.store.tables.schedules import schedules

_MOST = 5000  # schedules that are looked at
_KIND = '"cron"'

_next = (
    sa.select(executions.c.due_at, as_text(schedules.c.trigger))
    .join_from(executions, schedules, executions.c.schedule_id == schedules.c.id)
    .where(IS_OPEN, executions.c.state == str(State.PLANNED))
    .limit(_MOST)
)


def due_by_minute(tx: Tx) -> list[int]:
    """How many crons of the whole installation are due next at each minute of an hour, 0 to 59, of UTC."""
    found = [0] * 60
    for row in tx.execute(_next):
        if _KIND in row.trigger:  # intervals begin whenever somebody deployed them
            found[row.due_at.minute] += 1
    return found
