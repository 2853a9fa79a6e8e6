"""What may be asked of components."""

from __future__ import annotations

from dataclasses import dataclass

from clockhouse import templates
from clockhouse.control import access, connections, deployments
from clockhouse.control.connections import Wanted
from clockhouse.control.deployments import Card
from clockhouse.control.parts import Parts, author, repository
from clockhouse.errors import Invalid, NotFound
from clockhouse.model import identifier
from clockhouse.model import image as references
from clockhouse.model.actor import Actor, Permission
from clockhouse.model.build import Commit
from clockhouse.model.component import Component
from clockhouse.store import audit, builds, components, projects, retention

_CREATED = "component.created"
_REMOVED_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Summary:
    """A component with its state in each environment."""

    component: Component
    cards: list[Card]


def of_project(parts: Parts, actor: Actor, project: str) -> list[Summary]:
    """By name."""
    access.require(actor, Permission.READ, project=project)
    with parts.database.read() as tx:
        found = components.of_project(tx, projects.get(tx, project))
        return [Summary(component, deployments.cards_of(tx, component)) for component in found]


def get(parts: Parts, actor: Actor, project: str, slug: str) -> Summary:
    access.require(actor, Permission.READ, project=project)
    with parts.database.read() as tx:
        component = components.get(tx, project, slug)
        return Summary(component, deployments.cards_of(tx, component))


def was_created(parts: Parts, actor: Actor, project: str, slug: str) -> bool:
    """Whether there has ever been such a component, also if it has been removed since."""
    access.require(actor, Permission.READ, project=project)
    with parts.database.read() as tx:
        return audit.has_happened(tx, _CREATED, f"{project}/{slug}")


def create(
    parts: Parts, actor: Actor, project: str, *, name: str, slug: str | None, description: str, template: str
) -> Component:
    """A component whose repository begins with the template's files. Raises Conflict when the slug is taken."""
    access.require(actor, Permission.DEVELOP, project=project)
    address = slug or identifier.slug(name)
    chosen = _template(template)
    with parts.database.begin() as tx:
        holder = projects.get(tx, project)
        component = components.add(tx, holder, slug=address, name=name, description=description, template=chosen.key)
        repository(tx, component).create(
            chosen.files, author=author(actor), message=f"Start from “{chosen.title}”", at=tx.now
        )
        audit.note(tx, actor, _CREATED, f"{project}/{address}", template=chosen.key)
        return component


def create_of_image(
    parts: Parts, actor: Actor, project: str, *, name: str, slug: str | None, description: str, image: str
) -> Component:
    """A component of a ready image, whose first build is asked for. Raises Invalid for what names no image."""
    access.require(actor, Permission.DEVELOP, project=project)
    reference, address = image.strip(), slug or identifier.slug(name)
    if fault := references.fault(reference):
        raise Invalid(f"{fault} Write it like registry.example.org/reports:1.4.", {"image": fault})
    with parts.database.begin() as tx:
        holder = projects.get(tx, project)
        component = components.add(tx, holder, slug=address, name=name, description=description, template="")
        first = repository(tx, component).create(
            references.source(reference), author=author(actor), message=f"Start from the image {reference}", at=tx.now
        )
        builds.add(
            tx, component, Commit(first.sha, first.message, first.author_name, first.at), requested_by=actor.name
        )
        audit.note(tx, actor, _CREATED, f"{project}/{address}", image=reference)
        return component


def connect(
    parts: Parts, actor: Actor, project: str, *, name: str, slug: str | None, description: str, wanted: Wanted
) -> Component:
    """A component whose source is a connected repository, once that has answered. Raises Conflict for a taken slug."""
    access.require(actor, Permission.DEVELOP, project=project)
    address = slug or identifier.slug(name)
    with parts.database.read() as tx:
        projects.get(tx, project)
    checked, found = connections.tested(parts, actor, project, wanted)
    with parts.database.begin() as tx:
        holder = projects.get(tx, project)
        made = components.add(tx, holder, slug=address, name=name, description=description, template="")
        connections.connect(tx, parts.vault, made, checked, found)
        audit.note(tx, actor, _CREATED, f"{project}/{address}", url=checked.place.url, branch=checked.place.branch)
        return components.get(tx, project, address)


def remove(parts: Parts, actor: Actor, project: str, slug: str) -> None:
    """Removes it with its source, builds and history; what runs of it is ended."""
    access.require(actor, Permission.ADMINISTER, project=project)
    with parts.database.read() as tx:
        component = components.get(tx, project, slug)
        access.require_where_deployed(tx, actor, component)
    empty(parts, component)
    with parts.database.begin() as tx:
        component = components.get(tx, project, slug)
        access.require_where_deployed(tx, actor, component)
        components.remove(tx, component)
        audit.note(tx, actor, "component.removed", f"{project}/{slug}")
    connections.forget(parts, component)


def empty(parts: Parts, component: Component) -> None:
    """Removes a long history in small steps, so that nobody waits for the removal of the rest, which is one."""
    removed = _REMOVED_AT_ONCE
    while removed >= _REMOVED_AT_ONCE:
        with parts.database.begin() as tx:
            removed = retention.remove_some_of(tx, component, _REMOVED_AT_ONCE)


def _template(key: str) -> templates.Template:
    try:
        return templates.get(key)
    except NotFound as error:
        raise Invalid(error.sentence, {"template": error.sentence}) from None
