"""What becomes of a good build of a followed branch: it is deployed by itself, or asked for where others approve."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from clockhouse.errors import Invalid
from clockhouse.model.actor import SYSTEM
from clockhouse.model.build import Build, Release
from clockhouse.model.component import Component
from clockhouse.model.configuration import Stored, deployable
from clockhouse.model.declaration import FILE, Wanted, settle
from clockhouse.model.declaration_reading import Unreadable
from clockhouse.model.deployment import Deployment, Value
from clockhouse.model.environment import Environment
from clockhouse.model.request import Placement, Request, Status
from clockhouse.model.source import Track
from clockhouse.store import (
    audit,
    builds,
    components,
    configuration,
    declarations,
    declared_alerts,
    deployments,
    environments,
    requests,
    secret_uses,
)
from clockhouse.store.database import Tx
from clockhouse.store.tracks import Ready


@dataclass(frozen=True, slots=True)
class Outcome:
    """`is_deployed`; `note` says what else became of it, for people."""

    is_deployed: bool
    note: str | None = None


def decide(tx: Tx, ready: Ready) -> Outcome:
    """Deploys a build as what is in the environment is deployed, or asks for that; else says why not."""
    number = ready.number
    component = components.get(tx, ready.project, ready.component)
    environment = _environment(tx, ready.track)
    if environment is None:
        return _not(f"Build {number} is not deployed by itself: its environment was removed. Choose another one.")
    if environment.is_production and ready.track.automation.environment_id is None:
        where = f"{environment.name}, which is the first environment now and is production"
        return _not(f"Build {number} is not deployed by itself to {where}. Choose it by name, or another one.")
    present = deployments.active(tx, component, environment)
    if present is None:
        where = environment.name
        return _not(f"Build {number} is not deployed by itself: deploy one to {where} first, which says when and how.")
    if present.release.build.number >= number:
        return Outcome(is_deployed=True)
    build = builds.get(tx, component, number)
    if not _is_of_branch(build, ready.track):
        why = f"{build.requested_by} asked for it, and its commit is not the newest of {ready.track.branch}"
        return _not(f"Build {number} is not deployed by itself: {why}. Deploy it.")
    try:
        placement = _placement(tx, component, environment, present, number)
    except Unreadable as error:
        return _not(f"Build {number} is not deployed by itself: {error.sentence}")
    except Invalid as error:
        names = ", ".join(field.removeprefix("configuration.") for field in error.fields)
        return _not(
            f"Build {number} is not deployed by itself: its configuration needs a value for {names}. Deploy it."
        )
    if placement is None:
        where = environment.name
        return _not(f"Build {number} is not deployed by itself: a schedule in {where} cannot be read. Deploy it.")
    if environment.approval is not None:
        return _not(_ask(tx, component, environment, placement, ready.track))
    _place(tx, component, environment, placement)
    return Outcome(is_deployed=True)


def _not(note: str | None) -> Outcome:
    return Outcome(is_deployed=False, note=note)


def _environment(tx: Tx, track: Track) -> Environment | None:
    """Where a track's builds are deployed; None when there is no such environment any more."""
    chosen = track.automation.environment_id
    return next((each for each in environments.every(tx) if chosen in (None, each.id)), None)


def _is_of_branch(build: Build, track: Track) -> bool:
    """Whether those who push to the branch chose its commit, and not who asked for a build of whatever there is."""
    return build.requested_by == SYSTEM.name or build.commit.sha == track.seen


def _placement(
    tx: Tx, component: Component, environment: Environment, present: Deployment, number: int
) -> Placement | None:
    """The build as what is there is deployed; None where a schedule of that cannot be read."""
    release = builds.release_of(tx, builds.get(tx, component, number))
    asked, values = _declared(tx, component, environment, release, present)
    said = {name: Stored(name, None, tx.now, FILE, value) for name, value in values.items()}
    configured = deployable(release.build.settings, configuration.at(tx, component, environment) | said)
    if present.unreadable_schedules and asked.terms is None:
        return None
    terms = [schedule.terms for schedule in present.schedules] if asked.terms is None else asked.terms
    return Placement(release, configured, asked.limits, tuple(terms))


def _declared(
    tx: Tx, component: Component, environment: Environment, release: Release, present: Deployment
) -> tuple[Wanted, Mapping[str, Value]]:
    """As what is there is deployed, but for what the build's clockhouse.yaml says; and the values that it says."""
    wanted = Wanted({}, None, present.limits)
    found = declarations.in_force(tx, component, release)
    if found is None:
        return wanted, {}
    declared_alerts.check(tx, component, found, environment=environment.slug)
    key = f"{component.project}/{component.slug}"
    settled = settle(found, environment.slug, wanted, settings=release.build.settings, now=tx.now, key=key)
    return settled, found.declaration.of(environment.slug).configuration


def _place(tx: Tx, component: Component, environment: Environment, placement: Placement) -> None:
    made = deployments.add(
        tx,
        component,
        environment,
        placement.release,
        configured=placement.configured,
        limits=placement.limits,
        terms=placement.terms,
        by=SYSTEM.name,
    )
    thing, build = f"{component.project}/{component.slug}", placement.release.build.number
    audit.note(tx, SYSTEM, "deployment.created", thing, environment=environment.slug, number=made.number, build=build)
    secret_uses.note_taken(tx, SYSTEM, made, component)
    declared_alerts.deployed(tx, SYSTEM, component, environment, placement.release)


def _ask(tx: Tx, component: Component, environment: Environment, placement: Placement, track: Track) -> str | None:
    """Asks for it, in place of an older build that waits; what became of that, None when a newer one waits."""
    build = placement.release.build
    if (unfit := build.unfit_for(environment)) is not None:
        return f"Build {build.number} is not asked for by itself: {unfit}"
    for each in requests.expire(tx, component=component):
        _note(tx, each, "expired")
    waiting = requests.waiting_there(tx, component, environment)
    if waiting is not None and waiting.requester_id != SYSTEM.id:
        theirs = f"request {waiting.number} of {waiting.requested_by} waits already for {environment.name}"
        return f"Build {build.number} is not asked for by itself: {theirs}. Ask for it once that is decided."
    if waiting is not None and waiting.placement.release.build.number >= build.number:
        return None
    if waiting is not None:
        _note(tx, waiting, "cancelled")
        newer = f"Build {build.number} is newer, and is asked for instead."
        requests.decide(tx, waiting, Status.CANCELLED, by=SYSTEM.name, comment=newer)
    by = f"{build.commit.author} <{build.commit.email}>" if build.commit.email else build.commit.author
    note = f"By itself: the newest good build of {track.branch}, by {by}."
    made = requests.add(tx, component, environment, placement, SYSTEM, note=note)
    _note(tx, made, "made", build=build.number)
    where = environment.name
    return f"What is deployed to {where} has to be approved: request {made.number} asks for build {build.number}."


def _note(tx: Tx, request: Request, verb: str, **facts: int) -> None:
    thing, where = f"{request.project}/{request.component}", request.environment
    audit.note(tx, SYSTEM, f"request.{verb}", thing, environment=where, request=request.number, **facts)
