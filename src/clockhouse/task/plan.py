"""What is due, what was missed and why, and what comes next: the one place that decides it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from clockhouse.task.clock import as_utc
from clockhouse.task.policy import CatchUp, CatchUpMode
from clockhouse.task.trigger import Trigger


class MissedReason(StrEnum):
    """Why an occurrence is not run."""

    SUPERSEDED = "superseded"  # catch-up takes the last one only, and a later one has fallen due
    TOO_LATE = "too_late"  # later than the policy's `within`
    NO_CATCH_UP = "no_catch_up"  # late, and the policy catches up nothing


@dataclass(frozen=True, slots=True)
class Due:
    """An occurrence to run."""

    due_at: datetime
    late: bool  # by more than the grace: it runs because the policy catches it up


@dataclass(frozen=True, slots=True)
class Missed:
    """An occurrence not to run, to be recorded as such."""

    due_at: datetime
    why: MissedReason


@dataclass(frozen=True, slots=True)
class Plan:
    """What a schedule owes at one instant. Both tuples are in order of time, and no instant is in both."""

    due: tuple[Due, ...]
    missed: tuple[Missed, ...]
    next_at: datetime | None  # the first occurrence not dealt with here; None when the trigger has ended
    complete: bool  # False when the limit cut it short: `next_at` has passed, plan again from there


def plan(trigger: Trigger, *, planned_at: datetime, now: datetime, catch_up: CatchUp, limit: int = 1000) -> Plan:
    """Account for every occurrence from `planned_at` to `now`, both included: each is either due or missed.

    `planned_at` is the occurrence written down as the next one, and is taken as it is; those after it come from
    `trigger`. Before `planned_at` there is nothing to do. An occurrence late by at most the grace is due. One that is
    later is missed as TOO_LATE beyond `within`, else follows the mode: ALL are due; LAST makes the newest due unless
    one on time follows it, and the others SUPERSEDED; NONE are due.

    At most `limit` occurrences are looked at, and the verdict on each is the same whatever the limit: going on from
    `next_at` with the same `now` gives what one call with a higher limit would have. Raises ValueError for a limit
    below 1.
    """
    if limit < 1:
        raise ValueError(f"A plan must be allowed at least one occurrence, not {limit}.")
    now = as_utc(now)
    due: list[Due] = []
    missed: list[Missed] = []
    at: datetime | None = as_utc(planned_at)
    while at is not None and at <= now and len(due) + len(missed) < limit:
        following = trigger.next_after(at)
        verdict = _verdict(at, now, catch_up, is_newest=following is None or following > now)
        if isinstance(verdict, Due):
            due.append(verdict)
        else:
            missed.append(verdict)
        at = following
    return Plan(tuple(due), tuple(missed), at, complete=at is None or at > now)


def _verdict(at: datetime, now: datetime, catch_up: CatchUp, *, is_newest: bool) -> Due | Missed:
    lateness = now - at
    if lateness <= catch_up.grace:
        return Due(at, late=False)
    if catch_up.mode is CatchUpMode.NONE:
        return Missed(at, MissedReason.NO_CATCH_UP)
    if catch_up.within is not None and lateness > catch_up.within:
        return Missed(at, MissedReason.TOO_LATE)
    if catch_up.mode is CatchUpMode.LAST and not is_newest:
        return Missed(at, MissedReason.SUPERSEDED)
    return Due(at, late=True)
