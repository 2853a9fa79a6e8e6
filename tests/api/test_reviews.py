"""A promotion before it is made: what would be otherwise, what stands against it, and the evidence."""

from __future__ import annotations

from typing import Any

from tests.support.api import COMPONENT, CONFIGURATION, EVERY_10_S, SECRETIVE, V1, Installation
from tests.support.people import somebody

from clockhouse.model.actor import Role

REVIEW = f"{COMPONENT}/promotions/preview"
PROMOTIONS = f"{COMPONENT}/promotions"
GIVEN = {"region": "north", "api_key": "key-plain-secret-text"}
AT_EIGHT = {"trigger": {"kind": "cron", "expression": "0 8 * * *", "zone": "Europe/Berlin"}}


def keys(review: Any, *parts: str) -> dict[str, Any]:
    return {key["name"]: tuple(key[part] for part in parts) for key in review["keys"]}


def deployments(house: Installation) -> int:
    return len(house.get(f"{COMPONENT}/deployments"))


def test_a_first_promotion_shows_the_whole_source_and_the_evidence(house: Installation) -> None:
    house.deployed()
    house.pass_time(10)
    [execution] = house.finish(took_s=2)

    found = house.post(REVIEW, {})

    assert (found["source"], found["target"], found["present"], found["before"]) == (
        "development",
        "production",
        None,
        None,
    )
    assert found["after"]["words"] == ["Every 10 seconds"]
    assert found["after"]["calendar"]["days"][1]["count"] == 8640
    assert found["code"]["direction"] == "forward"
    assert "main.py" in [file["path"] for file in found["code"]["files"]]
    assert found["evidence"]["counts"] == {"succeeded": 1}
    assert [each["id"] for each in found["evidence"]["last"]] == [execution]
    assert keys(found, "origin", "after", "is_changed")["url"] == ("source", CONFIGURATION["url"], None)
    assert (found["problems"], found["needs_approval"]) == ({}, False)
    assert deployments(house) == 1


def test_a_permission_that_stands_against_it_is_told(house: Installation) -> None:
    house.deployed()
    tokens = [somebody(house, role, project="shop", name=str(role)) for role in (Role.VIEWER, Role.OPERATOR)]

    def told() -> list[str | None]:
        headers = [{"Authorization": f"Bearer {each}"} for each in tokens]
        return [house.client.post(REVIEW, json={}, headers=each).json()["forbidden"] for each in headers]

    viewer, operator = told()
    assert "You may not deploy" in (viewer or "")
    assert "in Production" in (operator or "")
    assert house.post(REVIEW, {})["forbidden"] is None
    house.put(f"{V1}/environments/production/approval", {"role": "admin"})
    viewer, operator = told()
    assert "You may not deploy" in (viewer or "")
    assert operator is None  # they may ask


def test_what_is_otherwise_is_told_part_by_part(house: Installation) -> None:
    house.deployed(time_out_s=60)
    house.post(PROMOTIONS, {})
    house.save({"more.py": "x = 1\n", "notes.txt": "new\n"}, "Take notes")
    house.build()
    house.deploy(time_out_s=30)

    found = house.post(REVIEW, {"schedules": [AT_EIGHT], "configuration": {"url": "https://live.example.com/healthz"}})

    assert (found["present"]["build"], found["release"]["build"]) == (1, 2)
    code = found["code"]
    assert (code["direction"], [commit["message"] for commit in code["commits"]]) == ("forward", ["Take notes"])
    assert [(file["path"], file["kind"], file["removed"]) for file in code["files"]] == [
        ("more.py", "added", 0),
        ("notes.txt", "added", 0),
    ]
    assert (code["files"][1]["before"], code["files"][1]["after"], code["files"][1]["added"]) == (None, "new\n", 1)
    assert found["before"]["words"] == ["Every 10 seconds"]
    assert found["after"]["words"] == ["At 08:00 (Europe/Berlin)"]
    assert found["before"]["calendar"]["zone"] == found["after"]["calendar"]["zone"] == "Europe/Berlin"
    assert found["before"]["calendar"]["total"] > found["after"]["calendar"]["total"] == 89
    changes = {change["name"]: (change["before"], change["after"]) for change in found["changes"]}
    assert changes["time_out"] == ("1 min", "30 s")
    assert changes["build"] == ("1", "2")


