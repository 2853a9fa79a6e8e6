"""What may be asked of trials: run source that nobody has saved, look on, end it."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from clockhouse.builders import draft, remote
from clockhouse.builders.base import Problem
from clockhouse.builders.draft import Draft
from clockhouse.control import access
from clockhouse.control.bench import Bench, Trial
from clockhouse.control.deployments import secrets_of
from clockhouse.control.parts import Parts, repository
from clockhouse.errors import Conflict, Invalid, NotFound, Unavailable
from clockhouse.kit import Secret
from clockhouse.kit.declared import Setting, encode, variable
from clockhouse.model import identifier
from clockhouse.model.actor import Actor, Permission
from clockhouse.model.component import Component
from clockhouse.model.deployment import Value, checked
from clockhouse.model.environment import Environment, Plane
from clockhouse.model.recipe import Recipe
from clockhouse.model.source import Connection
from clockhouse.model.trial import DEFAULT_TIME_OUT, MOST_TIME_OUT, Wanted
from clockhouse.store import audit, builds, components, connections, deployments, environments, recipes
from clockhouse.store.database import Tx
from clockhouse.telemetry import logger

log = logger("trials")

_ELSEWHERE = (
    "This run is not known here: it is long over, the server was started again meanwhile, or another server runs it. "
    "Run it again."
)


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to try: a commit's files with `changes` over them (path to whole text; None removes).

    `given` has values by setting; what it leaves out comes from what is deployed in the environment `take_from`, if
    one is named. Secrets that come from there are never told to whoever asks.
    """

    base: str
    changes: Mapping[str, str | None]
    given: Mapping[str, object] = field(default_factory=dict)
    take_from: str | None = None
    time_out: timedelta = DEFAULT_TIME_OUT


@dataclass(frozen=True, slots=True)
class Begun:
    """A trial that begins; `build` is the number of the build whose environment it has, None if one is made."""

    id: str
    build: int | None


def begin(parts: Parts, actor: Actor, project: str, slug: str, wish: Wish) -> Begun:
    """Runs it, in the place of the actor's last one.

    Raises Invalid with a sentence per setting that needs another value, and for code that cannot be run; Conflict for
    what is not Python, and where the first environment runs elsewhere than on the servers; Unavailable when as many
    run as may. It takes who may both change the source and deploy to the first environment: what runs is code that
    nobody has looked at, on the server itself.
    """
    access.require(actor, Permission.DEVELOP, project=project)
    access.require(actor, Permission.OPERATE, project=project)
    if not timedelta() < wish.time_out <= MOST_TIME_OUT:
        sentence = f"Give a time-out of at most {MOST_TIME_OUT.total_seconds():g} seconds."
        raise Invalid(sentence, {"time_out_s": sentence})
    bench = _bench(parts)
    folder = bench.folder(actor.id)
    try:
        with parts.database.read() as tx:
            component = components.get(tx, project, slug)
            first = environments.every(tx)[0]
            access.require(actor, Permission.OPERATE, project=project, environment=first)
            _check_plane(first)
            if wish.take_from is not None:
                there = environments.get(tx, wish.take_from)
                access.require(actor, Permission.OPERATE, project=project, environment=there)
                _check_unasked(there)
            recipe = recipes.of(tx, component.id)
        _check_out(parts, component, wish.base, folder / "source")
        draft.change(folder / "source", wish.changes)
        found = _readable(draft.read(folder / "source", recipe))
        begun, wanted = _wanted(parts, actor, component, wish, folder, found)
        wanted = replace(wanted, recipe=recipe)
        with parts.database.begin() as tx:
            audit.note(tx, actor, "trial.begun", wanted.component, trial=begun.id)
        bench.begin(wanted)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    facts = {"trial": begun.id, "build": begun.build, "take_from": wish.take_from}
    log.info("trial.begun", component=wanted.component, actor=actor.id, **facts)
    return begun


def get(parts: Parts, actor: Actor, trial_id: str) -> Trial:
    """One of the actor's own. Raises NotFound when it is not known here, or is somebody else's."""
    access.require_somewhere(actor, Permission.DEVELOP)
    found = _bench(parts).find(trial_id)
    if found is None or found.wanted.owner != actor.id:
        raise NotFound(_ELSEWHERE)
    check(found, actor)
    return found


def check(trial: Trial, actor: Actor) -> None:
    """Raises Forbidden, or NotFound, when its project is not the actor's to change any more."""
    access.require(actor, Permission.DEVELOP, project=trial.wanted.component.partition("/")[0])


