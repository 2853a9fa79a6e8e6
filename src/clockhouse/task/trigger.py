"""When a schedule falls due: small immutable objects that answer one question, `next_after`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

from clockhouse.task.clock import as_utc
from clockhouse.task.cron import CronTrigger, Fold, Gap
from clockhouse.task.errors import InvalidTrigger
from clockhouse.task.values import instant_of, window_of

__all__ = [
    "LONGEST_INTERVAL",
    "SHORTEST_INTERVAL",
    "CronTrigger",
    "DateTrigger",
    "Fold",
    "Gap",
    "IntervalTrigger",
    "Trigger",
]

SHORTEST_INTERVAL = timedelta(milliseconds=1)
"""Below this no process could be started in time, and a typing error would flood the ledger."""

LONGEST_INTERVAL = timedelta(days=36525)
"""A hundred years; up to here a number of seconds as a float is exact to the microsecond."""

_LATEST = datetime.max.replace(tzinfo=UTC)


class Trigger(Protocol):
    """Says when something falls due: pure, immutable, the same answer in every process."""

    def next_after(self, instant: datetime) -> datetime | None:
        """The first due instant strictly later than `instant` (naive means UTC), in UTC; None when none is left."""


@dataclass(frozen=True, slots=True)
class IntervalTrigger:
    """Due at `start` and every `every` after it, up to and including `end`.

    Due instants are start + n * every in whole microseconds: they come from the plan alone and never drift. Naive
    datetimes mean UTC. Raises InvalidTrigger for an interval below SHORTEST_INTERVAL (1 ms) or above LONGEST_INTERVAL
    (100 years), and for an end before the start.
    """

    every: timedelta
    start: datetime
    end: datetime | None = None
    _every_us: int = field(init=False, repr=False, compare=False)
    _last: datetime = field(init=False, repr=False, compare=False)
    _latest: list[datetime] = field(init=False, repr=False, compare=False)  # one due instant

    def __post_init__(self) -> None:
        _check_interval(self.every)
        start = instant_of("start", self.start)
        end = window_of(start, self.end)[1]
        object.__setattr__(self, "start", start)
        object.__setattr__(self, "end", end)
        object.__setattr__(self, "_every_us", self.every // timedelta.resolution)
        object.__setattr__(self, "_last", end or _LATEST)
        object.__setattr__(self, "_latest", [start])

    def next_after(self, instant: datetime) -> datetime | None:
        """The first due instant strictly later than `instant` (naive means UTC), in UTC; None after the end."""
        # Plans and previews go on from the last answer, and from a due instant the next is a sum, not a division: that
        # is three times as fast. Whichever due instant is remembered, the answer is the same; threads need no lock.
        latest = self._latest
        if instant.tzinfo is not UTC:
            instant = as_utc(instant)
        try:
            due = instant + self.every if instant == latest[0] else self._first_after(instant)
        except OverflowError:
            return None
        if due > self._last:
            return None
        latest[0] = due
        return due

    def _first_after(self, after: datetime) -> datetime:
        passed = after - self.start
        if passed.days < 0:
            return self.start
        # In whole numbers: dividing timedeltas takes twice as long.
        over = (passed.days * 86_400_000_000 + passed.seconds * 1_000_000 + passed.microseconds) % self._every_us
        return after + timedelta(0, 0, self._every_us - over)


@dataclass(frozen=True, slots=True)
class DateTrigger:
    """Due once, at `at` (naive means UTC)."""

    at: datetime

    def __post_init__(self) -> None:
        object.__setattr__(self, "at", instant_of("at", self.at))

    def next_after(self, instant: datetime) -> datetime | None:
        """`at`, in UTC, if it is strictly later than `instant` (naive means UTC); None otherwise."""
        return self.at if self.at > as_utc(instant) else None


def check_trigger(trigger: object) -> None:
    """Raises InvalidTrigger("trigger") for what cannot be one."""
    if not callable(getattr(trigger, "next_after", None)):
        raise InvalidTrigger("trigger", f"{trigger!r} is no trigger; write one that has next_after.")


def end_of(trigger: Trigger) -> datetime | None:
    """The instant after which nothing is due, in UTC, as far as the trigger has one as `end`; None otherwise."""
    end = getattr(trigger, "end", None)
    return as_utc(end) if isinstance(end, datetime) else None


def _check_interval(every: object) -> None:
    if not isinstance(every, timedelta):
        raise InvalidTrigger("every", f"{every!r} is no interval; write a timedelta.")
    if every < SHORTEST_INTERVAL:
        raise InvalidTrigger(
            "every", f"An interval of {every.total_seconds():g} s is too short; write at least 0.001 s."
        )
    if every > LONGEST_INTERVAL:
        raise InvalidTrigger("every", f"An interval of {every.days} days is too long; write at most 36525 (100 years).")
