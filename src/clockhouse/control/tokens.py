"""What may be asked of tokens: a person's own, those of service accounts, and those of servers."""

from __future__ import annotations

from datetime import datetime, timedelta

from clockhouse.control import access
from clockhouse.control.parts import Parts
from clockhouse.errors import Conflict, Forbidden, Invalid
from clockhouse.model.actor import Actor, Permission, Role
from clockhouse.model.person import Kind, Person
from clockhouse.model.token import Bearer, Bounds, Token, tightened
from clockhouse.store import actors, audit, people, projects, tokens
from clockhouse.store.actors import TokenKind
from clockhouse.store.database import Tx

LONGEST = timedelta(days=366)
USUAL = timedelta(days=90)
_MOST = 100  # of one actor


def mine(parts: Parts, bearer: Bearer) -> list[Token]:
    """The newest first."""
    with parts.database.read() as tx:
        return tokens.every(tx, TokenKind.PERSONAL, of=bearer.actor.id)


def every(parts: Parts, actor: Actor) -> list[Token]:
    """Everybody's, and those that servers keep in their data directories; the newest first."""
    access.require(actor, Permission.ADMINISTER)
    with parts.database.read() as tx:
        return tokens.every(tx, *tokens.LISTED)


def create(
    parts: Parts,
    bearer: Bearer,
    *,
    name: str,
    role: Role | None = None,
    project: str | None = None,
    expires_at: datetime | None = None,
    service: str | None = None,
) -> tuple[Token, str]:
    """A token of the asker's, or of a service account, and what it is: it can be told this once.

    Without `expires_at` it lasts 90 days. One that is made with another token has no more than that one.
    """
    if service is not None:
        access.require(bearer.actor, Permission.ADMINISTER)
    if project is not None:
        access.require(bearer.actor, Permission.READ, project=project)
    with parts.database.begin() as tx:
        owner = _owner(tx, bearer, service)
        if project is not None:
            projects.get(tx, project)
        asked = Bounds(role, project, _end(tx.now, expires_at))
        bounds = tightened(asked, bearer.bounds) if bearer.kind is TokenKind.PERSONAL else asked
        if bounds is None:
            raise Forbidden("The token that you ask with is good for another project alone.")
        if len(tokens.every(tx, TokenKind.PERSONAL, of=owner.id)) >= _MOST:
            raise Conflict(f"There are {_MOST} tokens already. Withdraw those that nobody needs.")
        told = actors.give_token(tx, Actor(owner.id, owner.name, ()), TokenKind.PERSONAL, name=name, bounds=bounds)
        made = tokens.every(tx, TokenKind.PERSONAL, of=owner.id)[0]
        facts = {"role": None if bounds.role is None else str(bounds.role), "project": bounds.project}
        audit.note(tx, bearer.actor, "token.created", f"{owner.called}/{name}", token=made.id, **facts)
        return made, told


def withdraw(parts: Parts, bearer: Bearer, token_id: str) -> Token:
    """An administrator may withdraw anybody's, servers' too. Raises NotFound."""
    is_administrator = bearer.actor.may(Permission.ADMINISTER)
    is_bounded = bearer.bounds.role is not None or bearer.bounds.project is not None
    if is_bounded and not is_administrator and token_id != bearer.token_id:
        raise Forbidden("This token is bounded: it withdraws no other than itself.")
    with parts.database.begin() as tx:
        owner = None if is_administrator else bearer.actor.id
        token = tokens.get(tx, token_id, *tokens.LISTED, of=owner)
        _withdraw(tx, bearer.actor, token)
        return token


def withdraw_all(tx: Tx, actor: Actor, owner: Person) -> None:
    """Somebody's own: those of their servers and agents serve others as well, and stay."""
    for token in tokens.every(tx, TokenKind.PERSONAL, of=owner.id):
        _withdraw(tx, actor, token)


def _withdraw(tx: Tx, actor: Actor, token: Token) -> None:
    if tokens.withdraw(tx, token):
        audit.note(tx, actor, "token.withdrawn", f"{token.owner}/{token.name or token.id}", token=token.id)


def _owner(tx: Tx, bearer: Bearer, service: str | None) -> Person:
    if service is None:
        return people.get(tx, bearer.actor.id)
    owner = people.get(tx, service)
    if owner.kind is not Kind.SERVICE:
        raise Forbidden(f"{owner.name} is a person, who alone makes tokens of their own. Name a service account.")
    return owner


def _end(now: datetime, asked: datetime | None) -> datetime:
    end = now + USUAL if asked is None else asked
    if not now < end <= now + LONGEST:
        sentence = f"A token ends in the future, and within {LONGEST.days} days."
        raise Invalid(sentence, {"expires_at": sentence})
    return end
