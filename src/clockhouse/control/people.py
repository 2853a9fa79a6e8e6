"""What may be asked of people and service accounts: who is here, and what they may."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from clockhouse.control import access, tokens
from clockhouse.control.parts import Parts
from clockhouse.errors import Conflict, Forbidden, Invalid, NotFound
from clockhouse.model import person as model
from clockhouse.model.actor import Actor, Grant, Permission
from clockhouse.model.person import Kind, Membership, Person
from clockhouse.model.token import Bounds
from clockhouse.store import actors, audit, environments, people, projects
from clockhouse.store.actors import TokenKind
from clockhouse.store.database import Tx

INVITED_FOR = timedelta(days=7)


def every(parts: Parts, actor: Actor) -> list[Person]:
    """All accounts, by name."""
    access.require(actor, Permission.ADMINISTER)
    with parts.database.read() as tx:
        return people.every(tx)


def of_project(parts: Parts, actor: Actor, project: str) -> list[Person]:
    """Who may do something in the project, by name, with the grants that let them."""
    access.require(actor, Permission.READ, project=project)
    with parts.database.read() as tx:
        return people.of_project(tx, projects.get(tx, project).slug)


def invite(
    parts: Parts, actor: Actor, *, login: str, name: str, kind: Kind, grants: Sequence[Grant]
) -> tuple[Person, str | None]:
    """A new account, and for a person the one-time token of their first sign-in. Raises Conflict for a taken login."""
    access.require(actor, Permission.ADMINISTER)
    with parts.database.begin() as tx:
        made = people.add(tx, name=name, login=model.login(login), kind=kind, by=actor)
        audit.note(tx, actor, "person.invited", made.called, kind=str(kind))
        for each in grants:
            _give(tx, actor, made, each)
        token = _invitation(tx, made) if kind is Kind.PERSON else None
        return people.get(tx, made.id), token


def link(parts: Parts, actor: Actor, called: str, *, withdraw_tokens: bool = False) -> tuple[Person, str]:
    """A fresh one-time token of somebody's next sign-in.

    Their password and their sessions end with it, and their access tokens if told so.
    """
    access.require(actor, Permission.ADMINISTER)
    with parts.database.begin() as tx:
        person = people.get(tx, called)
        if person.kind is not Kind.PERSON:
            raise Conflict(f"{person.name} is a service account, which signs in nowhere. Make a token for it.")
        if person.disabled_at is not None:
            raise Conflict(f"{person.name} is disabled: enable the account first.")
        people.forget_password(tx, person.id)
        for kind in (TokenKind.SESSION, TokenKind.SIGN_IN):
            actors.withdraw_all(tx, person.id, kind)
        audit.note(tx, actor, "person.link-made", person.called)
        if withdraw_tokens:
            tokens.withdraw_all(tx, actor, person)
        return people.get(tx, person.id), _invitation(tx, person)


def grant(parts: Parts, actor: Actor, called: str, wanted: Grant) -> Person:
    """Gives somebody a role; in the same place, it takes the one's place that they had there."""
    access.require_somewhere(actor, Permission.ADMINISTER)
    access.require(actor, Permission.ADMINISTER, project=wanted.project)
    with parts.database.begin() as tx:
        people.take_turn(tx)
        person = people.get(tx, called)
        _give(tx, actor, person, wanted)
        return _told(people.get(tx, person.id), actor)


def revoke(parts: Parts, actor: Actor, called: str, membership_id: str) -> Person:
    """Takes a role away. Raises Conflict for the last administrator's."""
    access.require_somewhere(actor, Permission.ADMINISTER)
    with parts.database.begin() as tx:
        people.take_turn(tx)
        person = people.get(tx, called)
        held = next((each for each in person.memberships if each.id == membership_id), None)
        if held is None:
            raise NotFound(f"{person.name} has no such role. It may have been taken away already.")
        access.require(actor, Permission.ADMINISTER, project=held.grant.project)
        people.revoke(tx, person, held)
        audit.note(tx, actor, "person.revoked", person.called, **_facts(held.grant))
        return _told(people.get(tx, person.id), actor)


def disable(parts: Parts, actor: Actor, called: str) -> Person:
    """They are out at once, with their tokens, until they are enabled. Raises Conflict for the last administrator."""
    access.require(actor, Permission.ADMINISTER)
    with parts.database.begin() as tx:
        people.take_turn(tx)
        person = people.get(tx, called)
        if people.disable(tx, person):
            audit.note(tx, actor, "person.disabled", person.called)
        return people.get(tx, person.id)


def enable(parts: Parts, actor: Actor, called: str) -> Person:
    access.require(actor, Permission.ADMINISTER)
    with parts.database.begin() as tx:
        person = people.get(tx, called)
        if people.enable(tx, person):
            audit.note(tx, actor, "person.enabled", person.called)
        return people.get(tx, person.id)


def remove(parts: Parts, actor: Actor, called: str) -> None:
    """For good; what they did keeps their name. Raises Conflict for the last administrator."""
    access.require(actor, Permission.ADMINISTER)
    with parts.database.begin() as tx:
        people.take_turn(tx)
        person = people.get(tx, called)
        people.remove(tx, person)
        audit.note(tx, actor, "person.removed", person.called)


def _told(person: Person, actor: Actor) -> Person:
    """As somebody may see them: with the roles of projects that are theirs to see."""
    mine = actor.projects()
    seen = (each for each in person.memberships if mine is None or each.grant.project in {None, *mine})
    return replace(person, memberships=tuple(seen))


def _invitation(tx: Tx, person: Person) -> str:
    invited = Actor(person.id, person.name, ())
    bounds = Bounds(expires_at=tx.now + INVITED_FOR)
    return actors.give_token(tx, invited, TokenKind.SIGN_IN, bounds=bounds)


def _give(tx: Tx, actor: Actor, person: Person, wanted: Grant) -> None:
    """In the place of what they have there, if they have; nobody gives more than they have themselves."""
    project = None if wanted.project is None else projects.get(tx, wanted.project)
    environment = None if wanted.environment is None else environments.get(tx, wanted.environment)
    production = frozenset({environment.slug} if environment is not None and environment.is_production else ())
    if not model.covers(actor.grants, wanted, production=production):
        raise Forbidden(_too_much(actor, wanted))
    if environment is not None and wanted.role.value == "admin":
        sentence = "An administrator is one of a project or of the installation, not of an environment."
        raise Invalid(sentence, {"role": sentence})
    before = next((each for each in person.memberships if _same_place(each, wanted)), None)
    if before is not None and before.grant == wanted:
        return
    actors.grant(
        tx,
        person.id,
        wanted.role,
        project_id=None if project is None else project.id,
        environment_id=None if environment is None else environment.id,
        production=wanted.production,
        by=actor.name,
    )
    if before is not None:
        people.revoke(tx, person, before)
    audit.note(tx, actor, "person.granted", person.called, **_facts(wanted))


def _too_much(actor: Actor, wanted: Grant) -> str:
    is_production_alone = model.covers(actor.grants, replace(wanted, production=False))
    what = "production, which you don't have there" if is_production_alone else "more than you have yourself"
    return f"You can't give {what}. Ask an administrator of the installation."


def _same_place(held: Membership, wanted: Grant) -> bool:
    return (held.grant.project, held.grant.environment) == (wanted.project, wanted.environment)


def _facts(given: Grant) -> dict[str, str | bool | None]:
    return {
        "role": str(given.role),
        "project": given.project,
        "environment": given.environment,
        "production": given.production,
    }