def test_the_days_of_an_interval_are_those_of_who_looks(house: Installation) -> None:
    house.deployed()
    colombo = house.post(REVIEW, {"zone": "Asia/Colombo", "with_code": False})["after"]["calendar"]

    assert (colombo["zone"], colombo["days"][0]["count"]) == ("Asia/Colombo", 6 * 390 - 1)  # from 17:30 on
    assert house.post(REVIEW, {"with_code": False})["after"]["calendar"]["zone"] == "UTC"
    eight = house.post(REVIEW, {"zone": "Asia/Colombo", "schedules": [AT_EIGHT], "with_code": False})
    assert eight["after"]["calendar"]["zone"] == "Europe/Berlin"
    assert "zone" in house.refused(422, "POST", REVIEW, {"zone": "Moon/Base"})["fields"]


def test_a_release_that_goes_back_says_so(house: Installation) -> None:
    house.deployed()
    house.save({"notes.txt": "new\n"}, "Take notes")
    house.build()
    house.deploy("production")

    code = house.post(REVIEW, {})["code"]

    assert (code["direction"], [commit["message"] for commit in code["commits"]]) == ("back", ["Take notes"])
    assert [(file["path"], file["kind"]) for file in code["files"]] == [("notes.txt", "removed")]


def test_missing_keys_are_named_and_nothing_is_refused_before_it_is_asked(house: Installation) -> None:
    house.create(source=SECRETIVE)
    house.build()
    house.deploy(configuration=GIVEN)

    found = house.post(REVIEW, {"configuration": {"region": "NORTH", "api_key": ""}})

    problems = keys(found, "problem")
    assert problems["api_key"][0] == found["problems"]["configuration.api_key"] == "This has no default: give a value."
    assert problems["region"][0] is not None
    assert (
        house.fields(PROMOTIONS, {"configuration": {"region": "NORTH", "api_key": ""}}).keys()
        == found["problems"].keys()
    )


def test_a_value_that_is_given_as_it_is_set_is_told_by_where_it_is_set(house: Installation) -> None:
    house.deployed()
    house.post(PROMOTIONS, {})
    configuration = {"url": CONFIGURATION["url"], "expected_status": 204, "timeout_seconds": 5.0, "bearer_token": None}

    found = keys(house.post(REVIEW, {"configuration": configuration, "with_code": False}), "origin", "is_changed")

    assert found == {
        "url": ("target", False),
        "expected_status": ("given", True),
        "timeout_seconds": ("default", False),
        "bearer_token": ("nothing", False),
    }


def test_a_secret_is_never_told_only_whether_it_changes(house: Installation) -> None:
    house.create(source=SECRETIVE)
    house.build()
    house.deploy(configuration=GIVEN)
    house.post(PROMOTIONS, {})

    same = house.post(REVIEW, {"with_code": False})
    other = house.post(REVIEW, {"configuration": {"api_key": "key-another-secret-text"}})

    assert keys(same, "is_secret", "is_changed", "before", "after")["api_key"] == (True, False, None, None)
    assert keys(other, "origin", "is_changed", "after")["api_key"] == ("given", True, None)
    assert "secret-text" not in str(same) + str(other)
    assert same["code"] is None


def test_what_would_be_refused_is_told_by_its_field(house: Installation) -> None:
    house.deployed()
    past = {"trigger": {"kind": "once", "at": "2020-01-01T00:00:00Z"}}

    found = house.post(REVIEW, {"schedules": [past], "at_once": 0})

    assert set(found["problems"]) == {"schedules.0.trigger", "at_once"}


def test_there_must_be_something_to_promote(house: Installation) -> None:
    house.create()
    house.refused(409, "POST", REVIEW, {})
    house.refused(404, "POST", REVIEW, {"target": "nowhere"})
    house.refused(422, "POST", REVIEW, {"target": "development"})


def test_a_schedule_is_reviewed_as_it_was_asked_for(house: Installation) -> None:
    house.deployed(schedules=[EVERY_10_S])

    found = house.post(REVIEW, {"schedules": [], "with_code": False})

    assert (found["after"]["words"], found["after"]["calendar"]["total"]) == ([], 0)
