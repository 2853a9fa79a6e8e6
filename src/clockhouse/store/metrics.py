"""Measurements over time: the tallies of what has ended, and the rows of the ledger for the rest."""

from __future__ import annotations

import bisect
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from clockhouse.model.execution import PROMISED, State
from clockhouse.store import tallies as tallied
from clockhouse.store.database import Tx
from clockhouse.store.filters import Filter, Named, conditions, resolved
from clockhouse.store.tables.executions import executions
from clockhouse.store.tables.tallies import durations, tallies

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
    """Counts and durations by bucket; `starts` says where each begins, `end` where the last one ends.

    Durations of what is tallied are right to a twentieth.
    """
    named = resolved(tx, chosen)
    buckets = _Buckets(starts)
    unread: list[tallied.Span] = []
    for since, until in zip(starts, [*starts[1:], end], strict=True):
        for span in tallied.cover(since, until, tallied.widths_for(named)):
            if span.width is None:
                unread.append(span)
            else:
                buckets.add_tallies(since, tx.execute(_tallied_states(named, span)))
                buckets.add_durations(since, tx.execute(_tallied_durations(named, span)))
    for start, stop in _joined(unread):
        rows = _rows(executions, chosen, named, start, stop)
        buckets.add_rows(tx.execute(rows.where(executions.c.state != str(State.PLANNED))))
    for start, stop in _between(starts[0], end, _joined(unread)):
        buckets.add_rows(tx.execute(_rows(tallied.untallied, chosen, named, start, stop)))
    return buckets.all()


def _rows(source: sa.FromClause, chosen: Filter, named: Named, start: datetime, end: datetime) -> sa.Select[Any]:
    return sa.select(source.c.due_at, source.c.state, source.c.duration_s).where(
        *conditions(chosen, named, source), source.c.due_at >= start, source.c.due_at < end
    )


def _tallied_states(named: Named, span: tallied.Span) -> sa.Select[Any]:
    found = sa.select(tallies.c.state, sa.func.sum(tallies.c.found).label("number"))
    return found.where(*tallied.within(tallies, named, span)).group_by(tallies.c.state)


def _tallied_durations(named: Named, span: tallied.Span) -> sa.Select[Any]:
    found = sa.select(durations.c.took, sa.func.sum(durations.c.found).label("number"))
    return found.where(*tallied.within(durations, named, span)).group_by(durations.c.took)


def _joined(spans: Iterable[tallied.Span]) -> list[tuple[datetime, datetime]]:
    """Stretches that follow each other, as one: a question each would be many."""
    found: list[tuple[datetime, datetime]] = []
    for span in spans:
        if found and found[-1][1] == span.start:
            found[-1] = found[-1][0], span.end
        else:
            found.append((span.start, span.end))
    return found


def _between(
    start: datetime, end: datetime, taken: Iterable[tuple[datetime, datetime]]
) -> Iterator[tuple[datetime, datetime]]:
    """What is left of a window beside these stretches of it."""
    for since, until in taken:
        if start < since:
            yield start, since
        start = until
    if start < end:
        yield start, end


class _Buckets:
    """What was counted so far."""

    def __init__(self, starts: Sequence[datetime]) -> None:
        self._starts = starts
        self._counts: list[Counter[str]] = [Counter() for _ in starts]
        self._durations: list[Counter[float]] = [Counter() for _ in starts]

    def add_rows(self, rows: Iterable[Any]) -> None:
        for row in rows:
            place = self._place(row.due_at)
            self._counts[place][row.state] += 1
            if row.duration_s is not None:
                self._durations[place][row.duration_s] += 1

    def add_tallies(self, at: datetime, rows: Iterable[Any]) -> None:
        counts = self._counts[self._place(at)]
        for row in rows:
            counts[row.state] += int(row.number)

    def add_durations(self, at: datetime, rows: Iterable[Any]) -> None:
        taken = self._durations[self._place(at)]
        for row in rows:
            taken[tallied.took(row.took)] += int(row.number)

    def all(self) -> list[Bucket]:
        return [
            Bucket(
                at,
                {State(state): number for state, number in counted.items()},
                _quantile(taken, 0.5),
                _quantile(taken, 0.95),
            )
            for at, counted, taken in zip(self._starts, self._counts, self._durations, strict=True)
        ]

    def _place(self, at: datetime) -> int:
        return bisect.bisect_right(self._starts, at) - 1


def delivery(tx: Tx, chosen: Filter, start: datetime, end: datetime) -> Delivery:
    """Promised against delivered: what schedules made due in the window, and how much of it was started."""
    named = resolved(tx, chosen)
    promised: Counter[State] = Counter()
    delivered = 0
    for span in tallied.cover(start, end, tallied.widths_for(named)):
        for statement in _delivering(chosen, named, span):
            for row in tx.execute(statement):
                promised[State(row.state)] += int(row.number)
                delivered += int(row.started)
    counts = {state: number for state, number in promised.items() if number}
    return Delivery(sum(counts.values()), delivered, counts)


def _delivering(chosen: Filter, named: Named, span: tallied.Span) -> Iterator[sa.Select[Any]]:
    if span.width is None:
        found = _delivered(executions, tallied.was_started, chosen, named, span)
        yield found.where(executions.c.state != str(State.PLANNED))
        return
    yield _delivered(tallied.untallied, tallied.untallied.c.was_started, chosen, named, span)
    yield (
        sa.select(
            tallies.c.state,
            sa.func.sum(tallies.c.found).label("number"),
            sa.func.sum(tallies.c.started).label("started"),
        )
        .where(*tallied.conditions(chosen, named, span), tallies.c.origin.in_(_PROMISED))
        .group_by(tallies.c.state)
    )


def _delivered(
    source: sa.FromClause, ran: sa.ColumnElement[bool], chosen: Filter, named: Named, span: tallied.Span
) -> sa.Select[Any]:
    started = sa.func.sum(sa.case((ran, 1), else_=0)).label("started")
    return (
        sa.select(source.c.state, sa.func.count().label("number"), started)
        .where(*conditions(chosen, named, source), source.c.due_at >= span.start, source.c.due_at < span.end)
        .where(source.c.origin.in_(_PROMISED))
        .group_by(source.c.state)
    )


def bucket_starts(start: datetime, end: datetime, width: timedelta) -> list[datetime]:
    """Where the buckets of a window begin; the first may begin before the window, on a multiple of the width."""
    seconds = width.total_seconds()
    first = start.timestamp() // seconds * seconds
    count = max(1, -int((first - end.timestamp()) // seconds))
    return [datetime.fromtimestamp(first + number * seconds, tz=start.tzinfo) for number in range(count)]


def _quantile(values: Counter[float], share: float) -> float | None:
    """The least value that so many do not exceed; each counts as often as it occurs."""
    total = values.total()
    if not total:
        return None
    wanted = math.ceil(share * total)
    for value, number in sorted(values.items()):
        wanted -= number
        if wanted <= 0:
            return value
    raise AssertionError  # the numbers add up to the total
