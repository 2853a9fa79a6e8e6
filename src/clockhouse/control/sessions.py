"""Signing in and out, and whose token a request carries."""

from __future__ import annotations

import math
from contextlib import suppress
from datetime import timedelta
from ipaddress import ip_network

from clockhouse import passwords
from clockhouse.control.parts import Parts
from clockhouse.errors import Forbidden, Outage, TooSoon, Unauthenticated, Unavailable
from clockhouse.kit import Secret
from clockhouse.model.actor import Actor
from clockhouse.model.patience import ADDRESS, HERE, LOGIN, Patience
from clockhouse.model.token import NOWHERE, Bearer, Seen
from clockhouse.store import actors, attempts, audit, people
from clockhouse.store.actors import TokenKind
from clockhouse.store.database import Tx
from clockhouse.store.people import Credentials

_REFUSED = "This login and this password do not belong together. Check both; capital letters count in the password."
_SOMEBODY = Actor("", "somebody", ())


def sign_in(parts: Parts, token: str, seen: Seen = NOWHERE, *, instead_of: str | None = None) -> tuple[Actor, str]:
    """Exchanges a one-time token for a session's. `instead_of` is the session that the browser had before."""
    with parts.database.begin() as tx:
        actor = actors.by_token(tx, token, TokenKind.SIGN_IN)
        if actor is None or not actors.withdraw(tx, token):
            raise Unauthenticated(
                "This sign-in link has been used already, or is too old. "
                "Run `clockhouse sign-in` where the server runs, for a new one, or ask who invited you."
            )
        return actor, begin(tx, actor, seen, instead_of=instead_of, way="link")


def sign_in_with_password(
    parts: Parts, login: str, password: Secret, seen: Seen = NOWHERE, *, instead_of: str | None = None
) -> tuple[Actor, str]:
    """A new session. Raises TooSoon, or Unauthenticated: in the same words and time whatever is wrong."""
    counted = _counted(login, seen)
    with parts.database.begin() as tx:
        known = people.credentials(tx, login)
        is_at_home = known is not None and people.is_known_from(tx, known.id, seen.address)
        if is_at_home:  # others may keep somebody's login waiting, but not where they are signed in already
            counted = {thing: each for thing, each in counted.items() if each is not LOGIN}
        wait = attempts.begin(tx, counted)
    if wait:
        raise too_soon(wait)
    verdict = passwords.verify(known.password if known else None, password)  # in no transaction: it takes a while
    with parts.database.begin() as tx:
        found = None if known is None else people.credentials(tx, login)
        if not verdict.is_right or found is None or found != known:
            _note_refusal(tx, found, seen)
            refused = _REFUSED
        elif found.is_disabled:
            _note_refusal(tx, found, seen)
            refused = "This account is disabled. Ask an administrator."
        else:
            _forgive(tx, counted)
            if verdict.digest is not None:
                people.set_password(tx, found.id, verdict.digest, known=found.password)
            actor = Actor(found.id, found.name, actors.grants_of(tx, found.id))
            return actor, begin(tx, actor, seen, instead_of=instead_of, way="password")
    raise Unauthenticated(refused)


def begin(tx: Tx, actor: Actor, seen: Seen, *, instead_of: str | None, way: str) -> str:
    """A new session of somebody who has proved who they are; the browser's former one ends with it."""
    if instead_of is not None:
        actors.withdraw(tx, instead_of)
    people.note_sign_in(tx, actor.id)
    audit.note(tx, actor, "session.began", actor.name, way=way, address=seen.address)
    return actors.give_token(tx, actor, TokenKind.SESSION, seen=seen)


def has_passwords(parts: Parts) -> bool:
    """Whether anybody can sign in with one."""
    with parts.database.read() as tx:
        return people.has_passwords(tx)


def sign_out(parts: Parts, actor: Actor, session: str) -> None:
    with parts.database.begin() as tx:
        actors.withdraw(tx, session)
        audit.note(tx, actor, "session.ended", actor.name)


def check_health(parts: Parts) -> None:
    """Raises Outage while the database cannot be written to; asks nothing of it, and so never waits."""
    outage = parts.database.outage
    if outage is not None:
        raise Outage(outage.sentence)


