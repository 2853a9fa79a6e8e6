"""Agents in the database, and what each of them may touch: what it holds, and the builds of its environment."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from clockhouse.errors import Conflict, NotFound
from clockhouse.model import execution as model
from clockhouse.model import identifier
from clockhouse.model.actor import Actor
from clockhouse.model.agent import WORKERS, Agent, Presence
from clockhouse.model.assignment import LEASE
from clockhouse.model.deployment import Status
from clockhouse.model.environment import Environment, Plane
from clockhouse.model.execution import Reason, State
from clockhouse.store import actors, changes
from clockhouse.store.actors import TokenKind
from clockhouse.store.database import Tx, one
from clockhouse.store.tables.actors import tokens
from clockhouse.store.tables.builds import releases
from clockhouse.store.tables.deployments import deployments
from clockhouse.store.tables.environments import agents, environments
from clockhouse.store.tables.executions import IS_OPEN, executions

_NOTED_EVERY = timedelta(seconds=5)

_running = (
    sa.select(sa.func.count())
    .where(IS_OPEN, executions.c.state == str(State.STARTED))
    .where(executions.c.worker.like(sa.literal(WORKERS) + agents.c.id + ":%"))
    .scalar_subquery()
)
_known = (
    sa.select(agents, environments.c.slug.label("environment"), _running.label("running"))
    .join_from(agents, environments, agents.c.environment_id == environments.c.id)
    .where(agents.c.withdrawn_at.is_(None))
)
_of_token = (
    sa.select(agents, environments.c.slug.label("environment"), sa.literal(0).label("running"))
    .join_from(agents, environments, agents.c.environment_id == environments.c.id)
    .join(tokens, tokens.c.agent_id == agents.c.id)
    .where(
        tokens.c.digest == sa.bindparam("digest"),
        tokens.c.kind == str(TokenKind.AGENT),
        agents.c.withdrawn_at.is_(None),
    )
)
_is_there = sa.select(agents.c.seen_at).where(agents.c.id == sa.bindparam("which"), agents.c.withdrawn_at.is_(None))
_seen = (
    sa.select(environments.c.slug, environments.c.name, sa.func.max(agents.c.seen_at).label("seen_at"))
    .outerjoin_from(
        environments, agents, sa.and_(agents.c.environment_id == environments.c.id, agents.c.withdrawn_at.is_(None))
    )
    .where(environments.c.data_plane == str(Plane.AGENTS))
    .group_by(environments.c.id, environments.c.slug, environments.c.name)
)
_held = (
    sa.select(executions.c.id, executions.c.attempt)
    .where(
        executions.c.id.in_(sa.bindparam("ids", expanding=True)),
        executions.c.worker == sa.bindparam("worker"),
        executions.c.state == str(State.STARTED),
    )
    .order_by(executions.c.id)
    .with_for_update(key_share=True)
)
# What may still be started there: it is deployed, or waits or runs from a deployment before.
_wanted = sa.or_(
    deployments.c.status == str(Status.ACTIVE),
    sa.exists().where(
        executions.c.deployment_id == deployments.c.id,
        executions.c.state.in_([str(State.QUEUED), str(State.STARTED)]),
    ),
)
_needed = (
    sa.select(releases.c.build_id)
    .join_from(deployments, releases, deployments.c.release_id == releases.c.id)
    .where(
        deployments.c.environment_id == sa.bindparam("environment"),
        releases.c.build_id.in_(sa.bindparam("builds", expanding=True)),
        _wanted,
    )
)


def add(tx: Tx, name: str, environment: Environment, actor: Actor) -> tuple[Agent, str]:
    """A new agent of this environment and its token, which can be told this once. Raises Conflict."""
    tx.take_turn("agents")
    if tx.execute(_known.where(agents.c.name == name)).first() is not None:
        raise Conflict(f"There is an agent “{name}” already. Choose another name, or remove that one first.")
    agent = Agent(identifier.new(tx.now), name, environment.id, environment.slug, tx.now, actor.name)
    tx.execute(
        agents.insert().values(
            id=agent.id, environment_id=environment.id, name=name, created_at=tx.now, created_by=actor.name
        )
    )
    return agent, actors.give_token(tx, actor, TokenKind.AGENT, agent_id=agent.id)


def every(tx: Tx) -> list[Agent]:
    """By name; those that were removed are left out."""
    return [_agent(row) for row in tx.execute(_known.order_by(agents.c.name))]


def get(tx: Tx, name: str) -> Agent:
    rows = tx.execute(_known.where(agents.c.name == name))
    return _agent(one(rows, NotFound(f"There is no agent “{name}”.")))


def by_token(tx: Tx, token: str) -> Agent | None:
    row = tx.execute(_of_token, {"digest": actors.digest(token)}).first()
    return None if row is None else _agent(row)


def absent(tx: Tx) -> dict[str, Reason]:
    """Why nothing starts in the environments that agents run and where none is there now, by their short names."""
    found = {row.slug: (row.name, row.seen_at) for row in tx.execute(_seen)}
    return {
        slug: model.no_agent(name, seen_at)
        for slug, (name, seen_at) in found.items()
        if seen_at is None or tx.now - seen_at > LEASE
    }


def withdraw(tx: Tx, agent: Agent) -> None:
    """Its token is good for nothing from now on."""
    tx.execute(agents.update().where(agents.c.id == agent.id).values(withdrawn_at=tx.now))
    tx.execute(tokens.delete().where(tokens.c.agent_id == agent.id))
    tx.changed(changes.STOPS)


def note(tx: Tx, agent: Agent, presence: Presence) -> bool:
    """Notes that it is there, a few times a minute; False when it was removed."""
    row = tx.execute(_is_there, {"which": agent.id}).first()
    if row is None:
        return False
    if row.seen_at is None or tx.now - row.seen_at >= _NOTED_EVERY:
        said = {"version": presence.version, "host": presence.host, "room": presence.room}
        tx.execute(agents.update().where(agents.c.id == agent.id).values(seen_at=tx.now, **said))
    return True


def held(tx: Tx, worker: str, ids: Sequence[str]) -> dict[str, int]:
    """Which of these executions this worker runs, with the attempt; until the transaction's end nobody takes them."""
    return {row.id: row.attempt for row in tx.execute(_held, {"worker": worker, "ids": list(ids)})}


def needed(tx: Tx, environment_id: str, builds: Sequence[str]) -> set[str]:
    """Which of these builds may still be started in the environment."""
    return set(tx.execute(_needed, {"environment": environment_id, "builds": list(builds)}).scalars())


def _agent(row: Any) -> Agent:
    return Agent(
        id=row.id,
        name=row.name,
        environment_id=row.environment_id,
        environment=row.environment,
        created_at=row.created_at,
        created_by=row.created_by,
        seen_at=row.seen_at,
        version=row.version,
        host=row.host,
        room=row.room,
        running=row.running,
    )
