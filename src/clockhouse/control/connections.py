"""What may be asked of connected repositories."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace

from clockhouse.builders import address, remote, source
from clockhouse.builders.remote import Remotes, Seen, Survey, Target
from clockhouse.builders.source import Tree
from clockhouse.control import access
from clockhouse.control.parts import Parts
from clockhouse.errors import ClockhouseError, Conflict, Invalid, Unauthenticated, Unavailable
from clockhouse.kit import Secret
from clockhouse.model import source as model
from clockhouse.model.actor import Actor, Permission
from clockhouse.model.build import Commit
from clockhouse.model.component import Component
from clockhouse.model.source import (
    Automation,
    Changed,
    Connection,
    Credential,
    CredentialKind,
    Place,
    SourceKind,
    Track,
)
from clockhouse.store import audit, components, connections, tracks
from clockhouse.store.database import Tx
from clockhouse.vault import Vault

_HOOK_BYTES = 32


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody wants connected."""

    place: Place
    credential: Credential
    kind: SourceKind | None
    automation: Automation


def survey(parts: Parts, actor: Actor, place: Place, credential: Credential, kind: SourceKind | None) -> Survey:
    """What a repository holds, before it is connected; an empty branch is the default one.

    Raises Unfinished when that takes long.
    """
    access.require_somewhere(actor, Permission.DEVELOP)
    whole = replace(place, directory=address.check_directory(place.directory))
    return _survey(parts, Target(whole, credential), kind)


def tested(parts: Parts, actor: Actor, project: str, wanted: Wanted) -> tuple[Wanted, Survey]:
    """What is wanted, with its branch and directory as they are, once the repository has answered for them."""
    access.require(actor, Permission.DEVELOP, project=project)
    if wanted.automation.deploy:
        with parts.database.read() as tx:
            access.require_deploying(tx, actor, project, wanted.automation)
    place = replace(wanted.place, directory=address.check_directory(wanted.place.directory))
    found = survey(parts, actor, place, wanted.credential, wanted.kind)
    return replace(wanted, place=replace(place, branch=found.branch)), found


def connect(tx: Tx, vault: Vault, component: Component, wanted: Wanted, found: Survey) -> None:
    """Makes a new component one whose source is that repository; where it builds by itself, as soon as possible."""
    # The first look finds the commit new, and builds it where that is wanted.
    seen = None if wanted.automation.build else found.commit.sha
    connections.add(
        tx,
        Connection(
            component_id=component.id,
            url=wanted.place.url,
            directory=wanted.place.directory,
            kind=wanted.kind,
            credential_kind=wanted.credential.kind,
            user=wanted.credential.user,
            sealed=_sealed(vault, component.id, wanted.credential),
            sealed_hook=_new_hook(vault, component.id)[1],
            known_hosts=found.known_hosts,
            tracks=(Track(wanted.place.branch, wanted.automation, seen),),
        ),
    )


def get(parts: Parts, actor: Actor, project: str, slug: str) -> Connection:
    """Raises Conflict for a component whose source Clockhouse keeps."""
    access.require(actor, Permission.READ, project=project)
    with parts.database.read() as tx:
        return connections.required(tx, components.get(tx, project, slug))


def change(parts: Parts, actor: Actor, project: str, slug: str, changed: Changed) -> Connection:
    """Has another address, directory, kind or credential. The repository is asked first, unless only the kind changes.

    Who pushes to another repository deploys what is deployed by itself: only who may deploy there names one. Raises
    Invalid for a credential that is of another server, Unfinished when it takes long.
    """
    access.require(actor, Permission.DEVELOP, project=project)
    with parts.database.read() as tx:
        component = components.get(tx, project, slug)
        present = connections.required(tx, component)
        wanted = _changed(present, changed)
        if wanted.url != present.url:
            _check_moved(tx, actor, project, present, changed)
    if changed.credential is not None:
        wanted = replace(wanted, sealed=_sealed(parts.vault, component.id, changed.credential), known_hosts="")
    if wanted.url != present.url:
        wanted = replace(wanted, known_hosts="")
    is_elsewhere = (wanted.url, wanted.directory) != (present.url, present.directory)
    if is_elsewhere or changed.credential is not None:
        target = remote.target(wanted, wanted.track(None), parts.vault.open)
        if changed.credential is not None:
            target = replace(target, credential=changed.credential)
        wanted = replace(wanted, known_hosts=_survey(parts, target, wanted.kind).known_hosts)
    with parts.database.begin() as tx:
        connections.change(tx, wanted)
        if is_elsewhere:
            tracks.begin_anew(tx, component.id)
        else:
            tracks.look_soon(tx, component.id)
        moved = {} if wanted.url == present.url else {"url": wanted.url}
        audit.note(tx, actor, "connection.changed", f"{project}/{slug}", directory=wanted.directory, **moved)
        return connections.required(tx, component)


