"""Backfills over HTTP: looked at beforehand, started, followed, cancelled."""

from typing import Any

import pytest
from tests.support.api import COMPONENT, V1, Installation

HERE = f"{COMPONENT}/environments/development/backfills"
HOURLY = {"trigger": {"kind": "cron", "expression": "0 * * * *"}}
MORNING = {"start": "2026-11-22T06:00:00Z", "end": "2026-11-22T09:00:00Z"}


def test_a_preview_says_which_and_starts_nothing(house: Installation) -> None:
    house.deployed(schedules=[HOURLY])

    found = house.post(f"{HERE}/preview", MORNING)

    assert found == {
        "due": ["2026-11-22T06:00:00Z", "2026-11-22T07:00:00Z", "2026-11-22T08:00:00Z"],
        "in_range": 3,
    }
    assert house.get(f"{V1}/executions")["items"] == []


def test_a_backfill_is_started_followed_and_listed(house: Installation) -> None:
    house.deployed(schedules=[HOURLY])

    made = house.post(HERE, MORNING)

    assert (made["counts"], made["is_open"], made["requested_by"]) == ({"queued": 3}, True, "admin")
    (first,) = house.finish()
    execution = house.get(f"{V1}/executions/{first}")
    assert (execution["origin"], execution["due_at"], execution["backfill"]) == (
        "backfill",
        "2026-11-22T06:00:00Z",
        made["id"],
    )
    assert house.get(f"{V1}/backfills/{made['id']}")["counts"] == {"succeeded": 1, "queued": 2}
    assert [each["id"] for each in house.get(f"{COMPONENT}/backfills")] == [made["id"]]
    listed = house.get(f"{V1}/executions", origin="backfill")["items"]
    assert [each["due_at"][11:13] for each in listed] == ["08", "07", "06"]


def test_the_executions_of_one_backfill_are_listed_and_counted(house: Installation) -> None:
    house.deployed(schedules=[HOURLY])
    one, _ = house.post(HERE, MORNING), house.post(HERE, {**MORNING, "scope": "all"})
    house.finish()

    found = house.get(f"{V1}/executions", backfill=one["id"], limit=2)

    assert [each["due_at"][11:13] for each in found["items"]] == ["08", "07"]
    assert found["counts"] == {"succeeded": 1, "queued": 2}
    following = house.get(f"{V1}/executions", backfill=one["id"], before=found["next"])
    assert [(each["due_at"][11:13], each["backfill"]) for each in following["items"]] == [("06", one["id"])]
    assert house.get(f"{V1}/executions", backfill=one["id"], state="queued")["counts"] == found["counts"]
    assert house.get(f"{V1}/executions", backfill="nonsense")["items"] == []


def test_what_is_missing_is_what_nothing_ran_for_under_any_deployment(house: Installation) -> None:
    house.deployed()
    house.pass_time(10)
    house.finish()
    house.post(f"{COMPONENT}/environments/development/pause", {})
    house.pass_time(20)
    every_10_s = {"trigger": {"kind": "interval", "every_s": 10, "start": "2026-11-22T12:00:00Z"}}
    house.deploy(schedules=[every_10_s])
    wish = {"start": "2026-11-22T12:00:10Z", "end": "2026-11-22T12:00:30.5Z"}

    missing = house.post(f"{HERE}/preview", wish)

    assert missing == {"due": ["2026-11-22T12:00:20Z", "2026-11-22T12:00:30Z"], "in_range": 3}
    assert len(house.post(f"{HERE}/preview", {**wish, "scope": "all"})["due"]) == 3
    house.post(HERE, wish)
    assert set(house.fields(HERE, wish)) == {"start"}  # it waits already


def test_the_instant_of_a_deployment_is_no_due_time_of_its_interval(house: Installation) -> None:
    start = house.clock.now().isoformat()
    house.deployed()
    house.pass_time(30)

    found = house.post(f"{HERE}/preview", {"start": start, "end": house.clock.now().isoformat(), "scope": "all"})

    assert [due[14:19] for due in found["due"]] == ["00:10", "00:20"]


def test_a_backfill_is_cancelled_as_a_whole(house: Installation) -> None:
    house.deployed(schedules=[HOURLY])
    made = house.post(HERE, {**MORNING, "at_once": 2})
    house.start()

    cancelled = house.post(f"{V1}/backfills/{made['id']}/cancel")

    assert (cancelled["counts"], cancelled["cancelled_by"]) == ({"started": 2, "cancelled": 1}, "admin")
    house.end(*(each["id"] for each in house.get(f"{V1}/executions", state="started")["items"]))
    house.refused(409, "POST", f"{V1}/backfills/{made['id']}/cancel")
    house.refused(404, "GET", f"{V1}/backfills/nonsense")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"end": "2026-11-22T13:00:00Z"}, "end"),
        ({"end": "2026-11-22T06:00:00Z"}, "end"),
        ({"start": "2000-01-01T00:00:00Z"}, "end"),  # too many
        ({"start": "0001-01-01T00:00:00Z"}, "start"),
        ({"start": "2026-11-22T08:00:01Z"}, "start"),  # none
        ({"at_once": 0}, "at_once"),
        ({"schedule": "nonsense"}, "schedule"),
        ({"scope": "some"}, "scope"),
    ],
)
def test_a_backfill_is_refused_field_by_field(house: Installation, change: dict[str, Any], field: str) -> None:
    house.deployed(schedules=[HOURLY])

    assert set(house.fields(HERE, {**MORNING, **change})) == {field}


def test_of_several_schedules_one_is_named(house: Installation) -> None:
    made = house.deployed(schedules=[HOURLY, {"trigger": {"kind": "cron", "expression": "30 * * * *"}}])

    assert set(house.fields(HERE, MORNING)) == {"schedule"}
    found = house.post(f"{HERE}/preview", {**MORNING, "schedule": made["schedules"][1]["id"]})
    assert found["due"][0] == "2026-11-22T06:30:00Z"


def test_delivery_counts_no_backfill_as_promised(house: Installation) -> None:
    house.deployed(schedules=[HOURLY])
    house.post(HERE, MORNING)

    found = house.get(f"{V1}/metrics/delivery", start="2026-11-22T00:00:00Z", end="2026-11-22T12:00:00Z")

    assert found["promised"] == 0
