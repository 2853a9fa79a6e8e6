"""Environments: where releases are deployed, in the order in which they are promoted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from clockhouse.errors import Invalid

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
class Environment:
    id: str
    slug: str
    name: str
    position: int
    is_production: bool
    data_plane: str
    retention: Retention = Retention()
    at_once: int | None = None  # how many executions may run there at once; None: any number


def check_at_once(number: int | None) -> None:
    """Raises Invalid for what is no limit."""
    if number is not None and not 1 <= number <= MOST_AT_ONCE:
        sentence = f"Choose a number from 1 to {MOST_AT_ONCE}, or none."
        raise Invalid(sentence, {"at_once": sentence})
