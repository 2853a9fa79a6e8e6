"""The shapes of what is told about executions."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from clockhouse.api.bodies import Answer, ReasonBody

State = Literal[
    "planned", "queued", "started", "succeeded", "failed", "timed_out", "cancelled", "skipped", "missed", "lost"
]
Origin = Literal["schedule", "catch_up", "manual", "backfill", "again"]


class ExecutionBody(Answer):
    id: str
    project: str
    component: str
    environment: str
    deployment: int = Field(description="The deployment's number.")
    build: int
    commit: str
    state: State
    origin: Origin
    due_at: datetime
    queued_at: datetime | None
    claimed_at: datetime | None
    started_at: datetime | None = Field(description="The instant right before the first line of user code.")
    finished_at: datetime | None
    duration_s: float | None
    attempt: int
    exit_code: int | None
    signal: int | None
    reason: ReasonBody | None
    requested_by: str | None
    arguments: dict[str, Any] = Field(description="What was given for this start alone.")
    repeats: str | None = Field(description="The execution that this one does again, which may have been removed.")
    backfill: str | None = Field(description="The backfill that it belongs to.")
    cpu_s: float | None
    peak_bytes: int | None
    ran_on: str | None = Field(description="The agent, or the server's machine, that runs it or ran it last.")


class AttemptBody(Answer):
    number: int
    state: State
    claimed_at: datetime
    started_at: datetime | None
    finished_at: datetime
    exit_code: int | None
    signal: int | None
    reason: ReasonBody | None
    ran_on: str | None


class ExecutionDetail(ExecutionBody):
    attempts: list[AttemptBody] = Field(description="The tries that ended before the present one, first to last.")
    stop_requested_by: str | None


class ExecutionPage(Answer):
    items: list[ExecutionBody]
    next: str | None = Field(description="Pass it as `before` for the next page; None on the last.")
    counts: dict[State, int] = Field(description="By state, whatever the state filter says, planned ones left out.")
