"""Instants as whole numbers, microseconds since 1970: what a scheduler reckons with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from clockhouse.task.clock import as_utc
from clockhouse.task.errors import InvalidTrigger
from clockhouse.task.job import NEVER
from clockhouse.task.trigger import Trigger

MICROSECOND = timedelta(microseconds=1)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def micros(instant: datetime) -> int:
    return (instant - _EPOCH) // MICROSECOND


def instant_at(at: int) -> datetime:
    return _EPOCH + timedelta(microseconds=at)


def next_after(trigger: Trigger, at: int) -> int:
    """The trigger's first due time later than `at`; NEVER if there is none.

    Raises whatever a trigger of somebody else's raises, and InvalidTrigger for an answer that is none.
    """
    instant = trigger.next_after(instant_at(at))
    if instant is None:
        return NEVER
    if not isinstance(instant, datetime):
        raise InvalidTrigger("trigger", f"{trigger!r} answered {instant!r}; a datetime or None is due.")
    due = micros(as_utc(instant))
    if due <= at:
        raise InvalidTrigger("trigger", f"{trigger!r} answered {instant!r}, not later than asked about.")
    return due
