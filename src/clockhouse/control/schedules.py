"""What may be asked of schedules before there is one: when would it be due, and which holidays can be left out."""

from __future__ import annotations

from datetime import datetime

from clockhouse.control import access
from clockhouse.control.parts import Parts
from clockhouse.model.actor import Actor, Permission
from clockhouse.task import Trigger, calendar


def countries(_parts: Parts, actor: Actor) -> dict[str, list[str]]:
    """The countries whose public holidays are known, each with its subdivisions; empty without the package for it."""
    access.require(actor, Permission.READ)
    return calendar.countries()


def preview(parts: Parts, actor: Actor, trigger: Trigger, count: int) -> list[datetime]:
    """The next `count` due times, fewer when the trigger ends; computed by the very code that will fire."""
    access.require(actor, Permission.READ)
    with parts.database.read() as tx:
        found: list[datetime] = []
        due = trigger.next_after(tx.now)
        while due is not None and len(found) < count:
            found.append(due)
            due = trigger.next_after(due)
        return found
