"""People who have to do with requests: who is to approve, by the names that others write, and who asked."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from clockhouse.errors import Invalid
from clockhouse.model.actor import Actor, address
from clockhouse.store import actors as store
from clockhouse.store.database import Tx
from clockhouse.store.tables.actors import actors


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


def wrote(tx: Tx, actor: Actor, email: str | None) -> bool:
    """Whether a commit by this address is theirs, as far as it tells: they sign in with it, or made it here."""
    if not email:
        return False
    if email == address(actor):
        return True
    login = tx.execute(sa.select(actors.c.login).where(actors.c.id == actor.id)).scalar()
    return login is not None and login == email.strip().casefold()


def present(tx: Tx, actor_id: str) -> Actor | None:
    """Somebody with what they may now; None when their account was removed, or is disabled."""
    active = sa.select(actors.c.name).where(actors.c.id == actor_id, actors.c.disabled_at.is_(None))
    name = tx.execute(active).scalar()
    return None if name is None else Actor(actor_id, name, store.grants_of(tx, actor_id))
