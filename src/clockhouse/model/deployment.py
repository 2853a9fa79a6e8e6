"""Deployments place a release in an environment, with its configuration and its schedules."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from clockhouse.errors import Invalid
from clockhouse.kit import Secret
from clockhouse.kit.declared import Setting, parse
from clockhouse.model.build import Release
from clockhouse.model.reference import Reference
from clockhouse.model.schedule import Schedule
from clockhouse.task import Retry

LONGEST_TIME_OUT = timedelta(days=30)
MOST_ATTEMPTS = 100
MOST_AT_ONCE = 1000
LEAST_MEMORY_BYTES = 16 * 1024 * 1024
MOST_MEMORY_BYTES = 1024**4
MOST_CPUS = 256
MOST_PROCESSES = 100_000
_NETWORK = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")

Value = str | int | float | bool | list[str | int | float | bool] | None


class Status(StrEnum):
    ACTIVE = "active"
    SUPERSEDED = "superseded"
    STOPPED = "stopped"


class Watch(StrEnum):
    """What became of a first occurrence that decides whether its deployment stays."""

    WAITING = "waiting"
    KEPT = "kept"  # it succeeded
    WENT_BACK = "went_back"
    PAUSED = "paused"  # there was nothing to go back to


@dataclass(frozen=True, slots=True)
class Pause:
    """Since when, who and why. It is over at `until`; None says that it lasts until somebody resumes."""

    at: datetime
    by: str
    note: str
    until: datetime | None = None

    def covers(self, instant: datetime) -> bool:
        """Whether what is due at this instant falls into the pause: later than its beginning, before its end."""
        return self.at < instant and (self.until is None or instant < self.until)


@dataclass(frozen=True, slots=True)
class Container:
    """What an execution may have where it runs in a container; None: what the server says.

    `cpus` are processors, `network` is none, bridge, or one that the server offers.
    """

    cpus: float | None = None
    memory_bytes: int | None = None
    processes: int | None = None
    network: str | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """What is asked of all executions of a deployment.

    How long one may take (None: as long as it likes), how often a failed one is tried again, how many may run at
    once (None: as many as its schedules let), and what each may have.
    """

    time_out: timedelta | None = None
    retry: Retry = Retry()
    at_once: int | None = None
    container: Container = Container()


@dataclass(frozen=True, slots=True)
class Deployment:
    """A release in an environment. Immutable but for its pause and its status; a change is a new deployment.

    `values` has the plain settings by name, `secret_names` all others: those whose values the vault keeps and those
    kept at `references`. `fingerprints` tell secrets of a component apart, `files` have the paths of what is handed
    over as a file. `schedules` leaves out those that cannot be read any more, of which there are
    `unreadable_schedules`. `rolled_back_to` is the number of the earlier one that it repeats, if it does; `watch` says
    what became of its first occurrence where that is watched, `back_to` is the number of the one to go back to then.
    """

    id: str
    number: int
    component_id: str
    environment_id: str
    environment: str
    release: Release
    values: Mapping[str, Value]
    secret_names: frozenset[str]
    schedules: tuple[Schedule, ...]
    unreadable_schedules: int
    limits: Limits
    status: Status
    pause: Pause | None
    created_at: datetime
    created_by: str
    references: Mapping[str, str] = field(default_factory=dict)
    fingerprints: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    rolled_back_to: int | None = None
    watch: Watch | None = None
    back_to: int | None = None


def checked(settings: tuple[Setting, ...], given: Mapping[str, object]) -> dict[str, Value | Secret | Reference]:
    """The value of every declared setting, defaults filled in; settings that may be absent and are, are left out.

    What a Secret or a Reference holds is not judged. Raises Invalid with a sentence per setting that is missing, of the
    wrong type or not declared, under `configuration.<name>`.
    """
    declared = {setting.name for setting in settings}
    problems = {name: "The code declares no such setting." for name in given if name not in declared}
    values: dict[str, Value | Secret | Reference] = {}
    for setting in settings:
        value = given.get(setting.name)
        if isinstance(value, Secret | Reference) and setting.type == "secret":
            values[setting.name] = value
        elif value is None or value == "":
            if setting.required:
                problems[setting.name] = "This has no default: give a value."
            elif setting.default is not None:
                values[setting.name] = setting.default
        else:
            try:
                values[setting.name] = parsed(setting, value)
            except ValueError as error:
                problems[setting.name] = str(error)
    if problems:
        fields = {f"configuration.{name}": sentence for name, sentence in problems.items()}
        raise Invalid("Some settings need another value.", fields)
    return values


def checked_arguments(settings: tuple[Setting, ...], given: Mapping[str, object]) -> dict[str, Value]:
    """The values given for one start alone, parsed; what is not given stays as it is deployed.

    Raises Invalid with a sentence per value that is not declared, secret, empty or of the wrong type, under
    `arguments.<name>`.
    """
    declared = {setting.name: setting for setting in settings}
    problems: dict[str, str] = {}
    values: dict[str, Value] = {}
    for name, value in given.items():
        setting = declared.get(name)
        if setting is None:
            problems[name] = "The code declares no such setting."
        elif setting.type == "secret":
            problems[name] = "A secret cannot be given for one start, since the ledger would show it. Deploy it."
        elif value is None or value == "":
            problems[name] = "Give a value, or leave it out to start with the deployed one."
        else:
            try:
                values[name] = parse(setting, value)
            except ValueError as error:
                problems[name] = str(error)
    if problems:
        fields = {f"arguments.{name}": sentence for name, sentence in problems.items()}
        raise Invalid("Some arguments need another value.", fields)
    return values


def parsed(setting: Setting, value: object) -> Value | Secret:
    """The value of one setting. Raises ValueError with a sentence."""
    found = parse(setting, value)
    return Secret(found) if setting.type == "secret" else found


def check_limits(limits: Limits) -> None:
    """Raises Invalid when the time-out is not between a tenth of a second and 30 days, or a number is out of range."""
    fields = {}
    if limits.time_out is not None and not timedelta(seconds=0.1) <= limits.time_out <= LONGEST_TIME_OUT:
        fields["time_out_s"] = "Choose a time-out between 0.1 seconds and 30 days, or none."
    if limits.retry.attempts > MOST_ATTEMPTS:
        fields["retry.attempts"] = f"Choose at most {MOST_ATTEMPTS} tries."
    if limits.at_once is not None and not 1 <= limits.at_once <= MOST_AT_ONCE:
        fields["at_once"] = f"Choose a number from 1 to {MOST_AT_ONCE}, or none."
    fields |= _faults_of(limits.container)
    if fields:
        raise Invalid("Some limits need another value.", fields)


def _faults_of(container: Container) -> dict[str, str]:
    faults = {}
    if container.cpus is not None and not 0.01 <= container.cpus <= MOST_CPUS:
        faults["container.cpus"] = f"Choose a number of processors from 0.01 to {MOST_CPUS}, or none."
    memory = container.memory_bytes
    if memory is not None and not LEAST_MEMORY_BYTES <= memory <= MOST_MEMORY_BYTES:
        faults["container.memory_bytes"] = "Choose an amount of memory from 16 MiB to 1 TiB, or none."
    if container.processes is not None and not 1 <= container.processes <= MOST_PROCESSES:
        faults["container.processes"] = f"Choose a number from 1 to {MOST_PROCESSES}, or none."
    network = container.network
    if network is not None and (network in ("host", "container") or not _NETWORK.fullmatch(network)):
        faults["container.network"] = "Choose none, bridge, or the name of a network that the server offers."
    return faults
