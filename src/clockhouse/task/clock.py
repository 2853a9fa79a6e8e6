"""Where instants come from: the one place that reads the machine's clocks."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Where everything that needs the time gets it from."""

    def now(self) -> datetime:
        """The wall clock: an aware UTC datetime. It may be stepped, forwards and backwards."""

    def monotonic(self) -> float:
        """Seconds since some fixed moment: never goes back, good for elapsed time only."""


class SystemClock:
    """The machine's own clocks."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


_STEP = 1000
"""Microseconds: below this, two readings of two clocks cannot be told from a step of one of them."""


class Steady:
    """The wall clock in microseconds since 1970, counted on the monotonic one: it goes on evenly from where it was.

    Waits are measured by it, so that a step of the wall clock neither hastens nor delays what was being waited for
    until `step` says by how much to move it.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = None if isinstance(clock, SystemClock) else clock
        self._offset = self._read_offset()

    def now(self) -> int:
        if self._clock is None:
            return (time.monotonic_ns() + self._offset) // 1000
        return round(self._clock.monotonic() * 1e6) + self._offset // 1000

    def step(self) -> int:
        """Microseconds by which the wall clock has been stepped since the last call; from then on counted in."""
        moved = self._read_offset() - self._offset
        if abs(moved) < _STEP * 1000:
            return 0
        micros = moved // 1000
        self._offset += micros * 1000
        return micros

    def _read_offset(self) -> int:
        """Nanoseconds from the monotonic clock to the wall clock."""
        if self._clock is not None:
            wall = self._clock.now() - datetime(1970, 1, 1, tzinfo=UTC)
            return (wall // timedelta(microseconds=1) - round(self._clock.monotonic() * 1e6)) * 1000
        for _ in range(5):  # until no pause of this thread falls between the readings
            before = time.monotonic_ns()
            wall_ns = time.time_ns()
            after = time.monotonic_ns()
            if after - before < _STEP * 500:
                break
        return wall_ns - (before + after) // 2


def as_utc(instant: datetime) -> datetime:
    """The same instant in UTC; a naive datetime means UTC already. Raises OverflowError beyond the years 1 to 9999."""
    if instant.tzinfo is UTC:
        return instant
    if instant.utcoffset() is None:
        return instant.replace(tzinfo=UTC)
    return instant.astimezone(UTC)
