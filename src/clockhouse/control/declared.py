"""What a component's clockhouse.yaml says of a deployment: it wins over what somebody asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from clockhouse.control.configured import Place
from clockhouse.errors import Invalid
from clockhouse.model.build import Release
from clockhouse.model.component import Component
from clockhouse.model.declaration import InForce, Wanted, is_same, settle
from clockhouse.model.deployment import Limits
from clockhouse.model.environment import Environment
from clockhouse.model.schedule import Terms
from clockhouse.store import builds, declarations, declared_alerts
from clockhouse.store.database import Tx


def settled(
    place: Place, release: Release, given: Mapping[str, object], terms: Sequence[Terms] | None, limits: Limits
) -> Wanted:
    """What is deployed of what was asked for. Raises Invalid for what the file has otherwise.

    Also, as Unreadable, where its alerts tell channels that there are not.
    """
    wanted = Wanted(given, terms, limits)
    found = declarations.in_force(place.tx, place.component, release)
    if found is None:
        return wanted
    declared_alerts.check(place.tx, place.component, found, environment=place.environment.slug)
    return settle(
        found,
        place.environment.slug,
        wanted,
        settings=release.build.settings,
        now=place.tx.now,
        key=key(place.component),
    )


def check_open(tx: Tx, component: Component, environment: Environment, release: Release) -> None:
    """Raises Invalid when the file says the schedules there, so that nobody else can."""
    found = declarations.in_force(tx, component, release)
    if found is not None and found.declaration.of(environment.slug).schedules is not None:
        sentence = f"The schedules of {environment.name} are said by {found.words}. {found.remedy}"
        raise Invalid(sentence, {"schedules": sentence})


def of_newest(tx: Tx, component: Component) -> InForce | None:
    """The file that counts for the newest build that succeeded."""
    build = builds.latest_succeeded(tx, component)
    release = None if build is None or build.digest is None else builds.release_of(tx, build)
    return declarations.in_force(tx, component, release)


def check_value(tx: Tx, component: Component, environment: Environment, name: str, value: object) -> None:
    """Raises Invalid when the file that counts for the newest build has another value for it there."""
    found = of_newest(tx, component)
    said = {} if found is None else found.declaration.of(environment.slug).configuration
    if found is not None and name in said and not is_same(value, said[name]):
        sentence = f"Here {found.words} says {said[name]!r}. {found.remedy}"
        raise Invalid(sentence, {"value": sentence})


def key(component: Component) -> str:
    """What spreads a jitter, and H in a cron."""
    return f"{component.project}/{component.slug}"
