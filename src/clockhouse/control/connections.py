"""What may be asked of connected repositories."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace

from clockhouse.builders import address, remote, source
from clockhouse.builders.remote import Remotes, Survey, Target
from clockhouse.builders.source import Tree
from clockhouse.control import access
from clockhouse.control.parts import Parts
from clockhouse.errors import Conflict, Unauthenticated, Unavailable
from clockhouse.kit import Secret
from clockhouse.model import source as model
from clockhouse.model.actor import Actor, Permission
from clockhouse.model.build import Commit
from clockhouse.model.component import Component
from clockhouse.model.source import Changed, Connection, Credential, CredentialKind, Place, SourceKind
from clockhouse.store import audit, components, connections
from clockhouse.store.database import Tx
from clockhouse.vault import Vault

_HOOK_BYTES = 32


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody wants connected."""

    place: Place
    credential: Credential
    kind: SourceKind | None
    auto_build: bool
    auto_deploy: bool


def survey(parts: Parts, actor: Actor, place: Place, credential: Credential, kind: SourceKind | None) -> Survey:
    """What a repository holds, before it is connected; an empty branch is the default one."""
    access.require(actor, Permission.DEVELOP)
    whole = replace(place, directory=address.check_directory(place.directory))
    return _remotes(parts).survey(Target(whole, credential), wanted=kind)


def tested(parts: Parts, actor: Actor, wanted: Wanted) -> tuple[Wanted, Survey]:
    """What is wanted, with its branch and directory as they are, once the repository has answered for them."""
    if wanted.auto_deploy:
        access.require(actor, Permission.OPERATE)
    place = replace(wanted.place, directory=address.check_directory(wanted.place.directory))
    found = survey(parts, actor, place, wanted.credential, wanted.kind)
    return replace(wanted, place=replace(place, branch=found.branch)), found


def connect(tx: Tx, vault: Vault, component: Component, wanted: Wanted, found: Survey) -> None:
    """Makes a new component one whose source is that repository; with `auto_build` it is built as soon as possible."""
    connections.add(
        tx,
        Connection(
            component_id=component.id,
            place=wanted.place,
            kind=wanted.kind,
            credential_kind=wanted.credential.kind,
            user=wanted.credential.user,
            sealed=_sealed(vault, component.id, wanted.credential),
            sealed_hook=_new_hook(vault, component.id)[1],
            known_hosts=found.known_hosts,
            auto_build=wanted.auto_build,
            auto_deploy=wanted.auto_deploy,
            # The first look finds the commit new, and builds it where that is wanted.
            seen=None if wanted.auto_build else found.commit.sha,
            looked_at=None,
            failures=0,
            trouble=None,
            note=None,
        ),
    )


def get(parts: Parts, actor: Actor, project: str, slug: str) -> Connection:
    """Raises Conflict for a component whose source Clockhouse keeps."""
    access.require(actor, Permission.READ)
    with parts.database.read() as tx:
        return connections.required(tx, components.get(tx, project, slug))


def change(parts: Parts, actor: Actor, project: str, slug: str, changed: Changed) -> Connection:
    """Follows another branch or directory, has another credential, or does more or less by itself.

    The repository is asked before its branch, directory or credential is changed. It takes who may deploy to have it
    deployed by itself.
    """
    access.require(actor, Permission.DEVELOP)
    if changed.auto_deploy:
        access.require(actor, Permission.OPERATE)
    with parts.database.read() as tx:
        component = components.get(tx, project, slug)
        present = connections.required(tx, component)
    wanted = _changed(present, changed)
    target = remote.target(wanted, parts.vault.open)
    if changed.credential is not None:
        target = replace(target, credential=changed.credential)
        wanted = replace(wanted, sealed=_sealed(parts.vault, component.id, changed.credential), known_hosts="")
    if wanted.place != present.place or changed.credential is not None:
        found = _remotes(parts).survey(replace(target, known_hosts=wanted.known_hosts), wanted=wanted.kind)
        seen = wanted.seen if wanted.place == present.place else None if wanted.auto_build else found.commit.sha
        wanted = replace(wanted, known_hosts=found.known_hosts, seen=seen)
    with parts.database.begin() as tx:
        connections.change(tx, wanted)
        if wanted.auto_deploy and not present.auto_deploy:
            connections.deploy_from_now_on(tx, wanted)
        audit.note(tx, actor, "connection.changed", f"{project}/{slug}", branch=wanted.place.branch)
        return connections.required(tx, component)


def look(parts: Parts, actor: Actor, project: str, slug: str) -> Connection:
    """Looks for new commits now. Raises what keeps it from seeing any."""
    access.require(actor, Permission.DEVELOP)
    with parts.database.read() as tx:
        component = components.get(tx, project, slug)
        present = connections.required(tx, component)
    found = _remotes(parts).fetch(component.id, remote.target(present, parts.vault.open))
    with parts.database.begin() as tx:
        _seen_by_the_way(tx, present, found.commit.sha)
        return connections.required(tx, component)


def new_hook(parts: Parts, actor: Actor, project: str, slug: str) -> tuple[str, Secret]:
    """A new secret for the webhook, in the place of the old one: the component's id, and the secret.

    It is told this once.
    """
    access.require(actor, Permission.DEVELOP)
    with parts.database.begin() as tx:
        component = components.get(tx, project, slug)
        connections.required(tx, component)
        secret, sealed = _new_hook(parts.vault, component.id)
        connections.renew_hook(tx, component.id, sealed)
        audit.note(tx, actor, "connection.hook-renewed", f"{project}/{slug}")
        return component.id, secret


