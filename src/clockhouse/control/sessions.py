"""Signing in and out, and whose token a request carries."""

from __future__ import annotations

from clockhouse.control import access
from clockhouse.control.parts import Parts
from clockhouse.errors import Outage, Unauthenticated
from clockhouse.model.actor import Actor, Permission
from clockhouse.store import actors, audit
from clockhouse.store.actors import TokenKind


def sign_in(parts: Parts, token: str) -> tuple[Actor, str]:
    """Exchanges a one-time token for a session's."""
    with parts.database.begin() as tx:
        actor = actors.by_token(tx, token, TokenKind.SIGN_IN)
        if actor is None or not actors.withdraw(tx, token):
            raise Unauthenticated(
                "This sign-in link has been used already, or is too old. "
                "Run `clockhouse sign-in` where the server runs, for a new one."
            )
        audit.note(tx, actor, "session.began", actor.name)
        return actor, actors.give_token(tx, actor, TokenKind.SESSION)


def sign_out(parts: Parts, actor: Actor, session: str) -> None:
    with parts.database.begin() as tx:
        actors.withdraw(tx, session)
        audit.note(tx, actor, "session.ended", actor.name)


def check_health(parts: Parts) -> None:
    """Raises Outage while the database cannot be written to; asks nothing of it, and so never waits."""
    outage = parts.database.outage
    if outage is not None:
        raise Outage(outage.sentence)


def of_session(parts: Parts, session: str) -> Actor | None:
    with parts.database.read() as tx:
        return actors.by_token(tx, session, TokenKind.SESSION)


def of_tool(parts: Parts, token: str) -> Actor | None:
    with parts.database.read() as tx:
        return actors.by_token(tx, token, TokenKind.TOOL)


def link_token(parts: Parts, actor: Actor) -> str:
    """A one-time token for the actor's own next sign-in, good for an hour."""
    access.require(actor, Permission.READ)
    with parts.database.begin() as tx:
        audit.note(tx, actor, "session.link-made", actor.name)
        return actors.give_token(tx, actor, TokenKind.SIGN_IN)


def first_tokens(parts: Parts, tool_token: str | None, *, alone: bool) -> tuple[str, str]:
    """At the start of a server: a one-time sign-in token of the administrator's, and a tool token.

    The tool token is the one given, if it is still good; otherwise a new one. If no other server uses the database
    (`alone`), that one takes the place of all before it; else those may be the other servers', and stay.
    """
    with parts.database.begin() as tx:
        administrator = actors.administrator(tx)
        if tool_token is None or actors.by_token(tx, tool_token, TokenKind.TOOL) is None:
            if alone:
                actors.withdraw_all(tx, administrator, TokenKind.TOOL)
            tool_token = actors.give_token(tx, administrator, TokenKind.TOOL)
        return actors.give_token(tx, administrator, TokenKind.SIGN_IN), tool_token
