"""Promised against delivered, by component and environment: what was due in a window, and what became of it."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from clockhouse.model.execution import PROMISED, State
from clockhouse.store import tallies as tallied
from clockhouse.store.database import Tx
from clockhouse.store.filters import Filter, Named, conditions, resolved
from clockhouse.store.tables.columns import INSTANT
from clockhouse.store.tables.environments import environments
from clockhouse.store.tables.executions import IS_OPEN, executions
from clockhouse.store.tables.projects import components, projects
from clockhouse.store.tables.tallies import tallies

LATENESS_OF = 300
_AT_ONCE = 10_000  # ids in one statement: PostgreSQL takes 65,535 parameters
_PLACES_AT_ONCE = 500  # of which the last executions are held in memory

_PROMISED = [str(origin) for origin in PROMISED]
_Place = tuple[str, str]  # component and environment, by their ids


def _ran_by_plan(source: sa.FromClause, component: Any, environment: Any) -> list[sa.ColumnElement[bool]]:
    return [
        source.c.component_id == component,
        source.c.environment_id == environment,
        source.c.due_at < sa.bindparam("end"),
        source.c.started_at.is_not(None),
        source.c.attempt == 1,
        source.c.origin == "schedule",
    ]


_newer = executions.alias("newer")
_since = (
    sa.select(_newer.c.due_at)
    .where(*_ran_by_plan(_newer, components.c.id, environments.c.id), _newer.c.due_at >= sa.bindparam("start"))
    .order_by(_newer.c.due_at.desc())
    .limit(1)
    .offset(LATENESS_OF - 1)
    .correlate(components, environments)
    .scalar_subquery()
)
# Materialized: from when on the last ones of a place were due is found once, and not for each that may be one of them.
_places = (
    sa.select(
        components.c.id.label("component_id"),
        environments.c.id.label("environment_id"),
        sa.func.coalesce(_since, sa.bindparam("start", type_=INSTANT), type_=INSTANT).label("since"),
    )
    .join_from(components, environments, sa.true())
    .where(sa.tuple_(components.c.id, environments.c.id).in_(sa.bindparam("places", expanding=True)))
    .cte("places")
    .prefix_with("MATERIALIZED")
)
_last_started = sa.select(
    _places.c.component_id, _places.c.environment_id, executions.c.due_at, executions.c.started_at
).join_from(
    _places,
    executions,
    sa.and_(
        *_ran_by_plan(executions, _places.c.component_id, _places.c.environment_id),
        executions.c.due_at >= _places.c.since,
    ),
)
_names = (
    sa.select(
        components.c.id.label("component_id"),
        environments.c.id.label("environment_id"),
        projects.c.slug.label("project"),
        components.c.slug.label("component"),
        environments.c.slug.label("environment"),
        environments.c.position,
    )
    .join_from(components, projects)
    .join(environments, sa.true())
    .where(components.c.id.in_(sa.bindparam("ids", expanding=True)))
)


@dataclass(frozen=True, slots=True)
class Promise:
    """What a component's schedules promised in an environment, and what became of it, by the state it is in.

    `undecided` were due by now, and nobody has decided about them: while a server runs, only those that wait for the
    end of a pause. `late_p50` and `late_p99` are from due to the first line of user code, of the last 300 that were
    neither caught up nor tried again; None when there is none.
    """

    project: str
    component: str
    environment: str
    promised: int
    delivered: int
    undecided: int
    counts: dict[State, int]
    late_p50: timedelta | None
    late_p99: timedelta | None


def kept(tx: Tx, chosen: Filter, start: datetime, end: datetime) -> list[Promise]:
    """By project, component and the order of promotion; a place that nothing was promised for is left out.

    The origin and the states of the filter have no say.
    """
    counts, delivered = _counts(tx, resolved(tx, chosen), start, end)
    rows = _named(tx, counts)
    made = []
    for some in (rows[first : first + _PLACES_AT_ONCE] for first in range(0, len(rows), _PLACES_AT_ONCE)):
        late = _late(tx, [_place(row) for row in some], start, end)
        made += [_promise(row, counts[_place(row)], delivered[_place(row)], late[_place(row)]) for row in some]
    return made


def _counts(
    tx: Tx, named: Named, start: datetime, end: datetime
) -> tuple[dict[_Place, Counter[State]], Counter[_Place]]:
    """By place how many are in each state, planned ones that are due by now too; and how many were started."""
    counts: dict[_Place, Counter[State]] = {}
    delivered: Counter[_Place] = Counter()
    statements = [_undecided(named, start, end, tx.now)]
    for span in tallied.cover(start, end, tallied.OF_COMPONENTS):
        statements += _decided(named, span)
    for statement in statements:
        for row in tx.execute(statement):
            place = row.component_id, row.environment_id
            counts.setdefault(place, Counter())[State(row.state)] += int(row.number)
            delivered[place] += int(row.started)
    return counts, delivered


def _undecided(named: Named, start: datetime, end: datetime, now: datetime) -> sa.Select[Any]:
    due = executions.c.due_at >= start, executions.c.due_at < end, executions.c.due_at <= now
    planned = IS_OPEN, executions.c.state == str(State.PLANNED)
    return _counted(executions, sa.literal(value=False), named).where(*planned, *due)


def _decided(named: Named, span: tallied.Span) -> Iterator[sa.Select[Any]]:
    if span.width is None:
        within = executions.c.due_at >= span.start, executions.c.due_at < span.end
        yield _counted(executions, tallied.was_started, named).where(*within, executions.c.state != str(State.PLANNED))
        return
    within = tallied.untallied.c.due_at >= span.start, tallied.untallied.c.due_at < span.end
    yield _counted(tallied.untallied, tallied.untallied.c.was_started, named).where(*within)
    found = sa.select(
        tallies.c.scope.label("component_id"),
        tallies.c.environment_id,
        tallies.c.state,
        sa.func.sum(tallies.c.found).label("number"),
        sa.func.sum(tallies.c.started).label("started"),
    ).where(*tallied.within_each(named, span), tallies.c.origin.in_(_PROMISED))
    yield found.group_by(tallies.c.scope, tallies.c.environment_id, tallies.c.state)


def _counted(source: sa.FromClause, ran: sa.ColumnElement[bool], named: Named) -> sa.Select[Any]:
    place = source.c.component_id, source.c.environment_id
    started = sa.func.sum(sa.case((ran, 1), else_=0)).label("started")
    found = sa.select(*place, source.c.state, sa.func.count().label("number"), started)
    promised = source.c.origin.in_(_PROMISED)
    return found.where(*conditions(Filter(), named, source), promised).group_by(*place, source.c.state)


def _named(tx: Tx, places: Collection[_Place]) -> list[Any]:
    """Those of the places that there still are, by project, component and the order of promotion."""
    ids = sorted({component_id for component_id, _ in places})
    several = (ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE))
    rows = [row for some in several for row in tx.execute(_names, {"ids": some})]
    found = [row for row in rows if (row.component_id, row.environment_id) in places]
    return sorted(found, key=lambda row: (row.project, row.component, row.position))


def _place(row: Any) -> _Place:
    return row.component_id, row.environment_id


def _late(tx: Tx, places: Sequence[_Place], start: datetime, end: datetime) -> defaultdict[_Place, list[timedelta]]:
    """By place how late the last ones started, the least late first."""
    found: defaultdict[_Place, list[tuple[datetime, datetime]]] = defaultdict(list)
    for row in tx.execute(_last_started, {"places": places, "start": start, "end": end}):
        found[_place(row)].append((row.due_at, row.started_at))
    late: defaultdict[_Place, list[timedelta]] = defaultdict(list)
    for place, ran in found.items():  # of those that were due at the same instant, some may be too many
        late[place] = sorted(started - due for due, started in sorted(ran, reverse=True)[:LATENESS_OF])
    return late


def _promise(row: Any, counted: Counter[State], delivered: int, late: Sequence[timedelta]) -> Promise:
    counts = {state: number for state, number in counted.items() if number}
    undecided = counts.pop(State.PLANNED, 0)
    return Promise(
        row.project,
        row.component,
        row.environment,
        promised=sum(counts.values()) + undecided,
        delivered=delivered,
        undecided=undecided,
        counts=counts,
        late_p50=_quantile(late, 0.5),
        late_p99=_quantile(late, 0.99),
    )


def _quantile(values: Sequence[timedelta], share: float) -> timedelta | None:
    """The least value that so many do not exceed."""
    return values[math.ceil(share * len(values)) - 1] if values else None
