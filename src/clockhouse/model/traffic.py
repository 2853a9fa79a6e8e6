"""How executions get into each other's way: due times gone through as if each execution took equally long."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from clockhouse.task import Overlap

_MOST_WAITING = 10_000  # whoever waits behind so many waits for ever


@dataclass(frozen=True, slots=True)
class Clashes:
    """How many fell due while an execution before them was not over, and what the overlap policy made of those."""

    found: int = 0
    skipped: int = 0
    waiting: int = 0
    stopped: int = 0  # times that another one was asked to end
    beside: int = 0

    def __add__(self, other: Clashes) -> Clashes:
        return Clashes(
            self.found + other.found,
            self.skipped + other.skipped,
            self.waiting + other.waiting,
            self.stopped + other.stopped,
            self.beside + other.beside,
        )

    def scaled(self, whole: int, part: int) -> Clashes:
        """The same shares of `whole` as these are of `part`."""
        numbers = (self.found, self.skipped, self.waiting, self.stopped, self.beside)
        return Clashes(*(round(each * whole / part) for each in numbers))


class Traffic:
    """The executions of one component in one environment, in the order in which they fall due."""

    def __init__(self, takes: timedelta, at_once: int | None = None) -> None:
        self.total = Clashes()
        self.is_exact = True
        self._takes = takes
        self._at_once = at_once
        self._ends: deque[datetime] = deque()  # of those that run, soonest first
        self._waiting = 0

    def pass_through(self, due: Sequence[tuple[datetime, Overlap]], count: int) -> Clashes:
        """What happens to so many, of which `due` are the first, in order; what is the case for those is for all."""
        found = Clashes()
        for at, overlap in due:
            found += self._arrive(at, overlap)
        if len(due) < count:
            self.is_exact = False
            found = found.scaled(count, len(due)) if due else found
            self._forget()  # nothing is known of the last ones
        self.total += found
        return found

    def _arrive(self, at: datetime, overlap: Overlap) -> Clashes:
        self._go_on_until(at)
        room = self._at_once if self._at_once is not None else None if overlap is Overlap.ALLOW else 1
        is_full = room is not None and (self._waiting > 0 or len(self._ends) >= room)
        if not is_full:
            is_alone = not self._ends
            self._start(at)
            return _NONE if is_alone else _BESIDE
        if overlap is Overlap.SKIP or (overlap is Overlap.BUFFER_ONE and self._waiting):
            return _SKIPPED
        if overlap is Overlap.CANCEL_OTHER:
            self._forget()
            self._start(at)
            return _STOPPED
        self._waiting = min(self._waiting + 1, _MOST_WAITING)
        return _WAITING

    def _forget(self) -> None:
        self._ends.clear()
        self._waiting = 0

    def _start(self, at: datetime) -> None:
        self._ends.append(at + self._takes)

    def _go_on_until(self, at: datetime) -> None:
        while self._ends and self._ends[0] <= at:
            ended = self._ends.popleft()
            if self._waiting:
                self._waiting -= 1
                self._start(ended)


_NONE = Clashes()
_SKIPPED = Clashes(found=1, skipped=1)
_WAITING = Clashes(found=1, waiting=1)
_STOPPED = Clashes(found=1, stopped=1)
_BESIDE = Clashes(found=1, beside=1)
