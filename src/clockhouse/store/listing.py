"""Lists and counts of executions by any filter, however many there are: the tallies say where to look."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from clockhouse.errors import Invalid
from clockhouse.model.execution import Execution, Origin, State
from clockhouse.store import tallies as tallied
from clockhouse.store.database import Tx
from clockhouse.store.executions import of_ids
from clockhouse.store.filters import Filter, Named, conditions, resolved
from clockhouse.store.tables.columns import INSTANT
from clockhouse.store.tables.executions import TROUBLED, UNSCHEDULED, executions
from clockhouse.store.tables.tallies import tallies

_LISTED = [str(state) for state in State if state is not State.PLANNED]
_USUAL = {"queued", "started", "succeeded"}
_MOMENT = timedelta(microseconds=1)

_Places = sa.Select[tuple[datetime, str]]
_Place = tuple[datetime, str]  # when an execution was due, and its id


def page(tx: Tx, chosen: Filter, *, before: str | None, limit: int) -> tuple[list[Execution], str | None]:
    """Executions that are no longer planned, the latest due first, and where the next page begins."""
    last = None if before is None else _place_of(before)
    named = resolved(tx, chosen)
    places = [place for mine in _apart(named) for place in _Search(tx, chosen, mine, last).latest(limit + 1)]
    places = sorted(places, reverse=True)[: limit + 1]
    found = of_ids(tx, [execution_id for _, execution_id in places[:limit]])
    return found, _cursor(found[-1]) if len(places) > limit else None


def _apart(named: Named) -> list[Named]:
    """The same, a project at a time: an index has the rows of each in the order of the list, of several it has not."""
    if named.component_id is not None or named.project_ids is None:
        return [named]
    return [replace(named, project_ids=(each,)) for each in named.project_ids]


def counts(tx: Tx, chosen: Filter) -> dict[State, int]:
    """How many there are in each state, whichever states the filter asks for."""
    named = resolved(tx, chosen)
    if chosen.backfill is not None:
        span = tallied.Span(chosen.start or tallied.EARLIEST, chosen.end or tallied.LATEST, None)
        rows = tx.execute(_counted(executions, chosen, named, span).where(*_of_backfill(chosen.backfill)))
        return {State(row.state): row.number for row in rows}
    found: dict[State, int] = {}
    for span in tallied.cover(chosen.start or tallied.EARLIEST, chosen.end or tallied.LATEST, tallied.OF_COMPONENTS):
        for statement in _counting(chosen, named, span):
            for row in tx.execute(statement):
                if row.number:
                    found[State(row.state)] = found.get(State(row.state), 0) + int(row.number)
    return found


def _of_backfill(backfill: str) -> list[sa.ColumnElement[bool]]:
    """Those of a backfill are few, and have an index of their own."""
    return [executions.c.backfill_id.is_not(None), executions.c.backfill_id == backfill]


def _counting(chosen: Filter, named: Named, span: tallied.Span) -> Iterator[sa.Select[tuple[str, int]]]:
    if span.width is None:
        yield _counted(executions, chosen, named, span).where(executions.c.state.in_(_LISTED))
        return
    yield _counted(tallied.untallied, chosen, named, span)
    yield (
        sa.select(tallies.c.state, sa.func.sum(tallies.c.kept).label("number"))
        .where(*tallied.conditions(chosen, named, span))
        .group_by(tallies.c.state)
    )


def _counted(source: sa.FromClause, chosen: Filter, named: Named, span: tallied.Span) -> sa.Select[tuple[str, int]]:
    return (
        sa.select(source.c.state, sa.func.count().label("number"))
        .where(*conditions(chosen, named, source), source.c.due_at >= span.start, source.c.due_at < span.end)
        .group_by(source.c.state)
    )


class _Search:
    """The latest due of the executions that a filter lets through, before a place in the list."""

    def __init__(self, tx: Tx, chosen: Filter, named: Named, before: _Place | None) -> None:
        self._tx = tx
        self._chosen = chosen
        self._before = before
        self._named = named
        self._states = [str(state) for state in chosen.states]

    def latest(self, count: int) -> list[_Place]:
        start, end = self._chosen.start or tallied.EARLIEST, self._chosen.end or tallied.LATEST
        if self._before is not None:
            end = min(end, self._before[0] + _MOMENT)
        if start >= end:
            return []
        if self._chosen.backfill is not None:
            mine = self._within(executions, start, end).where(*_of_backfill(self._chosen.backfill))
            return self._rows(mine, executions, self._states or _LISTED, count)
        recent = self._within(tallied.untallied, start, end)
        found = set(self._rows(recent, tallied.untallied, self._states or _LISTED, count))
        kept = 0
        for since, until in self._with_rows(start, end, count):
            rows = self._of_states(since, until, count - kept)
            kept += len(rows)
            found.update(rows)
            if kept >= count:
                break
        return sorted(found, reverse=True)[:count]

    def _with_rows(self, start: datetime, end: datetime, count: int) -> list[tuple[datetime, datetime]]:
        """The days, or days on end, in which there are some that are tallied, the latest first."""
        span = tallied.Span(tallied.begin_of(start, tallied.DAY), end, tallied.DAY)
        states = [tallies.c.state.in_(self._states)] if self._states else []
        statement = (
            sa.select(tallies.c.at)
            .where(*tallied.conditions(self._chosen, self._named, span), *states)
            .group_by(tallies.c.at)
            .having(sa.func.sum(tallies.c.kept) > 0)
            .order_by(tallies.c.at.desc())
            .limit(count + 1)  # the latest day may have been shown already, up to where it is cut
        )
        stretches: list[tuple[datetime, datetime]] = []
        for row in self._tx.execute(statement):
            since, until = max(row.at, start), min(row.at + tallied.DAY, end)
            if stretches and stretches[-1][0] == until:
                stretches[-1] = since, stretches[-1][1]
            else:
                stretches.append((since, until))
        return stretches

    def _of_states(self, start: datetime, end: datetime, count: int) -> list[_Place]:
        """State by state, since an index has each in the order of the list; those that are most, in one."""
        statement = self._within(executions, start, end)
        if self._chosen.origin not in (None, Origin.SCHEDULE):
            statement = statement.where(UNSCHEDULED)
        if not self._states:
            return self._rows(statement, executions, _LISTED, count)
        usual = [state for state in self._states if state in _USUAL]
        found = self._rows(statement, executions, usual, count) if usual else []
        for state in set(self._states) - set(usual):
            found += self._rows(statement.where(TROUBLED), executions, [state], count)
        return sorted(found, reverse=True)[:count]

    def _within(self, source: sa.FromClause, start: datetime, end: datetime) -> _Places:
        window = source.c.due_at >= start, source.c.due_at < end
        return sa.select(source.c.due_at, source.c.id).where(*conditions(self._chosen, self._named, source), *window)

    def _rows(self, statement: _Places, source: sa.FromClause, states: Sequence[str], count: int) -> list[_Place]:
        state = source.c.state
        statement = statement.where(state == states[0] if len(states) == 1 else state.in_(states))
        if self._before is not None:
            due_at, execution_id = self._before
            place = sa.tuple_(sa.literal(due_at, INSTANT), execution_id)
            statement = statement.where(sa.tuple_(source.c.due_at, source.c.id) < place)
        rows = self._tx.execute(statement.order_by(source.c.due_at.desc(), source.c.id.desc()).limit(count))
        return [(row.due_at, row.id) for row in rows]


def _cursor(last: Execution) -> str:
    """Where the page after `last` begins: it goes into an address, which a plus sign would not survive."""
    return f"{last.due_at.isoformat().replace('+00:00', 'Z')}~{last.id}"


def _place_of(cursor: str) -> _Place:
    due_at, _, execution_id = cursor.partition("~")
    try:
        instant = datetime.fromisoformat(due_at)
        is_whole = instant.tzinfo is not None and bool(instant.astimezone(UTC) + _MOMENT)
    except (ValueError, OverflowError):
        is_whole = False
    if not is_whole:
        raise Invalid("The page to go on from is not one of ours.", {"before": "Take it from the page before."})
    return instant, execution_id
