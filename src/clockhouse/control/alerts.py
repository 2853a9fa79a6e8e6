"""What may be asked of alerts: the rules of a project, what one would have told, and what came of those there are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from clockhouse.control import access, declared
from clockhouse.control.parts import Parts
from clockhouse.errors import Conflict
from clockhouse.model import incident as model
from clockhouse.model.actor import Actor, Permission
from clockhouse.model.alert import Alert, Condition, NoSuccess, Wish, sentence, write
from clockhouse.model.component import Component
from clockhouse.model.declaration import FILE
from clockhouse.model.environment import Environment
from clockhouse.model.incident import Incident, Listed
from clockhouse.store import alerts, audit, components, environments, listed_incidents, past_ends, projects
from clockhouse.store.database import Tx
from clockhouse.store.past_ends import Past

_TRIED_ON = timedelta(days=30)
_MOST_ENDS = 50_000  # of which a rule that is tried takes a second
_MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Known:
    """An alert, how many of its incidents last, and the one that began last."""

    alert: Alert
    open: int = 0
    last: Listed | None = None


@dataclass(frozen=True, slots=True)
class Would:
    """An incident that there would have been."""

    component: str
    environment: str
    incident: Incident


@dataclass(frozen=True, slots=True)
class Trial:
    """What a rule would have told of what ended from `since` to `until`: so many incidents, the latest of them.

    `is_whole` is False where `since` is later than asked for, since there are too many ends to look at.
    """

    since: datetime
    until: datetime
    is_whole: bool
    ends: int
    count: int
    incidents: tuple[Would, ...]


def every(parts: Parts, actor: Actor, project: str) -> list[Known]:
    """By their numbers."""
    access.require(actor, Permission.READ, project=project)
    with parts.database.read() as tx:
        found = projects.get(tx, project)
        counts = listed_incidents.open_counts(tx, found.id)
        return [_known(tx, each, counts.get(each.id, 0)) for each in alerts.of_project(tx, found)]


def get(parts: Parts, actor: Actor, project: str, number: int) -> Known:
    access.require(actor, Permission.READ, project=project)
    with parts.database.read() as tx:
        found = projects.get(tx, project)
        alert = alerts.get(tx, found, number)
        return _known(tx, alert, listed_incidents.open_counts(tx, found.id).get(alert.id, 0))


def add(parts: Parts, actor: Actor, project: str, wish: Wish) -> Known:
    """It looks at what ends from now on. Raises Invalid for a channel that there is not."""
    access.require(actor, Permission.OPERATE, project=project)
    with parts.database.begin() as tx:
        found = projects.get(tx, project)
        component, environment = _place(tx, actor, project, wish)
        made = alerts.add(tx, found, wish, component=component, environment=environment, by=actor.name)
        _note(tx, actor, "alert.added", made, wish)
        return Known(made)


def change(parts: Parts, actor: Actor, project: str, number: int, wish: Wish) -> Known:
    """What is another rule now begins anew: what is open ends, without being told."""
    access.require(actor, Permission.OPERATE, project=project)
    with parts.database.begin() as tx:
        found = alerts.get(tx, projects.get(tx, project), number)
        _require_where(tx, actor, project, found.wish.environment)
        _refuse_declared(tx, found)
        component, environment = _place(tx, actor, project, wish)
        changed = alerts.change(tx, found, wish, component=component, environment=environment)
        _note(tx, actor, "alert.changed", changed, wish)
        return _known(tx, changed, listed_incidents.open_counts(tx, changed.project_id).get(changed.id, 0))


def switch(parts: Parts, actor: Actor, project: str, number: int, *, is_on: bool) -> Known:
    """Off: it looks at nothing and tells nothing. On: it looks at what ends from then on."""
    access.require(actor, Permission.OPERATE, project=project)
    with parts.database.begin() as tx:
        found = alerts.get(tx, projects.get(tx, project), number)
        _require_where(tx, actor, project, found.wish.environment)
        component, environment = _place(tx, actor, project, found.wish)
        changed = found
        if found.wish.is_on != is_on:
            wish = replace(found.wish, is_on=is_on)
            changed = alerts.change(tx, found, wish, component=component, environment=environment)
            _note(tx, actor, "alert.switched-on" if is_on else "alert.switched-off", changed, wish)
        return _known(tx, changed, listed_incidents.open_counts(tx, changed.project_id).get(changed.id, 0))


def remove(parts: Parts, actor: Actor, project: str, number: int) -> None:
    """With its incidents; what is not told yet never is."""
    access.require(actor, Permission.OPERATE, project=project)
    with parts.database.begin() as tx:
        found = alerts.get(tx, projects.get(tx, project), number)
        _require_where(tx, actor, project, found.wish.environment)
        _refuse_declared(tx, found)
        alerts.remove(tx, found)
        _note(tx, actor, "alert.removed", found, found.wish)


def incidents(
    parts: Parts,
    actor: Actor,
    project: str,
    *,
    number: int | None = None,
    component: str | None = None,
    only_open: bool = False,
    before: str | None = None,
    limit: int,
) -> list[Listed]:
    """Those noticed last first; of one alert or one component where that is asked."""
    access.require(actor, Permission.READ, project=project)
    with parts.database.read() as tx:
        found = projects.get(tx, project)
        return listed_incidents.find(
            tx,
            found.id,
            alert_id=None if number is None else alerts.get(tx, found, number).id,
            component_id=None if component is None else components.get(tx, project, component).id,
            only_open=only_open,
            before=before,
            limit=limit,
        )


def attempt(
    parts: Parts, actor: Actor, project: str, condition: Condition, *, component: str | None, environment: str | None
) -> Trial:
    """What a rule that nobody has saved would have told in the last 30 days."""
    access.require(actor, Permission.READ, project=project)
    with parts.database.read() as tx:
        found = projects.get(tx, project)
        named = None if component is None else components.get(tx, project, component)
        where = None if environment is None else environments.get(tx, environment)
        past = past_ends.of(
            tx,
            found.id,
            None if named is None else named.id,
            None if where is None else where.id,
            since=tx.now - _TRIED_ON,
            most=_MOST_ENDS,
        )
        return _tried(condition, past, tx.now)


def _tried(condition: Condition, past: Past, now: datetime) -> Trial:
    would = sorted(_would(condition, past), key=lambda each: each.incident.began_at, reverse=True)
    return Trial(past.since, now, past.is_whole, past.count, len(would), tuple(would[:_MOST_SHOWN]))


def _would(condition: Condition, past: Past) -> Iterable[Would]:
    for where, place in past.places.items():
        ends = past.ends.get(where, ())
        since, until = max(past.since, place.deployed_at), place.until
        if isinstance(condition, NoSuccess) and until is None:
            until = ends[-1].ended_at if ends else since
        for each in model.incidents(condition, ends, since=since, until=until or since):
            yield Would(place.component, place.environment, each)


def _known(tx: Tx, alert: Alert, number: int) -> Known:
    return Known(alert, number, listed_incidents.last_of(tx, alert.id))


def _place(tx: Tx, actor: Actor, project: str, wish: Wish) -> tuple[Component | None, Environment | None]:
    """What a wish is about, where the actor may change it."""
    component = None if wish.component is None else components.get(tx, project, wish.component)
    environment = None if wish.environment is None else environments.get(tx, wish.environment)
    _require_where(tx, actor, project, wish.environment)
    return component, environment


def _require_where(tx: Tx, actor: Actor, project: str, environment: str | None) -> None:
    """An alert for all environments is one for production, too."""
    for each in environments.every(tx):
        if environment in (None, each.slug):
            access.require(actor, Permission.OPERATE, project=project, environment=each)


def _refuse_declared(tx: Tx, alert: Alert) -> None:
    """Raises Conflict for what a file says, which wins; it may be switched off."""
    if alert.declared_by is None or alert.wish.component is None:
        return
    said = declared.of_newest(tx, components.get(tx, alert.project, alert.wish.component))
    remedy = "Change the file" if said is None else said.remedy.removesuffix(".")
    raise Conflict(f"Alert {alert.number} is said by the component's {FILE}. {remedy}, or switch the alert off.")


def _note(tx: Tx, actor: Actor, action: str, alert: Alert, wish: Wish) -> None:
    thing = f"{alert.project}/alerts/{alert.number}"
    facts = {"component": wish.component, "when": write(wish.condition), "channels": ", ".join(wish.channels)}
    audit.note(tx, actor, action, thing, environment=wish.environment, rule=sentence(wish), **facts)
