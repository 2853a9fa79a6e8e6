"""Measurements: outcomes over time, and what was promised against what was delivered."""

from typing import Any

import pytest
from tests.support.api import COMPONENT, V1, Installation

from clockhouse.model.execution import Outcome, Reason, State

OUTCOMES, DELIVERY, PROMISES = f"{V1}/metrics/outcomes", f"{V1}/metrics/delivery", f"{V1}/metrics/promises"
FAILED = Outcome(State.FAILED, Reason("exit_code", "The task ended with exit code 3."), 3)


@pytest.fixture
def house(house: Installation) -> Installation:
    """Six executions a minute from noon; of the twelve, one fails, one is skipped and one started by hand."""
    house.deployed()
    for number in range(1, 13):
        if number == 12:
            house.post(f"{COMPONENT}/environments/development/pause", {})
        house.pass_time(10)
        house.finish(FAILED if number == 3 else None, took_s=0)
    house.post(f"{COMPONENT}/environments/development/run")
    house.finish(took_s=2)
    return house


def test_outcomes_are_counted_in_buckets_of_a_round_width(house: Installation) -> None:
    window = {"start": "2026-11-22T12:00:00Z", "end": "2026-11-22T12:03:00Z", "buckets": 3}

    found = house.get(OUTCOMES, **window)

    assert (found["start"], found["end"], found["bucket_s"]) == (window["start"], window["end"], 60)
    assert [(bucket["at"][11:16], bucket["counts"]) for bucket in found["buckets"]] == [
        ("12:00", {"succeeded": 4, "failed": 1}),
        ("12:01", {"succeeded": 6}),
        ("12:02", {"skipped": 1, "succeeded": 1}),
    ]
    assert found["buckets"][2]["duration_p50_s"] == 2
    assert found["buckets"][0]["duration_p95_s"] == 0


def test_outcomes_are_of_the_last_day_unless_told_otherwise(house: Installation) -> None:
    found = house.get(OUTCOMES)

    assert found["end"] == "2026-11-22T12:02:02Z"
    assert found["start"] <= "2026-11-21T12:02:02Z"
    assert found["bucket_s"] == 1800
    assert len(found["buckets"]) in (48, 49)
    assert sum(sum(bucket["counts"].values()) for bucket in found["buckets"]) == 13


def test_what_was_started_by_hand_was_not_promised(house: Installation) -> None:
    found = house.get(DELIVERY)

    assert (found["promised"], found["delivered"]) == (12, 11)
    assert found["counts"] == {"succeeded": 10, "failed": 1, "skipped": 1}


def test_promises_are_told_by_component_and_environment(house: Installation) -> None:
    house.deploy(environment="production")
    house.pass_time(25)

    found = house.get(PROMISES, project="shop")

    assert [(place["component"], place["environment"]) for place in found["places"]] == [
        ("health-check", "development"),
        ("health-check", "production"),
    ]
    here, there = found["places"]
    assert (here["promised"], here["delivered"], here["undecided"]) == (14, 11, 0)
    assert here["counts"] == {"succeeded": 10, "failed": 1, "skipped": 3}
    assert (here["late_p50_s"], here["late_p99_s"]) == (0, 0)
    assert (there["promised"], there["delivered"], there["late_p50_s"]) == (2, 0, None)
    assert house.get(PROMISES, environment="production")["places"] == [there]


@pytest.mark.parametrize("path", [OUTCOMES, DELIVERY, PROMISES])
def test_measurements_can_be_narrowed(house: Installation, path: str) -> None:
    whole = {"project": "shop", "component": "health-check", "environment": "production"}

    found: Any = house.get(path, **whole)

    assert found.get("promised", 0) == 0
    assert all(bucket["counts"] == {} for bucket in found.get("buckets", ()))


@pytest.mark.parametrize("path", [OUTCOMES, DELIVERY, PROMISES])
@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"start": "2026-11-22T12:00:00Z", "end": "2026-11-22T12:00:00Z"}, "start"),
        ({"start": "2027-01-01T00:00:00"}, "start"),
        ({"start": "0001-01-01T00:00:00Z"}, "start"),
        ({"end": "0001-01-01T00:00:00Z"}, "end"),
        ({"end": "9999-12-31T23:59:59Z", "start": "2026-01-01T00:00:00Z"}, "start"),
        ({"start": "2026-11-22T12:00:00Z", "end": "tomorrow"}, "end"),
    ],
)
def test_a_window_that_cannot_be_is_refused(house: Installation, path: str, query: dict[str, str], field: str) -> None:
    assert set(house.refused(422, "GET", path, **query)["fields"]) == {field}  # type: ignore[arg-type]


def test_a_window_without_a_zone_means_utc(house: Installation) -> None:
    found = house.get(DELIVERY, start="2026-11-22T12:01:00", end="2026-11-22T12:02:00")

    assert (found["start"], found["promised"]) == ("2026-11-22T12:01:00Z", 6)


@pytest.mark.parametrize("buckets", [0, 501, "many"])
def test_the_number_of_buckets_has_its_bounds(house: Installation, buckets: Any) -> None:
    assert set(house.refused(422, "GET", OUTCOMES, buckets=buckets)["fields"]) == {"buckets"}
