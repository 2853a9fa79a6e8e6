"""People and their tokens in the database; of a token only its digest is kept."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa

from clockhouse.model import identifier
from clockhouse.model.actor import Actor, Role
from clockhouse.store.database import Tx
from clockhouse.store.tables import actors, tokens


class TokenKind(StrEnum):
    SIGN_IN = "sign_in"  # used once, for a session
    SESSION = "session"
    TOOL = "tool"
    AGENT = "agent"  # good for what agents do, and for nothing else


_LIFE = {TokenKind.SIGN_IN: timedelta(hours=1), TokenKind.SESSION: timedelta(days=30)}  # the others' has no end


def administrator(tx: Tx) -> Actor:
    """The first administrator, made when there is none yet."""
    tx.take_turn("actors")
    row = tx.execute(sa.select(actors).where(actors.c.role == str(Role.ADMIN)).order_by(actors.c.id)).first()
    if row:
        return Actor(row.id, row.name, Role(row.role))
    actor = Actor(identifier.new(tx.now), "admin", Role.ADMIN)
    tx.execute(actors.insert().values(id=actor.id, name=actor.name, role=str(actor.role), created_at=tx.now))
    return actor


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
            sa.or_(tokens.c.expires_at.is_(None), tokens.c.expires_at > tx.now),
        )
    ).first()
    return Actor(row.id, row.name, Role(row.role)) if row else None


def withdraw(tx: Tx, token: str) -> bool:
    """Ends a token; says whether it was there, so that of two who use it at once, one succeeds."""
    return tx.execute(tokens.delete().where(tokens.c.digest == digest(token))).rowcount == 1


def withdraw_all(tx: Tx, actor: Actor, kind: TokenKind) -> None:
    """Ends all tokens of this kind that the actor has."""
    tx.execute(tokens.delete().where(tokens.c.actor_id == actor.id, tokens.c.kind == str(kind)))


def _expiry(now: datetime, kind: TokenKind) -> datetime | None:
    life = _LIFE.get(kind)
    return None if life is None else now + life


def digest(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()  # the token is 256 random bits: nothing to guess
