"""Backfills over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query

from clockhouse.api import routes
from clockhouse.api.auth import ActorOf, PartsOf
from clockhouse.api.backfill_bodies import BackfillBody, BackfillPreview, NewBackfill
from clockhouse.control import backfills
from clockhouse.control.backfills import Wish
from clockhouse.model.backfill import Backfill, Scope

router = routes.router(tags=["backfills"])
_COMPONENT = "/projects/{project}/components/{component}"
_HERE = _COMPONENT + "/environments/{environment}/backfills"
_SAME = (
    *("id", "project", "component", "environment", "deployment", "start", "end", "at_once", "requested_by"),
    *("created_at", "cancelled_at", "cancelled_by", "is_open"),
)
Id = Annotated[str, Path(alias="id")]


@router.post(_HERE + "/preview")
def preview_backfill(
    parts: PartsOf, actor: ActorOf, project: str, component: str, environment: str, body: NewBackfill
) -> BackfillPreview:
    """Which due times it would execute."""
    found = backfills.preview(parts, actor, project, component, environment, _wish(body))
    return BackfillPreview(due=found.due, in_range=found.in_range)


@router.post(_HERE, status_code=201)
def start_backfill(
    parts: PartsOf, actor: ActorOf, project: str, component: str, environment: str, body: NewBackfill
) -> BackfillBody:
    """Executes the due times of a range in order, with what is deployed now, beside what falls due meanwhile."""
    return _body(backfills.start(parts, actor, project, component, environment, _wish(body)))


@router.get(_COMPONENT + "/backfills")
def list_backfills(
    parts: PartsOf,
    actor: ActorOf,
    project: str,
    component: str,
    limit: Annotated[int, Query(ge=1, le=200)] = 20,
) -> list[BackfillBody]:
    """Newest first."""
    return [_body(each) for each in backfills.every(parts, actor, project, component, limit=limit)]


@router.get("/backfills/{id}")
def get_backfill(parts: PartsOf, actor: ActorOf, backfill: Id) -> BackfillBody:
    return _body(backfills.get(parts, actor, backfill))


@router.post("/backfills/{id}/cancel")
def cancel_backfill(parts: PartsOf, actor: ActorOf, backfill: Id) -> BackfillBody:
    """Cancels what waits of it, and stops what runs."""
    return _body(backfills.cancel(parts, actor, backfill))


def _wish(body: NewBackfill) -> Wish:
    return Wish(body.schedule, body.start, body.end, Scope(body.scope), body.at_once)


def _body(backfill: Backfill) -> BackfillBody:
    return BackfillBody(
        **{name: getattr(backfill, name) for name in _SAME},
        schedule=backfill.schedule_id,
        scope=backfill.scope.value,
        counts={state.value: count for state, count in backfill.counts.items()},
    )
