"""Components in the database."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from clockhouse.errors import Conflict, NotFound
from clockhouse.model import identifier, order
from clockhouse.model.component import Component, Kind
from clockhouse.model.project import Project
from clockhouse.store import changes, deployments, tallies
from clockhouse.store.database import Tx, one
from clockhouse.store.tables.builds import builds as builds_table
from clockhouse.store.tables.deployments import deployments as deployments_table
from clockhouse.store.tables.executions import executions as executions_table
from clockhouse.store.tables.logs import log_lines
from clockhouse.store.tables.projects import components, projects
from clockhouse.store.tables.sources import connections

_selected = (
    sa.select(components, projects.c.slug.label("project"), connections.c.component_id.label("connected"))
    .join_from(components, projects)
    .outerjoin(connections, connections.c.component_id == components.c.id)
)


def add(tx: Tx, project: Project, *, slug: str, name: str, description: str, template: str) -> Component:
    """Raises Conflict when the project has a component of this slug."""
    tx.take_turn(f"components of {project.id}")
    taken = sa.select(components.c.id).where(components.c.project_id == project.id, components.c.slug == slug)
    if tx.execute(taken).first():
        raise Conflict(f"“{project.name}” has a component with the address “{slug}” already. Choose another name.")
    component = Component(
        identifier.new(tx.now), project.id, project.slug, slug, name, description, Kind.SCHEDULED, template, tx.now
    )
    tx.execute(
        components.insert().values(
            id=component.id,
            project_id=project.id,
            slug=slug,
            name=name,
            description=description,
            kind=str(component.kind),
            template=template,
            created_at=tx.now,
        )
    )
    tx.changed(changes.PROJECTS)
    return component


def get(tx: Tx, project: str, slug: str) -> Component:
    """By the slugs of its project and its own."""
    rows = tx.execute(_selected.where(projects.c.slug == project, components.c.slug == slug))
    return _component(one(rows, NotFound(f"There is no component “{project}/{slug}”.")))


def by_id(tx: Tx, component_id: str) -> Component:
    rows = tx.execute(_selected.where(components.c.id == component_id))
    return _component(one(rows, NotFound("This component has been removed.")))


def of_project(tx: Tx, project: Project) -> list[Component]:
    """By name, as people look for it: databases differ in that."""
    found = [_component(row) for row in tx.execute(_selected.where(components.c.project_id == project.id))]
    return sorted(found, key=lambda each: order.of_name(each.name, each.id))


def remove(tx: Tx, component: Component) -> None:
    """Removes it with its builds, deployments, executions and logs."""
    deployments.hold(tx, deployments_table.c.component_id == component.id)
    for table in (executions_table, builds_table):
        sources = sa.select(table.c.id).where(table.c.component_id == component.id)
        tx.execute(log_lines.delete().where(log_lines.c.source.in_(sources)))
    tallies.remove_components(tx, [component.id])
    tx.execute(components.delete().where(components.c.id == component.id))
    tx.changed(*changes.REMOVAL)


def _component(row: Any) -> Component:
    return Component(
        row.id,
        row.project_id,
        row.project,
        row.slug,
        row.name,
        row.description,
        Kind(row.kind),
        row.template,
        row.created_at,
        row.connected is not None,
    )
