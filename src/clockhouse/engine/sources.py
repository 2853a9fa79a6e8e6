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
from clockhouse.engine import autodeploy
from clockhouse.engine.journal import Journal
from clockhouse.engine.service import LONGEST_WAIT, after_trouble, waking
from clockhouse.errors import ClockhouseError, Unavailable
from clockhouse.model import build as model
from clockhouse.model.actor import SYSTEM
from clockhouse.model.source import Connection, Track
from clockhouse.store import (
    audit,
    builds,
    changes,
    components,
    connections,
    repositories,
    tracks,
)
from clockhouse.store.changes import Changes
from clockhouse.store.database import Database, Tx
from clockhouse.store.tracks import Ready
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
            branch = builds.branch_of(tx, component_id, sha)
        track = next((each for each in connection.tracks if each.branch == branch), connection.track(None))
        target = remote.target(connection, track, self._vault.open)
        target = replace(target, place=replace(target.place, directory=directory))
        self._remotes.check_out(component_id, target, sha, folder)

    async def look(self) -> int:
        """Looks at the branches that are due, and builds what is new where that is wanted; how many it looked at.

        One that can't be read is looked at later and later, with the trouble told.
        """
        due = await self._journal.write(_claim)
        if not due:
            return 0
        targets: dict[str, Target] = {}
        seen: dict[str, Seen] = {}
        for key, (connection, track) in due.items():
            try:
                targets[key] = remote.target(connection, track, self._vault.open)
            except ClockhouseError as error:
                seen[key] = Seen(None, trouble=error.sentence)
        seen |= await asyncio.to_thread(self._remotes.look, targets)
        for key, (connection, track) in due.items():
            await self._record(connection, track, targets.get(key), seen[key])
        return len(due)

    async def deploy(self) -> int:
        """Deploys what was built, where that is wanted: as what is deployed there; how many it did."""
        ready = await self._journal.write(tracks.to_deploy)
        return sum([await self._deploy(each) for each in ready])

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
            return tracks.next_look(tx)

    async def _record(self, connection: Connection, track: Track, target: Target | None, seen: Seen) -> None:
        if seen.sha is None or target is None:
            await self._tell(connection, track, seen.trouble or "The repository cannot be read.")
            return
        sha, jitter = seen.sha, self._random.random()
        if sha == track.seen:
            await self._journal.write(lambda tx: tracks.record_seen(tx, connection, track, sha, jitter=jitter))
            return
        target = replace(target, known_hosts=target.known_hosts or seen.known_hosts)
        try:
            fetched = await asyncio.to_thread(self._remotes.fetch, connection.component_id, target, since=track.seen)
        except ClockhouseError as error:
            await self._tell(connection, track, error.sentence)
            return
        await self._journal.write(lambda tx: _take_in(tx, connection, track, fetched, seen, jitter))

    async def _tell(self, connection: Connection, track: Track, trouble: str) -> None:
        jitter = self._random.random()
        log.warning("source.unread", component=connection.component_id, branch=track.branch, trouble=trouble)
        await self._journal.write(lambda tx: tracks.record_trouble(tx, connection, track, trouble, jitter=jitter))

    async def _deploy(self, ready: Ready) -> bool:
        """In a transaction of its own, so that what is wrong with one component holds up no other."""
        try:
            return await self._journal.write(lambda tx: _deploy(tx, ready))
        except Unavailable:
            raise  # for all of them, until it is over
        except Exception as error:
            log.exception("source.undeployed", component=ready.component_id, build=ready.number)
            why = error.sentence if isinstance(error, ClockhouseError) else "The server's log has the details."
            note = f"Build {ready.number} could not be deployed by itself. {why}"
            await self._journal.write(lambda tx: tracks.record_deployed(tx, ready, note))
            return False


def _claim(tx: Tx) -> dict[str, tuple[Connection, Track]]:
    """What is due, by component and branch."""
    found: dict[str, tuple[Connection, Track]] = {}
    for component_id, track in tracks.claim_due(tx, _AT_ONCE):
        connection = connections.by_component(tx, component_id)
        if connection is not None:
            found[f"{component_id} {track.branch}"] = connection, track
    return found


def _take_in(tx: Tx, connection: Connection, track: Track, fetched: Fetched, seen: Seen, jitter: float) -> None:
    """There is a new commit: it is built, if that is wanted and it changes anything."""
    note = _note(connection, track, fetched)
    sha = fetched.commit.sha
    if not tracks.record_seen(tx, connection, track, sha, jitter=jitter, note=note):
        return
    connections.meet(tx, connection, seen.known_hosts)
    tx.changed(changes.BUILDS)  # there is something new to build
    log.info("source.changed", component=connection.component_id, branch=track.branch, commit=sha)
    if not track.automation.build or fetched.is_same:
        return
    component = components.by_id(tx, connection.component_id)
    existing = builds.of_commit(tx, component, sha, branch=track.branch)
    if existing is not None and not tracks.was_decided(tx, connection.component_id, track, existing.number):
        builds.follow(tx, existing, track.branch)  # a server of before tracks asked for it
    else:
        found = fetched.commit
        commit = model.Commit(found.sha, found.message, found.author_name, found.at, found.author_email)
        made = builds.add(tx, component, commit, requested_by=SYSTEM.name, branch=track.branch)
        thing = f"{component.project}/{component.slug}"
        audit.note(tx, SYSTEM, "build.requested", thing, number=made.number, commit=sha, branch=track.branch)


def _note(connection: Connection, track: Track, fetched: Fetched) -> str:
    if track.automation.build and fetched.is_same:
        return f"The newest commit changes nothing in {connection.directory or 'the repository'}: it is not built."
    return ""


def _deploy(tx: Tx, ready: Ready) -> bool:
    """Whether it was deployed: another server may have decided meanwhile."""
    still = tracks.to_deploy(tx, ready)
    if not still:
        return False
    [found] = still
    outcome = autodeploy.decide(tx, found)
    tracks.record_deployed(tx, found, outcome.note)
    event = "source.deployed" if outcome.is_deployed else "source.not-deployed"
    log.info(event, component=found.component, branch=found.track.branch, build=found.number, why=outcome.note)
    return outcome.is_deployed
