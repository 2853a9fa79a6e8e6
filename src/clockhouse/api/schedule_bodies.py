"""The shapes of what is asked and told about schedules, and about when they are due."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from clockhouse.api.bodies import Answer, ReasonBody, Request
from clockhouse.task.spec import MOST_DATES, MOST_EXCLUSIONS


class JitterBody(Request):
    by_s: float = Field(description="Each due time is put off by less than this, never beyond the next one.")
    key: str | None = Field(
        default=None,
        max_length=200,
        description="With the due time it decides by how much; the component's if not given.",
    )


class ExclusionBody(Request):
    """Either dates, or the public holidays of a country."""

    dates: list[str] | None = Field(default=None, max_length=MOST_DATES, description="Days such as 2026-12-25.")
    country: str | None = Field(default=None, max_length=20, description="Whose public holidays, such as LK.")
    subdivision: str | None = Field(default=None, max_length=60, description="Those of one part of it, such as BE.")
    zone: str | None = Field(
        default=None, max_length=64, description="An IANA time zone: whose day. A cron's own when not given, else UTC."
    )


class _Trigger(Request):
    jitter: JitterBody | None = None
    excluding: list[ExclusionBody] | None = Field(
        default=None, max_length=MOST_EXCLUSIONS, description="Nothing is due on these days; nothing is moved instead."
    )


class IntervalBody(_Trigger):
    kind: Literal["interval"]
    every_s: float = Field(description="Seconds between two due times.")
    start: datetime | None = Field(
        default=None, description="The first due time, which sets the phase; one interval from now when not given."
    )
    end: datetime | None = None


class CronBody(_Trigger):
    kind: Literal["cron"]
    expression: str = Field(max_length=200, description="Five fields, or six with seconds first.")
    zone: str = Field(default="UTC", max_length=64, description="An IANA time zone.")
    gap: Literal["after", "skip"] = Field(default="after", description="A local time that a clock change skips.")
    fold: Literal["first", "both"] = Field(default="first", description="A local time that a clock change repeats.")
    start: datetime | None = None
    end: datetime | None = None


class OnceBody(_Trigger):
    kind: Literal["once"]
    at: datetime


TriggerBody = Annotated[IntervalBody | CronBody | OnceBody, Field(discriminator="kind")]


class CatchUpBody(Request):
    mode: Literal["all", "last", "none"] = "last"
    within_s: float | None = Field(default=None, description="Occurrences later than this are not caught up.")
    after_pause: bool = Field(
        default=False,
        description="Also decide so, when a pause is over, about what fell due in it; if not, that is skipped.",
    )


Overlap = Annotated[
    Literal["allow", "skip", "buffer_one", "buffer_all", "cancel_other"],
    Field(
        description="When an occurrence falls due while an earlier execution is not over: run both; skip the new one; "
        "let the first that has to wait run afterwards and skip those behind it; run all, one after the other; or "
        "stop the earlier one and run when it has ended."
    ),
]
MaxCount = Annotated[
    int | None,
    Field(description="It ends after so many executions; what is skipped or missed does not count. None: no such end."),
]
EndAfterFailures = Annotated[
    int | None,
    Field(
        description="It ends when so many executions in a row have failed or timed out, all tries of each. "
        "None: never for that."
    ),
]


class NewSchedule(Request):
    trigger: TriggerBody
    overlap: Overlap = "skip"
    catch_up: CatchUpBody = CatchUpBody()
    max_count: MaxCount = None
    end_after_failures: EndAfterFailures = None


class PreviewRequest(Request):
    trigger: TriggerBody
    count: int = Field(default=5, ge=1, le=100)
    max_count: int | None = Field(default=None, ge=1, description="The schedule's, if it has one.")
    so_far: int = Field(default=0, ge=0, description="How many executions it has had: they count for its maximum.")
    key: str | None = Field(
        default=None,
        max_length=200,
        description="PROJECT/COMPONENT: what spreads a jitter, and H in a cron, unless the trigger has a key.",
    )


class CountryBody(Answer):
    """A country whose public holidays are known."""

    country: str = Field(description="ISO 3166, such as LK.")
    subdivisions: list[str]


class PreviewBody(Answer):
    words: str
    zone: str
    due: list[datetime] = Field(description="The next due times, soonest first.")


class ScheduleBody(Answer):
    id: str
    trigger: TriggerBody
    overlap: Overlap
    catch_up: CatchUpBody
    max_count: MaxCount
    end_after_failures: EndAfterFailures
    words: str
    zone: str
    next_due_at: datetime | None = Field(description="None when the schedule has ended or is paused.")
    count: int = Field(description="How many executions it has had, when it ends after so many; else 0.")
    ended_at: datetime | None
    ended_reason: ReasonBody | None = Field(description="Why it has ended, when that was not its plan.")
