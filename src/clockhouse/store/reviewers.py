"""People by the names that others write, for who is to approve."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from clockhouse.errors import Invalid
from clockhouse.store.database import Tx
from clockhouse.store.tables import actors


def named(tx: Tx, wanted: Sequence[str]) -> dict[str, str]:
    """Names by ids, of people by their logins or names. Raises Invalid for one who is unknown, or not clear."""
    found: dict[str, str] = {}
    for each in wanted:
        matches = sa.or_(actors.c.id == each, actors.c.login == each.lower(), actors.c.name == each)
        rows = tx.execute(sa.select(actors.c.id, actors.c.name).where(matches, actors.c.disabled_at.is_(None))).all()
        if len(rows) != 1:
            sentence = f"There is nobody called “{each}”." if not rows else f"Several are called “{each}”: use a login."
            raise Invalid(sentence, {"people": sentence})
        found[rows[0].id] = rows[0].name
    return found
