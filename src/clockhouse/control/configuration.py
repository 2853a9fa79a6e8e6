"""What may be asked of configuration: what is set where, to set and unset it, and what of it is deployed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from clockhouse.control import access, configured, declared
from clockhouse.control.configured import Held
from clockhouse.control.parts import Parts
from clockhouse.errors import Conflict, Invalid
from clockhouse.kit.declared import Setting
from clockhouse.model import reference as references
from clockhouse.model.actor import Actor, Permission
from clockhouse.model.component import Component
from clockhouse.model.configuration import LONGEST_VALUE, Stored, check_file
from clockhouse.model.declaration import InForce, is_same
from clockhouse.model.deployment import Deployment, Value, parsed
from clockhouse.model.environment import Environment
from clockhouse.store import audit, builds, components, configuration, deployments, environments
from clockhouse.store.database import Tx


class State(StrEnum):
    """Where an environment has a value from."""

    SAID = "said"  # by the component's file, which wins
    SET = "set"
    INHERITED = "inherited"  # from what is set for all
    DEFAULT = "default"  # of the code
    MISSING = "missing"  # the code needs one
    ABSENT = "absent"  # the code does without


@dataclass(frozen=True, slots=True)
class Deployed:
    """What the active deployment of an environment has of a setting; of a secret, only what tells it from others."""

    number: int
    is_secret: bool
    value: Value = None
    fingerprint: str | None = None
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """What the component's file says of a setting; `by` names the file within a sentence."""

    value: Value
    by: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Cell:
    """A setting in an environment: `own` is what is set for it alone, `said` what the file has in its place.

    `waits` says that what is deployed there has another value than the next deployment will have.
    """

    environment: str
    state: State
    own: Stored | None
    said: Said | None
    deployed: Deployed | None
    waits: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A setting; `setting` is None when neither the newest build nor anything that is deployed declares it."""

    name: str
    setting: Setting | None
    everywhere: Stored | None
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """Settings by environments, which are in the order of promotion; `build` is the newest that succeeded."""

    build: int | None
    environments: tuple[Environment, ...]
    deployed: frozenset[str]  # in which of them there is a deployment, by id
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be set: a value or a reference; with neither, only how it is handed over. `file` as in Stored."""

    value: object = None
    reference: str | None = None
    file: str | None = None
    keeps_file: bool = True


_ELSEWHERE = (
    "Where a secret is kept elsewhere is said by those who may operate in all projects and environments, since the "
    "server fetches what it names. Ask one of them, or set the value here."
)


def matrix(parts: Parts, actor: Actor, project: str, slug: str) -> Matrix:
    """What is set for a component, in all environments and in each."""
    access.require(actor, Permission.READ, project=project)
    with parts.database.read() as tx:
        return _matrix(tx, components.get(tx, project, slug))


def put(
    parts: Parts, actor: Actor, project: str, slug: str, name: str, change: Change, *, environment: str | None
) -> Matrix:
    """Sets one, for an environment or for all. What is deployed keeps what it has until the next deployment.

    Raises Invalid with a sentence for `value`, `reference` or `file`.
    """
    access.require(actor, Permission.OPERATE, project=project)
    with parts.database.begin() as tx:
        component = components.get(tx, project, slug)
        place = _place(tx, actor, project, environment)
        setting = _declared(tx, component).get(name)
        if setting is None:
            raise _unknown(tx, component, name)
        if change.reference is not None:  # the server may fetch whatever it names, also what is another project's
            access.require_everywhere(tx, actor, Permission.OPERATE, _ELSEWHERE)
        here = place.id if place else None
        stored = configuration.of(tx, component)
        present = next((each for each in stored if (each.name, each.environment_id) == (name, here)), None)
        held = _value_of(setting, change)
        if place is not None and held is not None and setting.type != "secret":
            declared.check_value(tx, component, place, name, held)
        if held is None and present is None:
            raise Conflict(f"{name} is not set {_where(place)}: set a value first, then how it is handed over.")
        if held is None and present is not None:
            wanted = replace(present, at=tx.now, by=actor.name)
        else:
            wanted = configured.stored_of(parts.vault, component, actor, tx, name, held)
        file = change.file and check_file(change.file)
        kept = present.file if present else None
        wanted = replace(wanted, environment_id=here, file=kept if change.keeps_file else file)
        configuration.put(tx, component, wanted)
        configured.note_set(tx, actor, component, wanted, place)
        return _matrix(tx, component)


def unset(parts: Parts, actor: Actor, project: str, slug: str, name: str, *, environment: str | None) -> Matrix:
    """It is not set there any more. Raises Conflict when it was not."""
    access.require(actor, Permission.OPERATE, project=project)
    with parts.database.begin() as tx:
        component = components.get(tx, project, slug)
        place = _place(tx, actor, project, environment)
        if not configuration.remove(tx, component, place.id if place else None, name):
            raise Conflict(f"{name} is not set {_where(place)}.")
        where = place.slug if place else "all"
        audit.note(tx, actor, "configuration.unset", f"{project}/{slug}", environment=where, name=name)
        return _matrix(tx, component)


def _place(tx: Tx, actor: Actor, project: str, slug: str | None) -> Environment | None:
    """None for all environments, for which one has to be allowed to operate in each."""
    touched = environments.every(tx) if slug is None else [environments.get(tx, slug)]
    for each in touched:
        access.require(actor, Permission.OPERATE, project=project, environment=each)
    return None if slug is None else touched[0]


def _where(place: Environment | None) -> str:
    return "for all environments" if place is None else f"for {place.name}"


