"""What happens around an execution: another try, another one still running, occurrences that were missed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
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

    Raises InvalidPolicy for fewer than one attempt, a negative delay or one above LONGEST_DELAY (365 days), and a
    `max_delay` below `delay`.
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
        _check_longest("max_delay", self.max_delay, self.delay)

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
    BUFFER_ONE = "buffer_one"  # the first that has to wait runs afterwards, those behind it are left out
    BUFFER_ALL = "buffer_all"  # all run, one after the other
    CANCEL_OTHER = "cancel_other"  # ask the earlier one to stop, and run when it has


class ErrorPolicy(StrEnum):
    """What a failed execution means for its job.

    To log is to write one ERROR record to the logger `clockhouse.task`, with the job's id, the message and the
    traceback.
    """

    LOG_AND_TERMINATE = "log_and_terminate"  # it is logged, and the job is unscheduled
    LOG_AND_CONTINUE = "log_and_continue"  # it is logged, and the job goes on
    TERMINATE = "terminate"  # the job is unscheduled, without a word
    CONTINUE = "continue"  # the job goes on, without a word


class WaitingPolicy(StrEnum):
    """What becomes of a trigger that could not get a worker within the waiting time."""

    WAIT = "wait"  # it is kept, and executed as soon as there is a worker
    IGNORE = "ignore"  # it is dropped
    LOG_AND_IGNORE = "log_and_ignore"  # it is dropped, with a WARNING record that names it


@dataclass(frozen=True, slots=True)
class TaskPolicy:
    """How a job takes errors and waiting, as in the Ballerina Task specification. Raises InvalidPolicy."""

    error_policy: ErrorPolicy = ErrorPolicy.LOG_AND_TERMINATE
    waiting_policy: WaitingPolicy = WaitingPolicy.WAIT

    def __post_init__(self) -> None:
        error_policy = choice_of(ErrorPolicy, "error_policy", self.error_policy, InvalidPolicy)
        waiting_policy = choice_of(WaitingPolicy, "waiting_policy", self.waiting_policy, InvalidPolicy)
        object.__setattr__(self, "error_policy", error_policy)
        object.__setattr__(self, "waiting_policy", waiting_policy)


class RetryStrategy(StrEnum):
    """How the interval between retries grows, by the names of the Ballerina Task specification."""

    FIXED = "fixed"  # it stays
    EXPONENTIAL = "exponential"  # it doubles after each failure


@dataclass(frozen=True, slots=True)
class RetryConfiguration:
    """How a failed execution is retried, as in the Ballerina Task specification.

    `max_attempts` counts the retries, not the first try. Intervals are seconds or a timedelta; the first retry comes
    `retry_interval` after the failure, FIXED stays, EXPONENTIAL doubles, and `max_interval` caps. A retry that would
    not start before the trigger's next due time doesn't happen. Raises InvalidPolicy.
    """

    max_attempts: int
    retry_interval: float | Decimal | timedelta
    backoff_strategy: RetryStrategy = RetryStrategy.FIXED
    max_interval: float | Decimal | timedelta | None = None

    def __post_init__(self) -> None:
        strategy = choice_of(RetryStrategy, "backoff_strategy", self.backoff_strategy, InvalidPolicy)
        object.__setattr__(self, "backoff_strategy", strategy)
        _check_attempts(self.max_attempts, field="max_attempts")
        _as_policy(self)

    def policy(self) -> Retry:
        """The same as the policy that a scheduler follows."""
        return _as_policy(self)


def _as_policy(configuration: RetryConfiguration) -> Retry:
    first, longest = duration_of("retry_interval", configuration.retry_interval), None
    _check_duration("retry_interval", first)
    if configuration.max_interval is not None:
        longest = duration_of("max_interval", configuration.max_interval)
        _check_duration("max_interval", longest)
        _check_longest("max_interval", longest, first)
    backoff = Backoff(configuration.backoff_strategy.value)
    return Retry(attempts=configuration.max_attempts + 1, delay=first, backoff=backoff, max_delay=longest)


class CatchUpMode(StrEnum):
    """Which of the occurrences that are late still run."""

    ALL = "all"  # each of them
    LAST = "last"  # only the newest, and only if none on time follows it
    NONE = "none"  # none of them


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


def duration_of(field: str, value: object) -> timedelta:
    """A number of seconds or a timedelta as a timedelta. Raises InvalidPolicy that names `field` for anything else."""
    if isinstance(value, timedelta):
        return value
    if not isinstance(value, int | float | Decimal) or isinstance(value, bool):
        raise InvalidPolicy(field, f"{value!r} is no duration; write a number of seconds or a timedelta.")
    try:
        return timedelta(seconds=float(value))
    except (ValueError, OverflowError):
        shown = f"2**{value.bit_length() - 1} or more" if isinstance(value, int) else f"{value:.3g}"
        raise InvalidPolicy(field, f"{field} = {shown} s is no finite duration that a calendar holds.") from None


def _check_attempts(attempts: object, *, field: str = "attempts") -> None:
    if not isinstance(attempts, int) or isinstance(attempts, bool) or attempts < 1:
        raise InvalidPolicy(field, f"{attempts!r} is no number of attempts; write 1 or more.")


def _check_duration(field: str, value: object, longest: timedelta | None = LONGEST_DELAY) -> None:
    if not isinstance(value, timedelta):
        raise InvalidPolicy(field, f"{value!r} is no duration; write a timedelta.")
    if value < timedelta():
        raise InvalidPolicy(field, f"A {field} of {_text(value)} is negative; write zero or more.")
    if longest is not None and value > longest:
        raise InvalidPolicy(field, f"A {field} of {_text(value)} is too long; write at most {longest.days} days.")


def _check_longest(field: str, longest: timedelta, first: timedelta) -> None:
    if longest < first:
        raise InvalidPolicy(
            field,
            f"A {field} of {_text(longest)} is shorter than the first wait, {_text(first)}; "
            "write one at least as long, or leave it out.",
        )


def _text(duration: timedelta) -> str:
    return f"{duration.total_seconds():g} s"
