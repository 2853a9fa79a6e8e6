"""What may be asked of tracks: the branches that a connected component follows."""

from __future__ import annotations

from dataclasses import dataclass, replace

from clockhouse.builders import address, remote
from clockhouse.control import access
from clockhouse.control.parts import Parts
from clockhouse.errors import Unavailable
from clockhouse.model.actor import Actor, Permission
from clockhouse.model.source import Automation, Connection, Track
from clockhouse.store import audit, components, connections, environments, tracks
from clockhouse.store.database import Tx


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is done by itself from now on; None leaves a field as it is, an empty `environment` is the first one."""

    build: bool | None = None
    deploy: bool | None = None
    environment: str | None = None


def add(parts: Parts, actor: Actor, project: str, slug: str, branch: str, wanted: Wanted) -> Track:
    """Follows a branch more, once the repository has answered for it. Raises Unfinished when that takes long."""
    access.require(actor, Permission.DEVELOP, project=project)
    name = address.check_branch(branch)
    with parts.database.read() as tx:
        component = components.get(tx, project, slug)
        connection = connections.required(tx, component)
        connection.check_new(name)
        track = Track(name, _automation(tx, actor, project, Automation(), wanted))
    if parts.remotes is None:
        raise Unavailable("This server connects no repositories.")
    remotes, target = parts.remotes, remote.target(connection, track, parts.vault.open)
    found = parts.errands.wait(("fetch", component.id, target), lambda: remotes.fetch(component.id, target))
    # Where it is built by itself, the first look finds the commit new.
    track = replace(track, seen=None if track.automation.build else found.commit.sha)
    with parts.database.begin() as tx:
        connections.required(tx, components.get(tx, project, slug)).check_new(name)
        tracks.add(tx, component.id, track)
        audit.note(tx, actor, "track.added", f"{project}/{slug}", branch=name)
        return track


def automate(parts: Parts, actor: Actor, project: str, slug: str, branch: str, wanted: Wanted) -> Track:
    """Does more or less by itself on a track. It takes who may deploy to have it deployed by itself."""
    access.require(actor, Permission.DEVELOP, project=project)
    with parts.database.begin() as tx:
        connection, track = _track(tx, project, slug, branch)
        automation = _automation(tx, actor, project, track.automation, wanted)
        tracks.automate(tx, connection.component_id, track, automation)
        told = {"build": automation.build, "deploy": automation.deploy}
        audit.note(tx, actor, "track.changed", f"{project}/{slug}", branch=branch, **told)
        return _track(tx, project, slug, branch)[1]


def remove(parts: Parts, actor: Actor, project: str, slug: str, branch: str) -> None:
    """Follows a branch no more; its builds and what is deployed of them stay. Raises Conflict for the only one."""
    access.require(actor, Permission.DEVELOP, project=project)
    with parts.database.begin() as tx:
        connection, track = _track(tx, project, slug, branch)
        tracks.remove(tx, connection.component_id, track.branch)
        audit.note(tx, actor, "track.removed", f"{project}/{slug}", branch=branch)


def _track(tx: Tx, project: str, slug: str, branch: str) -> tuple[Connection, Track]:
    connection = connections.required(tx, components.get(tx, project, slug))
    return connection, connection.track(branch)


def _automation(tx: Tx, actor: Actor, project: str, present: Automation, wanted: Wanted) -> Automation:
    environment_id = present.environment_id
    if wanted.environment is not None:
        environment_id = environments.get(tx, wanted.environment).id if wanted.environment else None
    automation = Automation(
        build=present.build if wanted.build is None else wanted.build,
        deploy=present.deploy if wanted.deploy is None else wanted.deploy,
        environment_id=environment_id,
    )
    if automation.deploy and automation != present:
        access.require_deploying(tx, actor, project, automation)
    return automation
