"""What may be asked of deployments: deploy, promote, stop, run, and what runs where."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from clockhouse.control import access, configured, declared, placing, waiting
from clockhouse.control.configured import Place
from clockhouse.control.parts import Parts, purpose
from clockhouse.control.placing import Ready
from clockhouse.errors import Conflict, Invalid, NotFound, Problems
from clockhouse.kit import Secret
from clockhouse.model.actor import Actor, Permission
from clockhouse.model.build import Release
from clockhouse.model.build import Status as BuildStatus
from clockhouse.model.component import Component
from clockhouse.model.deployment import Deployment, Limits, Status, Watch, check_limits, checked_arguments
from clockhouse.model.environment import Environment
from clockhouse.model.execution import UNDEPLOYED, Execution
from clockhouse.model.request import Placement
from clockhouse.model.schedule import Terms, without_extras
from clockhouse.store import audit, builds, components, deployments, environments, executions
from clockhouse.store.database import Tx
from clockhouse.task import DateTrigger
from clockhouse.vault import Vault

STRIP = 20


@dataclass(frozen=True, slots=True)
class Card:
    """One environment of a component.

    `strip` has the executions that were due last, oldest first; `last` ended last and `running` counts those that run,
    both whether or not they are still in the strip.
    """

    environment: Environment
    deployment: Deployment | None
    strip: list[Execution]
    last: Execution | None
    running: int

    @property
    def next_due_at(self) -> datetime | None:
        if self.deployment is None or self.deployment.pause is not None:
            return None
        due = [schedule.next_due_at for schedule in self.deployment.schedules if schedule.next_due_at is not None]
        return min(due, default=None)


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants deployed. `given` has values by name; one that it leaves out is as it is set.

    `refused` is what could not be read of it: it is told together with what else is wrong. `is_watched`: its first
    occurrence decides whether it stays.
    """

    environment: str
    build: int | None
    given: Mapping[str, object]
    terms: Sequence[Terms]
    limits: Limits
    refused: Sequence[Invalid] = ()
    is_watched: bool = False


@dataclass(frozen=True, slots=True)
class Promotion:
    """The release of one environment for another; `limits` makes the target's from the source's.

    What of it is None is taken over from the source. For the rest see Wish.
    """

    source: str
    target: str
    given: Mapping[str, object]
    terms: Sequence[Terms] | None
    limits: Callable[[Limits], Limits]
    refused: Sequence[Invalid] = ()
    is_watched: bool = False


def all_environments(parts: Parts, actor: Actor) -> list[Environment]:
    access.require(actor, Permission.READ)
    with parts.database.read() as tx:
        return environments.every(tx)


def cards(parts: Parts, actor: Actor, project: str, slug: str) -> list[Card]:
    """A card per environment, in the order of promotion."""
    access.require(actor, Permission.READ, project=project)
    with parts.database.read() as tx:
        return cards_of(tx, components.get(tx, project, slug))


def cards_of(tx: Tx, component: Component) -> list[Card]:
    return [
        Card(
            environment,
            deployments.active(tx, component, environment),
            waiting.explained(tx, executions.recent(tx, component.id, environment.id, STRIP)),
            executions.last_ended(tx, component.id, environment.id),
            executions.running(tx, component.id, environment.id),
        )
        for environment in environments.every(tx)
    ]


def history(
    parts: Parts, actor: Actor, project: str, slug: str, *, environment: str | None, limit: int
) -> list[Deployment]:
    """Newest first."""
    access.require(actor, Permission.READ, project=project)
    with parts.database.read() as tx:
        return deployments.history(tx, components.get(tx, project, slug), environment=environment, limit=limit)


def deploy(parts: Parts, actor: Actor, project: str, slug: str, wish: Wish) -> Deployment:
    """Places a build's release in an environment. It never fires by itself: the first due time is later than now.

    Raises Invalid with a sentence per field that needs another value.
    """
    access.require(actor, Permission.OPERATE, project=project)
    with deploying(parts, actor, project, slug, wish) as ready:
        return placing.place(ready, actor)


