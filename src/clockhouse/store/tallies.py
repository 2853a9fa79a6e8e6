"""Tallies: how many executions ended how, added up by time, so that a chart need not read every row.

What has ended is added up soon afterwards, in small transactions; `is_tallied` says of each row whether it is. Whoever
reads takes the tallies and the few rows that are not in them yet: nothing is missing and nothing is counted twice. A
tally remains when its rows are removed for their age.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa

from clockhouse.store.database import Tx
from clockhouse.store.filters import Filter, Named
from clockhouse.store.tables.executions import ENDED, UNTALLIED, attempts, executions
from clockhouse.store.tables.projects import components
from clockhouse.store.tables.tallies import durations, tallies

EVERYTHING = ""  # the scope of all
FIVE_MINUTES, HOUR, DAY = timedelta(minutes=5), timedelta(hours=1), timedelta(days=1)
WIDTHS = (DAY, HOUR, FIVE_MINUTES)
OF_COMPONENTS = (DAY, HOUR)  # finer ones would be as many as the rows
EARLIEST, LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STEP = math.log(1.1)  # from one class of durations to the next: a quantile is right to a twentieth
_SHORTEST_S = 1e-4

Key = tuple[Any, ...]

_tried = sa.exists().where(attempts.c.execution_id == executions.c.id, attempts.c.started_at.is_not(None))
was_started = sa.or_(executions.c.started_at.is_not(None), sa.and_(executions.c.attempt > 1, _tried))
"""Whether user code of an execution ran, be it in an attempt before the present one."""

# Materialized: SQLite would rather take an index by component or due time, not knowing how few these are.
untallied = (
    sa.select(
        *(executions.c.id, executions.c.project_id, executions.c.component_id, executions.c.environment_id),
        *(executions.c.due_at, executions.c.state, executions.c.origin, executions.c.duration_s),
        was_started.label("was_started"),
    )
    .where(UNTALLIED)
    .cte("untallied")
    .prefix_with("MATERIALIZED")
)
"""The executions that are not in the tallies yet, planned ones left out."""

_columns = [
    *(executions.c.id, executions.c.component_id, executions.c.environment_id, executions.c.due_at),
    *(executions.c.state, executions.c.origin, executions.c.duration_s, was_started.label("was_started")),
]
_to_add_up = (
    sa.select(*_columns)
    .where(UNTALLIED, ENDED)
    .order_by(executions.c.due_at)
    .limit(sa.bindparam("room"))
    .with_for_update(key_share=True, of=executions)
)
_tables = (tallies, durations)
_TURN = "tallies"
_NUMBERS = ("found", "started", "kept")


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time, from `start` on and before `end`; tallies of `width` cover it, or none do (None)."""

    start: datetime
    end: datetime
    width: timedelta | None


def add_up(tx: Tx, limit: int) -> int:
    """As `take`; how many there were."""
    return len(take(tx, limit))


def take(tx: Tx, limit: int) -> list[str]:
    """Adds at most so many of the executions that have ended to the tallies; their ids, each of which is given once.

    None while somebody else is at it: others write in this transaction, too, and are not to wait for that.
    """
    if not tx.try_turn(_TURN):
        return []
    rows = tx.execute(_to_add_up, {"room": limit}).all()
    ids: list[str] = [row.id for row in rows]
    if rows:
        tx.execute(executions.update().where(executions.c.id.in_(ids)).values(is_tallied=True))
        started = _counted(row for row in rows if row.was_started)
        counted = _counted(rows)
        more = [
            {**_named(tallies, key), "found": number, "started": started[key], "kept": number}
            for key, number in sorted(counted.items())
        ]
        tx.insert_or_add(tallies, more, _NUMBERS)
        _add_durations(tx, rows)
    return ids


def forget(tx: Tx, ids: Sequence[str]) -> None:
    """Notes that these rows are about to be removed: what those were that are tallied remains."""
    take_turn(tx)
    rows = tx.execute(sa.select(*_columns).where(executions.c.id.in_(ids), executions.c.is_tallied)).all()
    less = [
        {**_named(tallies, key), "found": 0, "started": 0, "kept": -number}
        for key, number in sorted(_counted(rows).items())
    ]
    tx.insert_or_add(tallies, less, _NUMBERS)


def remove_components(tx: Tx, ids: Sequence[str]) -> None:
    """Notes that components are about to be removed with their rows. What all had together happened, and remains."""
    take_turn(tx)
    for component_id in ids:
        rows = tx.execute(sa.select(tallies).where(tallies.c.scope == component_id)).all()
        less = [{**row._asdict(), "scope": EVERYTHING, "found": 0, "started": 0, "kept": -row.kept} for row in rows]
        tx.insert_or_add(tallies, less, _NUMBERS)
        for table in _tables:
            tx.execute(table.delete().where(table.c.scope == component_id))


def remove_environment(tx: Tx, environment_id: str) -> None:
    """Notes that an environment is about to be removed with its rows: nothing of it is counted any more."""
    take_turn(tx)
    for table in _tables:
        tx.execute(table.delete().where(table.c.environment_id == environment_id))


