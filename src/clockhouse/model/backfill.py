"""Backfills: the due times of a range that has passed, executed one after the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from clockhouse.errors import Invalid
from clockhouse.model.execution import State
from clockhouse.task import Trigger

MOST_DUE_TIMES = 2000
MOST_AT_ONCE = 20


class Scope(StrEnum):
    ALL = "all"  # every due time of the range
    MISSING = "missing"  # those that nothing ran for and nothing waits for


@dataclass(frozen=True, slots=True)
class Backfill:
    """What somebody wanted to be executed of the due times from `start` on and before `end`.

    `counts` has its executions by the state they are in; `cancelled_by` is who wanted no more of them.
    """

    id: str
    project: str
    component: str
    environment: str
    deployment: int
    schedule_id: str
    start: datetime
    end: datetime
    scope: Scope
    at_once: int
    requested_by: str
    created_at: datetime
    cancelled_at: datetime | None
    cancelled_by: str | None
    counts: Mapping[State, int]

    @property
    def is_open(self) -> bool:
        return any(state.is_open for state in self.counts)


def due_times(trigger: Trigger, start: datetime, end: datetime) -> list[datetime]:
    """The trigger's due times from `start` on and before `end`.

    Raises Invalid under `end` when there are more than 2000 of them.
    """
    found: list[datetime] = []
    at = trigger.next_after(start - timedelta(microseconds=1))
    while at is not None and at < end:
        if len(found) == MOST_DUE_TIMES:
            sentence = (
                f"More than {MOST_DUE_TIMES} due times are in this range. Choose a shorter one, and then the next."
            )
            raise Invalid(sentence, {"end": sentence})
        found.append(at)
        at = trigger.next_after(at)
    return found


def check_range(start: datetime, end: datetime, at_once: int, now: datetime) -> None:
    """Raises Invalid for a range that is empty or has not passed, and for a number at once below 1 or above 20."""
    fields = {}
    if end <= start:
        fields["end"] = "The range is empty: choose a later end, or an earlier start."
    elif end > now:
        fields["end"] = "Only what has passed can be made up for: choose an end that is not in the future."
    elif start.year < 1900:
        fields["start"] = "Choose a start after the year 1900."
    if not 1 <= at_once <= MOST_AT_ONCE:
        fields["at_once"] = f"Choose a number from 1 to {MOST_AT_ONCE}."
    if fields:
        raise Invalid("The backfill needs other values.", fields)
