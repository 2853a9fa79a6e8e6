"""Who holds a token, and what it lets them do; of a token only its digest is kept."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from clockhouse.model import identifier
from clockhouse.model.actor import Actor, Grant, Role
from clockhouse.model.token import IDLE, LIFE, NOWHERE, Bearer, Bounds, Seen, narrowed
from clockhouse.model.token import TokenKind as TokenKind
from clockhouse.store.database import Tx
from clockhouse.store.tables.actors import actors, grants, tokens
from clockhouse.store.tables.environments import environments
from clockhouse.store.tables.projects import projects

# Tokens of before they had one are named by a part of their digest, which tells nothing of them.
TOKEN_ID: sa.ColumnElement[str] = sa.func.coalesce(tokens.c.id, sa.func.substr(tokens.c.digest, 1, 26))
_SHOWN = 200  # characters of what a program calls itself


def administrator(tx: Tx) -> Actor:
    """The first administrator, made when there is none yet."""
    tx.take_turn("actors")
    is_everywhere = sa.and_(grants.c.project_id.is_(None), grants.c.environment_id.is_(None))
    row = tx.execute(
        sa.select(actors)
        .join_from(actors, grants)
        .where(grants.c.role == str(Role.ADMIN), is_everywhere, actors.c.disabled_at.is_(None))
        .order_by(actors.c.id)
    ).first()
    if row:
        return _actor(tx, row.id, row.name)
    made = identifier.new(tx.now)
    tx.execute(actors.insert().values(id=made, name="admin", role=str(Role.ADMIN), created_at=tx.now))
    grant(tx, made, Role.ADMIN, production=True, by="Clockhouse")
    return _actor(tx, made, "admin")


def grant(
    tx: Tx,
    actor_id: str,
    role: Role,
    *,
    project_id: str | None = None,
    environment_id: str | None = None,
    production: bool = False,
    by: str,
) -> str:
    """Gives the actor a role, everywhere where no place is named; returns the grant's id."""
    made = identifier.new(tx.now)
    where = {"project_id": project_id, "environment_id": environment_id, "production": production}
    kept = {"id": made, "actor_id": actor_id, "role": str(role), "created_at": tx.now, "created_by": by}
    tx.execute(grants.insert().values(**kept, **where))
    return made


def grants_of(tx: Tx, actor_id: str) -> tuple[Grant, ...]:
    rows = tx.execute(
        sa.select(grants, projects.c.slug.label("project"), environments.c.slug.label("environment"))
        .join_from(grants, projects, isouter=True)
        .join(environments, grants.c.environment_id == environments.c.id, isouter=True)
        .where(grants.c.actor_id == actor_id)
        .order_by(grants.c.id)
    )
    return tuple(Grant(Role(row.role), row.project, row.environment, row.production) for row in rows)


def give_token(
    tx: Tx,
    actor: Actor,
    kind: TokenKind,
    *,
    name: str | None = None,
    bounds: Bounds | None = None,
    seen: Seen = NOWHERE,
    agent_id: str | None = None,
) -> str:
    """A new token; it is not kept, so this is the one time that it can be told. Without bounds it lasts as its kind."""
    token = secrets.token_urlsafe(32)
    limit = bounds or Bounds(expires_at=_expiry(tx.now, kind))
    values = {
        "id": identifier.new(tx.now),
        "actor_id": actor.id,
        "kind": str(kind),
        "name": name,
        "role": None if limit.role is None else str(limit.role),
        "project_id": None if limit.project is None else _project_id(limit.project),
        "created_at": tx.now,
        "expires_at": limit.expires_at,
        "used_at": tx.now if seen != NOWHERE else None,
        "seen_from": seen.address,
        "seen_with": _short(seen.program),
        "agent_id": agent_id,
    }
    tx.execute(tokens.insert().values(digest=digest(token), **values))
    tx.execute(tokens.delete().where(tokens.c.expires_at < tx.now))
    return token


def by_token(tx: Tx, token: str, *kinds: TokenKind) -> Actor | None:
    """Whose token this is, if it is of one of these kinds and has not expired; with the grants that it lets through."""
    found = bearer(tx, token, *kinds)
    return None if found is None else found.actor


def bearer(tx: Tx, token: str, *kinds: TokenKind) -> Bearer | None:
    """As `by_token`, with what the token itself is. A session that was not used for a week has ended."""
    used_at = sa.func.coalesce(tokens.c.used_at, tokens.c.created_at)
    row = tx.execute(
        sa.select(
            tokens,
            TOKEN_ID.label("token_id"),
            actors.c.name.label("actor_name"),
            projects.c.slug.label("project"),
        )
        .join_from(tokens, actors, tokens.c.actor_id == actors.c.id)
        .join(projects, tokens.c.project_id == projects.c.id, isouter=True)
        .where(
            tokens.c.digest == digest(token),
            tokens.c.kind.in_([str(kind) for kind in kinds]),
            actors.c.disabled_at.is_(None),
            sa.or_(tokens.c.expires_at.is_(None), tokens.c.expires_at > tx.now),
            sa.or_(tokens.c.kind != str(TokenKind.SESSION), used_at > tx.now - IDLE),
            sa.or_(tokens.c.project_id.is_(None), projects.c.id.is_not(None)),
        )
    ).first()
    return None if row is None else _bearer(tx, row)


def note_use(tx: Tx, bearer: Bearer, seen: Seen) -> None:
    """Notes that the token was used now, and from where."""
    known = {"used_at": tx.now, "seen_from": seen.address, "seen_with": _short(seen.program)}
    tx.execute(tokens.update().where(TOKEN_ID.in_([bearer.token_id])).values(**known))


def withdraw(tx: Tx, token: str) -> bool:
    """Ends a token; says whether it was there, so that of two who use it at once, one succeeds."""
    return tx.execute(tokens.delete().where(tokens.c.digest == digest(token))).rowcount == 1


def withdraw_all(tx: Tx, actor_id: str, kind: TokenKind, *, but: str | None = None) -> int:
    """Ends all tokens of this kind that the actor has, except the one with the id `but`; how many there were."""
    of_kind = tokens.delete().where(tokens.c.actor_id == actor_id, tokens.c.kind == str(kind))
    return tx.execute(of_kind if but is None else of_kind.where(TOKEN_ID.not_in([but]))).rowcount


def _bearer(tx: Tx, row: Any) -> Bearer:
    bounds = bounds_of(row)
    actor = Actor(row.actor_id, row.actor_name, narrowed(grants_of(tx, row.actor_id), bounds), most=bounds.role)
    return Bearer(actor, row.token_id, TokenKind(row.kind), bounds, row.used_at, row.name)


def bounds_of(row: Any) -> Bounds:
    """Of a row of tokens with the project's slug as `project`."""
    return Bounds(None if row.role is None else Role(row.role), row.project, row.expires_at)


def _project_id(slug: str) -> sa.ScalarSelect[str]:
    return sa.select(projects.c.id).where(projects.c.slug == slug).scalar_subquery()


def _short(program: str | None) -> str | None:
    return None if program is None else program[:_SHOWN]


def _actor(tx: Tx, actor_id: str, name: str) -> Actor:
    return Actor(actor_id, name, grants_of(tx, actor_id))


def _expiry(now: datetime, kind: TokenKind) -> datetime | None:
    life = LIFE.get(kind)
    return None if life is None else now + life


def digest(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()  # the token is 256 random bits: nothing to guess
