"""Signs of life and of trouble, as the ledger has them: all that the watchdog reads, in a few short questions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from clockhouse.errors import Unavailable
from clockhouse.model import identifier
from clockhouse.model.engine import Engine
from clockhouse.model.environment import Plane
from clockhouse.model.execution import State
from clockhouse.store import engines
from clockhouse.store.database import Tx
from clockhouse.store.tables.environments import agents, environments
from clockhouse.store.tables.executions import executions
from clockhouse.store.tables.projects import components, projects
from clockhouse.store.tables.servers import engines as engines_table

_NAMED = 3

_planned = executions.c.state == str(State.PLANNED)
_other = executions.alias("other")
_agents_run = sa.select(environments.c.id).where(environments.c.data_plane == str(Plane.AGENTS))
_with_agents = (
    sa.select(environments.c.id, environments.c.slug, sa.func.max(agents.c.seen_at).label("seen_at"))
    .join_from(
        environments,
        agents,
        (agents.c.environment_id == environments.c.id) & agents.c.withdrawn_at.is_(None),
        isouter=True,
    )
    .where(environments.c.data_plane == str(Plane.AGENTS))
    .group_by(environments.c.id, environments.c.slug)
    .order_by(environments.c.slug)
)
_one_runs = sa.exists().where(
    _other.c.component_id == executions.c.component_id,
    _other.c.environment_id == executions.c.environment_id,
    _other.c.state == str(State.STARTED),
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Executions that wait: how many, the earliest instant at which one should have gone on, some components."""

    count: int
    since: datetime
    components: tuple[str, ...]  # as `project/component`


@dataclass(frozen=True, slots=True)
class OnAgents:
    """What waits in an environment that runs on agents, and when the last of them was there; None: never yet."""

    environment: str
    seen_at: datetime | None
    waiting: Waiting


@dataclass(frozen=True, slots=True)
class Signs:
    """What one look at the ledger found. `newest` is the latest instant that anything was written at."""

    now: datetime
    newest: datetime | None
    engines: Sequence[Engine]
    undecided: Waiting | None  # due, and no engine decided what becomes of them
    unstarted: Waiting | None  # queued, and no engine claims them
    is_catching_up: bool
    on_agents: Sequence[OnAgents] = ()  # queued, where no engine claims


def read(tx: Tx, *, undecided_for: timedelta, unstarted_for: timedelta) -> Signs:
    """The signs at `tx.now`. Raises Unavailable when the database has no schema that knows of engines."""
    if not sa.inspect(tx.connection).has_table(engines_table.name):
        raise Unavailable("The database was not set up by this version yet. Start a server of this version first.")
    due_before, queued_before = tx.now - undecided_for, tx.now - unstarted_for
    # Catching up takes long outages step by step: what was planned just now is no neglect, however long it is due.
    is_new = executions.c.id >= identifier.first_of(due_before)
    due = sa.and_(_planned, executions.c.ready_at <= due_before)
    behind = sa.and_(_planned, executions.c.ready_at <= tx.now, executions.c.due_at <= due_before)
    queued = sa.and_(
        executions.c.state == str(State.QUEUED),
        executions.c.ready_at <= queued_before,
        executions.c.queued_at <= queued_before,
        ~_one_runs,  # some wait for the one before them, as their schedule says
    )
    known = engines.every(tx)
    return Signs(
        now=tx.now,
        newest=_newest(tx, known),
        engines=known,
        undecided=_waiting(tx, sa.and_(due, ~is_new)),
        unstarted=_waiting(tx, sa.and_(queued, executions.c.environment_id.not_in(_agents_run))),
        is_catching_up=tx.execute(sa.select(executions.c.id).where(behind, is_new).limit(1)).first() is not None,
        on_agents=tuple(_on_agents(tx, queued)),
    )


def _on_agents(tx: Tx, queued: sa.ColumnElement[bool]) -> Iterator[OnAgents]:
    for row in tx.execute(_with_agents):
        waiting = _waiting(tx, sa.and_(queued, executions.c.environment_id == row.id))
        if waiting is not None:
            yield OnAgents(row.slug, row.seen_at, waiting)


def _newest(tx: Tx, known: Sequence[Engine]) -> datetime | None:
    last: str | None = tx.execute(sa.select(sa.func.max(executions.c.id))).scalar()
    instants = [engine.seen_at for engine in known]
    if last is not None:
        instants.append(identifier.made_at(last))
    return max(instants, default=None)


def _waiting(tx: Tx, which: sa.ColumnElement[bool]) -> Waiting | None:
    earliest = sa.func.min(executions.c.ready_at).label("earliest")
    found: Any = tx.execute(sa.select(sa.func.count().label("number"), earliest).where(which)).one()
    if not found.number:
        return None
    rows: Sequence[Any] = tx.execute(
        sa.select(projects.c.slug.label("project"), components.c.slug.label("component"))
        .join_from(executions, components, executions.c.component_id == components.c.id)
        .join(projects, components.c.project_id == projects.c.id)
        .where(which)
        .group_by(projects.c.slug, components.c.slug)
        .order_by(sa.func.min(executions.c.ready_at))
        .limit(_NAMED)
    ).all()
    return Waiting(found.number, found.earliest, tuple(f"{row.project}/{row.component}" for row in rows))
