"""What is scheduled: the caller's jobs, their ids, and how each of them is to be treated."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from inspect import (
    CO_ASYNC_GENERATOR,
    CO_GENERATOR,
    CO_VARARGS,
    isasyncgenfunction,
    iscoroutinefunction,
    isgeneratorfunction,
    signature,
)
from types import FunctionType, MethodType
from typing import Any, Protocol

from clockhouse.task.errors import InvalidJob
from clockhouse.task.policy import ErrorPolicy, Overlap, Retry, TaskPolicy, WaitingPolicy
from clockhouse.task.trigger import Trigger

UNLIMITED = -1
NEVER = -1
"""Instead of a due time: there is none. Due times are microseconds since 1970."""

_GENERATOR = CO_GENERATOR | CO_ASYNC_GENERATOR
_GENERATES = "{job!r} is a generator: to call it executes nothing; give a function without yield."
_WANTS = "{job!r} cannot be called without arguments; bind them with functools.partial."


class Job(ABC):
    """Base class of jobs, for those who like one: any object with `execute()` and any callable is accepted as well.

    `execute` may be `async def`. What it returns is not used, and whatever it raises is a failed execution.
    """

    @abstractmethod
    def execute(self) -> object: ...


@dataclass(frozen=True, slots=True)
class JobId:
    """Names a job on the scheduler that it was scheduled on: that one uses no id twice, another may use the same."""

    id: int


@dataclass(frozen=True, slots=True)
class Treatment:
    """What a job's policies come to; one object serves all jobs that were scheduled alike."""

    has_execute: bool = False  # the body is an object with `execute`, not itself the callable
    logs_errors: bool = True
    terminates: bool = True  # a failed execution ends the job
    drops_late: bool = False
    logs_dropped: bool = False
    overlap: Overlap = Overlap.ALLOW
    room: int = 1 << 62  # executions at once
    retry: Retry | None = None
    inline: bool = False  # on the scheduler's own thread,
    is_plain: bool = False  # and no books need to be kept of it
    gate: Callable[[], bool] | None = None  # asked right before an execution; False lets the occurrence pass


def treatment_of(
    policy: TaskPolicy,
    overlap: Overlap = Overlap.ALLOW,
    max_concurrent: int | None = None,
    retry: Retry | None = None,
    *,
    has_execute: bool,
    inline: bool = False,
    gate: Callable[[], bool] | None = None,
) -> Treatment:
    """What these policies, already checked, come to."""
    if overlap is Overlap.ALLOW and max_concurrent is not None:
        overlap = Overlap.BUFFER_ALL
    # What is buffered is late because another runs: dropping it for that would be no buffer.
    drops_late = policy.waiting_policy is not WaitingPolicy.WAIT and overlap is not Overlap.BUFFER_ALL
    return Treatment(
        has_execute=has_execute,
        logs_errors=policy.error_policy in (ErrorPolicy.LOG_AND_TERMINATE, ErrorPolicy.LOG_AND_CONTINUE),
        terminates=policy.error_policy in (ErrorPolicy.LOG_AND_TERMINATE, ErrorPolicy.TERMINATE),
        drops_late=drops_late,
        logs_dropped=policy.waiting_policy is WaitingPolicy.LOG_AND_IGNORE,
        overlap=overlap,
        room=1 << 62 if overlap is Overlap.ALLOW else max_concurrent or 1,
        retry=retry,
        inline=inline,
        is_plain=inline and not drops_late and gate is None and retry is None,
        gate=gate,
    )


class Scheduled:
    """A job on the timetable. A plain slotted record: there may be a hundred thousand of them."""

    __slots__ = (
        "begun",
        "blocked",
        "body",
        "due",
        "end",
        "held",
        "id",
        "key",
        "left",
        "paused",
        "queued",
        "rule",
        "running",
        "treatment",
    )

    def __init__(
        self,
        number: int,
        body: Any,
        rule: int | Trigger,
        due: int,
        end: int,
        left: int,
        treatment: Treatment,
        begun: bool,
    ) -> None:
        self.id = number
        self.body = body
        self.rule = rule  # microseconds between due times, or the trigger to ask
        self.due = due  # the oldest occurrence that has not been dealt with; NEVER if none is left
        self.end = end  # nothing is due after it
        self.left = left  # executions still to start; UNLIMITED
        self.treatment = treatment
        self.begun = begun  # False while the first occurrence is still bound to its place on the wall clock
        self.key = 0  # its entry in the timetable's timers that counts; 0 if none does
        self.held = NEVER  # an occurrence that waits for another execution of this job to end
        self.blocked = False  # `due` itself waits for that
        self.running = 0  # executions under way, retries they wait for included
        self.paused = False
        self.queued = False  # waits for a worker


class Execution:
    """One execution of a job, or one more try of it."""

    __slots__ = ("attempt", "cancelled", "due", "future", "job")

    def __init__(self, job: Scheduled, due: int, attempt: int = 1) -> None:
        self.job = job
        self.due = due
        self.attempt = attempt
        self.cancelled = False  # it was asked to stop
        self.future: Cancellable | None = None  # of an async job's coroutine


class Cancellable(Protocol):
    """What can be asked to stop: the part of a future that the timetable uses."""

    def cancel(self) -> bool: ...


def check_job(job: object) -> bool:
    """Whether `job` has an `execute` to call, rather than being the callable.

    Raises InvalidJob if it is neither, and for what its definition says cannot be executed: a generator, or something
    that wants arguments.
    """
    if type(job) is FunctionType:
        code = job.__code__
        # Most functions are plain, which is seen here without the cost of a call: a hundred thousand are scheduled.
        if code.co_argcount or code.co_kwonlyargcount or code.co_flags & _GENERATOR:
            _check_function(job, job, 0)
        return False
    execute = getattr(job, "execute", None)
    if callable(execute) and not isinstance(job, type):
        _check_callable(job, execute)
        return True
    if not callable(job) or isinstance(job, type):
        raise InvalidJob(f"{job!r} is no job; give a callable, or an object with execute().")
    _check_callable(job, job)
    return False


def is_async(job: object) -> bool:
    """Whether executing the job gives a coroutine, as far as its definition tells."""
    if type(job) is FunctionType:
        return iscoroutinefunction(job)
    return any(iscoroutinefunction(each) for each in (job, getattr(job, "execute", None), _call_of(job)))


def _check_callable(job: object, call: Callable[..., object]) -> None:
    if type(call) is MethodType and type(call.__func__) is FunctionType:
        _check_function(job, call.__func__, 1)
        return
    if any(isgeneratorfunction(each) or isasyncgenfunction(each) for each in (call, type(call).__call__)):
        raise InvalidJob(_GENERATES.format(job=job))
    try:
        parameters = signature(call)
    except (TypeError, ValueError):
        return  # it does not say what it takes
    try:
        parameters.bind()
    except TypeError:
        raise InvalidJob(_WANTS.format(job=job)) from None


def _check_function(job: object, function: FunctionType, given: int) -> None:
    """As `inspect` would tell, but quick enough to be done for each of a hundred thousand jobs."""
    code = function.__code__
    flags, positional = code.co_flags, code.co_argcount - given
    if flags & _GENERATOR:
        raise InvalidJob(_GENERATES.format(job=job))
    if positional and (positional > len(function.__defaults__ or ()) or (positional < 0 and not flags & CO_VARARGS)):
        raise InvalidJob(_WANTS.format(job=job))
    if code.co_kwonlyargcount > len(function.__kwdefaults__ or ()):
        raise InvalidJob(_WANTS.format(job=job))


def _call_of(job: object) -> object:
    return type(job).__call__ if callable(job) else None
