"""What a deployment is configured with: what it is given, else what is set for its environment, for all, or nothing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace

from clockhouse.control.parts import purpose
from clockhouse.errors import Invalid
from clockhouse.kit import Secret
from clockhouse.kit.declared import Setting
from clockhouse.model.actor import Actor, Permission
from clockhouse.model.component import Component
from clockhouse.model.configuration import SHORTEST_MASKED, Snapshot, Stored, effective
from clockhouse.model.deployment import Deployment, Value, checked
from clockhouse.model.environment import Environment
from clockhouse.model.reference import Reference, read
from clockhouse.store import audit, configuration, environments
from clockhouse.store import deployments as deployments_store
from clockhouse.store.database import Tx
from clockhouse.vault import Vault

Held = Value | Secret | Reference


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is to be deployed, and by what the secrets of it are sealed."""

    tx: Tx
    vault: Vault
    component: Component
    environment: Environment


def nothing(_names: Collection[str]) -> Mapping[str, object]:
    return {}


def chosen(
    place: Place,
    settings: tuple[Setting, ...],
    given: Mapping[str, object],
    otherwise: Callable[[Collection[str]], Mapping[str, object]] = nothing,
) -> dict[str, Held]:
    """A value for each setting that has one. A given one that is empty means that none is set for the environment.

    `otherwise` has values for those of the settings that are neither given nor set. Only the secrets that are used are
    opened: a lost key is mended by giving them anew. Raises Invalid as `checked` does.
    """
    found = _set(place, settings, given)
    kept = {name: _held(place, each) for name, each in found.items()}
    open_ones = [setting.name for setting in settings if setting.name not in found and setting.name not in given]
    return checked(settings, {**otherwise(open_ones), **given, **kept})


def remember(
    place: Place,
    actor: Actor,
    settings: tuple[Setting, ...],
    given: Mapping[str, object],
    values: Mapping[str, Held],
) -> None:
    """Sets for the environment what it was given, and whatever else would be another value the next time."""
    stored = configuration.of(place.tx, place.component)
    here = {each.name: each for each in stored if each.environment_id == place.environment.id}
    everywhere = {each.name: each for each in stored if each.environment_id is None}
    for setting in settings:
        name = setting.name
        if name in given and _is_empty(given[name]):
            _unset(place, actor, name)
            continue
        present = here.get(name) or everywhere.get(name)
        if name not in values or (name not in given and present is not None):
            continue
        wanted = stored_of(place.vault, place.component, actor, place.tx, name, values[name])
        wanted = replace(wanted, environment_id=place.environment.id, file=present.file if present else None)
        if name in here and here[name].says_the_same(wanted):
            continue
        if _is_inherited(wanted, everywhere.get(name), setting):
            _unset(place, actor, name)
        else:
            configuration.put(place.tx, place.component, wanted)
            note_set(place.tx, actor, place.component, wanted, place.environment)


def snapshot(place: Place, values: Mapping[str, Held]) -> Snapshot:
    """The same, as the deployment keeps it."""
    secrets = {name: value for name, value in values.items() if isinstance(value, Secret)}
    component, vault = place.component, place.vault
    found = configuration.at(place.tx, component, place.environment)
    return Snapshot(
        values={name: value for name, value in values.items() if not isinstance(value, Secret | Reference)},
        sealed={name: vault.seal(secret, purpose(component.id, name)) for name, secret in secrets.items()},
        fingerprints={name: vault.fingerprint(secret, component.id) for name, secret in secrets.items()},
        references={name: str(value) for name, value in values.items() if isinstance(value, Reference)},
        files={name: each.file for name, each in found.items() if each.file is not None and name in values},
    )


def taken_from(
    place: Place, actor: Actor, origin: Deployment, settings: tuple[Setting, ...], names: Collection[str]
) -> dict[str, object]:
    """What another deployment of the component has of these names; no secret of it becomes a plain setting.

    Raises Invalid as `check_takeable` does.
    """
    secret = {setting.name for setting in settings if setting.type == "secret"}
    check_takeable(place, actor, origin, secret.intersection(names))
    held = deployments_store.snapshot(place.tx, origin)
    found: dict[str, object] = {name: value for name, value in held.values.items() if name in names}
    for name in secret.intersection(names):
        if name in held.references:
            found[name] = read(held.references[name])
        elif name in held.sealed:
            found[name] = place.vault.open(held.sealed[name], purpose(place.component.id, name))
    return found