def stop(parts: Parts, actor: Actor, trial_id: str) -> None:
    """Ends one of the actor's own; nothing happens when it is over."""
    found = get(parts, actor, trial_id)
    _bench(parts).stop(found.wanted.id, f"{actor.name} stopped it.")
    with suppress(Unavailable), parts.database.begin() as tx:  # it is stopped, whatever ails the database
        audit.note(tx, actor, "trial.stopped", found.wanted.component, trial=found.wanted.id)


def _bench(parts: Parts) -> Bench:
    if parts.bench is None:
        raise Unavailable(
            "This server runs no drafts: it was started with --no-trials, or to run nothing. Save, build and deploy."
        )
    return parts.bench


def _check_plane(first: Environment) -> None:
    """Raises Conflict where the first environment's tasks are kept away from the servers: then drafts are, too."""
    if first.data_plane != Plane.PROCESS:
        elsewhere = "in containers" if first.data_plane == Plane.DOCKER else "on its agents"
        raise Conflict(
            f"Drafts run as {first.name} runs its tasks, and that is {elsewhere}, where unsaved code cannot be run. "
            f"Save, build and deploy it to {first.name} to try it."
        )


def _check_unasked(there: Environment) -> None:
    """Raises Conflict where somebody has to approve of code before it gets what is configured there."""
    if there.approval is not None:
        raise Conflict(f"What {there.name} runs has to be approved, and nobody has looked at this. Type the values in.")


def _check_out(parts: Parts, component: Component, sha: str, folder: Path) -> None:
    """Writes the commit's files."""
    with parts.database.read() as tx:
        connection = connections.of(tx, component)
        if connection is None:
            repository(tx, component).check_out(sha, folder)
            return
    _fetch(parts, connection, sha, folder)


def _fetch(parts: Parts, connection: Connection, sha: str, folder: Path) -> None:
    if parts.remotes is None:
        raise Unavailable("This server reads no connected repositories.")
    parts.remotes.check_out(
        connection.component_id, remote.target(connection, connection.track(None), parts.vault.open), sha, folder
    )


def _readable(found: Draft | Problem) -> Draft:
    if isinstance(found, Draft):
        return found
    at = ":".join(str(part) for part in (found.path, found.line) if part is not None)
    raise Invalid(f"{at}: {found.message}" if at else found.message, {at or "source": found.message})


def _wanted(
    parts: Parts, actor: Actor, component: Component, wish: Wish, folder: Path, found: Draft
) -> tuple[Begun, Wanted]:
    with parts.database.begin() as tx:
        taken = {} if wish.take_from is None else _deployed(parts, tx, component, wish.take_from, found.settings)
        values = checked(found.settings, {**taken, **wish.given})
        likely = builds.latest_succeeded(tx, component)
        begun = Begun(identifier.new(tx.now), None)
        if wish.take_from is not None:
            thing = f"{component.project}/{component.slug}"
            audit.note(tx, actor, "trial.took", thing, environment=wish.take_from, trial=begun.id)
    environment = None
    if likely is not None and likely.retired_at is None and parts.artifacts is not None:
        artifact = parts.artifacts / likely.id
        if (artifact / "environment").is_dir() and _is_like(artifact, likely.recipe or Recipe(), found):
            environment, begun = artifact, Begun(begun.id, likely.number)
    named = {setting.name: variable(setting) for setting in found.settings}
    wanted = Wanted(
        id=begun.id,
        owner=actor.id,
        component=f"{component.project}/{component.slug}",
        folder=folder,
        entry=found.entry,
        likeness=found.likeness,
        environment=environment,
        variables={named[name]: encode(value) for name, value in values.items() if not isinstance(value, Secret)},
        secrets={named[name]: value for name, value in values.items() if isinstance(value, Secret)},
        time_out=wish.time_out,
    )
    return begun, wanted


def _is_like(artifact: Path, made_by: Recipe, found: Draft) -> bool:
    return draft.likeness_of(artifact / "source", made_by) == found.likeness


def _deployed(
    parts: Parts, tx: Tx, component: Component, environment: str, settings: tuple[Setting, ...]
) -> dict[str, Value | Secret]:
    """What is deployed there, as far as the draft declares it."""
    place = environments.get(tx, environment)
    present = deployments.active(tx, component, place)
    if present is None:
        raise Conflict(f"Nothing is deployed in {place.name}, so there are no values to take. Type them in.")
    names = {setting.name for setting in settings if setting.type == "secret"}
    plain = {setting.name for setting in settings} - names
    values = {name: value for name, value in present.values.items() if name in plain}
    return {**values, **secrets_of(tx, parts.vault, present, names)}
