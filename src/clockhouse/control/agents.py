"""What may be asked of agents, and what agents ask: to claim, to tell what became of it, to be given artifacts."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from clockhouse.builders import parcel
from clockhouse.control import access
from clockhouse.control.parts import Parts
from clockhouse.errors import Conflict, NotFound, Unauthenticated, Unavailable
from clockhouse.model.actor import Actor, Permission
from clockhouse.model.agent import Agent, Finished, Logged, Presence, Report, Started, Strayed
from clockhouse.model.assignment import Assignment, Reach, Tended, assigned
from clockhouse.model.environment import Plane
from clockhouse.model.execution import Outcome, State
from clockhouse.store import agents, audit, builds, environments, executions, logs, workers
from clockhouse.store.database import Tx
from clockhouse.telemetry import logger

log = logger("agents")

UNKNOWN = "This agent's token is not known here. The agent was removed, or never added: see `clockhouse agent add`."


@dataclass(frozen=True, slots=True)
class Look:
    """One look at the queue: what an agent's process runs (the attempt by execution id), and for how many it has room.

    `process` tells apart those that work with one token; `tends` as the engine's own looks do.
    """

    process: str
    attempts: Mapping[str, int]
    room: int
    tends: bool
    presence: Presence


@dataclass(frozen=True, slots=True)
class Found:
    """What it found, and the ledger's time at that. The secrets of the assignments are open."""

    now: datetime
    assignments: Sequence[Assignment]
    next_at: datetime | None
    tended: Tended | None


def add(parts: Parts, actor: Actor, name: str, environment: str) -> tuple[Agent, str]:
    """A new agent, and the token that it shows; nobody can be told that again."""
    access.require(actor, Permission.ADMINISTER)
    with parts.database.begin() as tx:
        made = agents.add(tx, name, environments.get(tx, environment), actor)
        audit.note(tx, actor, "agent.added", name, environment=environment)
        return made


def every(parts: Parts, actor: Actor) -> list[Agent]:
    access.require(actor, Permission.READ)
    with parts.database.read() as tx:
        return agents.every(tx)


def remove(parts: Parts, actor: Actor, name: str) -> None:
    """Its token is refused from now on. What it runs it ends, and that counts as lost."""
    access.require(actor, Permission.ADMINISTER)
    with parts.database.begin() as tx:
        agents.withdraw(tx, agents.get(tx, name))
        audit.note(tx, actor, "agent.removed", name)


def of_token(parts: Parts, token: str) -> Agent | None:
    with parts.database.read() as tx:
        return agents.by_token(tx, token)


def look(parts: Parts, agent: Agent, asked: Look) -> Found:
    """Claims what the agent may run, as far as there is room. Raises Unauthenticated when it was just removed."""
    worker, reach = agent.worker(asked.process), Reach(frozenset({Plane.AGENTS}), agent.environment_id)

    def looked(tx: Tx) -> tuple[datetime, workers.Look]:
        if not agents.note(tx, agent, asked.presence):
            raise Unauthenticated(UNKNOWN)
        mine = (worker, asked.attempts, asked.room, reach)
        return tx.now, workers.look(tx, *mine, tends=asked.tends, name=agent.name)

    now, found = parts.database.write(looked)
    given = [_fetched(parts, assigned(each, parts.vault.open)) for each in found.claimed]
    return Found(now, given, found.next_at, found.tended)


def _fetched(parts: Parts, given: Assignment) -> Assignment:
    """With the secrets that are kept elsewhere, which agents do not reach."""
    try:
        return replace(given, secrets={**given.secrets, **parts.keepers.fetch(given.references)}, references={})
    except Unavailable as error:
        return replace(given, references={}, problem=given.problem or error.sentence)


def record(parts: Parts, agent: Agent, process: str, reports: Sequence[Report]) -> list[bool | None]:
    """Writes what the agent tells, in one transaction: for each report whether it counts, None when it broke.

    It counts as long as this process of the agent holds that attempt. Raises Unavailable, and nothing is written then.
    """

    def recorded(tx: Tx) -> list[bool | None]:
        held = agents.held(tx, agent.worker(process), [report.id for report in reports])
        return [_record(tx, report, held) for report in reports]

    try:
        return parts.database.write(recorded)
    except Unavailable:
        raise
    except Exception as error:  # one of them spoils it for all: each for itself, then
        if len(reports) == 1:
            log.error("agent.report-broke", agent=agent.name, execution=reports[0].id, exc_info=error)
            return [None]
        return [answer for report in reports for answer in record(parts, agent, process, [report])]


@dataclass(frozen=True, slots=True)
class Parcel:
    """What a build made, in pieces, and the build's digest."""

    digest: str
    pieces: Iterator[bytes]


async def parcel_of(parts: Parts, agent: Agent, build_id: str) -> Parcel:
    """What a build made. Raises NotFound unless the build may be started in the agent's environment.

    Raises a ClockhouseError when what it made is not to be had on this server.
    """
    digest = await asyncio.to_thread(_digest, parts, agent, build_id)
    folder = await parts.artifact(build_id)
    if not folder.is_dir():
        raise Conflict("What this build made is not there any more. Build its commit again.")
    return Parcel(digest, parcel.pack(folder))


def unneeded(parts: Parts, agent: Agent, build_ids: Sequence[str]) -> list[str]:
    """Which of these builds nothing in the agent's environment starts any more."""
    with parts.database.read() as tx:
        needed = agents.needed(tx, agent.environment_id, build_ids)
    return [each for each in build_ids if each not in needed]


def _digest(parts: Parts, agent: Agent, build_id: str) -> str:
    with parts.database.read() as tx:
        if build_id not in agents.needed(tx, agent.environment_id, [build_id]):
            raise NotFound(f"Nothing of this build is deployed in {agent.environment}.")
        return builds.by_id(tx, build_id).digest or ""


def _record(tx: Tx, report: Report, held: dict[str, int]) -> bool:
    if held.get(report.id) != report.attempt:
        return False
    match report:
        case Started(id, attempt, at):
            executions.mark_started(tx, id, attempt, at)
        case Logged(id, _, lines):
            logs.append(tx, id, lines)
        case Finished(id, attempt, at, outcome, started_at, lines):
            del held[id]
            logs.append(tx, id, lines)
            return executions.finish(tx, id, attempt, outcome, at, started_at=started_at)
        case Strayed(id, attempt, reason):
            del held[id]
            return executions.finish(tx, id, attempt, Outcome(State.LOST, reason), tx.now)
    return True
