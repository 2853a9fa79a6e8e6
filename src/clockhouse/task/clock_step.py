"""What a step of the wall clock means for a job.

An interval is measured in time that passes, so its due times move with the clock: no burst, no gap. Anything bound to
the calendar, a first due time included, stays where it is: what the clock was stepped over is executed once, for all of
it, and what it was stepped back over has had its turn and does not come again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from clockhouse.task.job import NEVER, Scheduled
from clockhouse.task.micros import instant_at, micros, next_after
from clockhouse.task.notices import Ignored
from clockhouse.task.trigger import Trigger

_WINDOWS = tuple(timedelta(seconds=1) * 4**n for n in range(16))

PassedOver = tuple[int, Ignored, int]
"""The due time of an occurrence that is not executed, why, and the end of those that it stands for, or NEVER."""


def follow(job: Scheduled, step: int, now: int) -> Iterator[PassedOver]:
    """Move the job's due times with a wall clock that was stepped by `step` and shows `now`."""
    before, rule = now - step, job.rule
    if isinstance(rule, int) and (job.begun or 0 <= job.due <= before):
        _move(job, rule, step, before)
    elif before < job.due <= now:
        yield from _catch_up(job, now)
    elif 0 <= job.due <= before < now and not isinstance(rule, int):
        # What has fallen due already is still to be executed, and then what comes after the step.
        stepped_over = next_after(rule, before)
        if before < stepped_over <= now:
            job.rule = _Without(rule, instant_at(before), instant_at(now))
            yield from _hold_last(job, rule, stepped_over, now)


def _move(job: Scheduled, every: int, step: int, before: int) -> None:
    job.begun = True
    if job.held >= 0:
        job.held += step
    if job.due < 0:
        return
    if job.due <= before:  # an end that was stepped over does not take back what fell due before it
        job.end = max(job.end, before - (before - job.due) % every + step)
    due = job.due + step
    job.due = due if due <= job.end else NEVER


def _catch_up(job: Scheduled, now: int) -> Iterator[PassedOver]:
    """The clock was stepped over what is due, and perhaps more: only the last of them remains."""
    rule, job.begun = job.rule, True
    if isinstance(rule, int):
        job.held = job.due
        due = now + rule
    else:
        yield from _hold_last(job, rule, job.due, now)
        due = next_after(rule, job.held)
    job.due = due if due <= job.end else NEVER


def _hold_last(job: Scheduled, trigger: Trigger, first: int, now: int) -> Iterator[PassedOver]:
    """Hold the last of the due times from `first` to now, in place of them all."""
    last = last_until(trigger, first, min(now, job.end))
    if last > first:
        yield first, Ignored.CLOCK, last
    if job.held >= 0:
        yield job.held, Ignored.SUPERSEDED, NEVER
    # Held, since no worker was missing: the waiting policy has nothing to say about it.
    job.held = last


@dataclass(frozen=True, slots=True)
class _Without:
    """A trigger without its due times later than `after`, up to `until`: the wall clock was stepped over them."""

    trigger: Trigger
    after: datetime
    until: datetime

    def next_after(self, instant: datetime) -> datetime | None:
        due = self.trigger.next_after(instant)
        if due is None or due <= self.after or due > self.until:
            return due
        return self.trigger.next_after(self.until)


def last_until(trigger: Trigger, due: int, until: int) -> int:
    """The last due time of a trigger from `due`, which is one, up to `until`."""
    end, last = instant_at(until), instant_at(due)
    for window in _WINDOWS:
        if end - window <= last:
            break
        found = trigger.next_after(end - window)
        if found is not None and found <= end:
            last = found
            break
    while (following := trigger.next_after(last)) is not None and following <= end:
        last = following
    return micros(last)
