"""What may be asked of a component's source."""

from __future__ import annotations

from collections.abc import Mapping

from clockhouse.builders import source
from clockhouse.builders.source import Tree
from clockhouse.control import access, connections
from clockhouse.control.parts import Parts, author, repository
from clockhouse.errors import NotFound
from clockhouse.model.actor import Actor, Permission
from clockhouse.model.build import Commit
from clockhouse.model.component import Component
from clockhouse.store import audit, components
from clockhouse.store.changes import BUILDS
from clockhouse.store.connections import of
from clockhouse.store.database import Tx


def read(
    parts: Parts, actor: Actor, project: str, slug: str, *, commit: str | None, branch: str | None = None
) -> tuple[Commit, Tree]:
    """All files of a commit; of the newest one when none is named. `branch` is one that a connected one follows."""
    access.require(actor, Permission.READ, project=project)
    with parts.database.read() as tx:
        component = components.get(tx, project, slug)
        connected = of(tx, component)
        if connected is None:
            found = commit_of(tx, component, commit)
            return found, repository(tx, component).read(found.sha)
    return connections.read(parts, component, connected, connected.track(branch), commit)


def commits(
    parts: Parts, actor: Actor, project: str, slug: str, *, limit: int, before: str | None, branch: str | None = None
) -> list[Commit]:
    """Newest first; of a connected one, those of one of the branches that it follows."""
    access.require(actor, Permission.READ, project=project)
    with parts.database.read() as tx:
        component = components.get(tx, project, slug)
        connected = of(tx, component)
        if connected is None:
            return [_commit(each) for each in repository(tx, component).commits(limit=limit, before=before)]
    return connections.commits(parts, component, connected, connected.track(branch), limit=limit, before=before)


def save(
    parts: Parts, actor: Actor, project: str, slug: str, *, parent: str, message: str, changes: Mapping[str, str | None]
) -> Commit:
    """A new commit. Raises Conflict when somebody else has saved since `parent`."""
    access.require(actor, Permission.DEVELOP, project=project)
    with parts.database.begin() as tx:
        component = components.get(tx, project, slug)
        connections.refuse_saving(component)
        made = repository(tx, component).commit(
            parent=parent, changes=changes, author=author(actor), message=message, at=tx.now
        )
        tx.changed(BUILDS)  # there is something new to build
        audit.note(tx, actor, "source.saved", f"{project}/{slug}", commit=made.sha)
        return _commit(made)


def commit_of(tx: Tx, component: Component, sha: str | None) -> Commit:
    """The commit with this hash, or the newest one."""
    kept = repository(tx, component)
    if sha is not None:
        return _commit(kept.get(sha))
    head = kept.head()
    if head is None:
        raise NotFound(f"“{component.name}” has no source yet. Save a first version in Develop.")
    return _commit(head)


def _commit(found: source.Commit) -> Commit:
    return Commit(found.sha, found.message, found.author_name, found.at, found.author_email)
