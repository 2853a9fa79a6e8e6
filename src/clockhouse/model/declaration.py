"""Declarations: what a `clockhouse.yaml` says of how a component is built, and what each environment runs it with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from clockhouse.errors import Invalid
from clockhouse.kit.declared import Setting
from clockhouse.model.alert import Condition, Wish
from clockhouse.model.deployment import Limits, Value
from clockhouse.model.schedule import Terms
from clockhouse.task import Trigger, from_spec, to_spec

FILE = "clockhouse.yaml"


@dataclass(frozen=True, slots=True)
class DeclaredSchedule:
    """One schedule as it is written: its trigger as a spec, without what depends on when and for whom it begins."""

    spec: Mapping[str, Any]
    rest: Terms  # of any trigger: what counts is all else
    written: Mapping[str, Any]  # as the file has it

    def terms(self, now: datetime, key: str) -> Terms:
        """What it means from now on. `key` spreads a jitter, and H in a cron. Raises InvalidTrigger."""
        return replace(self.rest, trigger=trigger(self.spec, now, key))

    def is_met_by(self, terms: Terms, key: str) -> bool:
        """Whether that schedule is this one; an interval without a start may have begun at any time."""
        wanted, given = to_spec(trigger(self.spec, LONG_AGO, key)), to_spec(terms.trigger)
        if self.spec["kind"] == "interval" and "start" not in self.spec:
            wanted["start"] = given["start"] = None
        return wanted == given and replace(self.rest, trigger=terms.trigger) == terms


@dataclass(frozen=True, slots=True)
class DeclaredAlert:
    """One alert of the component in the environment that it stands under; `channels` are names."""

    condition: Condition
    channels: tuple[str, ...]
    tells_end: bool = True

    def wish(self, component: str, environment: str, *, is_on: bool = True) -> Wish:
        """What it wants of an alert there, by slugs."""
        return Wish(self.condition, self.channels, component, environment, self.tells_end, is_on)


@dataclass(frozen=True, slots=True)
class DeclaredEnvironment:
    """What is said of one environment. `schedules` and `alerts` are None where nothing is said of them.

    `limits` has those that are said.
    """

    schedules: tuple[DeclaredSchedule, ...] | None = None
    limits: Mapping[str, Any] = field(default_factory=dict)
    configuration: Mapping[str, Value] = field(default_factory=dict)
    alerts: tuple[DeclaredAlert, ...] | None = None

    def limits_beside(self, others: Limits) -> Limits:
        """Those that are said, and for the rest the others."""
        return replace(others, **self.limits)


@dataclass(frozen=True, slots=True)
class Declaration:
    """A whole file. `build` has the fields of a Recipe that it says."""

    build: Mapping[str, Any] = field(default_factory=dict)
    environments: Mapping[str, DeclaredEnvironment] = field(default_factory=dict)

    def of(self, environment: str) -> DeclaredEnvironment:
        return self.environments.get(environment, DeclaredEnvironment())


LONG_AGO = datetime.fromisoformat("2000-01-01T00:00:00+00:00")


@dataclass(frozen=True, slots=True)
class InForce:
    """A declaration that counts: that of a `build`'s source, or the one that somebody applied."""

    declaration: Declaration
    text: str
    build: int | None = None
    by: str | None = None
    at: datetime | None = None

    @property
    def words(self) -> str:
        """Where it comes from, within a sentence."""
        return f"{FILE} of build {self.build}" if self.build is not None else f"the {FILE} that {self.by} applied"

    @property
    def remedy(self) -> str:
        """What to do about what it says, as a sentence."""
        if self.build is not None:
            return "Change the file, and build it."
        return "Change the file, and apply it again: clockhouse apply."


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody wants deployed. `terms` is None where nothing was said of schedules."""

    given: Mapping[str, object]
    terms: Sequence[Terms] | None
    limits: Limits


def settle(
    found: InForce, environment: str, wanted: Wanted, *, settings: tuple[Setting, ...], now: datetime, key: str
) -> Wanted:
    """What is deployed where the file counts: it wins, and what is said against it is refused.

    Raises Invalid with a sentence for each schedule and value that the file has otherwise.
    """
    declared = found.declaration.of(environment)
    faults = _against(found, declared, wanted, settings, key)
    if faults:
        raise Invalid("Something else is said in the component's file.", faults)
    terms = wanted.terms
    if declared.schedules is not None and not terms:
        terms = [each.terms(now, key) for each in declared.schedules]
    given = {**wanted.given, **declared.configuration}
    return Wanted(given, terms, declared.limits_beside(wanted.limits))


def _against(
    found: InForce, declared: DeclaredEnvironment, wanted: Wanted, settings: tuple[Setting, ...], key: str
) -> dict[str, str]:
    faults = secrets_told(declared, settings)
    for name, value in declared.configuration.items():
        if name in wanted.given and not is_same(wanted.given[name], value):
            faults.setdefault(f"configuration.{name}", f"{found.words} says {value!r}. {found.remedy}")
    schedules = declared.schedules
    if schedules is not None and wanted.terms and not is_met(schedules, wanted.terms, key):
        faults["schedules"] = f"The schedules are said by {found.words}. {found.remedy}"
    return faults


def secrets_told(declared: DeclaredEnvironment, settings: tuple[Setting, ...]) -> dict[str, str]:
    """A sentence for each secret that is told: who reads the file must not know it."""
    secret = {setting.name for setting in settings if setting.type == "secret"}
    sentence = f"This is a secret, and a {FILE} must not tell it. Take it out, change it, and set it in Clockhouse."
    return {f"configuration.{name}": sentence for name in declared.configuration if name in secret}


def is_met(declared: Sequence[DeclaredSchedule], terms: Sequence[Terms], key: str) -> bool:
    """Whether these are those schedules."""
    return len(declared) == len(terms) and all(map(lambda one, other: one.is_met_by(other, key), declared, terms))


def is_same(given: object, declared: Value) -> bool:
    """Forms send text for everything."""
    text = str(declared).lower() if isinstance(declared, bool) else str(declared)
    return given in (declared, text)


def trigger(spec: Mapping[str, Any], now: datetime, key: str) -> Trigger:
    """Nothing is due at `now` itself: an interval without a start begins at its first due time after that."""
    whole = dict(spec)
    if spec["kind"] == "cron":
        whole["key"] = key
    if "jitter" in spec:
        whole["jitter"] = {**spec["jitter"], "key": key}
    if spec["kind"] == "interval" and "start" not in spec:
        first = from_spec({"kind": "interval", "every_s": spec["every_s"]}, now=now).next_after(now)
        whole["start"] = first
    return from_spec(whole, now=now)
