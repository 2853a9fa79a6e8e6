"""Agents: programs on other machines that run what an environment has, claiming over HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from clockhouse.model.execution import Outcome, Reason
from clockhouse.model.log import LogLine

WORKERS = "agent:"  # what the names of their processes begin with in the ledger, and no server's


@dataclass(frozen=True, slots=True)
class Agent:
    """One that was let in. What it says of itself (`version`, `host`, `room`) is None until it was there.

    `room` is how many executions it runs at once at most, `running` how many the ledger says that it runs now;
    `seen_at` is renewed again and again while it is there.
    """

    id: str
    name: str
    environment_id: str
    environment: str
    created_at: datetime
    created_by: str
    seen_at: datetime | None = None
    version: str | None = None
    host: str | None = None
    room: int | None = None
    running: int = 0

    def worker(self, process: str) -> str:
        """By what name the ledger knows one of its processes."""
        return f"{WORKERS}{self.id}:{process}"


@dataclass(frozen=True, slots=True)
class Presence:
    """What an agent says of itself when it looks."""

    version: str
    host: str
    room: int


@dataclass(frozen=True, slots=True)
class Started:
    """The first line of user code is about to run."""

    id: str
    attempt: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Logged:
    """These lines came."""

    id: str
    attempt: int
    lines: Sequence[LogLine]


@dataclass(frozen=True, slots=True)
class Finished:
    """It ended so. When it started and its last lines are told with its end, unless they were before."""

    id: str
    attempt: int
    at: datetime
    outcome: Outcome
    started_at: datetime | None = None
    lines: Sequence[LogLine] = ()


@dataclass(frozen=True, slots=True)
class Strayed:
    """The ledger believes it to run, and it does not."""

    id: str
    attempt: int
    reason: Reason


Report = Started | Logged | Finished | Strayed
"""What an agent tells of an attempt."""
