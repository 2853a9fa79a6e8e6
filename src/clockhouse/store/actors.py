"""People and their tokens in the database; of a token only its digest is kept."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa

from clockhouse.model import identifier
from clockhouse.model.actor import Actor, Grant, Role
from clockhouse.store.database import Tx
from clockhouse.store.tables import actors, environments, grants, projects, tokens


class TokenKind(StrEnum):
    SIGN_IN = "sign_in"  # used once, for a session
    SESSION = "session"
    TOOL = "tool"
    AGENT = "agent"  # good for what agents do, and for nothing else


_LIFE = {TokenKind.SIGN_IN: timedelta(hours=1), TokenKind.SESSION: timedelta(days=30)}  # the others' has no end


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


def give_token(tx: Tx, actor: Actor, kind: TokenKind, *, agent_id: str | None = None) -> str:
    """A new token; it is not kept, so this is the one time that it can be told."""
    token = secrets.token_urlsafe(32)
    expires_at = _expiry(tx.now, kind)
    values = {
        "actor_id": actor.id,
        "kind": str(kind),
        "created_at": tx.now,
        "expires_at": expires_at,
        "agent_id": agent_id,
    }
    tx.execute(tokens.insert().values(digest=digest(token), **values))
    tx.execute(tokens.delete().where(tokens.c.expires_at < tx.now))
    return token


def by_token(tx: Tx, token: str, *kinds: TokenKind) -> Actor | None:
    """Whose token this is, if it is of one of these kinds and has not expired."""
    row = tx.execute(
        sa.select(actors)
        .join_from(tokens, actors)
        .where(
            tokens.c.digest == digest(token),
            tokens.c.kind.in_([str(kind) for kind in kinds]),
            actors.c.disabled_at.is_(None),
            sa.or_(tokens.c.expires_at.is_(None), tokens.c.expires_at > tx.now),
        )
    ).first()
    return _actor(tx, row.id, row.name) if row else None


def withdraw(tx: Tx, token: str) -> bool:
    """Ends a token; says whether it was there, so that of two who use it at once, one succeeds."""
    return tx.execute(tokens.delete().where(tokens.c.digest == digest(token))).rowcount == 1


def withdraw_all(tx: Tx, actor: Actor, kind: TokenKind) -> None:
    """Ends all tokens of this kind that the actor has."""
    tx.execute(tokens.delete().where(tokens.c.actor_id == actor.id, tokens.c.kind == str(kind)))


def _actor(tx: Tx, actor_id: str, name: str) -> Actor:
    return Actor(actor_id, name, grants_of(tx, actor_id))


def _expiry(now: datetime, kind: TokenKind) -> datetime | None:
    life = _LIFE.get(kind)
    return None if life is None else now + life


def digest(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()  # the token is 256 random bits: nothing to guess
