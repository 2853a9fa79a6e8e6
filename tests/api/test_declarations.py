"""A clockhouse.yaml: what it says wins, whether it comes with the source or is applied."""

from __future__ import annotations

from typing import Any

import pytest
from tests.support.api import COMPONENT, CONFIGURATION, EVERY_10_S, SECRETIVE, V1, Installation
from tests.support.people import somebody

from clockhouse.control import declarations
from clockhouse.errors import Forbidden
from clockhouse.model.actor import Actor, Grant, Role
from clockhouse.store import audit

DECLARATION = f"{COMPONENT}/declaration"
CARDS = f"{COMPONENT}/environments"
EVERY_10_M = "environments: {development: {schedules: [{every: 10m}]}}"
WHOLE = """\
build: {python: "3.12"}
environments:
  development:
    schedules:
      - {cron: 0 8 * * *, zone: Asia/Colombo}
    time_out: 5m
    configuration: {timeout_seconds: 7.5}
"""


def active(house: Installation, environment: str = "development") -> Any:
    return next(card["deployment"] for card in house.get(CARDS) if card["environment"]["slug"] == environment)


def test_what_is_applied_changes_what_is_deployed_and_counts_from_then_on(house: Installation) -> None:
    house.deployed()

    changes = house.post(DECLARATION, {"text": WHOLE})["changes"]

    assert [(each["place"], each["before"], each["after"]) for each in changes] == [
        ("build.python", None, "3.12"),
        (
            "environments.development.schedules",
            [{"every": "10s", "start": "2026-11-22T12:00:10Z"}],
            [{"cron": "0 8 * * *", "zone": "Asia/Colombo"}],
        ),
        ("environments.development.time_out", None, "5m"),
        ("environments.development.configuration.timeout_seconds", 5.0, 7.5),
    ]
    made = active(house)
    assert (made["number"], made["release"]["build"], made["time_out_s"]) == (2, 1, 300)
    assert [each["trigger"]["expression"] for each in made["schedules"]] == ["0 8 * * *"]
    assert made["configuration"]["timeout_seconds"]["value"] == 7.5
    assert made["configuration"]["url"]["value"] == CONFIGURATION["url"]
    assert house.get(f"{COMPONENT}/build-settings")["python"] == "3.12"
    assert house.post(f"{DECLARATION}/diff", {"text": WHOLE})["changes"] == []
    assert house.post(DECLARATION, {"text": WHOLE})["changes"] == []
    assert active(house)["number"] == 2


def test_a_pause_stays_and_nothing_is_due_at_once(house: Installation) -> None:
    house.deployed()
    house.post(f"{CARDS}/development/pause", {"note": "Back soon"})

    house.post(DECLARATION, {"text": EVERY_10_M})

    made = active(house)
    assert made["pause"]["note"] == "Back soon"
    assert made["schedules"][0]["trigger"]["start"] == "2026-11-22T12:10:00Z"


def test_what_the_file_says_is_not_said_otherwise(house: Installation) -> None:
    house.deployed()
    house.post(DECLARATION, {"text": WHOLE})
    wish = {"environment": "development", "configuration": CONFIGURATION}

    refused = house.fields(f"{COMPONENT}/deployments", {**wish, "schedules": [EVERY_10_S]})
    assert "said by the clockhouse.yaml that admin applied" in refused["schedules"]
    given = {**wish, "configuration": {**CONFIGURATION, "timeout_seconds": "9"}}
    assert "says 7.5" in house.fields(f"{COMPONENT}/deployments", given)["configuration.timeout_seconds"]
    refused = house.fields(f"{CARDS}/development/reschedule", {"schedules": [EVERY_10_S]})
    assert "Change the file" in refused["schedules"]

    made = house.post(f"{COMPONENT}/deployments", wish)
    assert [each["trigger"]["kind"] for each in made["schedules"]] == ["cron"]
    assert (made["time_out_s"], made["configuration"]["timeout_seconds"]["value"]) == (300, 7.5)


