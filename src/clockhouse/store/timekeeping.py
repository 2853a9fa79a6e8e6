"""The time of a database that many machines share, told on each of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from clockhouse.task.clock import Clock

_DRIFT = 1e-4  # of two clocks against each other: seconds in a second, at most


@dataclass(frozen=True, slots=True)
class _Mark:
    """The database had this instant at this moment of ours, give or take the doubt (both in seconds)."""

    instant: datetime
    at: float
    doubt: float

    def told(self, at: float) -> datetime:
        return self.instant + timedelta(seconds=at - self.at)


class SharedClock:
    """Follows the database's clock from its answers: however wrong this machine's is, all servers have one time."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = Lock()
        self._mark: _Mark | None = None

    def now(self) -> datetime:
        """The database's present instant; the machine's own as long as the database has not answered yet."""
        mark = self._mark
        return self._clock.now() if mark is None else mark.told(self._clock.monotonic())

    def monotonic(self) -> float:
        return self._clock.monotonic()

    def heard(self, instant: datetime, *, since: float) -> None:
        """Takes an answer to a question that was asked at `since`, by `monotonic`."""
        until = self._clock.monotonic()
        mark = _Mark(instant, (since + until) / 2, (until - since) / 2)
        with self._lock:
            if self._mark is None or _is_better(mark, self._mark):
                self._mark = mark


def _is_better(new: _Mark, old: _Mark) -> bool:
    """An answer that came quicker tells more; one that contradicts what is known means that the clock was set."""
    doubt = old.doubt + (new.at - old.at) * _DRIFT
    apart = abs((new.instant - old.told(new.at)).total_seconds())
    return new.doubt <= doubt or apart > new.doubt + doubt
