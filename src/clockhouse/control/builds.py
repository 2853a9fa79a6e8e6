"""What may be asked of builds."""

from __future__ import annotations

from clockhouse.control import access, connections, source
from clockhouse.control.parts import Parts
from clockhouse.errors import Conflict
from clockhouse.kit.declared import Problem
from clockhouse.model.actor import Actor, Permission
from clockhouse.model.build import Build, Commit, Status
from clockhouse.model.log import LogLine
from clockhouse.store import audit, builds, components, logs, recipes
from clockhouse.store.connections import of


def page(
    parts: Parts, actor: Actor, project: str, slug: str, *, before: int | None, limit: int, branch: str | None = None
) -> list[Build]:
    """Newest first; those for one branch of a connected repository, or all."""
    access.require(actor, Permission.READ, project=project)
    with parts.database.read() as tx:
        return builds.page(tx, components.get(tx, project, slug), before=before, limit=limit, branch=branch)


def get(parts: Parts, actor: Actor, project: str, slug: str, number: int) -> Build:
    access.require(actor, Permission.READ, project=project)
    with parts.database.read() as tx:
        return builds.get(tx, components.get(tx, project, slug), number)


def request(
    parts: Parts,
    actor: Actor,
    project: str,
    slug: str,
    *,
    commit: str | None,
    again: bool = False,
    branch: str | None = None,
) -> Build:
    """Queues a build of a commit, unless one of it by the same recipe has succeeded or is under way: then that one.

    With `again` only one under way will do, since what a build has made may be damaged. Of a connected repository, it
    is built for a `branch` that is followed: for the first one, where none is named.
    """
    access.require(actor, Permission.DEVELOP, project=project)
    fetched, track = _of_connected(parts, project, slug, commit, branch)
    with parts.database.begin() as tx:
        component = components.get(tx, project, slug)
        found = fetched or source.commit_of(tx, component, commit)
        existing = builds.of_commit(tx, component, found.sha, recipes.of(tx, component.id), branch=track)
        if existing is not None and (existing.status.is_open or not again):
            return existing
        built = builds.add(tx, component, found, requested_by=actor.name, branch=track)
        audit.note(tx, actor, "build.requested", f"{project}/{slug}", number=built.number, commit=found.sha)
        return built


def retry(parts: Parts, actor: Actor, project: str, slug: str, number: int) -> Build:
    """Queues a build like that one: of the same commit, by the same recipe. Raises Conflict while it is not over.

    Where images that run as root are no longer allowed, a build that allowed it takes an administrator.
    """
    access.require(actor, Permission.DEVELOP, project=project)
    with parts.database.begin() as tx:
        component = components.get(tx, project, slug)
        old = builds.get(tx, component, number)
        if old.recipe and old.recipe.allow_root and not recipes.of(tx, component.id).allow_root:
            access.require(actor, Permission.ADMINISTER)  # of the machine that it runs on, not of a project
        if old.status.is_open:
            raise Conflict(f"Build {number} is not over yet: it is {old.status}.")
        existing = builds.of_commit(tx, component, old.commit.sha, old.recipe, branch=old.branch)
        if existing is not None and existing.status.is_open:
            return existing
        built = builds.add(tx, component, old.commit, requested_by=actor.name, recipe=old.recipe, branch=old.branch)
        audit.note(tx, actor, "build.requested", f"{project}/{slug}", number=built.number, like=number)
        return built


def _of_connected(
    parts: Parts, project: str, slug: str, commit: str | None, branch: str | None
) -> tuple[Commit | None, str | None]:
    """The commit of a connected repository and its branch, before a transaction: it may take long. None elsewhere."""
    with parts.database.read() as tx:
        component = components.get(tx, project, slug)
        connected = of(tx, component)
    if connected is None:
        return None, None
    track = connected.track(branch)
    return connections.commit_of(parts, component, connected, track, commit), track.branch


def cancel(parts: Parts, actor: Actor, project: str, slug: str, number: int) -> Build:
    """Ends a build that waits, and asks for the end of one that runs. Raises Conflict when it is over."""
    access.require(actor, Permission.DEVELOP, project=project)
    with parts.database.begin() as tx:
        build = builds.get(tx, components.get(tx, project, slug), number)
        if not build.status.is_open:
            raise Conflict(f"Build {number} is over already: it is {build.status}.")
        if build.status is Status.QUEUED:
            builds.fail(tx, build, Status.CANCELLED, Problem(f"{actor.name} cancelled it before it began."))
        else:
            builds.request_cancel(tx, build, actor.name)
        audit.note(tx, actor, "build.cancelled", f"{project}/{slug}", number=number)
        return builds.by_id(tx, build.id)


def log(
    parts: Parts, actor: Actor, project: str, slug: str, number: int, *, after: int, limit: int
) -> tuple[Build, list[LogLine]]:
    """The build, and at most `limit` lines of its log that follow line `after`."""
    access.require(actor, Permission.READ, project=project)
    with parts.database.read() as tx:
        build = builds.get(tx, components.get(tx, project, slug), number)
        return build, logs.after(tx, build.id, after, limit)