@contextmanager
def deploying(
    parts: Parts, actor: Actor, project: str, slug: str, wish: Wish, *, is_asked: bool = False
) -> Iterator[Ready]:
    """What `deploy` is about to do, in its transaction; `is_asked`: once somebody has approved of it."""
    problems = Problems(wish.refused)
    problems.gather(lambda: check_limits(wish.limits))
    with changing(parts, actor, project, slug, wish.environment, is_asked=is_asked) as (tx, component):
        target = problems.gather(lambda: _environment(tx, wish.environment, "environment"))
        release = problems.gather(lambda: _release(tx, component, wish.build))
        problems.gather(lambda: _check_terms(tx, wish.terms))
        if target is None or release is None:
            raise problems.together()
        _check_asked(target, is_asked=is_asked)
        place = Place(tx, parts.vault, component, target)
        wanted = problems.gather(lambda: declared.settled(place, release, wish.given, wish.terms, wish.limits))
        given = wish.given if wanted is None else wanted.given
        problems.gather(lambda: _check_terms(tx, (wanted.terms or ()) if wanted else ()))
        values = problems.gather(lambda: configured.chosen(place, release.build.settings, given))
        if wanted is None or values is None or problems.found:
            raise problems.together()
        yield placing.ready(
            place, release, values, given, wanted.terms or (), wanted.limits, is_watched=wish.is_watched
        )


def promote(parts: Parts, actor: Actor, project: str, slug: str, promotion: Promotion) -> Deployment:
    """Places the very release of one environment in another; what is not given is taken over from the source.

    A value that is not given is as it is set for the target; only where none is set, it is taken over, too.
    """
    access.require(actor, Permission.OPERATE, project=project)
    with promoting(parts, actor, project, slug, promotion) as ready:
        return placing.place(ready, actor)


@contextmanager
def promoting(
    parts: Parts, actor: Actor, project: str, slug: str, promotion: Promotion, *, is_asked: bool = False
) -> Iterator[Ready]:
    """What `promote` is about to do, in its transaction; `is_asked`: once somebody has approved of it."""
    given, terms = promotion.given, promotion.terms
    with changing(parts, actor, project, slug, promotion.target, is_asked=is_asked) as (tx, component):
        here, there = _environment(tx, promotion.source, "source"), _environment(tx, promotion.target, "target")
        if here == there:
            raise Invalid("Promote to another environment.", {"target": "Choose another environment than the source."})
        _check_asked(there, is_asked=is_asked)
        origin = _active(tx, component, here)
        place, settings = Place(tx, parts.vault, component, there), origin.release.build.settings
        problems = Problems(promotion.refused)
        chosen = problems.gather(lambda: _checked_limits(promotion.limits(origin.limits))) or origin.limits
        wanted = problems.gather(lambda: declared.settled(place, origin.release, given, terms, chosen))
        given = given if wanted is None else wanted.given
        plan = problems.gather(lambda: _plan(tx, origin, here, None if wanted is None else wanted.terms))
        values = problems.gather(
            lambda: configured.chosen(
                place, settings, given, lambda names: configured.taken_from(place, actor, origin, settings, names)
            )
        )
        if wanted is None or plan is None or values is None or problems.found:
            raise problems.together()
        yield placing.ready(
            place,
            origin.release,
            values,
            given,
            plan,
            wanted.limits,
            is_watched=promotion.is_watched,
            source=promotion.source,
        )


def redeploy(parts: Parts, actor: Actor, project: str, slug: str, environment: str) -> Deployment:
    """Gives what is deployed the configuration that is set now; release, schedules, limits and a pause stay.

    It never fires by itself. Raises Invalid with a sentence per setting that needs a value, Conflict when there is a
    schedule that cannot be read any more.
    """
    access.require(actor, Permission.OPERATE, project=project)
    with redeploying(parts, actor, project, slug, environment) as ready:
        return placing.place(ready, actor, action="deployment.reconfigured")


