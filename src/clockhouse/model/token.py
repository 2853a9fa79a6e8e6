"""Tokens: what a request shows of who asks, and the bounds that it brings with it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from clockhouse.model.actor import Actor, Grant, Role
from clockhouse.model.person import RANKS

IDLE = timedelta(days=7)  # without a request, a session ends
NOTED_EVERY = timedelta(minutes=5)  # how exactly the last use of a token is kept


class TokenKind(StrEnum):
    SIGN_IN = "sign_in"  # used once, for a session
    SESSION = "session"
    TOOL = "tool"  # a server's own, in its data directory
    PERSONAL = "personal"
    AGENT = "agent"  # good for what agents do, and for nothing else


LIFE = {TokenKind.SIGN_IN: timedelta(hours=1), TokenKind.SESSION: timedelta(days=30)}  # the others' has no end


@dataclass(frozen=True, slots=True)
class Seen:
    """Where a request came from, and what program made it, as that says itself."""

    address: str | None = None
    program: str | None = None


NOWHERE = Seen()


@dataclass(frozen=True, slots=True)
class Bounds:
    """The most that a token is good for. None: as much as its actor may, everywhere."""

    role: Role | None = None
    project: str | None = None  # a slug
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Token:
    """A token as it is kept; `id` names it without telling it."""

    id: str
    kind: TokenKind
    name: str | None
    owner: str  # what commands name its actor by
    owner_id: str
    bounds: Bounds
    created_at: datetime
    used_at: datetime | None
    seen: Seen


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who shows a good token. The actor's grants are those that the token lets through."""

    actor: Actor
    token_id: str
    kind: TokenKind
    bounds: Bounds
    noted_at: datetime | None
    name: str | None = None  # by which people know a token

    def is_worth_noting(self, now: datetime) -> bool:
        return self.noted_at is None or now - self.noted_at >= NOTED_EVERY


def narrowed(grants: Iterable[Grant], bounds: Bounds) -> tuple[Grant, ...]:
    """What is left of the grants within the bounds of a token: never more than they give, nor than it is good for."""
    return tuple(
        _capped(_within(grant, bounds.project), bounds.role)
        for grant in grants
        if bounds.project is None or grant.project in (None, bounds.project)
    )


def tightened(asked: Bounds, by: Bounds) -> Bounds | None:
    """The bounds of a token that is made with another one; None where they have nothing in common."""
    if by.project is not None and asked.project not in (None, by.project):
        return None
    roles = [role for role in (asked.role, by.role) if role is not None]
    ends = [end for end in (asked.expires_at, by.expires_at) if end is not None]
    return Bounds(
        role=min(roles, key=RANKS.__getitem__) if roles else None,
        project=by.project or asked.project,
        expires_at=min(ends) if ends else None,
    )


# An administrator of the installation reaches production without being told so, and one of a project does not.
def _within(grant: Grant, project: str | None) -> Grant:
    return grant if project is None else replace(grant, project=project, production=grant.has_production)


def _capped(grant: Grant, most: Role | None) -> Grant:
    if most is None or RANKS[grant.role] <= RANKS[most]:
        return grant
    return replace(grant, role=most, production=grant.has_production)