def test_a_value_that_the_file_says_is_neither_set_nor_redeployed_otherwise(house: Installation) -> None:
    house.deployed()
    value = f"{COMPONENT}/configuration/timeout_seconds"
    assert house.client.put(value, json={"value": 9}, params={"environment": "development"}).is_success
    house.post(DECLARATION, {"text": WHOLE})
    rows = {row["name"]: row for row in house.get(f"{COMPONENT}/configuration")["rows"]}
    development, production = rows["timeout_seconds"]["cells"]
    assert (development["state"], development["own"]["value"]) == ("said", 7.5)
    assert (development["said"]["value"], development["said"]["by"]) == (7.5, "the clockhouse.yaml that admin applied")
    assert (production["state"], production["said"]) == ("default", None)

    error = house.client.put(value, json={"value": 9}, params={"environment": "development"}).json()["error"]
    assert "says 7.5" in error["fields"]["value"]
    assert house.client.put(value, json={"value": 7.5}, params={"environment": "development"}).is_success
    house.client.delete(value, params={"environment": "development"}).raise_for_status()
    made = house.post(f"{CARDS}/development/redeploy")
    assert made["configuration"]["timeout_seconds"]["value"] == 7.5


def test_a_file_in_the_source_counts_for_its_build_and_is_changed_there(house: Installation) -> None:
    house.create()
    house.save({"clockhouse.yaml": EVERY_10_M})
    house.build()

    made = house.post(f"{COMPONENT}/deployments", {"environment": "development", "configuration": CONFIGURATION})

    assert [each["words"] for each in made["schedules"]] == ["Every 10 minutes"]
    assert house.get(DECLARATION)["in_force"]["words"] == "clockhouse.yaml of build 1"
    error = house.refused(409, "POST", DECLARATION, {"text": WHOLE})
    assert "change it there, and build it" in error["message"]
    refused = house.fields(f"{CARDS}/development/reschedule", {"schedules": [EVERY_10_S]})
    assert "clockhouse.yaml of build 1" in refused["schedules"]


def test_each_environment_is_promoted_to_with_what_its_release_says_of_it(house: Installation) -> None:
    house.create()
    house.save({"clockhouse.yaml": f"{EVERY_10_M[:-1]}, production: {{schedules: [{{every: 1h}}], at_once: 2}}}}"})
    house.build()
    house.post(f"{COMPONENT}/deployments", {"environment": "development", "configuration": CONFIGURATION})

    made = house.post(f"{COMPONENT}/promotions", {"source": "development", "target": "production"})

    assert ([each["words"] for each in made["schedules"]], made["at_once"]) == (["Every hour"], 2)


def test_where_nothing_is_deployed_it_counts_from_the_first_deployment_on(house: Installation) -> None:
    house.create()
    house.build()

    [change] = house.post(DECLARATION, {"text": EVERY_10_M})["changes"]

    assert "counts from the first deployment on" in change["waits"]
    made = house.post(f"{COMPONENT}/deployments", {"environment": "development", "configuration": CONFIGURATION})
    assert [each["words"] for each in made["schedules"]] == ["Every 10 minutes"]


def test_where_it_has_to_be_approved_applying_asks_for_it(house: Installation) -> None:
    house.deployed()
    house.put(f"{V1}/environments/development/approval", {"role": "admin"})

    [told] = house.post(f"{DECLARATION}/diff", {"text": EVERY_10_M})["changes"]
    [change] = house.post(DECLARATION, {"text": EVERY_10_M})["changes"]
    [again] = house.post(DECLARATION, {"text": EVERY_10_M})["changes"]

    assert told["waits"] == "What is deployed to Development has to be approved: applying the file asks for that."
    assert change["waits"] == "Request 1 asks for it: it counts in Development once that is approved."
    assert "from the next deployment on" in again["waits"]
    assert [each["words"] for each in active(house)["schedules"]] == ["Every 10 seconds"]
    [request] = house.get(f"{COMPONENT}/requests")
    assert (request["status"], request["schedules"]) == ("open", ["Every 10 minutes"])
    bea = {"Authorization": f"Bearer {somebody(house, Role.ADMIN, name='Bea')}"}
    house.client.post(f"{COMPONENT}/requests/1/approve", json={}, headers=bea).raise_for_status()
    assert [each["words"] for each in active(house)["schedules"]] == ["Every 10 minutes"]
    assert house.post(DECLARATION, {"text": EVERY_10_M})["changes"] == []


