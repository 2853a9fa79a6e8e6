"""What a scheduler tells about its executions: to the log, and to functions of the caller's."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from clockhouse.task.execution import is_failure
from clockhouse.task.job import NEVER, Execution, JobId, Scheduled
from clockhouse.task.micros import instant_at
from clockhouse.task.notices import Ended, EndedNotice, Ignored, IgnoredNotice, Notice, TroubleNotice

log = logging.getLogger("clockhouse.task")

_Event = TypeVar("_Event")


@dataclass(frozen=True, slots=True)
class ExecutedEvent:
    """An execution that went well."""

    job_id: JobId
    due_at: datetime
    started_at: datetime
    ended_at: datetime
    attempt: int  # counted from 1


@dataclass(frozen=True, slots=True)
class ErrorEvent:
    """A try of an execution that raised."""

    job_id: JobId
    due_at: datetime
    started_at: datetime
    ended_at: datetime
    attempt: int  # counted from 1
    error: BaseException
    final: bool  # no retry follows


@dataclass(frozen=True, slots=True)
class IgnoredEvent:
    """An occurrence that is not executed: the one at `due_at`, and with `up_to` all from then on that are before it."""

    job_id: JobId
    due_at: datetime
    lateness: timedelta  # of the one at `due_at`, when it was given up
    why: Ignored
    up_to: datetime | None = None


@dataclass(frozen=True, slots=True)
class EndedEvent:
    """A job that is no longer scheduled."""

    job_id: JobId
    why: Ended


@dataclass(frozen=True, slots=True)
class Hooks:
    """Functions to call on what happens, on the thread where it happened. What they raise is logged and ends nothing.

    They may call the scheduler. They should be quick: the thread that calls them executes jobs, too.
    """

    on_executed: Callable[[ExecutedEvent], object] | None = None  # an execution went well
    on_error: Callable[[ErrorEvent], object] | None = None  # a try failed, whatever the error policy logs
    on_ignored: Callable[[IgnoredEvent], object] | None = None  # an occurrence is not executed
    on_ended: Callable[[EndedEvent], object] | None = None  # a job is no longer scheduled


class Reporter:
    """Writes the log records that the policies ask for, and calls the hooks."""

    def __init__(self, hooks: Hooks) -> None:
        self._hooks = hooks
        self.times_executions = hooks.on_executed is not None
        self.tells_ignored = hooks.on_ignored is not None
        self.tells_ended = hooks.on_ended is not None

    def executed(self, execution: Execution, started: int, ended: int) -> None:
        if self._hooks.on_executed is not None:
            _call(self._hooks.on_executed, ExecutedEvent(*_facts(execution, started, ended)))

    def failed(self, execution: Execution, started: int, ended: int, error: BaseException, *, final: bool) -> None:
        """One failed try. The error policy applies to the last of them, if it did not end because it was asked to."""
        if final and execution.job.treatment.logs_errors and is_failure(execution, error):
            _write(logging.ERROR, "Job %d failed: %s", execution.job.id, _message_of(error), error=error)
        if self._hooks.on_error is not None:
            _call(self._hooks.on_error, ErrorEvent(*_facts(execution, started, ended), error, final))

    def told(self, notices: Iterable[Notice]) -> None:
        for notice in notices:
            if isinstance(notice, TroubleNotice):
                _write(logging.ERROR, "Job %d: %s.", notice.job.id, notice.what, error=notice.error)
            elif isinstance(notice, EndedNotice):
                if self._hooks.on_ended is not None:
                    _call(self._hooks.on_ended, EndedEvent(JobId(notice.job.id), notice.why))
            else:
                self._ignored(notice)

    def _ignored(self, notice: IgnoredNotice) -> None:
        due_at, lateness = instant_at(notice.due), timedelta(microseconds=notice.lateness)
        up_to = None if notice.up_to == NEVER else instant_at(notice.up_to)
        if _is_logged(notice):
            also = "" if up_to is None else f", and all of its triggers before {up_to.isoformat()}"
            _write(
                logging.WARNING,
                "Job %d: its trigger of %s is ignored (%s), late by %.3f s%s.",
                notice.job.id,
                due_at.isoformat(),
                notice.why.value,
                lateness.total_seconds(),
                also,
            )
        if self._hooks.on_ignored is not None:
            _call(self._hooks.on_ignored, IgnoredEvent(JobId(notice.job.id), due_at, lateness, notice.why, up_to))


def _is_logged(notice: IgnoredNotice) -> bool:
    # A step of the clock is nobody's choice: that occurrences were passed over must not go unseen.
    return notice.why is Ignored.CLOCK or notice.job.treatment.logs_dropped


def _facts(execution: Execution, started: int, ended: int) -> tuple[JobId, datetime, datetime, datetime, int]:
    job: Scheduled = execution.job
    return JobId(job.id), instant_at(execution.due), instant_at(started), instant_at(ended), execution.attempt


def _message_of(error: BaseException) -> str:
    try:
        return str(error) or type(error).__name__
    except BaseException:  # code of the caller's, as the job is: it must not end the thread that executes jobs
        return type(error).__name__


def _call(hook: Callable[[_Event], object], event: _Event) -> None:
    try:
        hook(event)
    except BaseException as error:  # SystemExit, too, would end the thread that executes jobs
        _write(logging.ERROR, "A hook of the scheduler failed on %s.", type(event).__name__, error=error)


def _write(level: int, message: str, *values: object, error: BaseException | None = None) -> None:
    with suppress(BaseException):  # a handler or filter of the caller's, which must not end the thread either
        log.log(level, message, *values, exc_info=error and (type(error), error, error.__traceback__))
