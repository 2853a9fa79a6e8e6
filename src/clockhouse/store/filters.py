"""Which executions a list, a count or a chart is about: what people name, the ids of it, the conditions in SQL."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from clockhouse.errors import Invalid, NotFound
from clockhouse.model.execution import Origin, State
from clockhouse.store.database import Tx, one
from clockhouse.store.tables.environments import environments
from clockhouse.store.tables.executions import executions
from clockhouse.store.tables.projects import components, projects


@dataclass(frozen=True, slots=True)
class Filter:
    """Which executions a list shows; an empty part lets everything through.

    `within` has the slugs of the projects that whoever asks may see, None: all. A name beyond them is none.
    """

    project: str | None = None
    component: str | None = None
    environment: str | None = None
    states: tuple[State, ...] = ()
    origin: Origin | None = None
    backfill: str | None = None  # an id
    start: datetime | None = None  # due at or after
    end: datetime | None = None  # due before
    within: Set[str] | None = None


@dataclass(frozen=True, slots=True)
class Named:
    """The ids of what a filter names; None lets everything through.

    Where it names no project, the projects are those that whoever asks may see.
    """

    project_ids: tuple[str, ...] | None
    component_id: str | None
    environment_id: str | None


def resolved(tx: Tx, chosen: Filter) -> Named:
    """Whose executions a filter means. Raises NotFound for names that there are not."""
    allowed = _projects_within(tx, chosen.within)
    component = environment = None
    if chosen.project is not None:
        project = _id_of(tx, projects, projects.c.slug == chosen.project, chosen.project)
        if allowed is not None and project not in allowed:
            raise NotFound(f"There is no “{chosen.project}”.")
        allowed = (project,)
    if chosen.component is not None:
        within = sa.and_(components.c.slug == chosen.component, _in_project(chosen.project))
        component = _id_of(tx, components, within, chosen.component)
    if chosen.environment is not None:
        environment = _id_of(tx, environments, environments.c.slug == chosen.environment, chosen.environment)
    return Named(allowed, component, environment)


def conditions(chosen: Filter, named: Named, source: sa.FromClause = executions) -> list[sa.ColumnElement[bool]]:
    """The filter's where clauses, its states and its window left out; `source` is `executions` or `untallied`."""
    found: list[sa.ColumnElement[bool]] = []
    if named.component_id is not None:
        found.append(source.c.component_id == named.component_id)
    elif named.project_ids is not None:
        found.append(source.c.project_id.in_(named.project_ids))
    if named.environment_id is not None:
        found.append(source.c.environment_id == named.environment_id)
    if chosen.origin is not None:
        found.append(source.c.origin == str(chosen.origin))
    return found


def _projects_within(tx: Tx, slugs: Set[str] | None) -> tuple[str, ...] | None:
    if slugs is None:
        return None
    found = sa.select(projects.c.id).where(projects.c.slug.in_(slugs)).order_by(projects.c.id)
    return tuple(tx.execute(found).scalars())


def _in_project(slug: str | None) -> sa.ColumnElement[bool]:
    if slug is None:
        raise Invalid("A component is named together with its project.", {"project": "Name the project, too."})
    return components.c.project_id == sa.select(projects.c.id).where(projects.c.slug == slug).scalar_subquery()


def _id_of(tx: Tx, table: sa.Table, condition: sa.ColumnElement[bool], name: str) -> str:
    rows = tx.execute(sa.select(table.c.id).where(condition))
    found: str = one(rows, NotFound(f"There is no “{name}”.")).id
    return found
