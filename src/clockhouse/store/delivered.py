"""How it goes with what channels are told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from clockhouse.model.channel import Delivery
from clockhouse.model.message import State
from clockhouse.store.database import Tx
from clockhouse.store.tables.alerts import deliveries, messages

_is_waiting = sa.text("messages.state = 'waiting'")  # in the words of the index


def of_channels(tx: Tx, ids: Sequence[str]) -> dict[str, Delivery]:
    """By the ids of channels; one that was never told anything is left out."""
    rows = tx.execute(sa.select(deliveries).where(deliveries.c.channel_id.in_(ids))).all()
    told = [row.channel_id for row in rows]
    waiting, sent = _waiting(tx, told), _sent(tx, told)
    return {
        row.channel_id: Delivery(
            told_at=sent.get(row.channel_id),
            waiting=waiting.get(row.channel_id, 0),
            trouble=_trouble(tx, row.channel_id) if row.failures else None,
            next_at=row.next_at if row.failures and row.channel_id in waiting else None,
        )
        for row in rows
    }


def _waiting(tx: Tx, ids: Sequence[str]) -> dict[str, int]:
    mine = sa.select(messages.c.channel_id, sa.func.count().label("number")).where(
        messages.c.channel_id.in_(ids), _is_waiting
    )
    return {row.channel_id: row.number for row in tx.execute(mine.group_by(messages.c.channel_id))}


def _sent(tx: Tx, ids: Sequence[str]) -> dict[str, datetime]:
    mine = sa.select(messages.c.channel_id, sa.func.max(messages.c.settled_at).label("at")).where(
        messages.c.channel_id.in_(ids), messages.c.state == str(State.SENT)
    )
    return {row.channel_id: row.at for row in tx.execute(mine.group_by(messages.c.channel_id))}


def _trouble(tx: Tx, channel_id: str) -> str | None:
    """Why the last one that was tried was not taken."""
    tried = sa.select(messages.c.error).where(
        messages.c.channel_id == channel_id,
        messages.c.state.in_([str(State.WAITING), str(State.FAILED)]),
        messages.c.error.is_not(None),
    )
    found: str | None = tx.execute(tried.order_by(messages.c.id.desc()).limit(1)).scalar()
    return found
