"""Sources: checks out what is built, looks at connected repositories, builds what is new and deploys what is built."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from random import Random

from clockhouse.builders import remote
from clockhouse.builders.remote import Fetched, Remotes, Seen, Target
from clockhouse.builders.source import Repository
from clockhouse.engine.journal import Journal
from clockhouse.engine.service import LONGEST_WAIT, after_trouble, waking
from clockhouse.errors import ClockhouseError, Invalid
from clockhouse.kit import Secret
from clockhouse.model import build as model
from clockhouse.model.actor import SYSTEM
from clockhouse.model.deployment import checked
from clockhouse.model.source import Connection
from clockhouse.store import audit, builds, changes, components, connections, deployments, environments, repositories
from clockhouse.store.changes import Changes
from clockhouse.store.database import Database, Tx
from clockhouse.task.clock import Clock
from clockhouse.telemetry import logger
from clockhouse.vault import Vault

log = logger("sources")

_AT_ONCE = 20


class Sources:
    """Follows the connected repositories; `check_out` is for builds of any component."""

    def __init__(
        self,
        database: Database,
        journal: Journal,
        hints: Changes,
        clock: Clock,
        vault: Vault,
        remotes: Remotes,
        *,
        random: Random | None = None,
    ) -> None:
        self._database = database
        self._journal = journal
        self._hints = hints
        self._clock = clock
        self._vault = vault
        self._remotes = remotes
        self._random = random or Random()  # noqa: S311  spreads looks

    def check_out(self, component_id: str, sha: str, directory: str, folder: Path) -> None:
        """Writes a component's commit into a new folder: the whole of it, or a directory of a connected repository."""
        with self._database.read() as tx:
            connection = connections.by_component(tx, component_id)
            if connection is None:
                Repository(repositories.of(tx, component_id)).check_out(sha, folder)
                return
        target = remote.target(connection, self._vault.open)
        target = replace(target, place=replace(target.place, directory=directory))
        self._remotes.check_out(component_id, target, sha, folder)

    async def look(self) -> int:
        """Looks at the repositories that are due, and builds what is new where that is wanted; how many it looked at.

        A repository that can't be read is looked at later and later, with the trouble told.
        """
        due = await self._journal.write(lambda tx: connections.claim_due(tx, _AT_ONCE))
        if not due:
            return 0
        targets: dict[str, Target] = {}
        seen: dict[str, Seen] = {}
        for connection in due:
            try:
                targets[connection.component_id] = remote.target(connection, self._vault.open)
            except ClockhouseError as error:
                seen[connection.component_id] = Seen(None, trouble=error.sentence)
        seen |= await asyncio.to_thread(self._remotes.look, targets)
        for connection in due:
            await self._record(connection, targets.get(connection.component_id), seen[connection.component_id])
        return len(due)

    async def deploy(self) -> int:
        """Deploys what was built, where that is wanted: to the first environment, as it is there; how many it did."""
        return await self._journal.write(_deploy)

    async def run(self) -> None:
        topics = [changes.SOURCES, changes.BUILDS]
        async with waking(self._hints, topics, self._clock) as wake:
            while True:
                try:
                    await self.look()
                    await self.deploy()
                    await wake.until(await asyncio.to_thread(self._next), longest=LONGEST_WAIT)
                except Exception as error:  # the duty goes on
                    await after_trouble(wake, "sources.failed", error)

    def _next(self) -> datetime | None:
        with self._database.read() as tx:
            return connections.next_look(tx)

    async def _record(self, connection: Connection, target: Target | None, seen: Seen) -> None:
        jitter = self._random.random()
        if seen.sha is None or target is None:
            trouble = seen.trouble or "The repository cannot be read."
            log.warning("source.unread", component=connection.component_id, trouble=trouble)
            await self._journal.write(lambda tx: connections.record_trouble(tx, connection, trouble, jitter=jitter))
            return
        if seen.sha == connection.seen:
            sha = seen.sha
            await self._journal.write(
                lambda tx: connections.record_seen(tx, connection, sha, jitter=jitter, known_hosts=seen.known_hosts)
            )
            return
        target = replace(target, known_hosts=target.known_hosts or seen.known_hosts)
        try:
            fetched = await asyncio.to_thread(
                self._remotes.fetch, connection.component_id, target, since=connection.seen
            )
        except ClockhouseError as error:
            trouble = error.sentence
            await self._journal.write(lambda tx: connections.record_trouble(tx, connection, trouble, jitter=jitter))
            return
        await self._journal.write(lambda tx: _take_in(tx, connection, fetched, seen, jitter))


