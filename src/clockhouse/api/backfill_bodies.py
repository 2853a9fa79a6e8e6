"""The shapes of what is asked and told about backfills."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from clockhouse.api.bodies import Answer, Instant, Known, Request
from clockhouse.api.execution_bodies import State


class NewBackfill(Request):
    schedule: Known | None = Field(default=None, description="Its id; not needed where there is only one.")
    start: Instant = Field(description="Due at this instant or later.")
    end: Instant = Field(description="Due before this instant, which must have passed.")
    scope: Literal["all", "missing"] = Field(
        default="missing", description="Every due time, or those that nothing ran for and nothing waits for."
    )
    at_once: int = Field(default=1, description="How many may run beside each other, at most 20.")


class BackfillPreview(Answer):
    due: list[datetime] = Field(description="What would be executed, in this order.")
    in_range: int = Field(description="How many due times the range has in all.")


class BackfillBody(Answer):
    id: str
    project: str
    component: str
    environment: str
    deployment: int = Field(description="The deployment's number.")
    schedule: str
    start: datetime
    end: datetime
    scope: Literal["all", "missing"]
    at_once: int
    requested_by: str
    created_at: datetime
    cancelled_at: datetime | None
    cancelled_by: str | None
    is_open: bool = Field(description="Some of its executions are not over.")
    counts: dict[State, int] = Field(description="Its executions, by the state they are in.")