@contextmanager
def redeploying(
    parts: Parts, actor: Actor, project: str, slug: str, environment: str, *, is_asked: bool = False
) -> Iterator[Ready]:
    """What `redeploy` is about to do, in its transaction; `is_asked`: once somebody has approved of it."""
    with changing(parts, actor, project, slug, environment, is_asked=is_asked) as (tx, component):
        target = environments.get(tx, environment)
        _check_asked(target, is_asked=is_asked)
        present = _active(tx, component, target)
        place, settings = Place(tx, parts.vault, component, target), present.release.build.settings
        said = declared.settled(place, present.release, {}, None, present.limits)
        values = configured.chosen(place, settings, said.given)
        terms = _terms_of(present, target)
        on_trial = present.watch is Watch.WAITING
        yield placing.ready(place, present.release, values, None, terms, present.limits, is_watched=on_trial)


def reschedule(
    parts: Parts, actor: Actor, project: str, slug: str, environment: str, *, terms: Sequence[Terms]
) -> Deployment:
    """Gives what is deployed other schedules; release, configuration, limits and a pause stay.

    It never fires by itself: what the old schedules had planned later than now is gone, and the new ones are due later
    than now. Raises Invalid with a sentence per field that needs another value.
    """
    access.require(actor, Permission.OPERATE, project=project)
    with rescheduling(parts, actor, project, slug, environment, terms=terms) as ready:
        return placing.place(ready, actor, action="deployment.rescheduled")


@contextmanager
def rescheduling(
    parts: Parts,
    actor: Actor,
    project: str,
    slug: str,
    environment: str,
    *,
    terms: Sequence[Terms],
    is_asked: bool = False,
) -> Iterator[Ready]:
    """What `reschedule` is about to do, in its transaction; `is_asked`: once somebody has approved of it."""
    with changing(parts, actor, project, slug, environment, is_asked=is_asked) as (tx, component):
        target = environments.get(tx, environment)
        _check_asked(target, is_asked=is_asked)
        present = _active(tx, component, target)
        declared.check_open(tx, component, target, present.release)
        _check_terms(tx, terms)
        kept, on_trial = deployments.snapshot(tx, present), present.watch is Watch.WAITING
        wanted = Placement(present.release, kept, present.limits, tuple(terms), is_watched=on_trial)
        yield Ready(Place(tx, parts.vault, component, target), wanted)


def stop(parts: Parts, actor: Actor, project: str, slug: str, environment: str) -> Deployment:
    """Takes the deployment out of the environment: nothing more falls due; what runs goes on."""
    access.require(actor, Permission.OPERATE, project=project)
    with changing(parts, actor, project, slug, environment) as (tx, component):
        deployment = _active(tx, component, environments.get(tx, environment))
        deployments.end(tx, deployment, Status.STOPPED)
        executions.cancel_waiting(tx, deployment, UNDEPLOYED)
        audit.note(tx, actor, "deployment.stopped", f"{project}/{slug}", environment=environment)
        return deployments.get(tx, deployment.id)


def run_now(
    parts: Parts, actor: Actor, project: str, slug: str, environment: str, *, arguments: Mapping[str, object]
) -> Execution:
    """Queues an execution beside the schedule, also while it is paused.

    `arguments` take the place of what is configured, for this start alone. Raises Invalid with a sentence per argument
    that needs another value.
    """
    access.require(actor, Permission.OPERATE, project=project)
    with parts.database.begin() as tx:
        access.require_there(tx, actor, Permission.OPERATE, project=project, environment=environment)
        component, deployment = deployed(tx, project, slug, environment)
        given = checked_arguments(deployment.release.build.settings, arguments)
        execution_id = executions.add_manual(tx, component, deployment, by=actor.name, arguments=given)
        names = ", ".join(given) or None
        facts = {"environment": environment, "id": execution_id, "arguments": names}
        audit.note(tx, actor, "execution.requested", f"{project}/{slug}", **facts)
        return executions.get(tx, execution_id)


