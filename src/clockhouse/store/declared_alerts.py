"""Alerts that a component's clockhouse.yaml says: in each environment those of the file that counts there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from clockhouse.model.actor import Actor
from clockhouse.model.alert import Alert, Wish, write
from clockhouse.model.build import Release
from clockhouse.model.component import Component
from clockhouse.model.declaration import DeclaredAlert, InForce
from clockhouse.model.declaration_reading import Unreadable, unusable
from clockhouse.model.environment import Environment
from clockhouse.store import alerts, audit, channels, declarations, projects
from clockhouse.store.database import Tx


def deployed(tx: Tx, actor: Actor, component: Component, environment: Environment, release: Release) -> None:
    """What is deployed there brings what its file says of alerts."""
    try:
        found = declarations.in_force(tx, component, release)
    except Unreadable:  # of an earlier version, which understood it
        return
    follow(tx, actor, component, environment, None if found is None else found.declaration.of(environment.slug).alerts)


def follow(
    tx: Tx, actor: Actor, component: Component, environment: Environment, said: Sequence[DeclaredAlert] | None
) -> None:
    """Has exactly these in the place of those that a file said before; None: those are people's from now on.

    What is alike stays with its incidents, switched on or off; one that somebody made just so becomes the file's. Of
    channels that there are not, nobody is told.
    """
    if said is None and all(one.declared_by is None for one in there(tx, component, environment)):
        return
    alerts.hold(tx, component)
    present = there(tx, component, environment)
    if said is None:
        for one in present:
            if one.declared_by is not None:
                alerts.declare(tx, one, None)
        return
    here = _Here(tx, actor, component, environment)
    known = {each.name for each in channels.every(tx, component.project)}
    told = [replace(each, channels=tuple(sorted(known.intersection(each.channels)))) for each in said]
    wanted, left = [each for each in told if each.channels], list(present)
    others: list[DeclaredAlert] = []
    for each in wanted:  # first what is so already, so that nothing else is made of it
        same = next((one for one in left if is_met(one, each)), None)
        if same is None:
            others.append(each)
        else:
            left.remove(same)
            here.keep(same)
    for each in others:
        alike = (one for one in left if one.declared_by is not None and one.wish.condition == each.condition)
        if (old := next(alike, None)) is not None:
            left.remove(old)
            here.change(old, each)
        else:
            here.add(each)
    for one in left:
        if one.declared_by is not None:
            here.remove(one)


def there(tx: Tx, component: Component, environment: Environment) -> list[Alert]:
    """Those of this component in this environment alone, whoever said them, by their numbers."""
    mine = alerts.of_project(tx, projects.get(tx, component.project))
    return [each for each in mine if (each.component_id, each.environment_id) == (component.id, environment.id)]


def is_met(alert: Alert, wanted: DeclaredAlert) -> bool:
    """Whether that alert is just this one."""
    wish = alert.wish
    return (wish.condition, set(wish.channels), wish.tells_end) == (
        wanted.condition,
        set(wanted.channels),
        wanted.tells_end,
    )


def check(tx: Tx, component: Component, found: InForce, *, environment: str | None = None) -> None:
    """Raises Unreadable, with the lines, for channels that there are not; of one environment where one is named."""
    known = {each.name for each in channels.every(tx, component.project)}
    faults = {
        f"environments.{name}.alerts.{number}.tell": _unknown(component, missing[0])
        for name, declared in found.declaration.environments.items()
        if environment in (None, name)
        for number, each in enumerate(declared.alerts or ())
        if (missing := sorted(set(each.channels) - known))
    }
    if faults:
        raise unusable(found.text, faults)


@dataclass(frozen=True, slots=True)
class _Here:
    """What becomes of the alerts of a component in an environment, each with its row in the trail."""

    tx: Tx
    actor: Actor
    component: Component
    environment: Environment

    def keep(self, alert: Alert) -> None:
        if alert.declared_by is None:
            alerts.declare(self.tx, alert, self.component)

    def add(self, wanted: DeclaredAlert) -> None:
        project = projects.get(self.tx, self.component.project)
        made = alerts.add(
            self.tx,
            project,
            self._wish(wanted, is_on=True),
            component=self.component,
            environment=self.environment,
            by=self.actor.name,
            declared_by=self.component.id,
        )
        self._note("alert.added", made)

    def change(self, alert: Alert, wanted: DeclaredAlert) -> None:
        wish = self._wish(wanted, is_on=alert.wish.is_on)
        changed = alerts.change(self.tx, alert, wish, component=self.component, environment=self.environment)
        self._note("alert.changed", changed)

    def remove(self, alert: Alert) -> None:
        alerts.remove(self.tx, alert)
        self._note("alert.removed", alert)

    def _wish(self, wanted: DeclaredAlert, *, is_on: bool) -> Wish:
        return wanted.wish(self.component.slug, self.environment.slug, is_on=is_on)

    def _note(self, action: str, alert: Alert) -> None:
        wish, thing = alert.wish, f"{alert.project}/alerts/{alert.number}"
        facts = {"component": wish.component, "when": write(wish.condition), "channels": ", ".join(wish.channels)}
        rule = alert.sentence
        audit.note(self.tx, self.actor, action, thing, environment=wish.environment, rule=rule, declared=True, **facts)


def _unknown(component: Component, name: str) -> str:
    command = f"clockhouse channel add {component.project} {name}"
    return f"The project has no channel “{name}”. Add it ({command}), or name another one."
