"""A promotion before it is made: all that would be otherwise in the target, what stands against it, the evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from clockhouse.control import access, configured, declared, forecasts
from clockhouse.control.configured import Place
from clockhouse.control.deployments import Promotion
from clockhouse.control.parts import Parts
from clockhouse.errors import Conflict, Forbidden, Invalid, Problems
from clockhouse.kit import Secret
from clockhouse.kit.declared import Setting
from clockhouse.model import difference
from clockhouse.model.actor import Actor, Permission
from clockhouse.model.configuration import Stored
from clockhouse.model.deployment import Deployment, Limits, Value, check_limits, checked
from clockhouse.model.difference import Change
from clockhouse.model.environment import Environment
from clockhouse.model.forecast import Durations, Forecast, forecast, zone_for
from clockhouse.model.schedule import Schedule, Terms
from clockhouse.store import builds, components, configuration, deployments, environments
from clockhouse.store import evidence as evidence_store
from clockhouse.store.database import Tx
from clockhouse.store.evidence import Evidence
from clockhouse.task import InvalidTrigger
from clockhouse.task.values import zone_of


class Origin(StrEnum):
    """Where the value of a setting would come from."""

    GIVEN = "given"  # with this promotion
    TARGET = "target"  # set for the target
    EVERYWHERE = "everywhere"  # set for all environments
    SOURCE = "source"  # taken over from the source
    DEFAULT = "default"  # the code's own
    NOTHING = "nothing"  # it may be without one


@dataclass(frozen=True, slots=True)
class Key:
    """A setting: where its value would come from, and whether the target has it otherwise. Values of secrets are None.

    `is_changed` is None where it cannot be told: a secret of which no fingerprint is known, or nothing is deployed.
    """

    name: str
    type: str
    origin: Origin
    is_secret: bool
    is_changed: bool | None
    before: Value
    after: Value
    problem: str | None


@dataclass(frozen=True, slots=True)
class Review:
    """`wanted` is the deployment as it would be, `present` what is in the target now.

    `problems` has a sentence by field; while there is one, the promotion is refused. `forbidden` says why the actor may
    not make it, or ask for it where it has to be approved; None: they may.
    """

    source: Environment
    target: Environment
    origin: Deployment
    present: Deployment | None
    wanted: Deployment
    changes: Sequence[Change]
    keys: Sequence[Key]
    problems: Mapping[str, str]
    forbidden: str | None
    before: Forecast | None
    after: Forecast
    durations: Durations | None
    evidence: Evidence


def review(parts: Parts, actor: Actor, project: str, slug: str, wish: Promotion, *, zone: str | None = None) -> Review:
    """What would become of a promotion; nothing is changed. What it would be refused for is told, and not raised.

    The days of its calendars are the first cron's; where there is none, those of `zone`, UTC if that is not given.
    Raises NotFound for an environment that there is not, Conflict when nothing is deployed in the source, Invalid for a
    zone that is none.
    """
    access.require(actor, Permission.READ, project=project)
    days_of = _zone(zone)
    with parts.database.read() as tx:
        component = components.get(tx, project, slug)
        here, there = environments.get(tx, wish.source), environments.get(tx, wish.target)
        if here == there:
            raise Invalid("Promote to another environment.", {"target": "Choose another environment than the source."})
        origin = deployments.active(tx, component, here)
        if origin is None:
            raise Conflict(f"“{component.name}” is not deployed to {here.name}. Deploy it there first.")
        present = deployments.active(tx, component, there)
        return _reviewed(Place(tx, parts.vault, component, there), actor, here, origin, present, wish, days_of)


def _reviewed(
    place: Place,
    actor: Actor,
    here: Environment,
    origin: Deployment,
    present: Deployment | None,
    wish: Promotion,
    days_of: str,
) -> Review:
    tx, component, there = place.tx, place.component, place.environment
    problems = Problems(wish.refused)
    limits = problems.gather(lambda: _checked(wish.limits(origin.limits))) or origin.limits
    wanted = problems.gather(lambda: declared.settled(place, origin.release, wish.given, wish.terms, limits))
    given = wish.given if wanted is None else wanted.given
    terms = wish.terms if wanted is None else wanted.terms
    limits = limits if wanted is None else wanted.limits
    if origin.release.build.retired_at is not None:
        sentence = builds.retired(origin.release.build)
        problems.gather(lambda: _refuse(sentence, "build"))
    if terms is None:
        terms = [schedule.terms for schedule in origin.schedules]
        if origin.unreadable_schedules:
            problems.gather(lambda: _refuse(f"A schedule of {here.name} cannot be read any more.", "schedules"))
    problems.gather(lambda: _check_due(tx, terms))
    settings = origin.release.build.settings
    stored = configuration.at(tx, component, there)
    held = _held(settings, stored, given, origin)
    taken = [name for name, each in held.items() if each.origin is Origin.SOURCE and each.value is _KEPT]
    if actor.may(Permission.OPERATE, component.project):  # who only looks is told what stands against others
        problems.gather(lambda: configured.check_takeable(place, actor, origin, taken))
    checked_values = problems.gather(lambda: checked(settings, {name: each.value for name, each in held.items()}))
    found = {} if not problems.found else problems.together().fields
    values = {name: each.value for name, each in held.items()} if checked_values is None else dict(checked_values)
    made = _prospective(origin, place, values, held, terms, limits)
    files = {name: each.file for name, each in stored.items() if each.file is not None and name in values}
    made = replace(made, files=files)
    durations = forecasts.measured(tx, component.project, component.slug, there.slug)
    zone = zone_for([each.trigger for each in terms] or [each.terms.trigger for each in _going(present)], days_of)
    return Review(
        source=here,
        target=there,
        origin=origin,
        present=present,
        wanted=made,
        changes=difference.between(present, made) if present else (),
        keys=[_key(setting, held, values, present, found) for setting in settings],
        problems=found,
        forbidden=_forbidden(actor, component.project, there),
        before=_before(tx, present, zone, durations),
        after=forecast(terms, start=tx.now, zone=zone, durations=durations, at_once=limits.at_once),
        durations=durations,
        evidence=evidence_store.of_release(tx, component, here, origin.release.id),
    )


def _forbidden(actor: Actor, project: str, there: Environment) -> str | None:
    is_asked = there.approval is not None  # then who may deploy anywhere may ask
    try:
        access.require(actor, Permission.OPERATE, project=project, environment=None if is_asked else there)
    except Forbidden as error:
        return error.sentence
    return None


@dataclass(frozen=True, slots=True)
class _Held:
    """A value that would be given, without opening it if it is a secret."""

    origin: Origin
    value: object
    fingerprint: str | None = None
    reference: str | None = None


_KEPT = Secret("kept")  # in the place of a secret that stays sealed


def _held(
    settings: tuple[Setting, ...], stored: Mapping[str, Stored], given: Mapping[str, object], origin: Deployment
) -> dict[str, _Held]:
    found: dict[str, _Held] = {name: _Held(Origin.GIVEN, value) for name, value in given.items()}
    for setting in settings:
        if setting.name in given and setting.type != "secret" and given[setting.name] not in (None, ""):
            found[setting.name] = _Held(_said_by(setting, stored, given, origin), given[setting.name])
    for setting in settings:
        name, is_secret = setting.name, setting.type == "secret"
        if name in given and given[name] not in (None, ""):
            continue
        each = stored.get(name)
        if name in given and each is not None and each.environment_id is not None:
            each = None  # it is emptied there
        if each is not None and (is_secret or not each.is_secret):
            where = Origin.EVERYWHERE if each.environment_id is None else Origin.TARGET
            reference = None if each.reference is None else str(each.reference)
            found[name] = _Held(where, _KEPT if each.is_secret else each.value, each.fingerprint, reference)
        elif name not in given and is_secret and name in origin.secret_names:
            fingerprint, reference = origin.fingerprints.get(name), origin.references.get(name)
            found[name] = _Held(Origin.SOURCE, _KEPT, fingerprint, reference)
        elif name not in given and not is_secret and name in origin.values:
            value = origin.values[name]
            found[name] = _Held(Origin.DEFAULT if value == setting.default else Origin.SOURCE, value)
    return found


def _said_by(setting: Setting, stored: Mapping[str, Stored], given: Mapping[str, object], origin: Deployment) -> Origin:
    """Who says a given value already: a form gives all of them, changed or not."""
    name, value = setting.name, given[setting.name]
    each = stored.get(name)
    if each is not None and not each.is_secret:
        where = Origin.EVERYWHERE if each.environment_id is None else Origin.TARGET
        return where if each.value == value else Origin.GIVEN
    if name in origin.values and origin.values[name] == value:
        return Origin.DEFAULT if value == setting.default else Origin.SOURCE
    return Origin.DEFAULT if each is None and value == setting.default else Origin.GIVEN


def _prospective(
    origin: Deployment,
    place: Place,
    values: Mapping[str, object],
    held: Mapping[str, _Held],
    terms: Sequence[Terms],
    limits: Limits,
) -> Deployment:
    """The deployment as it would be, as far as that is told: without anything that was never made."""
    secret = {setting.name for setting in origin.release.build.settings if setting.type == "secret"}
    named = {name: held[name] for name in values if name in held and name in secret and values[name] is not None}
    return replace(
        origin,
        environment_id=place.environment.id,
        environment=place.environment.slug,
        created_at=place.tx.now,
        values={name: value for name, value in values.items() if name not in secret},  # type: ignore[misc]  # see _key
        secret_names=frozenset(named),
        fingerprints={name: each.fingerprint for name, each in named.items() if each.fingerprint},
        references={name: each.reference for name, each in named.items() if each.reference},
        schedules=tuple(Schedule("", "", at, each, None, None) for at, each in enumerate(terms)),
        unreadable_schedules=0,
        limits=limits,
        pause=None,
    )


def _key(
    setting: Setting,
    held: Mapping[str, _Held],
    values: Mapping[str, object],
    present: Deployment | None,
    problems: Mapping[str, str],
) -> Key:
    name, is_secret = setting.name, setting.type == "secret"
    each, value = held.get(name), values.get(name)
    has_value = value is not None and value != ""
    where = each.origin if each and has_value else Origin.DEFAULT if has_value else Origin.NOTHING
    before = None if present is None or is_secret else present.values.get(name)
    return Key(
        name=name,
        type=setting.type,
        origin=where,
        is_secret=is_secret,
        is_changed=_is_changed(name, each, value, present, is_secret=is_secret),
        before=before,
        after=None if is_secret else value,  # type: ignore[arg-type]  # checked, or what somebody sent as JSON
        problem=problems.get(f"configuration.{name}"),
    )


def _is_changed(
    name: str, held: _Held | None, value: object, present: Deployment | None, *, is_secret: bool
) -> bool | None:
    if present is None:
        return None
    if not is_secret:
        was = present.values.get(name)
        return was != value or isinstance(was, bool) != isinstance(value, bool)
    if (name in present.secret_names) != (held is not None and value is not None):
        return True
    if held is None or value is None:
        return False
    if held.origin is Origin.GIVEN:
        return True
    known = (held.fingerprint, held.reference)
    return None if known == (None, None) else known != (present.fingerprints.get(name), present.references.get(name))


def _zone(name: str | None) -> str:
    try:
        zone_of(name or "UTC")
    except InvalidTrigger as error:
        raise Invalid(error.sentence, {"zone": error.sentence}) from None
    return name or "UTC"


def _before(tx: Tx, present: Deployment | None, zone: str, durations: Durations | None) -> Forecast | None:
    if present is None:
        return None
    going = _going(present)
    return forecast(
        [each.terms for each in going],
        start=tx.now,
        zone=zone,
        durations=durations,
        at_once=present.limits.at_once,
        counts=[each.count for each in going],
    )


def _going(deployment: Deployment | None) -> list[Schedule]:
    return [each for each in deployment.schedules if each.ended_at is None] if deployment else []


def _check_due(tx: Tx, terms: Sequence[Terms]) -> None:
    sentence = "Nothing would ever be due: this time has passed, or every due time is left out."
    never = [place for place, each in enumerate(terms) if each.trigger.next_after(tx.now) is None]
    if never:
        raise Invalid("Some schedules need another value.", {f"schedules.{place}.trigger": sentence for place in never})


def _checked(limits: Limits) -> Limits:
    check_limits(limits)
    return limits


def _refuse(sentence: str, field: str) -> None:
    raise Invalid(sentence, {field: sentence})