@contextmanager
def changing(
    parts: Parts, actor: Actor, project: str, slug: str, environment: str, *, is_asked: bool = False
) -> Iterator[tuple[Tx, Component]]:
    """A transaction that changes what a component has deployed: at its instant, nobody else decides about that.

    Raises Forbidden when the actor may not operate there; what is only asked for, others allow.
    """
    with parts.database.begin() as tx:
        if not is_asked:
            access.require_there(tx, actor, Permission.OPERATE, project=project, environment=environment)
        component = components.get(tx, project, slug)
        yield deployments.held(tx, [component], environment), component


def deployed(tx: Tx, project: str, slug: str, environment: str) -> tuple[Component, Deployment]:
    """The component and what is in the environment now. Raises Conflict when nothing is."""
    component = components.get(tx, project, slug)
    return component, _active(tx, component, environments.get(tx, environment))


def _check_asked(environment: Environment, *, is_asked: bool) -> None:
    if not is_asked:
        placing.check_unasked(environment)


def _checked_limits(limits: Limits) -> Limits:
    check_limits(limits)
    return limits


def _check_terms(tx: Tx, terms: Sequence[Terms]) -> Sequence[Terms]:
    """The same. Raises Invalid for a schedule of which nothing would ever be due."""
    fields = {}
    for position, each in enumerate(terms):
        if each.trigger.next_after(tx.now) is not None:
            continue
        plain = without_extras(each.trigger)
        if plain.next_after(tx.now) is not None:
            fields[f"schedules.{position}.trigger.excluding"] = "Every due time is left out, so nothing would be due."
        else:
            field = "at" if isinstance(plain, DateTrigger) else "end"
            fields[f"schedules.{position}.trigger.{field}"] = "This time has passed, so nothing would ever be due."
    if fields:
        raise Invalid("Some schedules need another value.", fields)
    return terms


def _plan(tx: Tx, origin: Deployment, here: Environment, terms: Sequence[Terms] | None) -> Sequence[Terms]:
    return _terms_of(origin, here) if terms is None else _check_terms(tx, terms)


def _terms_of(deployment: Deployment, environment: Environment) -> list[Terms]:
    """Raises Invalid when there are schedules among them that cannot be read any more: they would silently be gone."""
    if deployment.unreadable_schedules:
        sentence = (
            f"A schedule of {environment.name} cannot be read any more, so it cannot be taken over. "
            "Give the schedules with the promotion."
        )
        raise Invalid(sentence, {"schedules": sentence})
    return [schedule.terms for schedule in deployment.schedules]


def _release(tx: Tx, component: Component, number: int | None) -> Release:
    build = builds.get(tx, component, number) if number is not None else builds.latest_succeeded(tx, component)
    if build is None:
        sentence = f"“{component.name}” has no build that succeeded. Build it first."
        raise Invalid(sentence, {"build": sentence})
    if build.status is not BuildStatus.SUCCEEDED:
        sentence = f"Build {build.number} cannot be deployed: it is {build.status}. Choose one that succeeded."
        raise Invalid(sentence, {"build": sentence})
    if build.retired_at is not None:
        sentence = builds.retired(build)
        raise Invalid(sentence, {"build": sentence})
    return builds.release_of(tx, build)


def _environment(tx: Tx, slug: str, field: str) -> Environment:
    try:
        return environments.get(tx, slug)
    except NotFound as error:
        known = ", ".join(environment.slug for environment in environments.every(tx))
        sentence = f"{error.sentence} There are: {known}."
        raise Invalid(sentence, {field: sentence}) from None


def _active(tx: Tx, component: Component, environment: Environment) -> Deployment:
    deployment = deployments.active(tx, component, environment)
    if deployment is None:
        raise Conflict(f"“{component.name}” is not deployed to {environment.name}. Deploy it there first.")
    return deployment


def secrets_of(tx: Tx, vault: Vault, deployment: Deployment | None, names: Set[str]) -> dict[str, Secret]:
    """Those of these names that the deployment has. No other is opened: a lost key is mended by giving them anew."""
    if deployment is None:
        return {}
    sealed = deployments.sealed_secrets(tx, deployment.id)
    wanted = sealed.keys() & names
    return {name: vault.open(sealed[name], purpose(deployment.component_id, name)) for name in wanted}