def _take_in(tx: Tx, connection: Connection, fetched: Fetched, seen: Seen, jitter: float) -> None:
    """There is a new commit: it is built, if that is wanted and it changes anything."""
    note = _note(connection, fetched)
    sha = fetched.commit.sha
    if not connections.record_seen(tx, connection, sha, jitter=jitter, known_hosts=seen.known_hosts, note=note):
        return
    tx.changed(changes.BUILDS)  # there is something new to build
    log.info("source.changed", component=connection.component_id, commit=sha)
    if not connection.auto_build or fetched.is_same:
        return
    component = components.by_id(tx, connection.component_id)
    if builds.of_commit(tx, component, sha) is None:
        found = fetched.commit
        commit = model.Commit(found.sha, found.message, found.author_name, found.at)
        made = builds.add(tx, component, commit, requested_by=SYSTEM.name)
        thing = f"{component.project}/{component.slug}"
        audit.note(tx, SYSTEM, "build.requested", thing, number=made.number, commit=sha)


def _note(connection: Connection, fetched: Fetched) -> str:
    if connection.auto_build and fetched.is_same:
        return (
            f"The newest commit changes nothing in {connection.place.directory or 'the repository'}: it is not built."
        )
    return ""


def _deploy(tx: Tx) -> int:
    count = 0
    for connection, project, slug, number in connections.to_deploy(tx):
        note = _deployed(tx, project, slug, number)
        connections.record_deployed(tx, connection, number, note)
        count += note is None
        log.info("source.deployed" if note is None else "source.not-deployed", component=slug, build=number, why=note)
    return count


def _deployed(tx: Tx, project: str, slug: str, number: int) -> str | None:
    """Deploys a build as what is in the first environment is deployed; else why not, as a sentence."""
    component, first = components.get(tx, project, slug), environments.every(tx)[0]
    present = deployments.active(tx, component, first)
    if present is None:
        return f"Build {number} is not deployed by itself: deploy one to {first.name} first, which says when and how."
    if present.release.build.number >= number:
        return None
    release = builds.release_of(tx, builds.get(tx, component, number))
    sealed = deployments.sealed_secrets(tx, present.id)
    names = {setting.name: setting.type for setting in release.build.settings}
    kept = {name: text for name, text in sealed.items() if names.get(name) == "secret"}
    given = {name: value for name, value in present.values.items() if name in names}
    try:
        values = checked(release.build.settings, {**given, **{name: Secret("kept") for name in kept}})
    except Invalid as error:
        wanted = ", ".join(field.removeprefix("configuration.") for field in error.fields)
        return f"Build {number} is not deployed by itself: its configuration needs a value for {wanted}. Deploy it."
    if present.unreadable_schedules:
        return f"Build {number} is not deployed by itself: a schedule in {first.name} cannot be read. Deploy it."
    made = deployments.add(
        tx,
        component,
        first,
        release,
        values={name: value for name, value in values.items() if not isinstance(value, Secret)},
        sealed=kept,
        limits=present.limits,
        terms=[schedule.terms for schedule in present.schedules],
        by=SYSTEM.name,
    )
    thing = f"{project}/{slug}"
    audit.note(tx, SYSTEM, "deployment.created", thing, environment=first.slug, number=made.number, build=number)
    return None
