"""The last step of every deployment: all of it is checked, and it is made now or asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from clockhouse.control import configured
from clockhouse.control.configured import Held, Place
from clockhouse.control.parts import purpose
from clockhouse.errors import ClockhouseError, Conflict, Invalid
from clockhouse.model.actor import Actor
from clockhouse.model.build import Release
from clockhouse.model.deployment import Deployment, Limits
from clockhouse.model.environment import Environment
from clockhouse.model.reference import read
from clockhouse.model.request import Placement
from clockhouse.model.schedule import Terms
from clockhouse.store import audit, declared_alerts, deployments, secret_uses


@dataclass(frozen=True, slots=True)
class Ready:
    """A deployment that can be made, and where."""

    place: Place
    placement: Placement


def ready(
    place: Place,
    release: Release,
    values: Mapping[str, Held],
    given: Mapping[str, object] | None,
    terms: Sequence[Terms],
    limits: Limits,
    *,
    is_watched: bool = False,
    source: str | None = None,
) -> Ready:
    """`given` is what of the values is to be set for the environment; None: nothing is to be set there.

    Raises Invalid for a first occurrence that is to be watched where there will be none.
    """
    if is_watched and not terms:
        sentence = "Without a schedule there is no first occurrence to watch."
        raise Invalid(sentence, {"watch": sentence})
    names = None if given is None else frozenset(given)
    snapshot = configured.snapshot(place, values)
    return Ready(place, Placement(release, snapshot, limits, tuple(terms), names, is_watched, source))


def place(ready: Ready, actor: Actor, *, by: str | None = None, action: str = "deployment.created") -> Deployment:
    """Makes the deployment, and sets for its environment what was given. `by` asked for it, the actor if not named."""
    where, wanted = ready.place, ready.placement
    tx, component, target = where.tx, where.component, where.environment
    if wanted.given is not None:
        values = _held(ready)
        given = {name: values.get(name) for name in wanted.given}
        configured.remember(where, actor, wanted.release.build.settings, given, values)
    made = deployments.add(
        tx,
        component,
        target,
        wanted.release,
        configured=wanted.configured,
        limits=wanted.limits,
        terms=wanted.terms,
        by=by or actor.name,
        is_watched=wanted.is_watched,
    )
    thing, number, build = f"{component.project}/{component.slug}", made.number, wanted.release.build.number
    audit.note(tx, actor, action, thing, environment=target.slug, number=number, build=build)
    secret_uses.note_taken(tx, actor, made, component)
    declared_alerts.deployed(tx, actor, component, target, wanted.release)
    return made


def check_unasked(environment: Environment) -> None:
    """Raises Conflict where somebody has to approve of it first."""
    if environment.approval is not None:
        raise Conflict(
            f"What is deployed to {environment.name} has to be approved. Ask for it, in the console or with "
            "`clockhouse deploy`, `promote`, `reschedule` or `config redeploy` and --note."
        )


def check_complete(ready: Ready) -> None:
    """Raises Conflict for a secret that does not open any more."""
    for name, sealed in ready.placement.configured.sealed.items():
        try:
            ready.place.vault.open(sealed, purpose(ready.place.component.id, name))
        except ClockhouseError as error:
            raise Conflict(f"Its secret {name} does not open. {error.sentence}") from error


def _held(ready: Ready) -> dict[str, Held]:
    """Its values as they were given: a secret that is sealed is opened."""
    where, kept = ready.place, ready.placement.configured
    opened = {name: where.vault.open(text, purpose(where.component.id, name)) for name, text in kept.sealed.items()}
    return {**kept.values, **{name: read(text) for name, text in kept.references.items()}, **opened}