def test_a_secret_is_not_told_by_a_file(house: Installation) -> None:
    house.create(source=SECRETIVE)
    house.build()
    house.deploy(configuration={"region": "eu", "api_key": "key-1"})
    text = "environments: {development: {configuration: {api_key: key-2}}}"

    fields = house.refused(422, "POST", DECLARATION, {"text": text})["fields"]

    assert "must not tell it" in dict(fields)["configuration.api_key"]  # type: ignore[call-overload]
    assert "key-2" not in str(fields)
    assert house.get(DECLARATION)["in_force"] is None  # all of it or nothing
    exported = house.get(DECLARATION)["text"]
    assert "# Secrets are not told here: api_key" in exported
    assert "key-1" not in exported


def test_what_is_exported_changes_nothing_when_it_is_applied(house: Installation) -> None:
    monthly = {"trigger": {"kind": "cron", "expression": "H 8 1 * *", "zone": "Europe/Berlin"}, "overlap": "allow"}
    late = {**EVERY_10_S, "catch_up": {"mode": "last", "within_s": 90, "after_pause": True}, "max_count": 5}
    house.deployed(schedules=[monthly, late], time_out_s=30.5, retry={"attempts": 3, "delay_s": 5}, at_once=3)
    house.post(f"{COMPONENT}/promotions", {"source": "development", "target": "production"})

    exported = house.get(DECLARATION)["text"]

    assert house.post(f"{DECLARATION}/diff", {"text": exported})["changes"] == []
    assert house.post(DECLARATION, {"text": exported})["changes"] == []


def test_what_was_applied_can_be_forgotten(house: Installation) -> None:
    house.deployed()
    house.post(DECLARATION, {"text": EVERY_10_M})

    house.delete(DECLARATION)

    assert house.get(DECLARATION)["in_force"] is None
    assert active(house)["schedules"][0]["words"] == "Every 10 minutes"
    house.post(f"{CARDS}/development/reschedule", {"schedules": [EVERY_10_S]})
    assert "No clockhouse.yaml was applied" in house.refused(409, "DELETE", DECLARATION)["message"]


@pytest.mark.parametrize(
    ("text", "field", "words"),
    [
        ("environments: {staging: {schedules: []}}", "environments.staging", "there are development, production"),
        (
            "environments: {development: {schedules: [{cron: x}]}}",
            "environments.development.schedules.0.cron",
            "Line 1: ",
        ),
        ("environments: {development: {configuration: {colour: red}}}", "configuration.colour", "no such setting"),
    ],
)
def test_a_file_that_cannot_be_meant_changes_nothing(house: Installation, text: str, field: str, words: str) -> None:
    house.deployed()

    assert words in house.fields(DECLARATION, {"text": text})[field]

    assert active(house)["number"] == 1
    assert house.get(DECLARATION)["in_force"] is None


def test_who_may_not_deploy_to_an_environment_changes_nothing_there(house: Installation) -> None:
    house.deployed()
    developer = Actor("dora", "Dora", (Grant(Role.DEVELOPER, project="shop"),))

    with pytest.raises(Forbidden):
        declarations.apply(house.parts, developer, "shop", "health-check", EVERY_10_M)

    assert active(house)["number"] == 1
    assert declarations.diff(house.parts, developer, "shop", "health-check", EVERY_10_M) != []


def test_it_is_in_the_audit_trail(house: Installation) -> None:
    house.deployed()
    house.post(DECLARATION, {"text": EVERY_10_M})

    with house.database.read() as tx:
        assert audit.has_happened(tx, "declaration.applied", "shop/health-check")
        assert audit.has_happened(tx, "deployment.declared", "shop/health-check")


def test_it_is_asked_for_as_any_operation_is(house: Installation) -> None:
    assert house.refused(404, "GET", f"{V1}/projects/shop/components/none/declaration")["code"] == "not_found"
