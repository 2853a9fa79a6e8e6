"""The audit trail over HTTP: searched page by page, exported as a whole, and kept for so many days."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Depends, Query
from fastapi.responses import StreamingResponse
from pydantic import Field

from clockhouse.api import routes
from clockhouse.api.auth import ActorOf, PartsOf
from clockhouse.api.bodies import Answer, Instant, Request
from clockhouse.control import audit
from clockhouse.model.audit import Entry, Outcome, Wanted

router = routes.router("/audit", tags=["audit"])
_COLUMNS = (*("id", "at", "actor", "action", "object", "outcome", "project", "environment", "address", "way", "facts"),)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would reckon with
_Text = Annotated[str | None, Query(max_length=200)]


class TrailEntry(Answer):
    id: str
    at: datetime
    actor: str
    action: str = Field(description="Like deployment.created; call.… for what was refused or failed.")
    object: str = Field(description="Like shop/health-check.")
    outcome: Literal["succeeded", "refused", "failed"]
    project: str | None
    environment: str | None
    address: str | None = Field(description="Where the request came from.")
    way: str | None = Field(description="A browser, a token by its name, the system itself.")
    facts: dict[str, Any]


class TrailPage(Answer):
    items: list[TrailEntry]
    next: str | None = Field(description="For `before`, for the next page; null at the end.")


class TrailRetention(Request):
    days: int | None = Field(description="For how many days entries are kept, 30 at least; null: for ever.")


class TrailRetentionBody(Answer):
    days: int | None


def _wanted(
    text: _Text = None,
    actor: _Text = None,
    action: Annotated[str | None, Query(max_length=200, description="Or the noun before the dot.")] = None,
    thing: Annotated[
        str | None, Query(alias="object", max_length=300, description="Or what is before a slash of it.")
    ] = None,
    project: _Text = None,
    environment: _Text = None,
    outcome: Literal["succeeded", "refused", "failed"] | None = None,
    start: Annotated[Instant | None, Query(alias="from")] = None,
    end: Annotated[Instant | None, Query(alias="to", description="Before it.")] = None,
) -> Wanted:
    return Wanted(
        text=text or None,
        actor=actor or None,
        action=action or None,
        thing=thing or None,
        project=project or None,
        environment=environment or None,
        outcome=None if outcome is None else Outcome(outcome),
        start=start,
        end=end,
    )


WantedOf = Annotated[Wanted, Depends(_wanted)]


@router.get("")
def list_entries(
    parts: PartsOf,
    actor: ActorOf,
    wanted: WantedOf,
    before: Annotated[str | None, Query(max_length=26, description="The `next` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> TrailPage:
    """Who did what, newest first: of all for administrators, else of the projects that the caller administers."""
    found = audit.find(parts, actor, wanted, before=before, limit=limit + 1)
    items = [_body(each) for each in found[:limit]]
    return TrailPage(items=items, next=items[-1].id if len(found) > limit else None)


@router.get("/export", response_class=StreamingResponse)
def export_entries(
    parts: PartsOf,
    actor: ActorOf,
    wanted: WantedOf,
    form: Annotated[Literal["csv", "jsonl"], Query(alias="format")] = "csv",
) -> StreamingResponse:
    """All of them, newest first, as a table or as a line of JSON each. That they were exported is noted, too."""
    pages = audit.export(parts, actor, wanted)
    lines, kind = (_csv(pages), "text/csv") if form == "csv" else (_jsonl(pages), "application/jsonl")
    headers = {"Content-Disposition": f'attachment; filename="audit.{form}"'}
    return StreamingResponse(lines, media_type=f"{kind}; charset=utf-8", headers=headers)


@router.get("/retention")
def get_trail_retention(parts: PartsOf, actor: ActorOf) -> TrailRetentionBody:
    return TrailRetentionBody(days=audit.kept_days(parts, actor))


@router.post("/retention")
def set_trail_retention(parts: PartsOf, actor: ActorOf, body: TrailRetention) -> TrailRetentionBody:
    """What is older is removed within the hour, and does not come back."""
    return TrailRetentionBody(days=audit.keep(parts, actor, body.days))


def _told(entry: Entry) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in _COLUMNS}


def _body(entry: Entry) -> TrailEntry:
    return TrailEntry(**_told(entry))


def _jsonl(pages: Iterator[list[Entry]]) -> Iterator[str]:
    for page in pages:
        yield "".join(_body(each).model_dump_json() + "\n" for each in page)


def _csv(pages: Iterator[list[Entry]]) -> Iterator[str]:
    yield _rows([list(_COLUMNS)])
    for page in pages:
        yield _rows([[_cell(name, value) for name, value in _told(each).items()] for each in page])


def _rows(rows: list[list[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def _cell(name: str, value: Any) -> str:
    if value is None:
        return ""
    if name == "at":
        return str(value.isoformat())
    said = json.dumps(value, ensure_ascii=False) if name == "facts" else str(value)
    return f"'{said}" if said.startswith(_FORMULA) else said
