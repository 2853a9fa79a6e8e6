"""Projects in the database."""

from __future__ import annotations

from collections.abc import Set
from typing import Any

import sqlalchemy as sa

from clockhouse.errors import Conflict, NotFound
from clockhouse.model import identifier, order
from clockhouse.model.project import Project
from clockhouse.store import changes, deployments, tallies
from clockhouse.store.database import Tx, one
from clockhouse.store.tables.deployments import deployments as deployments_table
from clockhouse.store.tables.projects import components, projects

_columns = list(projects.c)


def add(tx: Tx, *, slug: str, name: str, description: str, is_example: bool = False) -> Project:
    """Raises Conflict when the slug is taken."""
    tx.take_turn("projects")
    taken = tx.execute(sa.select(projects.c.id).where(projects.c.slug == slug)).first()
    if taken:
        raise Conflict(f"There is a project with the address “{slug}” already. Choose another name.", slug=slug)
    project = Project(identifier.new(tx.now), slug, name, description, is_example, tx.now)
    values = {column.name: getattr(project, column.name) for column in _columns}
    tx.execute(projects.insert().values(**values))
    tx.changed(changes.PROJECTS)
    return project


def get(tx: Tx, slug: str) -> Project:
    rows = tx.execute(sa.select(*_columns).where(projects.c.slug == slug))
    return _project(one(rows, NotFound(f"There is no project “{slug}”.", project=slug)))


def every(tx: Tx, *, within: Set[str] | None = None) -> list[tuple[Project, int]]:
    """By name, as people look for it, each with how many components it has.

    `within` has the slugs of those that are wanted, None: all.
    """
    held = sa.select(sa.func.count()).where(components.c.project_id == projects.c.id).scalar_subquery()
    chosen = sa.select(*_columns, held.label("held"))
    rows = tx.execute(chosen if within is None else chosen.where(projects.c.slug.in_(within)))
    found = [(_project(row), row.held) for row in rows]
    return sorted(found, key=lambda each: order.of_name(each[0].name, each[0].id))


def remove(tx: Tx, project: Project) -> None:
    """Removes it with all that it holds."""
    deployments.hold(tx, deployments_table.c.component_id.in_(_components_of(project)))
    tallies.remove_components(tx, [row.id for row in tx.execute(_components_of(project))])
    tx.execute(projects.delete().where(projects.c.id == project.id))
    tx.changed(*changes.REMOVAL)


def _components_of(project: Project) -> sa.Select[tuple[str]]:
    return sa.select(components.c.id).where(components.c.project_id == project.id)


def _project(row: Any) -> Project:
    return Project(*(getattr(row, column.name) for column in _columns))
