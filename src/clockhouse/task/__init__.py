"""Executes jobs when they are due, inside a Python program: the Ballerina Task specification, and more.

    from clockhouse import task

    task.schedule_job_recur_by_frequency(lambda: print("tick"), 1)
    task.run_forever()

The functions here are those of one default `Scheduler`. Its parts stand alone as values: triggers say when something
falls due, policies what happens around it, and `plan` what is due and what was missed. A schedule built from them means
the same in a script, in a preview and on the platform. Standard library only.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from clockhouse.task.calendar import Excluding, PublicHolidays
from clockhouse.task.clock import Clock, SystemClock
from clockhouse.task.cron import CronTrigger, Fold, Gap
from clockhouse.task.errors import (
    Error,
    InvalidJob,
    InvalidPolicy,
    InvalidPool,
    InvalidTrigger,
    NeverFires,
    NotAttached,
    NoThread,
    UnknownJob,
)
from clockhouse.task.jitter import Jittered
from clockhouse.task.plan import Due, Missed, MissedReason, Plan, plan
from clockhouse.task.policy import (
    Backoff,
    CatchUp,
    CatchUpMode,
    ErrorPolicy,
    Overlap,
    Retry,
    RetryConfiguration,
    RetryStrategy,
    TaskPolicy,
    WaitingPolicy,
)
from clockhouse.task.spec import Spec, from_spec, to_spec
from clockhouse.task.trigger import DateTrigger, IntervalTrigger, Trigger

if TYPE_CHECKING:
    from clockhouse.task.coordination import (
        Dialect,
        DriverMissing,
        InvalidWarmBackup,
        Membership,
        MysqlConfig,
        OwnDatabase,
        PostgresConfig,
        WarmBackup,
    )
    from clockhouse.task.default import (
        configure_worker_pool,
        get_running_jobs,
        next_due,
        pause_all_jobs,
        pause_job,
        resume_all_jobs,
        resume_job,
        run_forever,
        schedule,
        schedule_job_recur_by_frequency,
        schedule_one_time_job,
        unschedule_job,
    )
    from clockhouse.task.execution import cancel_requested
    from clockhouse.task.hooks import EndedEvent, ErrorEvent, ExecutedEvent, Hooks, IgnoredEvent
    from clockhouse.task.job import Job, JobId
    from clockhouse.task.listener import Listener, TriggerConfiguration
    from clockhouse.task.notices import Ended, Ignored
    from clockhouse.task.scheduler import Scheduler

# What executes jobs is loaded when it is asked for: whoever only plans starts sooner.
_RUNNING = {
    "coordination": (
        "Dialect",
        "DriverMissing",
        "InvalidWarmBackup",
        "Membership",
        "MysqlConfig",
        "OwnDatabase",
        "PostgresConfig",
        "WarmBackup",
    ),
    "default": (
        "configure_worker_pool",
        "get_running_jobs",
        "next_due",
        "pause_all_jobs",
        "pause_job",
        "resume_all_jobs",
        "resume_job",
        "run_forever",
        "schedule",
        "schedule_job_recur_by_frequency",
        "schedule_one_time_job",
        "unschedule_job",
    ),
    "execution": ("cancel_requested",),
    "hooks": ("EndedEvent", "ErrorEvent", "ExecutedEvent", "Hooks", "IgnoredEvent"),
    "job": ("Job", "JobId"),
    "listener": ("Listener", "TriggerConfiguration"),
    "scheduler": ("Scheduler",),
    "notices": ("Ended", "Ignored"),
}
_HOMES = {name: module for module, names in _RUNNING.items() for name in names}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


__all__ = [
    "Backoff",
    "CatchUp",
    "CatchUpMode",
    "Clock",
    "CronTrigger",
    "DateTrigger",
    "Dialect",
    "DriverMissing",
    "Due",
    "Ended",
    "EndedEvent",
    "Error",
    "ErrorEvent",
    "ErrorPolicy",
    "Excluding",
    "ExecutedEvent",
    "Fold",
    "Gap",
    "Hooks",
    "Ignored",
    "IgnoredEvent",
    "IntervalTrigger",
    "InvalidJob",
    "InvalidPolicy",
    "InvalidPool",
    "InvalidTrigger",
    "InvalidWarmBackup",
    "Jittered",
    "Job",
    "JobId",
    "Listener",
    "Membership",
    "Missed",
    "MissedReason",
    "MysqlConfig",
    "NeverFires",
    "NoThread",
    "NotAttached",
    "Overlap",
    "OwnDatabase",
    "Plan",
    "PostgresConfig",
    "PublicHolidays",
    "Retry",
    "RetryConfiguration",
    "RetryStrategy",
    "Scheduler",
    "Spec",
    "SystemClock",
    "TaskPolicy",
    "Trigger",
    "TriggerConfiguration",
    "UnknownJob",
    "WaitingPolicy",
    "WarmBackup",
    "cancel_requested",
    "configure_worker_pool",
    "from_spec",
    "get_running_jobs",
    "next_due",
    "pause_all_jobs",
    "pause_job",
    "plan",
    "resume_all_jobs",
    "resume_job",
    "run_forever",
    "schedule",
    "schedule_job_recur_by_frequency",
    "schedule_one_time_job",
    "to_spec",
    "unschedule_job",
]
