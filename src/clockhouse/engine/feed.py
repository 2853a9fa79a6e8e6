"""The feed: all that a dispatcher and its trackers need of the ledger, wherever that is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from clockhouse.engine.service import Wake
from clockhouse.model.assignment import Assignment, Stray, Tended
from clockhouse.model.execution import Outcome, Reason
from clockhouse.model.log import LogLine
from clockhouse.store.changes import STOPS as STOPS  # the topic of a hint that something is wanted stopped


@dataclass(frozen=True, slots=True)
class Looked:
    """What one look at the queue found: `next_at` is when there may be more of it, if that is known.

    `tended` is None when the look did not tend.
    """

    assignments: Sequence[Assignment] = ()
    next_at: datetime | None = None
    tended: Tended | None = None


@dataclass(frozen=True, slots=True)
class Rest:
    """What is told of an attempt together with its end: when it started, and its last lines."""

    started_at: datetime | None = None
    lines: Sequence[LogLine] = ()


NOTHING = Rest()


class Feed(Protocol):
    """One worker's way to the ledger.

    Whatever it is told counts for one attempt of an execution, and only as long as that is the present one; told again,
    it changes nothing. `mark_started`, `append` and `finish` go on until the ledger answers, however long that takes.
    """

    def waking(self) -> AbstractAsyncContextManager[Wake]:
        """A wake that is hinted at when there may be something to claim, and with STOPS when something is to stop."""
        ...

    async def look(self, attempts: Mapping[str, int], room: int, *, tends: bool) -> Looked:
        """Claims at most `room` executions; with `tends`, first keeps the leases of what runs.

        `attempts` is what runs: the attempt by execution id. Raises Unavailable when the ledger does not answer; what
        it did then is found out by a look that tends.
        """
        ...

    async def lose(self, stray: Stray, reason: Reason) -> None:
        """Ends as lost what the ledger believes to run here. Raises Unavailable when the ledger does not answer."""
        ...

    async def mark_started(self, execution: str, attempt: int, at: datetime) -> None:
        """The instant right before the first line of user code."""
        ...

    async def append(self, execution: str, attempt: int, lines: Sequence[LogLine]) -> bool:
        """Adds lines to the log; False when the attempt is over, whose lines are nobody's any more."""
        ...

    async def finish(self, execution: str, attempt: int, outcome: Outcome, at: datetime, rest: Rest = NOTHING) -> bool:
        """Ends the attempt, and lets the retry policy decide about another one; False when it was over already.

        The rest, which was not told before, is recorded in front of the end.
        """
        ...


class Artifacts(Protocol):
    """Where this worker finds what builds made."""

    async def folder(self, build_id: str) -> Path:
        """The build's artifact on this machine, which may have to be fetched first. Raises a ClockhouseError."""
        ...


class Folder:
    """Artifacts that are made on this very machine, all in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def folder(self, build_id: str) -> Path:
        return self._folder / build_id
