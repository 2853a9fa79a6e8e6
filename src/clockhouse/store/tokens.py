"""Tokens and sessions in the database, as lists of what somebody may withdraw."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from clockhouse.errors import NotFound
from clockhouse.model.token import IDLE, Seen, Token, TokenKind
from clockhouse.store.actors import TOKEN_ID, bounds_of
from clockhouse.store.database import Tx, one
from clockhouse.store.tables.actors import actors, tokens
from clockhouse.store.tables.projects import projects

LISTED = (TokenKind.PERSONAL, TokenKind.TOOL)
_known = (
    sa.select(
        tokens,
        TOKEN_ID.label("token_id"),
        sa.func.coalesce(actors.c.login, actors.c.id).label("owner"),
        projects.c.slug.label("project"),
    )
    .join_from(tokens, actors, tokens.c.actor_id == actors.c.id)
    .join(projects, tokens.c.project_id == projects.c.id, isouter=True)
    .order_by(tokens.c.created_at.desc(), TOKEN_ID)
)


def every(tx: Tx, *kinds: TokenKind, of: str | None = None) -> list[Token]:
    """Those that are still good, the newest first; only those of the actor with the id `of`, where that is given."""
    used_at = sa.func.coalesce(tokens.c.used_at, tokens.c.created_at)
    chosen = _known.where(
        tokens.c.kind.in_([str(kind) for kind in kinds]),
        sa.or_(tokens.c.expires_at.is_(None), tokens.c.expires_at > tx.now),
        sa.or_(tokens.c.kind != str(TokenKind.SESSION), used_at > tx.now - IDLE),
    )
    return [_token(row) for row in tx.execute(chosen if of is None else chosen.where(tokens.c.actor_id == of))]


def get(tx: Tx, token_id: str, *kinds: TokenKind, of: str | None = None) -> Token:
    """Raises NotFound, also for one that is somebody else's than `of`."""
    chosen = _known.where(TOKEN_ID.in_([token_id]), tokens.c.kind.in_([str(kind) for kind in kinds]))
    rows = tx.execute(chosen if of is None else chosen.where(tokens.c.actor_id == of))
    return _token(one(rows, NotFound("There is no such token. It may have been withdrawn, or has expired.")))


def withdraw(tx: Tx, token: Token) -> bool:
    """It is good for nothing from now on; whether that is new."""
    return tx.execute(tokens.delete().where(TOKEN_ID.in_([token.id]))).rowcount == 1


def _token(row: Any) -> Token:
    return Token(
        id=row.token_id,
        kind=TokenKind(row.kind),
        name=row.name,
        owner=row.owner,
        owner_id=row.actor_id,
        bounds=bounds_of(row),
        created_at=row.created_at,
        used_at=row.used_at,
        seen=Seen(row.seen_from, row.seen_with),
    )
