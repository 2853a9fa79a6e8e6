"""The calendar of the next 90 days over HTTP: days, clock changes, days left out, and overlaps to be expected."""

from __future__ import annotations

from typing import Any

import pytest
from tests.support.api import COMPONENT, V1, Installation

CALENDAR = f"{V1}/schedules/calendar"


def calendar(house: Installation, *schedules: dict[str, Any], **more: Any) -> Any:
    return house.post(CALENDAR, {"schedules": list(schedules), **more})


def cron(expression: str, zone: str = "Europe/Berlin", **more: Any) -> dict[str, Any]:
    return {"trigger": {"kind": "cron", "expression": expression, "zone": zone, **more}}


def test_ninety_days_are_told_in_the_schedules_zone(house: Installation) -> None:
    found = calendar(house, cron("0 8 * * 1-5"))

    assert (found["zone"], len(found["days"]), found["total"]) == ("Europe/Berlin", 90, 65)
    assert found["months"] == [
        {"month": "2026-11", "count": 6},
        {"month": "2026-12", "count": 23},
        {"month": "2027-01", "count": 21},
        {"month": "2027-02", "count": 15},
    ]
    assert found["first"][0] == "2026-11-23T07:00:00Z"
    assert found["days"][1] == {
        "date": "2026-11-23",
        "count": 1,
        "due": ["2026-11-23T07:00:00Z"],
        "changes": [],
        "left_out": [],
        "overlapping": 0,
        "skipped": 0,
    }
    assert (found["durations"], found["overlaps"]) == (None, None)


@pytest.mark.parametrize(
    ("schedule", "start", "effect", "sentence"),
    [
        (
            cron("30 2 * * *"),
            "2027-03-27T12:00:00Z",
            "moved",
            "Clocks in Europe/Berlin go forward by 1 h at 02:00. One due time falls into it and runs right after, "
            "at 03:00.",
        ),
        (
            cron("*/20 2 * * 0", gap="skip"),
            "2027-03-27T12:00:00Z",
            "left_out",
            "Clocks in Europe/Berlin go forward by 1 h at 02:00. Each of 3 due times falls into it and is left out.",
        ),
        (
            cron("30 2 * * *", fold="both"),
            "2027-10-30T12:00:00Z",
            "twice",
            "Clocks in Europe/Berlin go back by 1 h at 03:00. One due time comes twice and runs both times.",
        ),
    ],
)
def test_a_clock_change_is_marked_with_what_it_does(
    house: Installation, schedule: dict[str, Any], start: str, effect: str, sentence: str
) -> None:
    found = calendar(house, schedule, start=start, days=3)

    [change] = [change for day in found["days"] for change in day["changes"]]
    assert (change["effect"], change["sentence"]) == (effect, sentence)
    assert found["days"][1]["changes"] == [change]


def test_a_day_left_out_names_the_holiday(house: Installation) -> None:
    schedule = cron("0 8 * * *", excluding=[{"country": "DE"}, {"dates": ["2026-12-24"]}])

    days = {day["date"]: day for day in calendar(house, schedule)["days"]}

    assert days["2026-12-25"]["left_out"] == [{"schedule": 0, "why": "Christmas Day", "count": 1}]
    assert days["2026-12-24"]["left_out"] == [{"schedule": 0, "why": None, "count": 1}]
    assert days["2026-12-24"]["count"] == 0


def test_what_is_due_every_second_is_counted_not_listed(house: Installation) -> None:
    found = calendar(house, cron("* * * * * *"), {"trigger": {"kind": "interval", "every_s": 0.001}})

    assert found["days"][1]["count"] == 86_400 * 1001
    assert len(found["days"][1]["due"]) == 24


def test_what_is_wrong_is_named_by_its_field(house: Installation) -> None:
    def wrong(*schedules: dict[str, Any], **more: Any) -> list[str]:
        return list(house.fields(CALENDAR, {"schedules": list(schedules), **more}))

    assert wrong(cron("61 * * * *")) == ["schedules.0.trigger.expression"]
    assert wrong(zone="Mars/Olympus") == ["zone"]
    assert wrong(cron("0 8 * * *"), start="9999-12-01T00:00:00Z") == ["start"]


def test_overlaps_are_foretold_by_how_long_executions_took(house: Installation) -> None:
    house.deployed()
    house.pass_time(10)
    house.finish(took_s=90)

    every_minute = {"trigger": {"kind": "interval", "every_s": 60}}
    project, component = COMPONENT.split("/")[-3], COMPONENT.split("/")[-1]
    found = calendar(house, every_minute, project=project, component=component, environment="production", days=2)

    assert found["durations"]["p95_s"] == pytest.approx(90, rel=0.06)
    assert found["durations"]["environment"] is None
    assert found["overlaps"]["skipped"] > 500
    assert "would be skipped" in found["overlaps"]["sentence"]
    assert found["days"][1]["overlapping"] == found["days"][1]["skipped"] > 300


def test_minutes_at_which_many_crons_are_due_are_counted(house: Installation) -> None:
    house.deployed(schedules=[cron("0 8 * * *", "UTC"), cron("0 9 * * *", "UTC"), cron("17 * * * *", "UTC")])

    counts = house.get(f"{V1}/schedules/minutes")["counts"]

    assert {minute: count for minute, count in enumerate(counts) if count} == {0: 2, 17: 1}
