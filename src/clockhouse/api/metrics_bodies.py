"""The shapes of what is measured: outcomes, and what schedules promised."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from clockhouse.api.bodies import Answer
from clockhouse.api.execution_bodies import State


class OutcomeBucket(Answer):
    at: datetime = Field(description="Where the bucket begins.")
    counts: dict[State, int]
    duration_p50_s: float | None
    duration_p95_s: float | None


class OutcomesBody(Answer):
    start: datetime
    end: datetime
    bucket_s: int
    buckets: list[OutcomeBucket]


class DeliveryBody(Answer):
    """What the schedules promised in a window, and what became of it."""

    start: datetime
    end: datetime
    promised: int
    delivered: int = Field(description="Started, whatever the outcome of the code.")
    counts: dict[State, int]


class PromiseBody(Answer):
    """What the schedules of a component promised in an environment, and what became of it."""

    project: str
    component: str
    environment: str
    promised: int
    delivered: int = Field(description="Started, whatever the outcome of the code.")
    undecided: int = Field(
        description="Due, and nobody has decided what becomes of it: while a server runs, only what waits for the end "
        "of a pause."
    )
    counts: dict[State, int]
    late_p50_s: float | None = Field(
        description="From due to the first line of user code, of the last 300 that were neither caught up nor tried "
        "again: half of them were no later."
    )
    late_p99_s: float | None = Field(description="And 99 of 100 were no later than this.")


class PromisesBody(Answer):
    start: datetime
    end: datetime
    places: list[PromiseBody]
