"""What the calls of a scheduler are given: brought into the form it reckons with, or refused by name."""

from __future__ import annotations

import threading
from datetime import timedelta
from decimal import Decimal

from clockhouse.task.clock import Clock
from clockhouse.task.errors import Error, InvalidPolicy, InvalidPool, InvalidTrigger
from clockhouse.task.job import UNLIMITED
from clockhouse.task.policy import Retry, RetryConfiguration, TaskPolicy, duration_of
from clockhouse.task.trigger import LONGEST_INTERVAL, SHORTEST_INTERVAL

Seconds = int | float | Decimal | timedelta
"""A duration: a number of seconds, or a timedelta."""

_SECOND = 1_000_000
_AT_ONCE = 0.05
"""Seconds: no waiting time is shorter in effect, since no thread is woken faster for certain."""


def check_clock(clock: Clock) -> None:
    """Raises Error for what cannot say what time it is."""
    if isinstance(clock, type) or not (
        callable(getattr(clock, "now", None)) and callable(getattr(clock, "monotonic", None))
    ):
        raise Error(f"{clock!r} is no clock; leave it out, or give a task.testing.ManualClock.")


def interval_of(interval: Seconds) -> int:
    """In microseconds. Raises InvalidTrigger("interval")."""
    if type(interval) is int and 0 < interval < 1 << 31:
        return interval * _SECOND
    try:
        every = duration_of("interval", interval)
    except InvalidPolicy as error:
        raise InvalidTrigger("interval", error.sentence) from None
    if not SHORTEST_INTERVAL <= every <= LONGEST_INTERVAL:
        raise InvalidTrigger(
            "interval", f"An interval of {every.total_seconds():g} s is out of range; write 0.001 s to 100 years."
        )
    return every // timedelta(microseconds=1)


def check_count(max_count: object) -> None:
    """Raises InvalidTrigger("max_count")."""
    if type(max_count) is not int or (max_count < 1 and max_count != UNLIMITED):
        raise InvalidTrigger("max_count", f"{max_count!r} is no count; write 1 or more, or -1 for no bound.")


def pool_of(worker_count: object, waiting_time: object) -> tuple[int, int]:
    """The number of workers, and the waiting time in microseconds. Raises InvalidPool."""
    if not isinstance(worker_count, int) or isinstance(worker_count, bool) or worker_count < 1:
        raise InvalidPool(f"{worker_count!r} is no number of workers; write 1 or more.")
    try:
        waiting = duration_of("waiting_time", waiting_time)
    except InvalidPolicy as error:
        raise InvalidPool(error.sentence) from None
    if waiting < timedelta():
        raise InvalidPool(f"A waiting time of {waiting.total_seconds():g} s is negative; write zero or more.")
    return worker_count, max(waiting, timedelta(seconds=_AT_ONCE)) // timedelta(microseconds=1)


def patience_of(timeout: object) -> float:
    """In seconds, at most what a thread can wait for. Raises InvalidPool."""
    try:
        patience = duration_of("timeout", timeout)
    except InvalidPolicy as error:
        raise InvalidPool(error.sentence) from None
    if patience < timedelta():
        raise InvalidPool(f"A timeout of {patience.total_seconds():g} s is negative; write zero or more.")
    return min(patience.total_seconds(), threading.TIMEOUT_MAX)


def check_kinds(max_concurrent: object, inline: object) -> None:
    """Raises InvalidPolicy for what equals a value that is allowed, such as 1.0, and is none."""
    if max_concurrent is not None and type(max_concurrent) is not int:
        raise InvalidPolicy("max_concurrent", f"{max_concurrent!r} is no number of executions; write 1 or more.")
    if type(inline) is not bool:
        raise InvalidPolicy("inline", f"{inline!r} is neither True nor False; write one of them.")


def check_policies(policy: object, max_concurrent: object, retry: object, gate: object) -> None:
    """The kinds of what `check_kinds` looks at are known. Raises InvalidPolicy."""
    if not isinstance(policy, TaskPolicy):
        raise InvalidPolicy("task_policy", f"{policy!r} is no task policy; give a task.TaskPolicy.")
    if isinstance(max_concurrent, int) and max_concurrent < 1:
        raise InvalidPolicy("max_concurrent", f"{max_concurrent!r} is no number of executions; write 1 or more.")
    if retry is not None and not isinstance(retry, Retry | RetryConfiguration):
        raise InvalidPolicy("retry", f"{retry!r} is no retry policy; give a task.RetryConfiguration.")
    if gate is not None and not callable(gate):
        raise InvalidPolicy("gate", f"{gate!r} is no gate; give a function that says whether to execute.")
