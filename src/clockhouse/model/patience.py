"""Patience with wrong passwords: a few are free, after each more there is a longer wait."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

FORGOTTEN_AFTER = timedelta(hours=1)  # without another one
_FIRST = timedelta(seconds=2)
_MOST_DOUBLINGS = 20


@dataclass(frozen=True, slots=True)
class Patience:
    """`free` wrong ones cost nothing; after that the wait doubles, up to `longest`."""

    free: int
    longest: timedelta

    def wait_after(self, failures: int) -> timedelta:
        """How long to wait after so many in a row."""
        if failures <= self.free:
            return timedelta(0)
        return min(self.longest, _FIRST * (1 << min(failures - self.free - 1, _MOST_DOUBLINGS)))


# One address at one login: somebody who guesses, or has forgotten. The wait is never long enough to lose a morning.
HERE = Patience(free=5, longest=timedelta(minutes=5))
# One login from everywhere: many machines that guess together.
LOGIN = Patience(free=20, longest=timedelta(seconds=30))
# One address at all logins: behind one may be a whole office.
ADDRESS = Patience(free=40, longest=timedelta(seconds=60))