class Hook:
    """Somebody says that a repository has changed: `read` all that is sent, then `accept`."""

    def __init__(self, key: Secret | None) -> None:
        self._key = key
        self._seen = hmac.new((key.reveal() if key else secrets.token_hex()).encode(), digestmod=hashlib.sha256)

    def read(self, chunk: bytes) -> None:
        self._seen.update(chunk)

    def accept(self, parts: Parts, component_id: str, headers: Mapping[str, str]) -> None:
        """The repository is looked at soon. Raises Unauthenticated when it is not signed with the component's secret.

        GitHub, Gitea and Bitbucket sign what they send; GitLab sends the secret itself.
        """
        if self._key is None or not self._is_signed(headers):
            raise Unauthenticated(
                "This webhook is not signed with the component's secret. Make a new secret, and give it to both sides.",
                component=component_id,
            )
        with parts.database.begin() as tx:
            connections.look_soon(tx, component_id)

    def _is_signed(self, headers: Mapping[str, str]) -> bool:
        told = self._seen.hexdigest()
        signatures = {
            "x-hub-signature-256": f"sha256={told}",  # GitHub, and Gitea beside its own
            "x-hub-signature": f"sha256={told}",  # Bitbucket
            "x-gitea-signature": told,
            "x-gitlab-token": self._key.reveal() if self._key else "",
        }
        given = [(headers[name], wanted) for name, wanted in signatures.items() if headers.get(name)]
        return any(hmac.compare_digest(one.encode(), wanted.encode()) for one, wanted in given)


def hook(parts: Parts, component_id: str) -> Hook:
    """For whoever calls the webhook of a component; there may be no such component."""
    with parts.database.read() as tx:
        present = connections.by_component(tx, component_id)
    return Hook(None if present is None else parts.vault.open(present.sealed_hook, model.hook_purpose(component_id)))


def commit_of(parts: Parts, component: Component, connection: Connection, sha: str | None) -> Commit:
    """The commit with this hash, or the branch's newest one, fetched."""
    remotes, target = _remotes(parts), remote.target(connection, parts.vault.open)
    if sha is not None:
        return _commit(remotes.get(component.id, target, sha))
    found = remotes.fetch(component.id, target)
    with parts.database.begin() as tx:
        _seen_by_the_way(tx, connection, found.commit.sha)
    return _commit(found.commit)


def commits(
    parts: Parts, component: Component, connection: Connection, *, limit: int, before: str | None
) -> list[Commit]:
    """Newest first, as far as they were fetched."""
    remotes, target = _remotes(parts), remote.target(connection, parts.vault.open)
    start = before or connection.seen
    if start is None:
        start = remotes.fetch(component.id, target).commit.sha
    found = remotes.commits(component.id, target, start, limit=limit, after=before is not None)
    return [_commit(each) for each in found]


def read(parts: Parts, component: Component, connection: Connection, sha: str | None) -> tuple[Commit, Tree]:
    """All files of a commit's directory; of the newest one that was seen when none is named."""
    remotes, target = _remotes(parts), remote.target(connection, parts.vault.open)
    wanted = sha or connection.seen
    found = remotes.get(component.id, target, wanted) if wanted else remotes.fetch(component.id, target).commit
    return _commit(found), remotes.read(component.id, target, found.sha)


def forget(parts: Parts, component: Component) -> None:
    """Removes the copy of the repository here, of a component that is no more."""
    if component.is_connected and parts.remotes is not None:
        parts.remotes.remove(component.id)


def refuse_saving(component: Component) -> None:
    """Raises Conflict for a connected component: its source is changed where it is kept."""
    if component.is_connected:
        raise Conflict(
            f"The source of “{component.name}” is a connected repository. Change it there; it is read from here only."
        )


def _seen_by_the_way(tx: Tx, connection: Connection, sha: str) -> None:
    # What is new is left to the engine's next look where it is to be built by itself, or it would not be.
    if connection.auto_build and sha != connection.seen:
        connections.look_soon(tx, connection.component_id)
    else:
        connections.record_seen(tx, connection, sha, jitter=0)


def _changed(present: Connection, changed: Changed) -> Connection:
    place = replace(
        present.place,
        branch=present.place.branch if changed.branch is None else address.check_branch(changed.branch),
        directory=(
            present.place.directory if changed.directory is None else address.check_directory(changed.directory)
        ),
    )
    kind = present.kind if changed.kind is None else SourceKind(changed.kind) if changed.kind else None
    credential = changed.credential
    return replace(
        present,
        place=place,
        kind=kind,
        auto_build=present.auto_build if changed.auto_build is None else changed.auto_build,
        auto_deploy=present.auto_deploy if changed.auto_deploy is None else changed.auto_deploy,
        credential_kind=present.credential_kind if credential is None else credential.kind,
        user=present.user if credential is None else credential.user,
        note=None,
    )


def _sealed(vault: Vault, component_id: str, credential: Credential) -> str | None:
    if credential.kind is CredentialKind.NONE or credential.secret is None:
        return None
    return vault.seal(credential.secret, model.credential_purpose(component_id))


def _new_hook(vault: Vault, component_id: str) -> tuple[Secret, str]:
    secret = Secret(secrets.token_hex(_HOOK_BYTES))
    return secret, vault.seal(secret, model.hook_purpose(component_id))


def _remotes(parts: Parts) -> Remotes:
    if parts.remotes is None:
        raise Unavailable("This server connects no repositories.")
    return parts.remotes


def _commit(found: source.Commit) -> Commit:
    return Commit(found.sha, found.message, found.author_name, found.at)
