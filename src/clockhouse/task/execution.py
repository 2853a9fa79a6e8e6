"""One execution, performed: whatever the job raises is its result, and it can ask whether it should stop."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from contextvars import ContextVar
from types import CoroutineType
from typing import Any

from clockhouse.task.job import Execution

RunCoroutine = Callable[[Coroutine[Any, Any, object], Execution], object]

_current: ContextVar[Execution | None] = ContextVar("clockhouse.task.execution", default=None)


def cancel_requested() -> bool:
    """Whether the execution that asks this was itself asked to stop, as `Overlap.CANCEL_OTHER` does: it should return.

    A thread cannot be stopped from outside, so that a job that takes long asks between its steps. An async job need
    not: its coroutine is cancelled. False outside of an execution.
    """
    execution = _current.get()
    return execution is not None and execution.cancelled


def perform(execution: Execution, run_coroutine: RunCoroutine) -> BaseException | None:
    """Execute the job on this thread; a coroutine it gives is run by `run_coroutine`. Returns what it raised."""
    token = _current.set(execution)
    try:
        result = call(execution.job.body, execution.job.treatment.has_execute)
        if isinstance(result, CoroutineType):
            run_coroutine(result, execution)
    except BaseException as error:  # SystemExit from a job is a failed execution, too, and never a dead worker
        return error
    finally:
        _current.reset(token)
    return None


def call(body: Any, has_execute: bool) -> object:
    return body.execute() if has_execute else body()


def is_failure(execution: Execution, error: BaseException | None) -> bool:
    """Whether the error policy has a say: not if the execution ended because it was asked to."""
    if error is None:
        return False
    return not (execution.cancelled and type(error).__name__ == "CancelledError")
