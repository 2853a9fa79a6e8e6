"""The engines in the database: who is at work, and when each was last heard of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from clockhouse.model.engine import Engine
from clockhouse.store.database import Tx
from clockhouse.store.prepared import Prepared
from clockhouse.store.tables.servers import engines

_BURIED_AFTER = timedelta(minutes=10)  # of silence: the others go on without it
_FORGOTTEN_AFTER = timedelta(days=7)

_mine = Prepared(engines.update().where(engines.c.id == sa.bindparam("which")))


def begin(tx: Tx, engine: str, *, alone: bool) -> None:
    """Notes that an engine begins; `alone`: no other is there any more, however it ended."""
    if alone:
        tx.execute(engines.update().where(engines.c.ended_at.is_(None)).values(ended_at=tx.now))
    tx.execute(engines.insert().values(id=engine, began_at=tx.now, seen_at=tx.now, ahead_s=0.0))


def beat(tx: Tx, engine: str, *, claimed_at: datetime | None, ahead: timedelta, key_names: Sequence[str] = ()) -> None:
    """Notes that an engine is there. Of others, those that were silent for long are taken for ended."""
    values = {"seen_at": tx.now, "claimed_at": claimed_at, "ahead_s": ahead.total_seconds(), "ended_at": None}
    tx.run(_mine, {"which": engine, **values, "key_names": " ".join(key_names)})
    silent = sa.and_(engines.c.ended_at.is_(None), engines.c.seen_at < tx.now - _BURIED_AFTER)
    tx.execute(engines.update().where(silent, engines.c.id != engine).values(ended_at=tx.now))
    tx.execute(engines.delete().where(engines.c.ended_at < tx.now - _FORGOTTEN_AFTER))


def end(tx: Tx, engine: str) -> None:
    """Notes that an engine was stopped in good order."""
    tx.run(_mine, {"which": engine, "seen_at": tx.now, "ended_at": tx.now})


def every(tx: Tx) -> list[Engine]:
    """In the order in which they began."""
    return [_engine(row) for row in tx.execute(sa.select(engines).order_by(engines.c.began_at, engines.c.id))]


def _engine(row: Any) -> Engine:
    ahead = timedelta(seconds=row.ahead_s)
    key_names = tuple((row.key_names or "").split())
    return Engine(row.id, row.began_at, row.seen_at, row.ended_at, row.claimed_at, ahead, key_names)
