"""Assignments: executions that a worker was given, with all that it needs to run them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from clockhouse.errors import ClockhouseError
from clockhouse.kit import Secret
from clockhouse.kit.declared import Entry, Setting, encode, variable
from clockhouse.kit.occurrence import DUE_AT
from clockhouse.model.deployment import Container, Limits, Value
from clockhouse.model.environment import Plane
from clockhouse.model.execution import Reason

LASTING = "docker:"  # what the names of workers begin with whose executions outlive them
LEASE = timedelta(seconds=30)  # for how long a worker holds what it runs without saying that it still does


@dataclass(frozen=True, slots=True)
class Reach:
    """Where a worker claims: in the environments on these data planes, or of these only in one, by its id."""

    planes: frozenset[Plane] = frozenset({Plane.PROCESS})
    environment_id: str | None = None

    def covers(self, environment_id: str, plane: str) -> bool:
        return plane in self.planes and self.environment_id in (None, environment_id)


SERVERS = Reach()


@dataclass(frozen=True, slots=True)
class Claimed:
    """An execution that a worker took, as the ledger has it."""

    id: str
    attempt: int
    due_at: datetime
    component_id: str
    deployment_id: str
    build_id: str
    entry: Entry
    settings: tuple[Setting, ...]
    values: Mapping[str, Value]
    limits: Limits
    sealed: Mapping[str, str]  # secrets by name
    last_line: int  # of its log, from attempts before this one
    environment: str  # its slug
    references: Mapping[str, str] = field(default_factory=dict)  # to secrets that are kept elsewhere, by name
    files: Mapping[str, str] = field(default_factory=dict)  # paths of what is handed over as a file, by name


@dataclass(frozen=True, slots=True)
class Assignment:
    """The same, ready to be run. `variables` and `secrets` are by the names of the task's environment variables.

    `time_out` is from the first line of user code on; `last_line` the number of the last line of its log, from attempts
    before this one. `problem` says why it cannot be run, if it can't. `references` are to secrets that are yet to be
    fetched, `files` the paths of what is handed over as a file, both by the same names.
    """

    id: str
    attempt: int
    build_id: str
    entry: Entry
    time_out: timedelta | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, Secret] = field(default_factory=dict)
    last_line: int = 0
    problem: str | None = None
    container: Container = Container()
    environment: str = ""  # its slug, where that is told
    references: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stray:
    """An attempt that the ledger says a worker runs, which does not."""

    id: str
    attempt: int


@dataclass(frozen=True, slots=True)
class Tended:
    """What the ledger says of what a worker runs: `stops` is why, by execution id."""

    stops: Mapping[str, Reason]
    taken: frozenset[str]  # ids: somebody else took it for lost, or its component was removed
    stray: tuple[Stray, ...]


def assigned(claimed: Claimed, open_secret: Callable[[str, str], Secret]) -> Assignment:
    """What was claimed with its secrets opened: `open_secret` takes a sealed one and its purpose."""
    by_name = {setting.name: variable(setting) for setting in claimed.settings}
    secrets: dict[str, Secret] = {}
    problem = None
    try:
        for name, sealed in claimed.sealed.items():
            secrets[by_name[name]] = open_secret(sealed, f"{claimed.component_id}/{name}")
    except ClockhouseError as error:
        problem = error.sentence
    return Assignment(
        id=claimed.id,
        attempt=claimed.attempt,
        build_id=claimed.build_id,
        entry=claimed.entry,
        time_out=claimed.limits.time_out,
        variables={**_variables(claimed), DUE_AT: claimed.due_at.isoformat()},
        secrets=secrets,
        last_line=claimed.last_line,
        problem=problem,
        container=claimed.limits.container,
        environment=claimed.environment,
        references={by_name[name]: text for name, text in claimed.references.items() if name in by_name},
        files={by_name[name]: path for name, path in claimed.files.items() if name in by_name},
    )


def _variables(claimed: Claimed) -> dict[str, str]:
    given = ((setting, claimed.values.get(setting.name)) for setting in claimed.settings)
    return {variable(setting): encode(value) for setting, value in given if value is not None}