def _value_of(setting: Setting, change: Change) -> Held:
    """None when neither a value nor a reference was given."""
    if change.reference is not None:
        if setting.type != "secret":
            sentence = f"{setting.name} is not a Secret in the code, so it is not kept elsewhere: give the value."
            raise Invalid(sentence, {"reference": sentence})
        return references.read(change.reference)
    if change.value is None or change.value == "":
        return None
    if len(str(change.value)) > LONGEST_VALUE:
        sentence = f"This is longer than {LONGEST_VALUE // 1024} KiB of text: keep it elsewhere, and its place here."
        raise Invalid(sentence, {"value": sentence})
    try:
        return parsed(setting, change.value)
    except ValueError as error:
        raise Invalid(str(error), {"value": str(error)}) from None


def _declared(tx: Tx, component: Component) -> dict[str, Setting]:
    """By name: what the newest build that succeeded declares, and below that what only a deployed one does."""
    newest = builds.latest_succeeded(tx, component)
    older = [each.release.build.settings for each in _active(tx, component).values()]
    found = {setting.name: setting for settings in older for setting in settings}
    mine = {} if newest is None else {setting.name: setting for setting in newest.settings}
    return mine | {name: setting for name, setting in found.items() if name not in mine}


def _unknown(tx: Tx, component: Component, name: str) -> Invalid:
    known = ", ".join(_declared(tx, component))
    if builds.latest_succeeded(tx, component) is None:
        sentence = f"“{component.name}” has no build that succeeded, whose code says what can be set. Build it first."
    elif known:
        sentence = f"The code declares no setting {name}. It declares {known}."
    else:
        sentence = "The code declares no settings."
    return Invalid(sentence, {"name": sentence})


def _active(tx: Tx, component: Component) -> dict[str, Deployment]:
    """By the environment's id."""
    found = ((each, deployments.active(tx, component, each)) for each in environments.every(tx))
    return {environment.id: each for environment, each in found if each is not None}


def _matrix(tx: Tx, component: Component) -> Matrix:
    newest = builds.latest_succeeded(tx, component)
    everywhere, present = environments.every(tx), _active(tx, component)
    stored = configuration.of(tx, component)
    known = _declared(tx, component)
    file = declared.of_newest(tx, component)
    names = [*known, *dict.fromkeys(each.name for each in stored if each.name not in known)]
    rows = [
        _row(name, known.get(name), [each for each in stored if each.name == name], everywhere, present, file)
        for name in names
    ]
    return Matrix(None if newest is None else newest.number, tuple(everywhere), frozenset(present), tuple(rows))


def _row(
    name: str,
    setting: Setting | None,
    stored: Sequence[Stored],
    places: Sequence[Environment],
    present: dict[str, Deployment],
    file: InForce | None,
) -> Row:
    by_place = {each.environment_id: each for each in stored}
    shared = by_place.get(None)
    cells = []
    for place in places:
        own = by_place.get(place.id)
        counting = own or shared
        deployed = present.get(place.id)
        told = None if deployed is None else _deployed(deployed, name)
        said = None if file is None else _said(file, place, name)
        differs = _differs(setting, counting, told) if said is None else not _is_said(told, said)
        waits = deployed is not None and _declares(deployed, name) and differs
        state = State.SAID if said is not None else _state(setting, own, shared)
        cells.append(Cell(place.slug, state, own, said, told, waits))
    return Row(name, setting, shared, tuple(cells))


def _said(file: InForce, place: Environment, name: str) -> Said | None:
    values = file.declaration.of(place.slug).configuration
    return Said(values[name], file.words, file.remedy) if name in values else None


def _is_said(told: Deployed | None, said: Said) -> bool:
    return told is not None and not told.is_secret and is_same(told.value, said.value)


def _state(setting: Setting | None, own: Stored | None, shared: Stored | None) -> State:
    if own is not None and _fits(setting, own):
        return State.SET
    if shared is not None and _fits(setting, shared):
        return State.INHERITED
    if setting is None:
        return State.ABSENT
    if setting.required:
        return State.MISSING
    return State.ABSENT if setting.default is None else State.DEFAULT


def _fits(setting: Setting | None, stored: Stored) -> bool:
    """Whether it counts: a secret does not where the code asks for a plain value, which would be shown."""
    return setting is None or setting.type == "secret" or not stored.is_secret


def _declares(deployment: Deployment, name: str) -> bool:
    return any(setting.name == name for setting in deployment.release.build.settings)


def _deployed(deployment: Deployment, name: str) -> Deployed | None:
    if name in deployment.values:
        return Deployed(deployment.number, is_secret=False, value=deployment.values[name])
    if name in deployment.secret_names:
        fingerprint, reference = deployment.fingerprints.get(name), deployment.references.get(name)
        return Deployed(deployment.number, is_secret=True, fingerprint=fingerprint, reference=reference)
    return None


def _differs(setting: Setting | None, counting: Stored | None, told: Deployed | None) -> bool:
    """Whether what is deployed is known to be another value than what would be deployed now."""
    if counting is None:
        wanted = None if setting is None else setting.default
        return (told is not None and (told.is_secret or told.value != wanted)) or (told is None and wanted is not None)
    if told is None or told.is_secret != counting.is_secret:
        return True
    if not told.is_secret:
        return told.value != counting.value
    if told.reference is not None or counting.reference is not None:
        return told.reference != (None if counting.reference is None else str(counting.reference))
    return None not in (told.fingerprint, counting.fingerprint) and told.fingerprint != counting.fingerprint
