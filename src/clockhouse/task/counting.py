"""How many due times a trigger has in a while, by arithmetic: a schedule of every second is counted at once."""

from __future__ import annotations

from datetime import datetime, timedelta

from clockhouse.task.calendar import Excluding
from clockhouse.task.clock import as_utc
from clockhouse.task.cron import CronTrigger
from clockhouse.task.jitter import Jittered
from clockhouse.task.trigger import DateTrigger, IntervalTrigger, Trigger


def count(trigger: Trigger, start: datetime, end: datetime) -> int:
    """How many due times there are from `start` on and before `end` (naive means UTC): as many as `next_after` tells.

    Takes a look at each day. Of a trigger of somebody else's making, each due time is gone through.
    """
    since, until = as_utc(start), as_utc(end)
    if since >= until:
        return 0
    match trigger:
        case DateTrigger():
            return int(since <= trigger.at < until)
        case IntervalTrigger():
            return _before(trigger, until) - _before(trigger, since)
        case CronTrigger():
            return trigger.count(since, until)
        case Excluding():
            stretches = trigger.stretches(since, until)
            return sum(count(trigger.trigger, first, last) for first, last, day in stretches if day is None)
        case Jittered():
            within = count(trigger.trigger, since, until)
            return within + _is_carried_over(trigger, since) - _is_carried_over(trigger, until)
    return _gone_through(trigger, since, until)


def _before(trigger: IntervalTrigger, instant: datetime) -> int:
    """How many are due before an instant."""
    last = instant if trigger.end is None else min(instant, trigger.end + _TICK)
    return max(0, -((trigger.start - last) // trigger.every))


def _is_carried_over(trigger: Jittered, instant: datetime) -> bool:
    """Whether what would be due before `instant` is put off until then or later: at most one is, the last one."""
    due = trigger.next_after(instant - _TICK)
    following = trigger.trigger.next_after(instant - _TICK)
    return due is not None and (following is None or due < following)


def _gone_through(trigger: Trigger, since: datetime, until: datetime) -> int:
    found = 0
    due = trigger.next_after(since - _TICK)
    while due is not None and due < until:
        found += 1
        due = trigger.next_after(due)
    return found


_TICK = timedelta.resolution
