"""Schedules as values: when something falls due, what happens when it was missed, and clocks to ask.

The pure part of the scheduling library, on the standard library alone. A schedule built from it means the same in a
script, in a preview and on the platform.
"""

from clockhouse.task.calendar import Excluding, PublicHolidays
from clockhouse.task.clock import Clock, SystemClock
from clockhouse.task.cron import CronTrigger, Fold, Gap
from clockhouse.task.errors import Error, InvalidPolicy, InvalidTrigger, NeverFires
from clockhouse.task.jitter import Jittered
from clockhouse.task.plan import Due, Missed, MissedReason, Plan, plan
from clockhouse.task.policy import Backoff, CatchUp, CatchUpMode, Overlap, Retry
from clockhouse.task.spec import Spec, from_spec, to_spec
from clockhouse.task.trigger import DateTrigger, IntervalTrigger, Trigger

__all__ = [
    "Backoff",
    "CatchUp",
    "CatchUpMode",
    "Clock",
    "CronTrigger",
    "DateTrigger",
    "Due",
    "Error",
    "Excluding",
    "Fold",
    "Gap",
    "IntervalTrigger",
    "InvalidPolicy",
    "InvalidTrigger",
    "Jittered",
    "Missed",
    "MissedReason",
    "NeverFires",
    "Overlap",
    "Plan",
    "PublicHolidays",
    "Retry",
    "Spec",
    "SystemClock",
    "Trigger",
    "from_spec",
    "plan",
    "to_spec",
]
