"""Time that moves only when a test says so."""

from __future__ import annotations

from datetime import datetime, timedelta

from clockhouse.task.clock import as_utc


class ManualClock:
    """A `Clock` that stands still at `start` (naive means UTC) until it is moved."""

    def __init__(self, start: datetime) -> None:
        self._wall = as_utc(start)
        self._elapsed = timedelta()

    def now(self) -> datetime:
        return self._wall

    def monotonic(self) -> float:
        """Seconds this clock was advanced since it was built; steps of the wall clock don't count."""
        return self._elapsed.total_seconds()

    def advance(self, by: timedelta) -> None:
        """Let `by` pass, on both clocks. Raises ValueError if it is negative: elapsed time never goes back."""
        if by < timedelta():
            raise ValueError(f"Time cannot advance by {by}; to step the wall clock back, use set_wall.")
        self._wall += by
        self._elapsed += by

    def set_wall(self, instant: datetime) -> None:
        """Step the wall clock to `instant`, either way (naive means UTC); no time passes on the monotonic clock."""
        self._wall = as_utc(instant)
