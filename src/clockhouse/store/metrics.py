"""Measurements over time, counted from the ledger itself."""

from __future__ import annotations

import bisect
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from clockhouse.model.execution import PROMISED, State
from clockhouse.store.database import Tx
from clockhouse.store.executions import Filter, conditions
from clockhouse.store.tables import attempts, executions

_PROMISED = [str(origin) for origin in PROMISED]


@dataclass(frozen=True, slots=True)
class Bucket:
    """The executions due from `at` until the next bucket begins; durations in seconds, None when nothing ran."""

    at: datetime
    counts: dict[State, int]
    duration_p50_s: float | None
    duration_p95_s: float | None


@dataclass(frozen=True, slots=True)
class Delivery:
    """What the schedules promised and what became of it, by the state it is in."""

    promised: int
    delivered: int
    counts: dict[State, int]


def outcomes(tx: Tx, chosen: Filter, starts: Sequence[datetime], end: datetime) -> list[Bucket]:
    """Counts and durations by bucket; `starts` says where each begins, `end` where the last one ends."""
    rows = tx.execute(
        sa.select(executions.c.due_at, executions.c.state, executions.c.duration_s).where(
            *conditions(tx, chosen),
            executions.c.due_at >= starts[0],
            executions.c.due_at < end,
            executions.c.state != str(State.PLANNED),
        )
    )
    counts: list[dict[State, int]] = [{} for _ in starts]
    durations: list[list[float]] = [[] for _ in starts]
    for row in rows:
        place, state = bisect.bisect_right(starts, row.due_at) - 1, State(row.state)
        counts[place][state] = counts[place].get(state, 0) + 1
        if row.duration_s is not None:
            durations[place].append(row.duration_s)
    return [
        Bucket(at, counted, _quantile(taken, 0.5), _quantile(taken, 0.95))
        for at, counted, taken in zip(starts, counts, durations, strict=True)
    ]


def delivery(tx: Tx, chosen: Filter, start: datetime, end: datetime) -> Delivery:
    """Promised against delivered: what schedules made due in the window, and how much of it was started."""
    tried = sa.exists().where(attempts.c.execution_id == executions.c.id, attempts.c.started_at.is_not(None))
    was_started = sa.or_(executions.c.started_at.is_not(None), sa.and_(executions.c.attempt > 1, tried))
    rows = tx.execute(
        sa.select(
            executions.c.state,
            sa.func.count().label("found"),
            sa.func.sum(sa.case((was_started, 1), else_=0)).label("started"),
        )
        .where(
            *conditions(tx, chosen),
            executions.c.due_at >= start,
            executions.c.due_at < end,
            executions.c.state != str(State.PLANNED),
            executions.c.origin.in_(_PROMISED),
        )
        .group_by(executions.c.state)
    ).all()
    promised, delivered = sum(row.found for row in rows), sum(row.started for row in rows)
    return Delivery(promised, delivered, {State(row.state): row.found for row in rows})


def bucket_starts(start: datetime, end: datetime, width: timedelta) -> list[datetime]:
    """Where the buckets of a window begin; the first may begin before the window, on a multiple of the width."""
    seconds = width.total_seconds()
    first = start.timestamp() // seconds * seconds
    count = max(1, -int((first - end.timestamp()) // seconds))
    return [datetime.fromtimestamp(first + number * seconds, tz=start.tzinfo) for number in range(count)]


def _quantile(values: list[float], share: float) -> float | None:
    if not values:
        return None
    return sorted(values)[math.ceil(share * len(values)) - 1]
