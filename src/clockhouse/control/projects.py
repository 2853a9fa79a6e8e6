"""What may be asked of projects."""

from __future__ import annotations

from collections.abc import Sequence

from clockhouse.control import access
from clockhouse.control.components import empty
from clockhouse.control.parts import Parts
from clockhouse.model import identifier
from clockhouse.model.actor import Actor, Permission, Role
from clockhouse.model.component import Component
from clockhouse.model.project import Project
from clockhouse.store import actors, audit, components, people, projects
from clockhouse.store.database import Tx

_CREATED = "project.created"


def every(parts: Parts, actor: Actor) -> list[tuple[Project, int]]:
    """Those that the actor may see, by name, each with how many components it has."""
    access.require(actor, Permission.READ)
    with parts.database.read() as tx:
        return projects.every(tx, within=actor.projects())


def were_created(parts: Parts, actor: Actor) -> bool:
    """Whether there has ever been a project, also if all have been removed since."""
    access.require(actor, Permission.READ)
    with parts.database.read() as tx:
        return audit.has_happened(tx, _CREATED)


def get(parts: Parts, actor: Actor, slug: str) -> tuple[Project, int]:
    access.require(actor, Permission.READ, project=slug)
    with parts.database.read() as tx:
        project = projects.get(tx, slug)
        return project, len(components.of_project(tx, project))


def create(
    parts: Parts, actor: Actor, *, name: str, slug: str | None, description: str, is_example: bool = False
) -> Project:
    """Whoever makes one administers it; its production is theirs only if another of their roles has that."""
    access.require(actor, Permission.DEVELOP)
    with parts.database.begin() as tx:
        address = slug or identifier.slug(name)
        project = projects.add(tx, slug=address, name=name, description=description, is_example=is_example)
        audit.note(tx, actor, _CREATED, project.slug)
        if not actor.may(Permission.ADMINISTER, project.slug):
            actors.grant(tx, actor.id, Role.ADMIN, project_id=project.id, by=actor.name)
            called = people.get(tx, actor.id).called
            facts = {"role": str(Role.ADMIN), "project": project.slug, "environment": None, "production": False}
            audit.note(tx, actor, "person.granted", called, **facts)
        return project


def remove(parts: Parts, actor: Actor, slug: str) -> None:
    """Removes it with all that it has; what runs of it is ended."""
    access.require(actor, Permission.ADMINISTER, project=slug)
    with parts.database.read() as tx:
        held = components.of_project(tx, projects.get(tx, slug))
        _require_where_deployed(tx, actor, held)
    for component in held:
        empty(parts, component)
    with parts.database.begin() as tx:
        project = projects.get(tx, slug)
        held = components.of_project(tx, project)
        _require_where_deployed(tx, actor, held)
        for component in held:
            components.remove(tx, component)
        projects.remove(tx, project)
        audit.note(tx, actor, "project.removed", slug, components=len(held))


def _require_where_deployed(tx: Tx, actor: Actor, held: Sequence[Component]) -> None:
    for component in sorted(held, key=lambda each: each.id):  # the order in which everybody takes their turns
        access.require_where_deployed(tx, actor, component)
