"""Where instants come from: the one place that reads the machine's clocks."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """What everything that needs the time is given."""

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


def as_utc(instant: datetime) -> datetime:
    """The same instant in UTC; a naive datetime means UTC already. Raises OverflowError beyond the years 1 to 9999."""
    if instant.tzinfo is UTC:
        return instant
    if instant.utcoffset() is None:
        return instant.replace(tzinfo=UTC)
    return instant.astimezone(UTC)
