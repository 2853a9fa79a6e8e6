"""What alerts have to tell, kept until it is told: one sender at a time for each channel, so that none delays another.

A channel that failed is left alone for a while with all that waits for it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from clockhouse.model import identifier
from clockhouse.model import message as model
from clockhouse.model.message import Message, News, Side, State
from clockhouse.store import changes
from clockhouse.store.database import Tx
from clockhouse.store.tables.alerts import alert_channels, deliveries, incidents, messages
from clockhouse.store.tables.channels import channels
from clockhouse.store.tables.environments import environments
from clockhouse.store.tables.projects import components, projects

_UNTOLD = "That it began could not be told."
_is_waiting = sa.text("messages.state = 'waiting'")  # in the words of the index
_has_waiting = sa.exists().where(messages.c.channel_id == deliveries.c.channel_id, _is_waiting)
_next = sa.select(sa.func.min(deliveries.c.next_at)).where(_has_waiting)
_due = (
    sa.select(deliveries.c.channel_id)
    .where(
        deliveries.c.next_at <= sa.bindparam("now"),
        sa.or_(deliveries.c.lease.is_(None), deliveries.c.lease_until <= sa.bindparam("now")),
        _has_waiting,
    )
    .order_by(deliveries.c.next_at, deliveries.c.channel_id)
    .limit(1)
)
_news = (
    sa.select(
        messages.c.id,
        messages.c.side,
        messages.c.incident_id,
        incidents.c.alert_id,
        messages.c.attempts,
        messages.c.error,
        incidents.c.sentence,
        incidents.c.began_at,
        incidents.c.reason,
        incidents.c.opened_by,
        incidents.c.ended_by,
        incidents.c.over_at,
        projects.c.slug.label("project"),
        components.c.slug.label("component"),
        environments.c.slug.label("environment"),
    )
    .join_from(messages, incidents, messages.c.incident_id == incidents.c.id)
    .join(components, incidents.c.component_id == components.c.id)
    .join(projects, components.c.project_id == projects.c.id)
    .join(environments, incidents.c.environment_id == environments.c.id)
    .where(_is_waiting)
    .order_by(messages.c.created_at, incidents.c.began_at, incidents.c.id, messages.c.side)
)


@dataclass(frozen=True, slots=True)
class Batch:
    """What one channel is told at once, in its order, by who has the lease."""

    lease: str
    channel_id: str
    channel: str
    news: tuple[News, ...]


def add_first(tx: Tx, alert_id: str, incident_id: str) -> None:
    """That an incident began, for each channel of its alert."""
    told = sa.select(alert_channels.c.channel_id).where(alert_channels.c.alert_id == alert_id)
    _add(tx, incident_id, Side.BEGAN, tx.execute(told).scalars().all())


def add_last(tx: Tx, incident_id: str) -> None:
    """That it is over, for each channel that is told that it began."""
    told = sa.select(messages.c.channel_id).where(
        messages.c.incident_id == incident_id,
        messages.c.side == str(Side.BEGAN),
        messages.c.state.in_([str(State.WAITING), str(State.SENT)]),
    )
    _add(tx, incident_id, Side.OVER, tx.execute(told).scalars().all())


def drop(tx: Tx, incident_ids: Sequence[str], why: str) -> None:
    """Tells nothing more of these incidents."""
    mine = messages.update().where(messages.c.incident_id.in_(incident_ids), _is_waiting)
    tx.execute(mine.values(state=str(State.DROPPED), error=why, settled_at=tx.now))


def is_told(incident_id: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """Whether nothing of an incident waits to be told."""
    return ~sa.exists().where(messages.c.incident_id == incident_id, _is_waiting)


def next_at(tx: Tx) -> datetime | None:
    """When something may be sent again; None when nothing waits."""
    found: datetime | None = tx.execute(_next).scalar()
    return found


def is_due(tx: Tx) -> bool:
    """Whether there is something to claim."""
    return tx.execute(_due, {"now": tx.now}).first() is not None


def claim(tx: Tx) -> Batch | None:
    """What a channel is to be told now, for this caller alone while the lease lasts; None when there is nothing."""
    row = tx.execute(_due.with_for_update(skip_locked=True, of=deliveries), {"now": tx.now}).first()
    if row is None:
        return None
    found = tx.execute(_news.where(messages.c.channel_id == row.channel_id).limit(model.MOST_TOGETHER)).all()
    if not found:  # it was dropped just now
        return None
    lease = identifier.new(tx.now)
    mine = deliveries.update().where(deliveries.c.channel_id == row.channel_id)
    tx.execute(mine.values(lease=lease, lease_until=tx.now + model.LEASE))
    news = tuple(_told(each) for each in found)
    ids = [each.id for each in news]
    tx.execute(messages.update().where(messages.c.id.in_(ids)).values(attempts=messages.c.attempts + 1, error=None))
    named = tx.execute(sa.select(channels.c.name).where(channels.c.id == row.channel_id)).scalar_one()
    return Batch(lease, row.channel_id, named, news)


def note_sent(tx: Tx, batch: Batch) -> None:
    """Ends the lease: these are told, and what comes soon goes together. What somebody else sent by now stays sent."""
    _settle(tx, batch, State.SENT, None)
    _let_go(tx, batch, next_at=tx.now + model.GATHERED, failures=0)


def note_failed(tx: Tx, batch: Batch, error: str) -> None:
    """Ends the lease: they are tried again after a while, but for those that have been tried for a day."""
    waiting = messages.update().where(messages.c.id.in_([each.id for each in batch.news]), _is_waiting)
    tx.execute(waiting.values(error=error))
    old = messages.c.created_at <= tx.now - model.KEPT_UP
    gone = tx.execute(
        sa.select(messages.c.incident_id).where(messages.c.channel_id == batch.channel_id, _is_waiting, old)
    )
    incident_ids = gone.scalars().all()
    if incident_ids:
        mine = messages.c.channel_id == batch.channel_id, messages.c.incident_id.in_(incident_ids), _is_waiting
        ended = messages.update().where(*mine, old)
        tx.execute(ended.values(state=str(State.FAILED), error=error, settled_at=tx.now))
        last = messages.update().where(*mine, messages.c.side == str(Side.OVER))
        tx.execute(last.values(state=str(State.DROPPED), error=_UNTOLD, settled_at=tx.now))
    failures = tx.execute(sa.select(deliveries.c.failures).where(deliveries.c.channel_id == batch.channel_id)).scalar()
    failed = (failures or 0) + 1
    _let_go(tx, batch, next_at=tx.now + model.delay_after(failed), failures=failed)


def try_now(tx: Tx, channel_id: str) -> None:
    """Lets what waits for a channel be sent at once: its address was replaced, or works again."""
    mine = deliveries.update().where(deliveries.c.channel_id == channel_id)
    tx.execute(mine.values(next_at=tx.now, failures=0))
    tx.changed(changes.MESSAGES)


def of_incidents(tx: Tx, ids: Sequence[str]) -> dict[str, list[Message]]:
    """By incident, first to last."""
    named = sa.select(messages, channels.c.name.label("channel")).join_from(messages, channels)
    chosen = named.where(messages.c.incident_id.in_(ids))
    found: dict[str, list[Message]] = defaultdict(list)
    for row in tx.execute(chosen.order_by(messages.c.created_at, messages.c.side, channels.c.name)):
        state = Side(row.side), State(row.state)
        found[row.incident_id].append(
            Message(row.channel, *state, row.attempts, row.error, row.created_at, row.settled_at)
        )
    return found


def _add(tx: Tx, incident_id: str, side: Side, channel_ids: Sequence[str]) -> None:
    rows = [
        {
            "id": identifier.new(tx.now),
            "incident_id": incident_id,
            "channel_id": each,
            "side": str(side),
            "state": str(State.WAITING),
            "attempts": 0,
            "error": None,
            "created_at": tx.now,
            "settled_at": None,
        }
        for each in sorted(channel_ids)
    ]
    if not rows:
        return
    tx.insert_missing(messages, rows)
    none = {"failures": 0, "lease": None, "lease_until": None}
    tx.insert_missing(deliveries, [{"channel_id": row["channel_id"], "next_at": tx.now, **none} for row in rows])
    tx.changed(changes.MESSAGES)


def _settle(tx: Tx, batch: Batch, state: State, error: str | None) -> None:
    mine = messages.update().where(messages.c.id.in_([each.id for each in batch.news]), _is_waiting)
    tx.execute(mine.values(state=str(state), error=error, settled_at=tx.now))
    tx.changed(changes.ALERTS)


def _let_go(tx: Tx, batch: Batch, **values: Any) -> None:
    mine = deliveries.update().where(deliveries.c.channel_id == batch.channel_id, deliveries.c.lease == batch.lease)
    tx.execute(mine.values(lease=None, lease_until=None, **values))
    tx.changed(changes.ALERTS, changes.MESSAGES)


def _told(row: Any) -> News:
    side = Side(row.side)
    return News(
        id=row.id,
        side=side,
        alert_id=row.alert_id,
        incident_id=row.incident_id,
        project=row.project,
        component=row.component,
        environment=row.environment,
        sentence=row.sentence,
        began_at=row.began_at,
        reason=row.reason,
        execution_id=row.opened_by if side is Side.BEGAN else row.ended_by,
        over_at=row.over_at,
        is_repeated=row.attempts > 0 and row.error is None,
    )
