"""Declarations: what a `clockhouse.yaml` says of how a component is built, and what each environment runs it with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from clockhouse.model.deployment import Limits, Value
from clockhouse.model.schedule import Terms
from clockhouse.task import Trigger, from_spec, to_spec

FILE = "clockhouse.yaml"


@dataclass(frozen=True, slots=True)
class DeclaredSchedule:
    """One schedule as it is written: its trigger as a spec, without what depends on when and for whom it begins."""

    spec: Mapping[str, Any]
    rest: Terms  # of any trigger: what counts is all else

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
class DeclaredEnvironment:
    """What is said of one environment. `schedules` is None where nothing is said of them; `limits` has what is."""

    schedules: tuple[DeclaredSchedule, ...] | None = None
    limits: Mapping[str, Any] = field(default_factory=dict)
    configuration: Mapping[str, Value] = field(default_factory=dict)

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
