"""What happens around an execution: another try, another one still running, occurrences that were missed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from clockhouse.task.errors import InvalidPolicy
from clockhouse.task.values import choice_of

LONGEST_DELAY = timedelta(days=365)
"""No retry waits longer than this, whatever the policy's arithmetic says."""


class Backoff(StrEnum):
    """How the wait between tries grows."""

    FIXED = "fixed"  # always the same
    EXPONENTIAL = "exponential"  # doubles after each failure


@dataclass(frozen=True, slots=True)
class Retry:
    """How often an execution is tried, and how long after a failure the next try comes.

    Raises InvalidPolicy for fewer than one attempt, a negative delay or one above LONGEST_DELAY, and a `max_delay`
    below `delay`.
    """

    attempts: int = 1  # tries in all, the first included
    delay: timedelta = timedelta(seconds=1)  # before the second try
    backoff: Backoff = Backoff.FIXED
    max_delay: timedelta | None = None  # caps what the backoff grows to; None caps at LONGEST_DELAY

    def __post_init__(self) -> None:
        _check_attempts(self.attempts)
        _check_duration("delay", self.delay)
        object.__setattr__(self, "backoff", choice_of(Backoff, "backoff", self.backoff, InvalidPolicy))
        if self.max_delay is None:
            return
        _check_duration("max_delay", self.max_delay)
        if self.max_delay < self.delay:
            raise InvalidPolicy(
                "max_delay",
                f"The longest delay, {self.max_delay}, is shorter than the first, {self.delay}; "
                "write one at least as long, or leave it out.",
            )

    def delay_after(self, attempt: int) -> timedelta | None:
        """How long to wait after try `attempt` (1-based) has failed; None when no try is left.

        Raises ValueError for an attempt below 1.
        """
        if attempt < 1:
            raise ValueError(f"Attempts are counted from 1, so there is no attempt {attempt}.")
        if attempt >= self.attempts:
            return None
        if self.backoff is Backoff.FIXED or not self.delay:
            return self.delay
        longest = self.max_delay or LONGEST_DELAY
        factor = 2 ** min(attempt - 1, 64)
        # Compared by dividing: the product may be more than a timedelta holds.
        return longest if self.delay > longest // factor else self.delay * factor


class Overlap(StrEnum):
    """What to do when an occurrence falls due while an earlier one still runs."""

    ALLOW = "allow"  # run both
    SKIP = "skip"  # leave the new one out


class CatchUpMode(StrEnum):
    """Which of the occurrences that are late still run."""

    ALL = "all"
    LAST = "last"  # only the newest, and only if none on time follows it
    NONE = "none"


@dataclass(frozen=True, slots=True)
class CatchUp:
    """What becomes of occurrences that could not run when they were due.

    One that is late by at most `grace` is on time and always runs. Later ones follow `mode`, and of those none runs
    that is late by more than `within` (None is no bound). Raises InvalidPolicy for negative durations.
    """

    mode: CatchUpMode = CatchUpMode.LAST
    within: timedelta | None = None
    grace: timedelta = timedelta(seconds=10)

    def __post_init__(self) -> None:
        object.__setattr__(self, "mode", choice_of(CatchUpMode, "mode", self.mode, InvalidPolicy))
        _check_duration("grace", self.grace, longest=None)
        if self.within is not None:
            _check_duration("within", self.within, longest=None)


def _check_attempts(attempts: object) -> None:
    if not isinstance(attempts, int) or isinstance(attempts, bool) or attempts < 1:
        raise InvalidPolicy("attempts", f"{attempts!r} is no number of attempts; write 1 (no retry) or more.")


def _check_duration(field: str, value: object, longest: timedelta | None = LONGEST_DELAY) -> None:
    if not isinstance(value, timedelta):
        raise InvalidPolicy(field, f"{value!r} is no duration; write a timedelta.")
    if value < timedelta():
        raise InvalidPolicy(field, f"A {field} of {value} is negative; write zero or more.")
    if longest is not None and value > longest:
        raise InvalidPolicy(field, f"A {field} of {value} is too long; write at most {longest.days} days.")
