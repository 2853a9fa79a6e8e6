"""What may be asked of a component's source."""

from __future__ import annotations

from collections.abc import Mapping

from clockhouse.builders import source
from clockhouse.builders.source import Tree
from clockhouse.control import access
from clockhouse.control.parts import Parts, author
from clockhouse.errors import NotFound
from clockhouse.model.actor import Actor, Permission
from clockhouse.model.build import Commit
from clockhouse.model.component import Component
from clockhouse.store import audit, components
from clockhouse.store.changes import BUILDS


def read(parts: Parts, actor: Actor, project: str, slug: str, *, commit: str | None) -> tuple[Commit, Tree]:
    """All files of a commit; of the newest one when none is named."""
    component = _component(parts, actor, project, slug)
    found = commit_of(parts, component, commit)
    return found, parts.repositories.read(component.id, found.sha)


def commits(parts: Parts, actor: Actor, project: str, slug: str, *, limit: int, before: str | None) -> list[Commit]:
    """Newest first."""
    component = _component(parts, actor, project, slug)
    found = parts.repositories.commits(component.id, limit=limit, before=before)
    return [_commit(each) for each in found]


def save(
    parts: Parts, actor: Actor, project: str, slug: str, *, parent: str, message: str, changes: Mapping[str, str | None]
) -> Commit:
    """A new commit. Raises Conflict when somebody else has saved since `parent`."""
    access.require(actor, Permission.DEVELOP)
    with parts.database.begin() as tx:
        component = components.get(tx, project, slug)
        made = parts.repositories.commit(
            component.id, parent=parent, changes=changes, author=author(actor), message=message, at=tx.now
        )
        tx.changed(BUILDS)  # there is something new to build
        audit.note(tx, actor, "source.saved", f"{project}/{slug}", commit=made.sha)
        return _commit(made)


def commit_of(parts: Parts, component: Component, sha: str | None) -> Commit:
    """The commit with this hash, or the newest one."""
    if sha is not None:
        return _commit(parts.repositories.get(component.id, sha))
    head = parts.repositories.head(component.id)
    if head is None:
        raise NotFound(f"“{component.name}” has no source yet. Save a first version in Develop.")
    return _commit(head)


def _commit(found: source.Commit) -> Commit:
    return Commit(found.sha, found.message, found.author_name, found.at)


def _component(parts: Parts, actor: Actor, project: str, slug: str) -> Component:
    access.require(actor, Permission.READ)
    with parts.database.read() as tx:
        return components.get(tx, project, slug)
