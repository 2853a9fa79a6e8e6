"""What may be asked of backfills: which due times one would have, start it, look at it, cancel it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from clockhouse.control import access
from clockhouse.control.deployments import deployed
from clockhouse.control.parts import Parts
from clockhouse.errors import Conflict, Invalid
from clockhouse.model.actor import Actor, Permission
from clockhouse.model.backfill import Backfill, Scope, check_range, due_times
from clockhouse.model.component import Component
from clockhouse.model.deployment import Deployment
from clockhouse.model.schedule import Schedule
from clockhouse.store import audit, backfills, components, deployments
from clockhouse.store.database import Tx


@dataclass(frozen=True, slots=True)
class Wish:
    """The due times from `start` on and before `end`; `schedule` is an id, None for the only one there is."""

    schedule: str | None
    start: datetime
    end: datetime
    scope: Scope
    at_once: int


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a backfill would execute, in order, and how many due times the range has in all."""

    due: list[datetime]
    in_range: int


def preview(parts: Parts, actor: Actor, project: str, slug: str, environment: str, wish: Wish) -> Outlook:
    """Raises Invalid with a sentence per field, also for a range with too many due times."""
    access.require(actor, Permission.READ, project=project)
    with parts.database.read() as tx:
        component, deployment = deployed(tx, project, slug, environment)
        return _outlook(tx, component, deployment, _schedule(deployment, wish), wish)


def start(parts: Parts, actor: Actor, project: str, slug: str, environment: str, wish: Wish) -> Backfill:
    """Queues an execution for each of these due times, with the release and configuration deployed now.

    They are executed in order, at most `at_once` beside each other, and only where nothing that is due now wants the
    room. Raises Invalid as `preview` does, and when there would be nothing to execute.
    """
    access.require(actor, Permission.OPERATE, project=project)
    with parts.database.begin() as tx:
        access.require_there(tx, actor, Permission.OPERATE, project=project, environment=environment)
        component, deployment = deployed(tx, project, slug, environment)
        deployments.settle(tx, deployment)  # the ledger says of all that is due by now what became of it
        schedule = _schedule(deployment, wish)
        due = _outlook(tx, component, deployment, schedule, wish).due
        if not due:
            found = "that nothing ran for " if wish.scope is Scope.MISSING else ""
            sentence = f"There is no due time {found}in this range. Choose another one."
            raise Invalid(sentence, {"start": sentence})
        made = backfills.add(
            tx,
            component,
            deployment,
            schedule,
            start=wish.start,
            end=wish.end,
            scope=wish.scope,
            at_once=wish.at_once,
            due=due,
            by=actor.name,
        )
        thing = f"{project}/{slug}"
        audit.note(tx, actor, "backfill.started", thing, environment=environment, id=made.id, executions=len(due))
        return made


def every(parts: Parts, actor: Actor, project: str, slug: str, *, limit: int) -> list[Backfill]:
    """Newest first."""
    access.require(actor, Permission.READ, project=project)
    with parts.database.read() as tx:
        return backfills.of_component(tx, components.get(tx, project, slug), limit)


def get(parts: Parts, actor: Actor, backfill_id: str) -> Backfill:
    access.require(actor, Permission.READ)
    with parts.database.read() as tx:
        return backfills.get(tx, backfill_id, within=actor.projects())


def cancel(parts: Parts, actor: Actor, backfill_id: str) -> Backfill:
    """Cancels what waits of it and stops what runs. Raises Conflict when it is over already."""
    access.require(actor, Permission.READ)
    with parts.database.begin() as tx:
        backfill = backfills.get(tx, backfill_id, within=actor.projects())
        place = {"project": backfill.project, "environment": backfill.environment}
        access.require_there(tx, actor, Permission.OPERATE, **place)
        if not backfill.is_open:
            raise Conflict("There is nothing to cancel: all executions of the backfill are over.")
        backfills.cancel(tx, backfill, actor.name)
        thing = f"{backfill.project}/{backfill.component}"
        audit.note(tx, actor, "backfill.cancelled", thing, environment=backfill.environment, id=backfill.id)
        return backfills.get(tx, backfill_id)


def _outlook(tx: Tx, component: Component, deployment: Deployment, schedule: Schedule, wish: Wish) -> Outlook:
    check_range(wish.start, wish.end, wish.at_once, tx.now)
    due = due_times(schedule.terms.trigger, wish.start, wish.end)
    if wish.scope is Scope.ALL:
        return Outlook(due, len(due))
    there = backfills.accounted_for(tx, component, deployment, wish.start, wish.end)
    return Outlook([each for each in due if each not in there], len(due))


def _schedule(deployment: Deployment, wish: Wish) -> Schedule:
    found = [each for each in deployment.schedules if wish.schedule in (None, each.id)]
    if len(found) == 1:
        return found[0]
    if not deployment.schedules:
        sentence = "The deployment has no schedule, so nothing was due."
    elif found:
        sentence = f"The deployment has {len(found)} schedules: say which one."
    else:
        sentence = "The deployment has no such schedule. Choose one that it has now."
    raise Invalid(sentence, {"schedule": sentence})
