"""What may be asked of environments: how long they keep what has ended, how many executions run at once, and where."""

from __future__ import annotations

from clockhouse.control import access
from clockhouse.control.parts import Parts
from clockhouse.model.actor import Actor, Permission
from clockhouse.model.environment import Environment, Plane, Retention, check_at_once
from clockhouse.store import audit, environments


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
