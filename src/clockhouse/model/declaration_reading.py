"""A `clockhouse.yaml` as it is read: every part judged, and each fault told with its place and its line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from enum import StrEnum
from typing import Any, TypeVar

from clockhouse.errors import Invalid
from clockhouse.model import alert, duration, identifier, recipe, yaml_text
from clockhouse.model.declaration import (
    FILE,
    LONG_AGO,
    Declaration,
    DeclaredAlert,
    DeclaredEnvironment,
    DeclaredSchedule,
    trigger,
)
from clockhouse.model.deployment import Container, Limits, Value, check_limits
from clockhouse.model.recipe import Recipe
from clockhouse.model.schedule import Terms
from clockhouse.model.source import SourceKind
from clockhouse.task import Backoff, CatchUp, CatchUpMode, InvalidPolicy, InvalidTrigger, Overlap, Retry

Choice = TypeVar("Choice", bound=StrEnum)

MOST_SCHEDULES = 20
MOST_ALERTS = 20
MOST_CHARACTERS = 64 * 1024
_MEBIBYTE = 1024 * 1024
_TRIGGERS = {"cron": "expression", "every": "every_s", "at": "at"}
_TRIGGER = {*_TRIGGERS, "zone", "gap", "fold", "start", "end", "jitter", "excluding"}
_SCHEDULE = _TRIGGER | {"overlap", "catch_up", "max_count", "end_after_failures"}
_LIMITS = {"time_out", "retry", "at_once", "container"}
_FIELDS = {"every": "every", "expression": "cron", "by": "jitter", "by_s": "jitter", "days": "excluding"}


class Unreadable(Invalid):
    """It cannot be meant so; `fields` maps places like `environments.production.schedules.0.cron` to sentences.

    `line`, from 1, is that of the first of them.
    """

    def __init__(self, faults: Mapping[str, str], lines: Mapping[str, int]) -> None:
        numbered = {place: yaml_text.nearest(lines, place) for place in faults}
        self.line = min(numbered.values(), default=1)
        told = {place: f"Line {numbered[place]}: {sentence}" for place, sentence in faults.items()}
        super().__init__(f"{FILE} cannot be used. {next(iter(told.values()), '')}", told)


def read(text: str) -> Declaration:
    """Raises Unreadable with a sentence for every place that needs another value."""
    if len(text) > MOST_CHARACTERS:
        raise Unreadable({"": f"It has more than {MOST_CHARACTERS} characters."}, {})
    try:
        document = yaml_text.read(text)
    except yaml_text.Malformed as error:
        raise Unreadable({"": error.sentence}, {"": error.line}) from None
    faults: dict[str, str] = {}
    reader = _Reader(faults)
    found = reader.declaration(document.value)
    if faults:
        raise Unreadable(faults, document.lines)
    return found


def unusable(text: str, faults: Mapping[str, str]) -> Unreadable:
    """A file that was read, but means what there is not: places to sentences."""
    return Unreadable(faults, yaml_text.read(text).lines)


class _Reader:
    """Reads part after part, and notes what is wrong by its place."""

    def __init__(self, faults: dict[str, str]) -> None:
        self._faults = faults

    def declaration(self, value: object) -> Declaration:
        parts = self._mapping("", value, {"build", "environments"})
        if isinstance(value, Mapping) and "alerts" in value:
            self._faults["alerts"] = "Write alerts below the environment that they are about."
        environments = parts.get("environments")
        if environments is not None and not isinstance(environments, Mapping):
            self._faults["environments"] = "Write the environments by their short names, each with what it shall have."
            environments = None
        return Declaration(
            build=self._build(parts.get("build")),
            environments={
                name: self._environment(f"environments.{name}", each) for name, each in (environments or {}).items()
            },
        )

    def _build(self, value: object) -> dict[str, Any]:
        parts = self._mapping("build", value, {"kind", "dockerfile", "arguments", "python", "time_out"})
        arguments = parts.get("arguments")
        if arguments is not None and not isinstance(arguments, Mapping):
            self._faults["build.arguments"] = "Write the arguments as NAME: value."
            arguments = {}
        found = {
            "kind": self._choice("build.kind", parts.get("kind"), SourceKind),
            "dockerfile": self._text("build.dockerfile", parts.get("dockerfile")),
            "arguments": None if arguments is None else {name: _plain(each) for name, each in arguments.items()},
            "python": self._text("build.python", parts.get("python")),
            "time_out": self._duration("build.time_out", parts.get("time_out")),
        }
        said: dict[str, Any] = {name: each for name, each in found.items() if each is not None}
        self._gather("build", lambda: recipe.check(replace(Recipe(), **said)), names={"time_out_s": "time_out"})
        return said

    def _environment(self, place: str, value: object) -> DeclaredEnvironment:
        parts = self._mapping(place, value, {"schedules", "configuration", "alerts"} | _LIMITS)
        schedules = parts.get("schedules")
        if schedules is not None and (not isinstance(schedules, list) or len(schedules) > MOST_SCHEDULES):
            self._faults[f"{place}.schedules"] = f"Write a list of at most {MOST_SCHEDULES} schedules; [] means none."
            schedules = None
        read = [self._schedule(f"{place}.schedules.{number}", each) for number, each in enumerate(schedules or ())]
        return DeclaredEnvironment(
            schedules=None if schedules is None else tuple(each for each in read if each is not None),
            limits=self._limits(place, parts),
            configuration=self._configuration(f"{place}.configuration", parts.get("configuration")),
            alerts=self._alerts(f"{place}.alerts", parts.get("alerts")),
        )

    def _alerts(self, place: str, value: object) -> tuple[DeclaredAlert, ...] | None:
        if value is None:
            return None
        if not isinstance(value, list) or len(value) > MOST_ALERTS:
            self._faults[place] = f"Write a list of at most {MOST_ALERTS} alerts; [] means none."
            return None
        found: list[DeclaredAlert] = []
        for number, each in enumerate(value):
            one = self._alert(f"{place}.{number}", each)
            if one in found:
                self._faults[f"{place}.{number}"] = "This is said above already."
            found += [] if one is None else [one]
        return tuple(found)

    def _alert(self, place: str, value: object) -> DeclaredAlert | None:
        parts = self._mapping(place, value, {"when", "tell", "tell_when_over"})
        over = parts.get("tell_when_over", True)
        if not isinstance(over, bool):
            self._faults[f"{place}.tell_when_over"] = "Write true or false."
        told = parts.get("tell")
        names = [told] if isinstance(told, str) else told
        if not isinstance(names, list) or not names:
            self._faults[f"{place}.tell"] = "Write which channels of the project it tells, such as [ops]."
            names = []
        for number, name in enumerate(names):
            if not isinstance(name, str) or not identifier.is_slug(name):
                at = f"{place}.tell.{number}" if isinstance(told, list) else f"{place}.tell"
                self._faults[at] = "Write the name of a channel of the project, such as ops."
        try:
            condition = alert.read(str(parts.get("when", "")))
        except Invalid as error:
            self._faults[f"{place}.when"] = error.sentence
            return None
        return DeclaredAlert(condition, tuple(sorted(set(map(str, names)))), bool(over))

    def _configuration(self, place: str, value: object) -> dict[str, Value]:
        if value is None:
            return {}
        if not isinstance(value, Mapping):
            self._faults[place] = "Write the settings by their names."
            return {}
        for name, each in value.items():
            items = each if isinstance(each, list) else [each]
            if any(isinstance(item, Mapping | list) for item in items):
                self._faults[f"{place}.{name}"] = "Write text, a number, true or false, or a list of these."
        return dict(value)

    def _limits(self, place: str, parts: Mapping[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if "time_out" in parts:
            found["time_out"] = self._duration(f"{place}.time_out", parts["time_out"])
        if "retry" in parts:
            found["retry"] = self._retry(f"{place}.retry", parts["retry"])
        if "at_once" in parts:
            found["at_once"] = self._number(f"{place}.at_once", parts["at_once"])
        if "container" in parts:
            found["container"] = self._container(f"{place}.container", parts["container"])
        names = {"time_out_s": "time_out", "container.memory_bytes": "container.memory_mib"}
        self._gather(place, lambda: check_limits(replace(Limits(), **found)), names=names)
        return found

    def _retry(self, place: str, value: object) -> Retry:
        parts = self._mapping(place, value, {"attempts", "delay", "backoff", "longest_delay"})
        attempts = self._number(f"{place}.attempts", parts.get("attempts"))
        delay = self._duration(f"{place}.delay", parts.get("delay"))
        longest = self._duration(f"{place}.longest_delay", parts.get("longest_delay"))
        backoff = self._choice(f"{place}.backoff", parts.get("backoff"), Backoff)
        usual = Retry()
        try:
            return Retry(
                usual.attempts if attempts is None else attempts,
                usual.delay if delay is None else delay,
                backoff or usual.backoff,
                longest,
            )
        except InvalidPolicy as error:
            named = "longest_delay" if error.field == "max_delay" else error.field
            self._faults.setdefault(f"{place}.{named}", error.sentence)
            return usual

    def _container(self, place: str, value: object) -> Container:
        parts = self._mapping(place, value, {"cpus", "memory_mib", "processes", "network"})
        cpus = parts.get("cpus")
        if cpus is not None and (not isinstance(cpus, int | float) or isinstance(cpus, bool)):
            self._faults[f"{place}.cpus"] = "Write a number of processors, such as 0.5."
            cpus = None
        memory = self._number(f"{place}.memory_mib", parts.get("memory_mib"))
        return Container(
            cpus=cpus,
            memory_bytes=None if memory is None else memory * _MEBIBYTE,
            processes=self._number(f"{place}.processes", parts.get("processes")),
            network=self._text(f"{place}.network", parts.get("network")),
        )

    def _schedule(self, place: str, value: object) -> DeclaredSchedule | None:
        parts = self._mapping(place, value, _SCHEDULE)
        spec = self._spec(place, parts)
        overlap = self._choice(f"{place}.overlap", parts.get("overlap"), Overlap) or Overlap.SKIP
        catch_up, after_pause = self._catch_up(f"{place}.catch_up", parts.get("catch_up"))
        failures = self._number(f"{place}.end_after_failures", parts.get("end_after_failures"))
        most = self._number(f"{place}.max_count", parts.get("max_count"))
        if spec is None:
            return None
        try:
            first = trigger(spec, LONG_AGO, "")
            rest = Terms(first, overlap, catch_up, failures, most, after_pause)
            return DeclaredSchedule(spec, rest, parts)
        except InvalidTrigger as error:
            self._faults.setdefault(f"{place}.{_field_of(error.field, spec)}", error.sentence)
        except Invalid as error:
            for name, sentence in error.fields.items():
                self._faults.setdefault(f"{place}.{name.split('.')[0]}", sentence)
        return None

    def _spec(self, place: str, parts: Mapping[str, Any]) -> dict[str, Any] | None:
        kinds = [name for name in _TRIGGERS if name in parts]
        if len(kinds) != 1:
            self._faults.setdefault(place, "A schedule has one of cron, every and at; write one of them.")
            return None
        [kind] = kinds
        zone = {} if kind == "every" else {"zone": parts.get("zone")}
        spec: dict[str, Any] = {
            "excluding": parts.get("excluding"),
            "start": parts.get("start"),
            "end": parts.get("end"),
        }
        if kind == "every":
            every = self._duration(f"{place}.every", parts["every"])
            if every is None:
                self._faults.setdefault(f"{place}.every", "Write how often, such as 10m.")
                return None
            spec |= {"kind": "interval", "every_s": every.total_seconds()}
        elif kind == "at":
            spec = {"kind": "once", "at": parts["at"], "excluding": parts.get("excluding")}
            zone = {}
        else:
            spec |= {"kind": "cron", "expression": parts["cron"], "gap": parts.get("gap"), "fold": parts.get("fold")}
        for name in ("zone", "gap", "fold"):
            if kind != "cron" and name in parts:
                self._faults[f"{place}.{name}"] = f"Only a cron has a {name}; leave it out."
        jitter = self._duration(f"{place}.jitter", parts.get("jitter"))
        if jitter is not None:
            spec["jitter"] = {"by_s": jitter.total_seconds()}
        return {name: each for name, each in (spec | zone).items() if each is not None}

    def _catch_up(self, place: str, value: object) -> tuple[CatchUp, bool]:
        if value is None or isinstance(value, str):
            value = {} if value is None else {"mode": value}
        parts = self._mapping(place, value, {"mode", "within", "after_pause"})
        mode = self._choice(f"{place}.mode", parts.get("mode"), CatchUpMode) or CatchUp().mode
        within = self._duration(f"{place}.within", parts.get("within"))
        after_pause = parts.get("after_pause", False)
        if not isinstance(after_pause, bool):
            self._faults[f"{place}.after_pause"] = "Write true or false."
        try:
            return CatchUp(mode, within), bool(after_pause)
        except ValueError:
            self._faults.setdefault(f"{place}.within", "Write a duration such as 1h, or leave it out.")
            return CatchUp(), False

    def _mapping(self, place: str, value: object, known: set[str]) -> dict[str, Any]:
        if value is None:
            return {}
        if not isinstance(value, Mapping):
            self._faults[place] = f"Write what it has by name: {', '.join(sorted(known))}."
            return {}
        for name in value:
            if name not in known:
                at = f"{place}.{name}" if place else str(name)
                self._faults[at] = f"There is no “{name}” here; there are {', '.join(sorted(known))}."
        return {name: each for name, each in value.items() if name in known}

    def _duration(self, place: str, value: object) -> timedelta | None:
        if value is None:
            return None
        found = duration.read(str(value)) if isinstance(value, str | int | float) else None
        if found is None or isinstance(value, bool):
            self._faults[place] = "Write a duration such as 30s, 10m, 2h or 1d."
            return None
        return found

    def _number(self, place: str, value: object) -> int | None:
        if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
            self._faults[place] = "Write a whole number."
            return None
        return value

    def _text(self, place: str, value: object) -> str | None:
        if value is not None and not isinstance(value, str):
            self._faults[place] = f'Write it as text, in quotes: "{value}".'
            return None
        return value

    def _choice(self, place: str, value: object, choices: type[Choice]) -> Choice | None:
        if value is None:
            return None
        try:
            return choices(str(value))
        except ValueError:
            known = ", ".join(str(each) for each in choices)
            self._faults[place] = f"There is no “{value}” here; write one of {known}."
            return None

    def _gather(self, place: str, check: Callable[[], object], *, names: Mapping[str, str]) -> None:
        try:
            check()
        except Invalid as error:
            for name, sentence in error.fields.items():
                self._faults.setdefault(f"{place}.{names.get(name, name)}", sentence)


def _field_of(name: str, spec: Mapping[str, Any]) -> str:
    return "at" if spec["kind"] == "once" and name == "at" else _FIELDS.get(name, name)


def _plain(value: object) -> str:
    """An argument of a build as the text that it stands for."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
