"""Signing in with an OpenID provider: the errand that a browser is sent on, and whom it comes back as."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from clockhouse.control import sessions
from clockhouse.control.parts import Parts
from clockhouse.errors import ClockhouseError, Conflict, Forbidden, NotFound, Unavailable
from clockhouse.kit import Secret
from clockhouse.model import person as model
from clockhouse.model.actor import Actor, Role
from clockhouse.model.openid import Claims, Errand, errand
from clockhouse.model.person import RANKS, Kind, Person
from clockhouse.model.token import NOWHERE, Seen
from clockhouse.store import actors, audit, people
from clockhouse.store.database import Tx

if TYPE_CHECKING:
    from clockhouse.openid import Provider  # with its libraries, which a server without a provider need not load

GOOD_FOR = timedelta(minutes=10)  # to sign in at the provider
_PURPOSE = "openid"
_BY = "OpenID Connect"
_OURS = re.compile(r"/(?![/\\])[!-~]*")


class Stranger(Forbidden):
    """The provider knows them, and nobody has invited them here."""


def begin(parts: Parts, back: str, onward: str) -> tuple[str, str]:
    """The provider's address, and what the browser keeps until it is at `back`: sealed, and good for ten minutes.

    `onward` is where it goes afterwards: an address of ours, else the first page. Raises Unavailable, or NotFound.
    """
    provider, sent = _provider(parts), errand()
    address = provider.address(sent, back)
    kept = {
        "state": sent.state,
        "nonce": sent.nonce,
        "verifier": sent.verifier,
        "onward": onward if _OURS.fullmatch(onward) else "/",
        "until": (parts.database.now() + GOOD_FOR).isoformat(),
    }
    return address, parts.vault.seal(Secret(json.dumps(kept)), _PURPOSE)


def finish(
    parts: Parts, kept: str, state: str, code: str, back: str, seen: Seen = NOWHERE, *, instead_of: str | None = None
) -> tuple[str, str]:
    """Where the browser goes on to, and its session. `kept` is what `begin` gave to that very browser.

    Raises Forbidden for what is not of one piece, Stranger for whom nobody has invited, or Unavailable.
    """
    provider = _provider(parts)
    sent, onward = _errand(parts, kept, state)
    claims = provider.claims(sent, code, back)
    with parts.database.begin() as tx:
        people.take_turn(tx)
        person = _person(tx, provider, claims)
        if person is not None and person.disabled_at is None:
            actor = Actor(person.id, person.name, actors.grants_of(tx, person.id))
            return onward, sessions.begin(tx, actor, seen, instead_of=instead_of, way="openid")
        who = Actor("", "somebody", ()) if person is None else Actor(person.id, person.name, ())
        audit.note(tx, who, "session.refused", who.name, way="openid", address=seen.address)
    if person is None:
        raise Stranger("The provider knows you, but nobody has invited you to this Clockhouse. Ask an administrator.")
    raise Forbidden("This account is disabled. Ask an administrator.")


def _provider(parts: Parts) -> Provider:
    if parts.openid is None:
        raise NotFound("This server signs nobody in with an OpenID provider.")
    return parts.openid


def _errand(parts: Parts, kept: str, state: str) -> tuple[Errand, str]:
    stale = Forbidden("This sign-in was begun elsewhere, or too long ago. Begin again.")
    try:
        told = json.loads(parts.vault.open(kept, _PURPOSE).reveal())
    except (Unavailable, ValueError) as error:
        raise stale from error
    if told["state"] != state or parts.database.now() >= datetime.fromisoformat(told["until"]):
        raise stale
    return Errand(told["state"], told["nonce"], told["verifier"]), told["onward"]


def _person(tx: Tx, provider: Provider, claims: Claims) -> Person | None:
    """Who this is here: known by the provider's subject, invited under the verified address, or let in by the rules."""
    wanted = _role(provider, claims)
    known = people.by_subject(tx, claims.subject)
    if known is None:
        known = _invited(tx, claims) or _newcomer(tx, provider, claims, wanted)
        if known is None:
            return None
        people.link(tx, claims.subject, known.id)
        audit.note(tx, Actor(known.id, known.name, ()), "person.linked", known.called)
    if provider.config.roles:
        _follow_groups(tx, known, wanted)
    return people.get(tx, known.id)


def _invited(tx: Tx, claims: Claims) -> Person | None:
    if claims.email is None:
        return None
    try:
        found = people.get(tx, claims.email)
    except NotFound:
        return None
    return found if found.kind is Kind.PERSON and not found.is_linked else None


def _newcomer(tx: Tx, provider: Provider, claims: Claims, wanted: Role | None) -> Person | None:
    domain = (claims.email or "").rpartition("@")[2]
    is_of_us = bool(domain) and domain in provider.config.domains
    if claims.email is None or (wanted is None and not is_of_us):
        return None
    by = Actor("", _BY, ())
    try:
        login = model.login(claims.email)
        name = login if claims.name is None or people.is_taken(tx, claims.name) else claims.name
        made = people.add(tx, name=name, login=login, kind=Kind.PERSON, by=by)
    except ClockhouseError:  # the login is somebody's whom another account of the provider signs in, or is none
        return None
    role = provider.config.default_role
    if wanted is None and role is not None:
        actors.grant(tx, made.id, Role(role), by=_BY)
    audit.note(tx, by, "person.came", made.called, role=role)
    return made


def _role(provider: Provider, claims: Claims) -> Role | None:
    """The highest of their groups; None where none of them counts."""
    found = [Role(role) for group, role in provider.config.roles if group in claims.groups]
    return max(found, key=RANKS.__getitem__) if found else None


def _follow_groups(tx: Tx, person: Person, wanted: Role | None) -> None:
    """What groups have given, groups take; what people have given stays."""
    held = [each for each in person.memberships if each.created_by == _BY]
    if wanted is not None and not any(each.grant.role is wanted for each in held):
        actors.grant(tx, person.id, wanted, by=_BY)
        audit.note(tx, Actor("", _BY, ()), "person.granted", person.called, role=str(wanted))
    for each in held:
        if each.grant.role is not wanted:
            people.revoke(tx, person, each)
            audit.note(tx, Actor("", _BY, ()), "person.revoked", person.called, role=str(each.grant.role))


def check(roles: tuple[tuple[str, str], ...], default_role: str | None) -> None:
    """Raises Conflict for a role in the configuration that there is not."""
    for role in (*(each for _, each in roles), *([default_role] if default_role else [])):
        if role not in [str(known) for known in Role]:
            raise Conflict(f"There is no role “{role}”. Write viewer, developer, operator or admin.")
