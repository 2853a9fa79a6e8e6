"""Wrong passwords in the database: how many there were in a row, and when the next try is looked at."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import timedelta

import sqlalchemy as sa

from clockhouse.model.patience import FORGOTTEN_AFTER, Patience
from clockhouse.store.database import Tx
from clockhouse.store.tables.actors import sign_in_attempts as attempts

_MOST = 10_000  # rows; beyond, the oldest are forgotten


def begin(tx: Tx, counted: Mapping[str, Patience]) -> timedelta:
    """Counts a try as failed until it is forgiven, so that many at once are no way around the wait.

    `counted` are the things that tries are counted by. Returns how long to wait first; then nothing was counted.
    """
    tx.take_turn("sign-in")
    keys = {_key(thing): patience for thing, patience in counted.items()}
    known = {row.key: row for row in tx.execute(sa.select(attempts).where(attempts.c.key.in_(list(keys))))}
    wait = max((row.until - tx.now for row in known.values() if row.until is not None), default=timedelta(0))
    if wait > timedelta(0):
        return wait
    for key, patience in keys.items():
        row = known.get(key)
        is_new = row is None or tx.now - row.last_at >= FORGOTTEN_AFTER
        failures = 1 if row is None or is_new else row.failures + 1
        wait_after = patience.wait_after(failures)
        values = {"failures": failures, "last_at": tx.now, "until": tx.now + wait_after if wait_after else None}
        if row is None:
            tx.execute(attempts.insert().values(key=key, **values))
        else:
            tx.execute(attempts.update().where(attempts.c.key == key).values(**values))
    _forget(tx)
    return timedelta(0)


def forgive(tx: Tx, *things: str) -> None:
    """Nothing is left of the tries that were counted by these."""
    tx.execute(attempts.delete().where(attempts.c.key.in_([_key(thing) for thing in things])))


def take_back(tx: Tx, thing: str) -> None:
    """The last try was none: it is not counted."""
    one_less = {"failures": attempts.c.failures - 1, "until": None}
    tx.execute(attempts.update().where(attempts.c.key == _key(thing), attempts.c.failures > 0).values(**one_less))


def _forget(tx: Tx) -> None:
    tx.execute(attempts.delete().where(attempts.c.last_at < tx.now - FORGOTTEN_AFTER))
    beyond = sa.select(attempts.c.key).order_by(attempts.c.last_at.desc(), attempts.c.key).offset(_MOST)
    tx.execute(attempts.delete().where(attempts.c.key.in_(beyond)))


def _key(thing: str) -> str:
    """A digest: in the place of a login, people type passwords."""
    return hashlib.sha256(thing.encode(errors="surrogatepass")).hexdigest()