def check_takeable(place: Place, actor: Actor, origin: Deployment, names: Collection[str]) -> None:
    """Raises Invalid where some of these are secrets of an environment that the actor may not operate in.

    Where they may, they choose the code, and so could have what it is given; but not where others have to approve of
    that, unless others have to here, too.
    """
    held = origin.secret_names.intersection(names)
    there = environments.get(place.tx, origin.environment)
    if held and not actor.may(Permission.OPERATE, place.component.project, there):
        sentence = f"You may not take over a secret from {there.name}, where you may not operate. Give a value."
        raise Invalid(sentence, {f"configuration.{name}": sentence for name in sorted(held)})
    if held and there.approval is not None and place.environment.approval is None:
        here = place.environment.name
        sentence = f"What gets a secret of {there.name} has to be approved, and what {here} gets has not. Give a value."
        raise Invalid(sentence, {f"configuration.{name}": sentence for name in sorted(held)})


def stored_of(vault: Vault, component: Component, actor: Actor, tx: Tx, name: str, value: Held) -> Stored:
    """A value as it is set, for all environments."""
    if isinstance(value, Reference):
        return Stored(name, None, tx.now, actor.name, reference=value)
    if isinstance(value, Secret):
        return Stored(
            name,
            None,
            tx.now,
            actor.name,
            sealed=vault.seal(value, purpose(component.id, name)),
            fingerprint=vault.fingerprint(value, component.id),
            is_short=all(len(line) < SHORTEST_MASKED for line in value.reveal().splitlines()),
        )
    return Stored(name, None, tx.now, actor.name, value=value)


def note_set(tx: Tx, actor: Actor, component: Component, stored: Stored, environment: Environment | None) -> None:
    """Writes into the audit trail that it was set."""
    action = "secret.set" if stored.is_secret else "configuration.set"
    thing = f"{component.project}/{component.slug}"
    where = environment.slug if environment else "all"
    reference = None if stored.reference is None else str(stored.reference)
    name, fingerprint = stored.name, stored.fingerprint
    audit.note(tx, actor, action, thing, environment=where, name=name, fingerprint=fingerprint, reference=reference)


def _set(place: Place, settings: tuple[Setting, ...], given: Mapping[str, object]) -> dict[str, Stored]:
    """What is set of the settings that are not given; of one that is given empty, what is set for all."""
    stored = configuration.of(place.tx, place.component)
    everywhere = [each for each in stored if each.environment_id is None]
    found = effective(stored, place.environment.id)
    instead = effective(everywhere, place.environment.id)
    counting: dict[str, Stored] = {}
    for setting in settings:
        name = setting.name
        is_emptied = name in given and _is_empty(given[name])
        each = (instead if is_emptied else found).get(name)
        if each is None or (name in given and not is_emptied) or (each.is_secret and setting.type != "secret"):
            continue  # a secret that is no Secret any more needs a value of its own: this one would be shown
        counting[name] = each
    return counting


def _held(place: Place, stored: Stored) -> object:
    if stored.reference is not None:
        return stored.reference
    if stored.sealed is not None:
        return place.vault.open(stored.sealed, purpose(place.component.id, stored.name))
    return stored.value


def _is_empty(value: object) -> bool:
    return value is None or value == ""


def _is_inherited(wanted: Stored, everywhere: Stored | None, setting: Setting) -> bool:
    if everywhere is not None:
        return everywhere.says_the_same(wanted)
    return not wanted.is_secret and not setting.required and setting.default == wanted.value


def _unset(place: Place, actor: Actor, name: str) -> None:
    if configuration.remove(place.tx, place.component, place.environment.id, name):
        thing = f"{place.component.project}/{place.component.slug}"
        audit.note(place.tx, actor, "configuration.unset", thing, environment=place.environment.slug, name=name)
