"""Measurements over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query

from clockhouse.api import routes
from clockhouse.api.auth import ActorOf, PartsOf
from clockhouse.api.bodies import Instant
from clockhouse.api.execution_bodies import State
from clockhouse.api.metrics_bodies import DeliveryBody, OutcomeBucket, OutcomesBody, PromiseBody, PromisesBody
from clockhouse.control import metrics
from clockhouse.control.executions import Filter
from clockhouse.control.metrics import Promise

router = routes.router("/metrics", tags=["metrics"])


async def _place(project: str | None = None, component: str | None = None, environment: str | None = None) -> Filter:
    return Filter(project=project, component=component, environment=environment)


PlaceOf = Annotated[Filter, Depends(_place)]


@router.get("/outcomes")
def outcomes(
    parts: PartsOf,
    actor: ActorOf,
    place: PlaceOf,
    start: Instant | None = None,
    end: Instant | None = None,
    buckets: Annotated[int, Query(ge=1, le=500, description="About so many; their width is a round one.")] = 60,
) -> OutcomesBody:
    """What became of the executions that were due in a window (the last day), over time."""
    found = metrics.outcomes(parts, actor, place, start=start, end=end, buckets=buckets)
    bodies = [
        OutcomeBucket(
            at=bucket.at,
            counts={state.value: count for state, count in bucket.counts.items()},
            duration_p50_s=bucket.duration_p50_s,
            duration_p95_s=bucket.duration_p95_s,
        )
        for bucket in found.buckets
    ]
    return OutcomesBody(start=found.start, end=found.end, bucket_s=int(found.width.total_seconds()), buckets=bodies)


@router.get("/delivery")
def delivery(
    parts: PartsOf,
    actor: ActorOf,
    place: PlaceOf,
    start: Instant | None = None,
    end: Instant | None = None,
) -> DeliveryBody:
    """Promised against delivered in a window (the last 30 days): what schedules made due, and what became of it."""
    since, until, found = metrics.delivery(parts, actor, place, start=start, end=end)
    counts: dict[State, int] = {state.value: count for state, count in found.counts.items()}
    return DeliveryBody(start=since, end=until, promised=found.promised, delivered=found.delivered, counts=counts)


@router.get("/promises")
def promises(
    parts: PartsOf,
    actor: ActorOf,
    place: PlaceOf,
    start: Instant | None = None,
    end: Instant | None = None,
) -> PromisesBody:
    """The same by component and environment, with how late executions start."""
    since, until, found = metrics.promises(parts, actor, place, start=start, end=end)
    return PromisesBody(start=since, end=until, places=[_promise_body(each) for each in found])


def _promise_body(promise: Promise) -> PromiseBody:
    return PromiseBody(
        **{name: getattr(promise, name) for name in ("project", "component", "environment")},
        promised=promise.promised,
        delivered=promise.delivered,
        undecided=promise.undecided,
        counts={state.value: count for state, count in promise.counts.items()},
        late_p50_s=None if promise.late_p50 is None else promise.late_p50.total_seconds(),
        late_p99_s=None if promise.late_p99 is None else promise.late_p99.total_seconds(),
    )