def look(parts: Parts, actor: Actor, project: str, slug: str) -> Connection:
    """Looks for new commits of all tracks now. Raises what keeps it from seeing any."""
    access.require(actor, Permission.DEVELOP, project=project)
    with parts.database.read() as tx:
        component = components.get(tx, project, slug)
        present = connections.required(tx, component)
    targets = {track.branch: remote.target(present, track, parts.vault.open) for track in present.tracks}
    remotes = _remotes(parts)
    found = parts.errands.wait(("look", component.id, *targets.values()), lambda: remotes.look(targets))
    with parts.database.begin() as tx:
        for track in present.tracks:
            _take_note(tx, present, track, found[track.branch])
    if not any(each.sha for each in found.values()):
        for each in found.values():
            raise _trouble(each)
    with parts.database.read() as tx:
        return connections.required(tx, component)


def new_hook(parts: Parts, actor: Actor, project: str, slug: str) -> tuple[str, Secret]:
    """A new secret for the webhook, in the place of the old one: the component's id, and the secret.

    It is told this once.
    """
    access.require(actor, Permission.DEVELOP, project=project)
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
            tracks.look_soon(tx, component_id)

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


def commit_of(parts: Parts, component: Component, connection: Connection, track: Track, sha: str | None) -> Commit:
    """The commit with this hash, or the track's newest one, fetched. Raises Unfinished when that takes long."""
    remotes, target = _remotes(parts), remote.target(connection, track, parts.vault.open)
    if sha is not None:
        return _commit(parts.errands.wait(("get", component.id, sha), lambda: remotes.get(component.id, target, sha)))
    found = parts.errands.wait(("fetch", component.id, target), lambda: remotes.fetch(component.id, target))
    with parts.database.begin() as tx:
        _seen_by_the_way(tx, connection, track, found.commit.sha)
    return _commit(found.commit)


def commits(
    parts: Parts, component: Component, connection: Connection, track: Track, *, limit: int, before: str | None
) -> list[Commit]:
    """Newest first, as far as they were fetched. Raises Unfinished when that takes long."""
    remotes, target = _remotes(parts), remote.target(connection, track, parts.vault.open)

    def listed() -> list[source.Commit]:
        start = before or track.seen or remotes.fetch(component.id, target).commit.sha
        return remotes.commits(component.id, target, start, limit=limit, after=before is not None)

    found = parts.errands.wait(("commits", component.id, target, before, track.seen, limit), listed)
    return [_commit(each) for each in found]


def read(
    parts: Parts, component: Component, connection: Connection, track: Track, sha: str | None
) -> tuple[Commit, Tree]:
    """All files of a commit's directory; of the newest one that was seen when none is named.

    Raises Unfinished when that takes long.
    """
    remotes, target = _remotes(parts), remote.target(connection, track, parts.vault.open)
    wanted = sha or track.seen

    def tree() -> tuple[source.Commit, Tree]:
        found = remotes.get(component.id, target, wanted) if wanted else remotes.fetch(component.id, target).commit
        return found, remotes.read(component.id, target, found.sha)

    found, files = parts.errands.wait(("read", component.id, target, wanted), tree)
    return _commit(found), files


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


def _survey(parts: Parts, target: Target, kind: SourceKind | None) -> Survey:
    remotes = _remotes(parts)
    return parts.errands.wait(("survey", target, kind), lambda: remotes.survey(target, wanted=kind))


def _take_note(tx: Tx, connection: Connection, track: Track, seen: Seen) -> None:
    if seen.sha is not None:
        connections.meet(tx, connection, seen.known_hosts)
        _seen_by_the_way(tx, connection, track, seen.sha)
    elif seen.trouble:
        tracks.record_trouble(tx, connection, track, seen.trouble, jitter=0)


def _trouble(seen: Seen) -> ClockhouseError:
    sentence = seen.trouble or "The repository cannot be read."
    return Invalid(sentence, {seen.field: sentence}) if seen.field else Unavailable(sentence)


def _seen_by_the_way(tx: Tx, connection: Connection, track: Track, sha: str) -> None:
    # What is new is left to the engine's next look where it is to be built by itself, or it would not be.
    if track.automation.build and sha != track.seen:
        tracks.look_soon(tx, connection.component_id)
    else:
        tracks.record_seen(tx, connection, track, sha, jitter=0)


def _changed(present: Connection, changed: Changed) -> Connection:
    kind = present.kind if changed.kind is None else SourceKind(changed.kind) if changed.kind else None
    credential = changed.credential
    directory = changed.directory
    return replace(
        present,
        url=present.url if changed.url is None else changed.url.strip(),
        directory=present.directory if directory is None else address.check_directory(directory),
        kind=kind,
        credential_kind=present.credential_kind if credential is None else credential.kind,
        user=present.user if credential is None else credential.user,
    )


def _check_moved(tx: Tx, actor: Actor, project: str, present: Connection, changed: Changed) -> None:
    for track in present.tracks:
        if track.automation.deploy:
            access.require_deploying(tx, actor, project, track.automation)
    origins = {address.parse(url).origin for url in (present.url, changed.url or "")}
    if changed.credential is None and present.credential_kind is not CredentialKind.NONE and len(origins) > 1:
        sentence = "What opens the repository is for the server where it was. Give what opens it at the new address."
        raise Invalid(sentence, {"credential": sentence})


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
    return Commit(found.sha, found.message, found.author_name, found.at, found.author_email)