def of_session(parts: Parts, session: str, seen: Seen | None = None) -> Bearer | None:
    return _bearer(parts, session, seen, TokenKind.SESSION)


def of_tool(parts: Parts, token: str, seen: Seen | None = None) -> Bearer | None:
    """Whose token it is that a program shows: a server's own, or a person's."""
    return _bearer(parts, token, seen, TokenKind.TOOL, TokenKind.PERSONAL)


def link_token(parts: Parts, bearer: Bearer) -> str:
    """A one-time token for the actor's own next sign-in, good for an hour."""
    if bearer.kind is TokenKind.PERSONAL:  # a session may do more than the token, and lasts longer
        raise Forbidden("A personal token makes no sign-in links. Sign in with your password, or ask an administrator.")
    with parts.database.begin() as tx:
        audit.note(tx, bearer.actor, "session.link-made", bearer.actor.name)
        return actors.give_token(tx, bearer.actor, TokenKind.SIGN_IN)


def too_soon(wait: timedelta) -> TooSoon:
    """The refusal of a try that comes too early."""
    seconds = max(1, math.ceil(wait.total_seconds()))
    when = f"{seconds} s" if seconds < 120 else f"{math.ceil(seconds / 60)} min"
    return TooSoon(f"There were too many wrong passwords. Try again in {when}; a sign-in link works at once.", seconds)


def first_tokens(
    parts: Parts, tool_token: str | None, *, alone: bool, name: str | None = None
) -> tuple[str | None, str]:
    """At the start of a server: a one-time sign-in token of the administrator's, and a tool token.

    There is no sign-in token once somebody who may do everything can sign in by themselves. The tool token is the one
    given, if it is still good; otherwise a new one called `name`. If no other server uses the database (`alone`), that
    one takes the place of all before it; else those may be the other servers', and stay.
    """
    with parts.database.begin() as tx:
        administrator = actors.administrator(tx)
        if tool_token is None or actors.by_token(tx, tool_token, TokenKind.TOOL) is None:
            if alone:
                actors.withdraw_all(tx, administrator.id, TokenKind.TOOL)
            tool_token = actors.give_token(tx, administrator, TokenKind.TOOL, name=name)
        if any(each.is_administrator() and (each.has_password or each.is_linked) for each in people.every(tx)):
            return None, tool_token
        return actors.give_token(tx, administrator, TokenKind.SIGN_IN), tool_token


def _bearer(parts: Parts, token: str, seen: Seen | None, *kinds: TokenKind) -> Bearer | None:
    with parts.database.read() as tx:
        bearer = actors.bearer(tx, token, *kinds)
    if bearer is None or seen is None or not bearer.is_worth_noting(parts.database.now()):
        return bearer
    with suppress(Unavailable), parts.database.begin() as tx:  # what is only read is answered all the same
        actors.note_use(tx, bearer, seen)
    return bearer


def _counted(login: str, seen: Seen) -> dict[str, Patience]:
    name, address = login.strip().casefold(), _network(seen.address)
    return {f"{address} {name}": HERE, f"login {name}": LOGIN, f"address {address}": ADDRESS}


def _forgive(tx: Tx, counted: dict[str, Patience]) -> None:
    for thing, patience in counted.items():
        if patience is ADDRESS:  # whoever guesses at others may have an account as well
            attempts.take_back(tx, thing)
        else:
            attempts.forgive(tx, thing)


def _network(address: str | None) -> str:
    """What one machine can choose its addresses from: of IPv6, the first half."""
    if address is None or ":" not in address:
        return address or "nowhere"
    try:
        return str(ip_network((address.partition("%")[0], 64), strict=False))
    except ValueError:
        return address


def _note_refusal(tx: Tx, found: Credentials | None, seen: Seen) -> None:
    """Of somebody who is not known here, not even the login is kept: people type passwords into its place."""
    actor = _SOMEBODY if found is None else Actor(found.id, found.name, ())
    audit.note(tx, actor, "session.refused", actor.name, way="password", address=seen.address)
