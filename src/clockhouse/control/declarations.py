"""What may be asked of declarations: to apply a clockhouse.yaml, what it would change, and what one would say now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from clockhouse.control import access, approvals, configured, placing
from clockhouse.control.configured import Place
from clockhouse.control.declared import key
from clockhouse.control.parts import Parts
from clockhouse.control.placing import Ready
from clockhouse.errors import Conflict, Invalid
from clockhouse.model import declaration_writing as writing
from clockhouse.model import recipe, yaml_text
from clockhouse.model.actor import Actor, Permission
from clockhouse.model.component import Component
from clockhouse.model.declaration import FILE, Declaration, DeclaredEnvironment, InForce, is_met, secrets_told
from clockhouse.model.declaration_reading import read
from clockhouse.model.deployment import Deployment, Watch
from clockhouse.model.environment import Environment
from clockhouse.model.recipe import Recipe
from clockhouse.model.schedule import Terms
from clockhouse.store import (
    audit,
    builds,
    components,
    declarations,
    declared_alerts,
    deployments,
    environments,
    recipes,
    requests,
)
from clockhouse.store.database import Tx


@dataclass(frozen=True, slots=True)
class Change:
    """What a file has otherwise than it is: `before` and `after` in its words, None for nothing.

    `waits` says why it does not count at once.
    """

    place: str
    before: Any
    after: Any
    waits: str | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """What a file would say now, without secrets, and the one that counts for a build, if there is one.

    `said` has what that says of each environment, with its schedules as they would be deployed now.
    """

    text: str
    in_force: InForce | None
    said: tuple[tuple[str, DeclaredEnvironment, Sequence[Terms] | None], ...]


def show(parts: Parts, actor: Actor, project: str, slug: str, *, build: int | None = None) -> Shown:
    """`build` asks what counts for that one; otherwise it is the newest that succeeded."""
    access.require(actor, Permission.READ, project=project)
    with parts.database.read() as tx:
        component = components.get(tx, project, slug)
        found = _in_force(tx, component, build)
        there = {} if found is None else found.declaration.environments
        said = tuple((name, each, _terms(tx, component, each)) for name, each in there.items())
        return Shown(_exported(tx, component), found, said)


def diff(parts: Parts, actor: Actor, project: str, slug: str, text: str) -> list[Change]:
    """What applying it would change, the build settings first. Raises Unreadable."""
    access.require(actor, Permission.READ, project=project)
    with parts.database.read() as tx:
        return _changes(tx, actor, components.get(tx, project, slug), read(text), text)


def apply(parts: Parts, actor: Actor, project: str, slug: str, text: str) -> list[Change]:
    """Makes it so, and has it count from now on; what it changed. All of it or nothing.

    What is deployed gets new deployments of the same releases; nothing is built, and nothing fires by itself. Where
    somebody has to approve, those are asked for. Where nothing is deployed, or another request waits, it counts from
    the next deployment on. Raises Unreadable, and Conflict where the component's source has a file of its own.
    """
    access.require(actor, Permission.DEVELOP, project=project)
    declared = read(text)
    with parts.database.begin() as tx:
        component = components.get(tx, project, slug)
        tx = deployments.held(tx, [component], None)
        _check_own(tx, component)
        changes = _changes(tx, actor, component, declared, text)
        declarations.apply(tx, component, text, actor.name)
        if declared.build:
            recipes.change(tx, component, _recipe(tx, component, declared))
        for environment in environments.every(tx):
            _follow_alerts(tx, actor, component, environment, declared.of(environment.slug), changes)
            place_of_alerts, there = _place_of_alerts(environment), f"{_place_of(environment.slug)}."
            theirs = [each for each in changes if each.place.startswith(there) and each.place != place_of_alerts]
            if theirs:
                place = Place(tx, parts.vault, component, environment)
                waits = _apply_there(place, actor, declared.of(environment.slug))
                changes = [replace(change, waits=waits) if change in theirs else change for change in changes]
        audit.note(tx, actor, "declaration.applied", f"{project}/{slug}", changes=len(changes))
        return changes


def forget(parts: Parts, actor: Actor, project: str, slug: str) -> None:
    """What was applied counts no more; what it has changed stays as it is. Raises Conflict when nothing was."""
    access.require(actor, Permission.DEVELOP, project=project)
    with parts.database.begin() as tx:
        component = components.get(tx, project, slug)
        if declarations.applied(tx, component) is None:
            raise Conflict(f"No {FILE} was applied to “{component.name}”.")
        declarations.apply(tx, component, None, actor.name)
        for environment in environments.every(tx):
            declared_alerts.follow(tx, actor, component, environment, None)
        audit.note(tx, actor, "declaration.forgotten", f"{project}/{slug}")


def _apply_there(place: Place, actor: Actor, wanted: DeclaredEnvironment) -> str | None:
    """Deploys what is said, or asks for it; why it does not count at once."""
    tx, component, environment = place.tx, place.component, place.environment
    if environment.approval is None:
        access.require(actor, Permission.OPERATE, project=component.project, environment=environment)
    present, waits = deployments.active(tx, component, environment), _waits(tx, actor, component, environment)
    if present is None or not (environment.approval is None or _asks(tx, actor, component, environment)):
        return waits
    ready = _ready(place, present, wanted)
    if environment.approval is None:
        placing.place(ready, actor, action="deployment.declared")
        return None
    asked = approvals.ask(ready, actor, note=f"To be as its {FILE} says.")
    return f"Request {asked.request.number} asks for it: it counts in {environment.name} once that is approved."


def _follow_alerts(
    tx: Tx,
    actor: Actor,
    component: Component,
    environment: Environment,
    wanted: DeclaredEnvironment,
    changes: Sequence[Change],
) -> None:
    """Alerts count at once, also where nothing is deployed yet: they change nothing of what runs."""
    if any(change.place == _place_of_alerts(environment) for change in changes):
        access.require(actor, Permission.OPERATE, project=component.project, environment=environment)
    declared_alerts.follow(tx, actor, component, environment, wanted.alerts)


def _terms(tx: Tx, component: Component, declared: DeclaredEnvironment) -> list[Terms] | None:
    if declared.schedules is None:
        return None
    return [each.terms(tx.now, key(component)) for each in declared.schedules]


def _check_own(tx: Tx, component: Component) -> None:
    latest = builds.latest_succeeded(tx, component)
    if latest is not None and latest.declaration is not None:
        raise Conflict(f"The source of “{component.name}” has a {FILE} of its own: change it there, and build it.")


def _in_force(tx: Tx, component: Component, number: int | None) -> InForce | None:
    build = builds.latest_succeeded(tx, component) if number is None else builds.get(tx, component, number)
    release = None if build is None or build.digest is None else builds.release_of(tx, build)
    return declarations.in_force(tx, component, release)


def _recipe(tx: Tx, component: Component, declared: Declaration) -> Recipe:
    wanted = replace(recipes.of(tx, component.id), **declared.build)
    recipe.check(wanted)
    return wanted


def _changes(tx: Tx, actor: Actor, component: Component, declared: Declaration, text: str) -> list[Change]:
    there = {environment.slug: environment for environment in environments.every(tx)}
    unknown = [name for name in declared.environments if name not in there]
    if unknown:
        fields = {
            f"environments.{name}": f"There is no such environment; there are {', '.join(there)}." for name in unknown
        }
        raise Invalid("The file names environments that there are not.", fields)
    declared_alerts.check(tx, component, InForce(declared, text))
    before, after = (
        writing.build_from(recipes.of(tx, component.id)),
        writing.build_from(_recipe(tx, component, declared)),
    )
    found = _compared("build", before, {name: after[name] for name in after if name in declared.build})
    for name, wanted in declared.environments.items():
        found += _changes_there(tx, actor, component, there[name], wanted)
    return found


def _changes_there(
    tx: Tx, actor: Actor, component: Component, environment: Environment, wanted: DeclaredEnvironment
) -> list[Change]:
    place = _place_of(environment.slug)
    present = deployments.active(tx, component, environment)
    _check_secrets(tx, component, present, wanted)
    found: list[Change] = []
    if wanted.schedules is not None and not _meets(present, wanted, component):
        before = None if present is None else _schedules(present)
        after = [dict(each.written) for each in wanted.schedules]
        found.append(Change(f"{place}.schedules", before, after))
    before_limits = {} if present is None else writing.limits_from(present.limits)
    after_limits = writing.limits_from(wanted.limits_beside(present.limits)) if present else {}
    if present is not None:
        found += _compared(place, before_limits, {name: after_limits.get(name) for name in wanted.limits})
    values = {} if present is None else dict(present.values)
    found += _compared(f"{place}.configuration", values, wanted.configuration)
    waits = _waits(tx, actor, component, environment)
    return [replace(change, waits=waits) for change in found] + _changed_alerts(tx, component, environment, wanted)


def _changed_alerts(
    tx: Tx, component: Component, environment: Environment, wanted: DeclaredEnvironment
) -> list[Change]:
    """One at most: those that a file says, and of people's those that become it, give way to what is wanted."""
    if wanted.alerts is None:
        return []
    there = declared_alerts.there(tx, component, environment)
    met = [each for each in wanted.alerts if any(declared_alerts.is_met(one, each) for one in there)]
    said = [one for one in there if one.declared_by is not None]
    left = [one for one in said if not any(declared_alerts.is_met(one, each) for each in met)]
    if len(met) == len(wanted.alerts) and not left:
        return []
    before = [writing.alert_from(each.wish) for each in said]
    after = [writing.alert_from(each.wish(component.slug, environment.slug)) for each in wanted.alerts]
    return [Change(_place_of_alerts(environment), before or None, after)]