def remove_finest(tx: Tx, before: datetime, limit: int) -> int:
    """Removes about so many of the finest tallies, of times that ended before this instant; how many."""
    removed = 0
    for table in _tables:
        finest = table.c.scope == EVERYTHING, table.c.width == _seconds(FIVE_MINUTES)
        old = sa.select(table.c.at).where(*finest, table.c.at < before - FIVE_MINUTES).order_by(table.c.at)
        last = tx.execute(old.offset(limit - 1).limit(1)).scalar()
        until = before - FIVE_MINUTES if last is None else last + timedelta(microseconds=1)
        removed += tx.execute(table.delete().where(*finest, table.c.at < until)).rowcount
    return removed


def widths_for(named: Named) -> Sequence[timedelta]:
    """Those of the tallies that there are of what is named, the widest first."""
    return WIDTHS if named.project_ids is None else OF_COMPONENTS


def cover(start: datetime, end: datetime, widths: Sequence[timedelta]) -> Iterator[Span]:
    """The stretches of a window, one after the other, each with the widest tallies that fit; widest first."""
    if start >= end:
        return
    if not widths:
        yield Span(start, end, None)
        return
    width, *narrower = widths
    first, last = begin_of(start + width - timedelta(microseconds=1), width), begin_of(end, width)
    if first >= last:
        yield from cover(start, end, narrower)
        return
    yield from cover(start, first, narrower)
    yield Span(first, last, width)
    yield from cover(last, end, narrower)


def begin_of(instant: datetime, width: timedelta) -> datetime:
    """Where the tally of this width begins that an instant is in."""
    return _EPOCH + (instant - _EPOCH) // width * width


def within(table: sa.Table, named: Named, span: Span) -> list[sa.ColumnElement[bool]]:
    """Where clauses for the tallies, or their durations, of a span that has some."""
    if named.component_id is None and named.project_ids is None:
        return [*_when_and_where(table, named, span), table.c.scope == EVERYTHING]
    return [*_when_and_where(table, named, span), _of_components(table, named)]


def within_each(named: Named, span: Span) -> list[sa.ColumnElement[bool]]:
    """Where clauses for the tallies of each component in a span of which components have some."""
    return [*_when_and_where(tallies, named, span), _of_components(tallies, named)]


def _of_components(table: sa.Table, named: Named) -> sa.ColumnElement[bool]:
    if named.component_id is not None:
        return table.c.scope == named.component_id
    if named.project_ids is None:
        return table.c.scope != EVERYTHING
    return table.c.scope.in_(sa.select(components.c.id).where(components.c.project_id.in_(named.project_ids)))


def _when_and_where(table: sa.Table, named: Named, span: Span) -> list[sa.ColumnElement[bool]]:
    assert span.width is not None  # noqa: S101  the others have none
    found = [table.c.width == _seconds(span.width), table.c.at >= span.start, table.c.at < span.end]
    if named.environment_id is not None:
        found.append(table.c.environment_id == named.environment_id)
    return found


def conditions(chosen: Filter, named: Named, span: Span) -> list[sa.ColumnElement[bool]]:
    """Where clauses for the tallies of a span that has some, the filter's states left out."""
    found = within(tallies, named, span)
    if chosen.origin is not None:
        found.append(tallies.c.origin == str(chosen.origin))
    return found


@cache
def took(duration_class: int) -> float:
    """The seconds that a class of durations stands for."""
    return float(f"{math.exp(duration_class * _STEP):.3g}")


def _class_of(duration_s: float) -> int:
    return round(math.log(max(duration_s, _SHORTEST_S)) / _STEP)


def _counted(rows: Iterable[Any]) -> Counter[Key]:
    return Counter(key for row in rows for key in _keys(row, row.state, row.origin))


def _add_durations(tx: Tx, rows: Iterable[Any]) -> None:
    ran = (row for row in rows if row.duration_s is not None)
    counted = Counter(key for row in ran for key in _keys(row, _class_of(row.duration_s)))
    more = [{**_named(durations, key), "found": number} for key, number in sorted(counted.items())]
    tx.insert_or_add(durations, more, ("found",))


def _keys(row: Any, *what: Any) -> Iterator[Key]:
    """The keys of the tallies that an execution counts in."""
    for scope, widths in ((EVERYTHING, WIDTHS), (row.component_id, OF_COMPONENTS)):
        for width in widths:
            yield (scope, _seconds(width), begin_of(row.due_at, width), row.environment_id, *what)


def _named(table: sa.Table, key: Key) -> dict[str, Any]:
    return {column.name: value for column, value in zip(table.primary_key.columns, key, strict=True)}


def _seconds(width: timedelta) -> int:
    return int(width.total_seconds())


def take_turn(tx: Tx) -> None:
    """Lets nobody else change the tallies before the transaction has ended."""
    tx.take_turn(_TURN)
