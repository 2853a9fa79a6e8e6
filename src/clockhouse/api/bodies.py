"""The shapes of requests and answers: instants (`…_at`) are ISO 8601 in UTC, durations (`…_s`) are seconds."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from clockhouse.task.clock import as_utc

Slug = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Name = Annotated[str, Field(min_length=1, max_length=80)]
Known = Annotated[str, Field(max_length=60)]  # the slug or key of something that should exist
MOST = 2**31 - 1  # of what is counted: builds, lines of a log


def _utc(instant: datetime) -> datetime:
    try:
        return as_utc(instant)
    except OverflowError:
        raise ValueError("This is outside the years 1 to 9999 in UTC.") from None


Instant = Annotated[datetime, AfterValidator(_utc)]  # without a zone it means UTC


class Request(BaseModel):
    """What somebody sends: unknown fields are refused, so that a misspelt one is not silently ignored."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class Answer(BaseModel):
    """What we send back."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True, defer_build=True)


class ErrorDetail(Answer):
    code: Literal["invalid", "unauthenticated", "forbidden", "not_found", "conflict", "unavailable", "internal"]
    message: str
    fields: dict[str, str] = {}


class ErrorBody(Answer):
    error: ErrorDetail


class ReasonBody(Answer):
    code: str
    sentence: str