def _place_of(environment: str) -> str:
    return f"environments.{environment}"


def _place_of_alerts(environment: Environment) -> str:
    return f"{_place_of(environment.slug)}.alerts"


def _check_secrets(tx: Tx, component: Component, present: Deployment | None, wanted: DeclaredEnvironment) -> None:
    build = builds.latest_succeeded(tx, component) if present is None else present.release.build
    if build is not None and (told := secrets_told(wanted, build.settings)):
        raise Invalid(next(iter(told.values())), told)


def _compared(place: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    return [
        Change(f"{place}.{name}", before.get(name), value)
        for name, value in after.items()
        if before.get(name) != value or (name not in before and value is not None)
    ]


def _meets(present: Deployment | None, wanted: DeclaredEnvironment, component: Component) -> bool:
    if present is None or present.unreadable_schedules:
        return False
    terms = [schedule.terms for schedule in present.schedules]
    return is_met(wanted.schedules or (), terms, key(component))


def _schedules(present: Deployment) -> list[dict[str, Any]]:
    return writing.schedules_from([schedule.terms for schedule in present.schedules])


def _waits(tx: Tx, actor: Actor, component: Component, environment: Environment) -> str | None:
    where = environment.name
    if deployments.active(tx, component, environment) is None:
        return f"Nothing is deployed to {where} yet: it counts from the first deployment on."
    if environment.approval is None:
        return None
    if _asks(tx, actor, component, environment):
        return f"What is deployed to {where} has to be approved: applying the file asks for that."
    return f"What is deployed to {where} has to be approved: it counts from the next deployment on."


def _asks(tx: Tx, actor: Actor, component: Component, environment: Environment) -> bool:
    """Whether it is asked for: by who may, and where no other request waits."""
    may = actor.may(Permission.OPERATE, component.project)
    return may and requests.waiting_there(tx, component, environment) is None


def _ready(place: Place, present: Deployment, wanted: DeclaredEnvironment) -> Ready:
    """The same release, with what is said; its pause stays, and nothing is due before now."""
    values = configured.chosen(place, present.release.build.settings, wanted.configuration)
    said = _terms(place.tx, place.component, wanted)
    terms = [schedule.terms for schedule in present.schedules] if said is None else said
    on_trial = present.watch is Watch.WAITING and bool(terms)
    limits = wanted.limits_beside(present.limits)
    return placing.ready(place, present.release, values, wanted.configuration, terms, limits, is_watched=on_trial)


def _exported(tx: Tx, component: Component) -> str:
    document: dict[str, Any] = {}
    secrets: set[str] = set()
    if build := writing.build_from(recipes.of(tx, component.id)):
        document["build"] = build
    for environment in environments.every(tx):
        present = deployments.active(tx, component, environment)
        there: dict[str, Any] = {}
        if present is not None:
            there |= {"schedules": _schedules(present), **writing.limits_from(present.limits)}
            there |= {"configuration": dict(present.values)} if present.values else {}
            secrets |= present.secret_names
        if told := declared_alerts.there(tx, component, environment):
            there["alerts"] = [writing.alert_from(each.wish) for each in told]
        if not there:
            continue
        document.setdefault("environments", {})[environment.slug] = there
    notes = [f"# {FILE} of {key(component)}"]
    if secrets:
        notes.append(f"# Secrets are not told here: {', '.join(sorted(secrets))}")
    return "\n".join(notes) + "\n" + (yaml_text.write(document) if document else "")
