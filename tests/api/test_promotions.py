"""Promotion: the very release of one environment in the next."""

from typing import Any

import pytest
from tests.support.api import COMPONENT, CONFIGURATION, EVERY_10_S, SECRETIVE, V1, Installation

from clockhouse.store.tables.schedules import schedules as schedules_table

PROMOTIONS = f"{COMPONENT}/promotions"
LIMITS = {"time_out_s": 30, "retry": {"attempts": 2, "delay_s": 5, "backoff": "fixed", "max_delay_s": None}}


def test_a_promotion_takes_over_what_is_not_given(house: Installation) -> None:
    source = house.deployed(**LIMITS)
    house.pass_time(3)

    made = house.post(PROMOTIONS, {})

    assert made["environment"] == "production"
    for part in ("release", "configuration", "time_out_s", "retry"):
        assert made[part] == source[part]
    assert made["schedules"][0]["trigger"] == source["schedules"][0]["trigger"]
    assert made["schedules"][0]["next_due_at"] == "2026-11-22T12:00:10Z"


def test_secrets_of_what_is_approved_go_only_to_what_is_approved(house: Installation) -> None:
    """Else whoever operates in both deploys code of their own beside them, that nobody has looked at."""
    house.create(source=SECRETIVE)
    house.build()
    configuration = {"region": "eu", "api_key": "key-of-production"}
    house.deploy("production", configuration=configuration)
    back = {"source": "production", "target": "development"}
    house.put(f"{V1}/environments/production/approval", {"role": "operator"})

    told = house.fields(f"{COMPONENT}/promotions", back)
    previewed = house.post(f"{COMPONENT}/promotions/preview", back)["problems"]

    assert told == previewed
    assert "has to be approved" in told["configuration.api_key"]
    assert house.post(f"{COMPONENT}/promotions", {**back, "configuration": {"api_key": "key-of-mine"}})
    house.post(f"{V1}/environments", {"name": "Staging"})
    house.put(f"{V1}/environments/staging/approval", {"role": "operator"})
    assert house.post(f"{COMPONENT}/requests", {"promotion": {**back, "target": "staging"}})["number"] == 1


def test_the_same_release_is_promoted_though_there_are_newer_builds(house: Installation) -> None:
    source = house.deployed()
    house.save({"main.py": "print('newer')\n"})
    house.build()

    assert house.post(PROMOTIONS, {})["release"] == source["release"]


def test_configuration_is_laid_over_the_sources(house: Installation) -> None:
    house.deployed(configuration={**CONFIGURATION, "expected_status": 204})

    made = house.post(PROMOTIONS, {"configuration": {"url": "https://live.example.com/healthz"}})

    assert made["configuration"]["url"]["value"] == "https://live.example.com/healthz"
    assert made["configuration"]["expected_status"]["value"] == 204
    development = house.get(f"{COMPONENT}/environments")[0]["deployment"]
    assert development["configuration"]["url"]["value"] == CONFIGURATION["url"]


@pytest.mark.parametrize(
    ("schedules", "words"),
    [([{"trigger": {"kind": "cron", "expression": "* * * * *"}}], ["Every minute"]), ([], [])],
)
def test_schedules_are_replaced_as_a_whole(house: Installation, schedules: list[Any], words: list[str]) -> None:
    house.deployed()

    made = house.post(PROMOTIONS, {"schedules": schedules})

    assert [each["words"] for each in made["schedules"]] == words


@pytest.mark.parametrize(("given", "time_out_s"), [({}, 30), ({"time_out_s": None}, None), ({"time_out_s": 5}, 5)])
def test_a_time_out_of_null_means_none_and_no_time_out_means_the_sources(
    house: Installation, given: dict[str, Any], time_out_s: float | None
) -> None:
    house.deployed(**LIMITS)

    assert house.post(PROMOTIONS, given)["time_out_s"] == time_out_s


def test_retries_are_replaced_as_a_whole(house: Installation) -> None:
    house.deployed(**LIMITS)

    made = house.post(PROMOTIONS, {"retry": {"attempts": 5}})

    assert made["retry"] == {"attempts": 5, "delay_s": 1, "backoff": "fixed", "max_delay_s": None}


def test_a_release_may_go_back(house: Installation) -> None:
    house.deployed()
    house.post(PROMOTIONS, {})

    made = house.post(PROMOTIONS, {"source": "production", "target": "development"})

    assert (made["environment"], made["number"]) == ("development", 2)


def test_a_schedule_whose_time_has_passed_is_taken_over_without_a_due_time(house: Installation) -> None:
    house.deployed(schedules=[{"trigger": {"kind": "once", "at": "2026-11-22T12:00:30Z"}}])
    house.pass_time(60)

    made = house.post(PROMOTIONS, {})

    assert made["schedules"][0]["next_due_at"] is None


def test_no_schedule_is_left_behind_because_it_cannot_be_read(house: Installation) -> None:
    house.deployed()
    with house.database.begin() as tx:
        tx.execute(schedules_table.update().values(trigger={"kind": "sundial"}))

    assert set(house.fields(PROMOTIONS, {})) == {"schedules"}
    made = house.post(PROMOTIONS, {"schedules": [EVERY_10_S]})

    assert [each["words"] for each in made["schedules"]] == ["Every 10 seconds"]


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"target": "development"}, {"target"}),
        ({"target": "nope"}, {"target"}),
        ({"source": "nope"}, {"source"}),
        ({"configuration": {"url": "ftp://x"}}, {"configuration.url"}),
        ({"schedules": [{"trigger": {"kind": "interval", "every_s": 0}}]}, {"schedules.0.trigger.every_s"}),
        ({"schedules": [{"trigger": {"kind": "once", "at": "2026-11-22T11:00:00Z"}}]}, {"schedules.0.trigger.at"}),
        ({"time_out_s": 0}, {"time_out_s"}),
        ({"retry": {"attempts": 0}}, {"retry.attempts"}),
    ],
)
def test_a_promotion_is_refused_field_by_field(house: Installation, body: Any, fields: set[str]) -> None:
    house.deployed()

    assert set(house.fields(PROMOTIONS, body)) == fields
    assert house.get(f"{COMPONENT}/deployments", environment="production") == []


def test_what_is_not_deployed_cannot_be_promoted(house: Installation) -> None:
    house.create()

    house.refused(409, "POST", PROMOTIONS, {})
    house.refused(404, "POST", f"{V1}/projects/shop/components/nope/promotions", {})
