"""The shapes of what is asked and told about the next weeks of schedules."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from clockhouse.api import forecast_words
from clockhouse.api.bodies import Answer, Instant, Known, Request
from clockhouse.api.schedule_bodies import NewSchedule
from clockhouse.model.forecast import SPAN_DAYS, Day, Durations, Forecast

Effect = Literal["nothing", "moved", "left_out", "once", "twice", "goes_on"]


class CalendarRequest(Request):
    schedules: list[NewSchedule] = Field(max_length=20, description="Of one deployment.")
    zone: str | None = Field(
        default=None, max_length=64, description="Whose days: an IANA time zone. The first cron's when not given."
    )
    start: Instant | None = Field(default=None, description="Due later than this; than now when not given.")
    days: int = Field(default=SPAN_DAYS, ge=1, le=100)
    project: Known | None = Field(default=None, description="With the component: how long its executions take.")
    component: Known | None = None
    environment: Known | None = Field(default=None, description="Where that is measured; anywhere when none ran there.")
    at_once: int | None = Field(default=None, ge=1, description="How many executions may run at once.")


class ClockChangeBody(Answer):
    schedule: int = Field(description="Which of the schedules, from 0.")
    zone: str
    at: datetime
    by_s: int = Field(description="By so much the clocks go forward; back when negative.")
    due: int = Field(description="How many due times are among the local times that are skipped or repeated.")
    effect: Effect
    sentence: str


class LeftOutBody(Answer):
    schedule: int = Field(description="Which of the schedules, from 0.")
    why: str | None = Field(description="The holiday's name; null for a day that was named by its date.")
    count: int


class CalendarDay(Answer):
    date: date
    count: int = Field(description="How many are due.")
    due: list[datetime] = Field(description="The first 24 of them.")
    changes: list[ClockChangeBody]
    left_out: list[LeftOutBody]
    overlapping: int = Field(description="So many will probably fall due while an execution before them is not over.")
    skipped: int = Field(description="So many of those would be skipped.")


class MonthBody(Answer):
    month: str = Field(description="Such as 2026-12.")
    count: int


class DurationsBody(Answer):
    p50_s: float
    p95_s: float
    executions: int = Field(description="Of so many it was measured, in the last 30 days.")
    environment: str | None = Field(description="Where; null: anywhere.")


class OverlapsBody(Answer):
    """What is to be expected if each execution takes as long as 95 of 100 did."""

    found: int
    skipped: int
    waiting: int
    stopped: int
    beside: int
    exact: bool = Field(description="False: there are too many to go through, and each day's first speak for the rest.")
    sentence: str


class CalendarBody(Answer):
    zone: str
    start: datetime
    end: datetime
    total: int
    first: list[datetime] = Field(description="The first five due times.")
    days: list[CalendarDay]
    months: list[MonthBody]
    durations: DurationsBody | None = Field(description="None when no execution was measured.")
    overlaps: OverlapsBody | None


class MinutesBody(Answer):
    counts: list[int] = Field(description="Due next at each minute of an hour, 0 to 59, in UTC.")


def calendar_body(found: Forecast, durations: Durations | None) -> CalendarBody:
    return CalendarBody(
        zone=found.zone,
        start=found.start,
        end=found.end,
        total=found.total,
        first=list(found.first),
        days=[_day_body(day) for day in found.days],
        months=[MonthBody(month=f"{year}-{month:02}", count=count) for (year, month), count in found.months.items()],
        durations=_durations_body(durations) if durations else None,
        overlaps=_overlaps_body(found, durations) if durations else None,
    )


def _day_body(day: Day) -> CalendarDay:
    return CalendarDay(
        date=day.date,
        count=day.count,
        due=list(day.due),
        changes=[
            ClockChangeBody(
                schedule=each.position,
                zone=each.zone,
                at=each.change.at,
                by_s=int(each.change.by.total_seconds()),
                due=each.change.due,
                effect=each.change.effect.value,
                sentence=forecast_words.of_change(each),
            )
            for each in day.changes
        ],
        left_out=[LeftOutBody(schedule=each.position, why=each.why, count=each.count) for each in day.left_out],
        overlapping=day.overlapping,
        skipped=day.skipped,
    )


def _durations_body(found: Durations) -> DurationsBody:
    return DurationsBody(
        p50_s=found.p50.total_seconds(),
        p95_s=found.p95.total_seconds(),
        executions=found.executions,
        environment=found.environment,
    )


def _overlaps_body(found: Forecast, durations: Durations) -> OverlapsBody | None:
    overlaps = found.overlaps
    if overlaps is None:
        return None
    return OverlapsBody(
        found=overlaps.found,
        skipped=overlaps.skipped,
        waiting=overlaps.waiting,
        stopped=overlaps.stopped,
        beside=overlaps.beside,
        exact=overlaps.exact,
        sentence=forecast_words.of_overlaps(overlaps, durations, found.total),
    )
