"""Environments: where releases are deployed, in the order in which they are promoted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from clockhouse.errors import Conflict, Invalid

MOST_DAYS = 36_500
MOST_EXECUTIONS = 1_000_000
MOST_AT_ONCE = 100_000


class Plane(StrEnum):
    """What runs an environment's executions."""

    PROCESS = "process"  # the servers themselves
    AGENTS = "agents"  # the agents of this environment, on machines of their own
    DOCKER = "docker"  # the servers, in containers of their Docker Engine


@dataclass(frozen=True, slots=True)
class Retention:
    """What an environment keeps of executions that have ended, with their logs and attempts.

    Those of the last `days` (None: all), and of each component the `last` that were due, however old. Raises Invalid.
    """

    days: int | None = 30
    last: int = 100

    def __post_init__(self) -> None:
        fields = {}
        if self.days is not None and not 1 <= self.days <= MOST_DAYS:
            fields["days"] = f"Choose 1 to {MOST_DAYS} days, or keep all."
        if not 0 <= self.last <= MOST_EXECUTIONS:
            fields["last"] = f"Choose 0 to {MOST_EXECUTIONS} executions."
        if fields:
            raise Invalid("The retention needs another value.", fields)

    @property
    def age(self) -> timedelta | None:
        """How old what has ended may become; None when it is kept for ever."""
        return None if self.days is None else timedelta(days=self.days)


@dataclass(frozen=True, slots=True)
class Approval:
    """Who may approve of what is to be deployed somewhere: who has the role there, and these people, names by ids."""

    role: str | None
    people: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Environment:
    id: str
    slug: str
    name: str
    position: int
    is_production: bool
    data_plane: str
    retention: Retention = Retention()
    at_once: int | None = None  # how many executions may run there at once; None: any number
    approval: Approval | None = None  # None: nobody has to approve of what is deployed there


@dataclass(frozen=True, slots=True)
class Contents:
    """What an environment has: what stands against its removal, and the history that goes with it."""

    deployed: Sequence[str]  # components, as `shop/health-check`
    running: int  # executions that run or wait to
    agents: Sequence[str]
    tracks: Sequence[str]  # as `shop/health-check (main)`: branches whose builds are deployed there by themselves
    is_only: bool  # there is no other environment
    deployments: int
    executions: int

    @property
    def is_in_use(self) -> bool:
        return bool(self.deployed or self.running or self.agents or self.tracks)

    @property
    def obstacles(self) -> tuple[str, ...]:
        """Why it cannot be removed, a sentence for each reason, with what to do about it."""
        found = []
        if self.is_only:
            found.append("It is the only environment: add another one first.")
        if self.deployed:
            found.append(f"{_listed(self.deployed)} {_be(self.deployed)} deployed there: stop that first.")
        if self.running:
            number = "1 execution runs or waits" if self.running == 1 else f"{self.running} executions run or wait"
            found.append(f"{number} there: stop that, or wait for its end.")
        if self.agents:
            found.append(f"{_listed(self.agents)} {_be(self.agents)} there to run it: remove such agents first.")
        if self.tracks:
            found.append(f"{_listed(self.tracks)} {_be(self.tracks)} deployed there by itself: choose another place.")
        return tuple(found)

    def check_removable(self, environment: Environment) -> None:
        """Raises Conflict with all the reasons against it."""
        if self.obstacles:
            raise Conflict(f"{environment.name} cannot be deleted. {' '.join(self.obstacles)}")


def _listed(names: Sequence[str]) -> str:
    shown, more = names[:3], len(names) - 3
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")


def _be(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"


def check_at_once(number: int | None) -> None:
    """Raises Invalid for what is no limit."""
    if number is not None and not 1 <= number <= MOST_AT_ONCE:
        sentence = f"Choose a number from 1 to {MOST_AT_ONCE}, or none."
        raise Invalid(sentence, {"at_once": sentence})
