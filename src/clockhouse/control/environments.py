"""What may be asked of environments: which there are in which order, what they keep, how much runs there, and where."""

from __future__ import annotations

from dataclasses import dataclass

from clockhouse.control import access
from clockhouse.control.parts import Parts
from clockhouse.model import identifier, person
from clockhouse.model.actor import Actor, Permission
from clockhouse.model.environment import Contents, Environment, Plane, Retention, check_at_once
from clockhouse.model.person import Remarked
from clockhouse.store import audit, environments, people, removal

_REMOVED_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Wish:
    """A new environment; without a slug, that is made of the name."""

    name: str
    slug: str | None = None
    is_production: bool = False
    plane: Plane = Plane.PROCESS
    retention: Retention = Retention()
    at_once: int | None = None
    before: str | None = None  # the slug of the one that it comes right before; None: it is the last


def add(parts: Parts, actor: Actor, wish: Wish) -> Environment:
    """Raises Conflict when its slug or its name is taken."""
    access.require(actor, Permission.ADMINISTER)
    check_at_once(wish.at_once)
    slug = wish.slug or identifier.slug(wish.name)
    with parts.database.begin() as tx:
        made = environments.add(
            tx,
            slug=slug,
            name=wish.name,
            is_production=wish.is_production,
            plane=wish.plane,
            retention=wish.retention,
            at_once=wish.at_once,
        )
        if wish.before is not None:
            environments.move(tx, slug, wish.before)
        production, plane = made.is_production, made.data_plane
        audit.note(tx, actor, "environment.added", slug, name=made.name, production=production, data_plane=plane)
        return environments.get(tx, slug)


@dataclass(frozen=True, slots=True)
class Changed:
    """`roles`: whose weight has changed with its mark; None where that has stayed."""

    environment: Environment
    roles: Remarked | None


def change(
    parts: Parts, actor: Actor, environment: str, *, name: str | None = None, is_production: bool | None = None
) -> Changed:
    """Another name, for people to read, or another mark; None leaves either as it is. Its slug stays for good.

    What is changed in production takes roles that say so. Raises Conflict when another one has the name.
    """
    access.require(actor, Permission.ADMINISTER)
    with parts.database.begin() as tx:
        environments.take_turn(tx)  # before its row, as who removes it does
        present = environments.get(tx, environment)
        if name is not None and name != present.name:
            environments.rename(tx, present, name)
            audit.note(tx, actor, "environment.renamed", environment, name=name, before=present.name)
        roles = None
        if is_production is not None and is_production != present.is_production:
            roles = person.remarked(people.every(tx), environment)
            environments.mark(tx, present, is_production=is_production)
            counted = {"roles_naming": roles.naming, "roles_others": roles.others}
            audit.note(tx, actor, "environment.marked", environment, production=is_production, **counted)
        return Changed(environments.get(tx, environment), roles)


def move(parts: Parts, actor: Actor, environment: str, before: str | None) -> list[Environment]:
    """Puts it right before another one in the order of promotion, or to the end; the new order."""
    access.require(actor, Permission.ADMINISTER)
    with parts.database.begin() as tx:
        order = [each.slug for each in environments.every(tx)]
        moved = environments.move(tx, environment, before)
        if order != [each.slug for each in moved]:
            audit.note(tx, actor, "environment.reordered", environment, before=before)
        return moved


def contents(parts: Parts, actor: Actor, environment: str) -> Contents:
    """What stands against its removal, and what would go with it."""
    access.require(actor, Permission.ADMINISTER)
    with parts.database.read() as tx:
        return environments.contents(tx, environments.get(tx, environment))


def remove(parts: Parts, actor: Actor, environment: str) -> None:
    """Removes it with its history. Raises Conflict with the reasons where something of it is still in use.

    From its first moment on nobody can use it any more. A long history goes in small steps, so that nobody else waits
    for it; what is cut off here, a server goes on with within the hour.
    """
    access.require(actor, Permission.ADMINISTER)
    with parts.database.begin() as tx:
        present = removal.begin(tx, environment)
        audit.note(tx, actor, "environment.removed", environment, name=present.name)
    is_more_to_do = True
    while is_more_to_do:
        with parts.database.begin() as tx:
            is_more_to_do = removal.go_on(tx, present, _REMOVED_AT_ONCE)


def retention(parts: Parts, actor: Actor, environment: str) -> Retention:
    access.require(actor, Permission.READ)
    with parts.database.read() as tx:
        return environments.get(tx, environment).retention


def set_retention(parts: Parts, actor: Actor, environment: str, wanted: Retention) -> Retention:
    """Keeps more or less from now on. What is older goes within the hour, and does not come back."""
    access.require(actor, Permission.ADMINISTER)
    with parts.database.begin() as tx:
        environments.set_retention(tx, environments.get(tx, environment), wanted)
        audit.note(tx, actor, "environment.retention-set", environment, days=wanted.days, last=wanted.last)
        return wanted


def limit(parts: Parts, actor: Actor, environment: str, at_once: int | None) -> Environment:
    """Lets no more than so many executions run there at once (None: any number); those that run already go on."""
    access.require(actor, Permission.ADMINISTER)
    check_at_once(at_once)
    with parts.database.begin() as tx:
        environments.set_at_once(tx, environments.get(tx, environment), at_once)
        audit.note(tx, actor, "environment.limited", environment, at_once=at_once)
        return environments.get(tx, environment)


def run_on(parts: Parts, actor: Actor, environment: str, plane: Plane) -> Environment:
    """Says what runs its executions from now on; those that run already go on where they are."""
    access.require(actor, Permission.ADMINISTER)
    with parts.database.begin() as tx:
        environments.set_plane(tx, environments.get(tx, environment), plane)
        audit.note(tx, actor, "environment.moved", environment, data_plane=str(plane))
        return environments.get(tx, environment)
