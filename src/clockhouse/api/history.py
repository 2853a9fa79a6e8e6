"""The history of deployments over HTTP, and the way back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Literal

from fastapi import Query
from pydantic import Field

from clockhouse.api import routes, words
from clockhouse.api.auth import ActorOf, PartsOf
from clockhouse.api.bodies import Answer, Request
from clockhouse.api.deployment_bodies import DeploymentBody
from clockhouse.api.deployments import deployment_body
from clockhouse.control import history, rollback
from clockhouse.control.history import Entry
from clockhouse.model.difference import Change, Part
from clockhouse.model.execution import words as duration_words
from clockhouse.model.schedule import Terms
from clockhouse.task import Retry

router = routes.router(tags=["deployments"])
_COMPONENT = "/projects/{project}/components/{component}"


class ChangeBody(Answer):
    """One thing that a deployment has otherwise than the one before it in its environment, in words."""

    part: Literal["release", "setting", "schedule", "limit", "pause"]
    name: str = Field(description="Of the setting or the limit.")
    before: str | None = Field(description="None when there was none, and for a secret. A pause that stays is both.")
    after: str | None = Field(description="None when there is none any more, and for a secret.")


class HistoryEntryBody(DeploymentBody):
    changes: list[ChangeBody] | None = Field(description="None for the first one in its environment.")


class RollBackRequest(Request):
    to: int | None = Field(
        default=None,
        ge=1,
        le=2**31 - 1,
        description="A deployment's number; the one before the present by default.",
    )


@router.get(_COMPONENT + "/deployments")
def list_deployments(
    parts: PartsOf,
    actor: ActorOf,
    project: str,
    component: str,
    environment: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> list[HistoryEntryBody]:
    """Past and present ones, newest first, each with what it has otherwise than the one before it there."""
    found = history.entries(parts, actor, project, component, environment=environment, limit=limit)
    return [_entry_body(each) for each in found]


@router.post(_COMPONENT + "/environments/{environment}/rollback", status_code=201)
def roll_back(
    parts: PartsOf,
    actor: ActorOf,
    project: str,
    component: str,
    environment: str,
    body: RollBackRequest | None = None,
) -> DeploymentBody:
    """An earlier deployment once more, as a new one. A pause stays, and it never fires by itself."""
    to = body.to if body else None
    return deployment_body(rollback.roll_back(parts, actor, project, component, environment, to=to))


def _entry_body(entry: Entry) -> HistoryEntryBody:
    told = None if entry.changes is None else [change_body(each) for each in entry.changes]
    return HistoryEntryBody(**deployment_body(entry.deployment).model_dump(), changes=told)


def change_body(change: Change) -> ChangeBody:
    before, after = _said(change, change.before), _said(change, change.after)
    return ChangeBody(part=change.part.value, name=change.name, before=before, after=after)


def _said(change: Change, value: object) -> str | None:
    if change.part is Part.SCHEDULE:
        return _schedules(value) if isinstance(value, Sequence) else None
    if value is None:
        return None
    if isinstance(value, timedelta):
        return duration_words(value)
    if isinstance(value, Retry):
        return _tries(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _schedules(terms: Sequence[Terms]) -> str:
    return "; ".join(schedule_words(each) for each in terms) or "By hand only"


def schedule_words(terms: Terms) -> str:
    """When it is due, and by which policies, where those are not the usual ones."""
    zone, usual, policies = words.zone_of(terms.trigger), Terms(terms.trigger), []
    if terms.overlap is not usual.overlap:
        policies.append(f"overlap: {terms.overlap.value.replace('_', ' ')}")
    if terms.catch_up != usual.catch_up:
        policies.append(_catch_up(terms))
    if terms.max_count is not None:
        policies.append(f"at most {terms.max_count} executions")
    if terms.end_after_failures is not None:
        policies.append(f"ends after {terms.end_after_failures} failures in a row")
    if terms.after_pause:
        policies.append("catches up after a pause")
    told = f" ({', '.join(policies)})" if policies else ""
    return f"{words.of(terms.trigger)}{'' if zone == 'UTC' else f' in {zone}'}{told}"


def _catch_up(terms: Terms) -> str:
    within = terms.catch_up.within
    return f"catch up: {terms.catch_up.mode.value}{'' if within is None else f' within {duration_words(within)}'}"


def _tries(retry: Retry) -> str:
    if retry.attempts == 1:
        return "1 try"
    return f"{retry.attempts} tries, {duration_words(retry.delay)} apart, {retry.backoff.value}"
