"""Executions over HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import Path, Query
from fastapi.responses import PlainTextResponse, StreamingResponse
from sse_starlette import EventSourceResponse

from clockhouse.api import logs, routes
from clockhouse.api.auth import ActorOf, PartsOf
from clockhouse.api.bodies import Instant, ReasonBody
from clockhouse.api.execution_bodies import AttemptBody, ExecutionBody, ExecutionDetail, ExecutionPage, Origin, State
from clockhouse.api.log_bodies import LogBody
from clockhouse.api.streams import StreamsOf, WatcherOf
from clockhouse.api.trial_bodies import FailureBody, failure_body
from clockhouse.control import executions
from clockhouse.control.executions import Filter
from clockhouse.control.parts import Parts
from clockhouse.errors import NotFound
from clockhouse.model import execution as model
from clockhouse.model.actor import Actor
from clockhouse.model.execution import Attempt, Execution

router = routes.router("/executions", tags=["executions"])

_SAME = (
    *("id", "project", "component", "environment", "deployment", "build", "commit", "due_at", "queued_at"),
    *("claimed_at", "started_at", "finished_at", "attempt", "exit_code", "signal", "requested_by", "repeats"),
    "ran_on",
)
Id = Annotated[str, Path(alias="id")]


@router.get("")
def list_executions(
    parts: PartsOf,
    actor: ActorOf,
    project: str | None = None,
    component: str | None = None,
    environment: str | None = None,
    state: Annotated[list[State] | None, Query()] = None,
    origin: Origin | None = None,
    backfill: Annotated[str | None, Query(max_length=26, description="Only those of this backfill, by its id.")] = None,
    start: Annotated[Instant | None, Query(description="Due at this instant or later.")] = None,
    end: Annotated[Instant | None, Query(description="Due before this instant.")] = None,
    before: Annotated[str | None, Query(max_length=100, description="`next` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> ExecutionPage:
    """The latest due first; planned ones are not in it."""
    chosen = Filter(
        project=project,
        component=component,
        environment=environment,
        states=tuple(model.State(each) for each in state or ()),
        origin=model.Origin(origin) if origin else None,
        backfill=backfill,
        start=start,
        end=end,
    )
    page = executions.page(parts, actor, chosen, before=before, limit=limit)
    counts: dict[State, int] = {found.value: count for found, count in page.counts.items()}
    return ExecutionPage(items=[execution_body(each) for each in page.items], next=page.next, counts=counts)


@router.get("/{id}")
def get_execution(parts: PartsOf, actor: ActorOf, execution: Id) -> ExecutionDetail:
    return _detail(*executions.get(parts, actor, execution))


@router.get("/{id}/failure")
def read_failure(parts: PartsOf, actor: ActorOf, execution: Id) -> FailureBody:
    """Where its last failed attempt failed, with the values of its variables there."""
    found = failure_body(executions.failure(parts, actor, execution))
    if found is None:
        raise NotFound(executions.UNTOLD)
    return found


@router.post("/{id}/stop")
def stop_execution(parts: PartsOf, actor: ActorOf, execution: Id) -> ExecutionDetail:
    """Ends one that waits or runs: its whole process group is asked to end, and killed when it does not."""
    return _detail(*executions.stop(parts, actor, execution))


@router.post("/{id}/again", status_code=201)
def run_again(parts: PartsOf, actor: ActorOf, execution: Id) -> ExecutionBody:
    """Runs it once more as it was: the same release, configuration, arguments and due time, in a new execution."""
    return execution_body(executions.again(parts, actor, execution))


@router.get("/{id}/log")
def read_execution_log(
    parts: PartsOf, actor: ActorOf, execution: Id, after: logs.After = 0, limit: logs.Limit = 1000
) -> LogBody:
    """The lines that follow line `after`."""
    return logs.page(_reader(parts, execution), actor, after, limit)


@router.get("/{id}/log.txt", response_class=PlainTextResponse)
def download_log(parts: PartsOf, actor: ActorOf, execution: Id) -> StreamingResponse:
    """The whole log as text."""
    name = {"Content-Disposition": f'attachment; filename="execution-{execution}.log"'}
    executions.get(parts, actor, execution)
    text = logs.text(_reader(parts, execution), actor)
    return StreamingResponse(text, media_type="text/plain; charset=utf-8", headers=name)


@router.get("/{id}/log/stream", response_class=EventSourceResponse)
def follow_execution_log(
    parts: PartsOf, actor: ActorOf, execution: Id, after: logs.Resumed, streams: StreamsOf, watcher: WatcherOf
) -> EventSourceResponse:
    """Server-sent events: `lines` (a list of lines), and at last `end` (the execution)."""
    executions.get(parts, actor, execution)
    return logs.stream(streams, parts, watcher, execution, _reader(parts, execution), after)


def _reader(parts: Parts, execution_id: str) -> logs.Read:
    def read(actor: Actor, after: int, limit: int) -> logs.Found:
        execution, lines = executions.log(parts, actor, execution_id, after=after, limit=limit)
        _, attempts = executions.get(parts, actor, execution_id)
        return _detail(execution, attempts), lines, not execution.state.is_open

    return read


def execution_body(execution: Execution) -> ExecutionBody:
    return ExecutionBody(**_fields(execution))


def _detail(execution: Execution, attempts: Sequence[Attempt]) -> ExecutionDetail:
    return ExecutionDetail(
        **_fields(execution),
        attempts=[_attempt_body(attempt) for attempt in attempts],
        stop_requested_by=execution.stop_requested_by,
    )


def _attempt_body(attempt: Attempt) -> AttemptBody:
    outcome = attempt.outcome
    return AttemptBody(
        number=attempt.number,
        state=outcome.state.value,
        claimed_at=attempt.claimed_at,
        started_at=attempt.started_at,
        finished_at=attempt.finished_at,
        exit_code=outcome.exit_code,
        signal=outcome.signal,
        reason=_reason_body(outcome.reason),
        ran_on=attempt.ran_on,
    )


def _fields(execution: Execution) -> dict[str, Any]:
    return {
        **{name: getattr(execution, name) for name in _SAME},
        "state": execution.state.value,
        "origin": execution.origin.value,
        "backfill": execution.backfill_id,
        "arguments": dict(execution.arguments),
        "duration_s": execution.duration.total_seconds() if execution.duration is not None else None,
        "reason": _reason_body(execution.reason),
        "cpu_s": execution.usage.cpu_s,
        "peak_bytes": execution.usage.peak_bytes,
    }


def _reason_body(reason: model.Reason | None) -> ReasonBody | None:
    return ReasonBody(code=reason.code, sentence=reason.sentence) if reason else None
