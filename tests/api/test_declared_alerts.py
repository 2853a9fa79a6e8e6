"""Alerts that a clockhouse.yaml says: they count where the file does, and are told apart from those of people."""

from __future__ import annotations

from typing import Any

import pytest
from tests.api.test_connections import JOB, engine, succeed, team, track
from tests.support.api import COMPONENT, CONFIGURATION, V1, Installation
from tests.support.git import Repository

from clockhouse.control import declarations
from clockhouse.errors import Forbidden
from clockhouse.model.actor import Actor, Grant, Role

__all__ = ["team"]

DECLARATION, ALERTS = f"{COMPONENT}/declaration", f"{V1}/projects/shop/alerts"
CHANNELS = f"{V1}/projects/shop/channels"
CARDS = f"{COMPONENT}/environments"
THREE = {"when": "3 failures in a row", "tell": ["ops"]}
LATE = {"when": "no success for 1d", "tell": ["desk", "ops"], "tell_when_over": False}
BY_HAND = {"when": "a failure", "channels": ["ops"], "component": "health-check", "environment": "production"}


@pytest.fixture
def house(house: Installation) -> Installation:
    """With a component and the channels desk and ops."""
    house.create()
    for name in ("desk", "ops"):
        house.post(CHANNELS, {"name": name, "address": f"https://example.com/{name}"})
    return house


def file(*alerts: dict[str, Any], environment: str = "production") -> str:
    return f"environments: {{{environment}: {{alerts: {list(alerts)!r}}}}}".replace("False", "false")


def apply(house: Installation, text: str) -> Any:
    return house.post(DECLARATION, {"text": text})["changes"]


def told(house: Installation) -> list[tuple[str, str, list[str], bool]]:
    """Each alert: its condition, where, whom it tells, and whether a file says it."""
    return sorted(
        (each["when"], each["environment"], each["channels"], each["is_declared"]) for each in house.get(ALERTS)
    )


def test_what_is_applied_counts_at_once_and_what_is_applied_then_takes_its_place(house: Installation) -> None:
    house.post(ALERTS, BY_HAND)

    first = apply(house, file(THREE, LATE))

    assert first == [{"place": "environments.production.alerts", "before": None, "after": [THREE, LATE], "waits": None}]
    by_hand = ("a failure", "production", ["ops"], False)
    late = ("no success for 1d", "production", ["desk", "ops"], True)
    assert told(house) == [("3 failures in a row", "production", ["ops"], True), by_hand, late]
    assert house.post(f"{DECLARATION}/diff", {"text": file(LATE, THREE)})["changes"] == []
    assert apply(house, file(THREE, LATE)) == []
    assert house.get(DECLARATION)["in_force"]["environments"]["production"]["alerts"][0] == (
        "Tell ops about health-check in production: 3 failures in a row."
    )

    second = apply(house, file({**THREE, "tell": ["desk"]}))

    assert [(each["before"], each["after"]) for each in second] == [([THREE, LATE], [{**THREE, "tell": ["desk"]}])]
    assert told(house) == [("3 failures in a row", "production", ["desk"], True), by_hand]
    assert apply(house, file()) != []
    assert told(house) == [by_hand]


def test_an_alert_that_goes_on_keeps_its_number_and_stays_switched_off(house: Installation) -> None:
    apply(house, file(THREE))
    house.post(f"{ALERTS}/1/switch", {"is_on": False})

    apply(house, file(LATE, {**THREE, "tell": ["desk"]}))

    kept = house.get(f"{ALERTS}/1")
    assert (kept["when"], kept["channels"], kept["is_on"]) == ("3 failures in a row", ["desk"], False)


def test_what_a_file_says_is_changed_there(house: Installation) -> None:
    apply(house, file(THREE))

    for method, body in (("PUT", BY_HAND), ("DELETE", None)):
        refused = house.refused(409, method, f"{ALERTS}/1", body)
        assert "said by the component's clockhouse.yaml" in refused["message"]
        assert "apply it again: clockhouse apply, or switch" in refused["message"]


def test_an_alert_said_twice_is_refused_in_whatever_order_its_channels_are(house: Installation) -> None:
    twice = file(LATE, {**LATE, "tell": ["ops", "desk"]})

    refused = house.refused(422, "POST", DECLARATION, {"text": twice})

    assert refused["fields"] == {"environments.production.alerts.1": "Line 1: This is said above already."}


def test_what_is_forgotten_or_left_out_is_peoples(house: Installation) -> None:
    for release in (lambda: house.delete(DECLARATION), lambda: apply(house, "environments: {production: {}}")):
        apply(house, file(THREE))
        release()
        assert told(house) == [("3 failures in a row", "production", ["ops"], False)]
    house.delete(f"{ALERTS}/1")


def test_what_is_exported_changes_nothing_when_it_is_applied_and_is_the_files_then(house: Installation) -> None:
    house.post(ALERTS, BY_HAND)
    house.post(ALERTS, {**BY_HAND, "environment": "development", "tells_end": False})
    exported = house.get(DECLARATION)["text"]
    assert "tell_when_over: false" in exported

    assert apply(house, exported) == []
    assert [each[-1] for each in told(house)] == [True, True]
    assert house.get(DECLARATION)["text"] == exported


def test_a_channel_that_there_is_not_is_told_with_its_line(house: Installation) -> None:
    text = "environments:\n  production:\n    alerts:\n      - when: a failure\n        tell: [nobody]\n"

    for path in (DECLARATION, f"{DECLARATION}/diff"):
        error = house.refused(422, "POST", path, {"text": text})
        assert (
            "Line 5: The project has no channel “nobody”. Add it (clockhouse channel add shop nobody)"
            in error["message"]
        )
        assert set(error["fields"]) == {"environments.production.alerts.0.tell"}
    assert told(house) == []


def test_a_channel_that_a_file_names_keeps_its_name_and_stays(house: Installation) -> None:
    apply(house, file(THREE))

    renamed = house.refused(409, "PATCH", f"{CHANNELS}/ops", {"name": "on-call"})
    removed = house.refused(409, "DELETE", f"{CHANNELS}/ops")

    assert "The clockhouse.yaml of health-check has “ops” told" in renamed["message"]
    assert "1 (Tell ops about health-check in production: 3 failures in a row)" in removed["message"]
    house.patch(f"{CHANNELS}/desk", {"name": "on-call"})
    house.delete(f"{CHANNELS}/on-call")


@pytest.mark.slow
def test_a_file_of_the_source_counts_where_its_release_is_deployed(house: Installation) -> None:
    both = f"environments: {{development: {{alerts: [{THREE!r}]}}, production: {{alerts: [{THREE!r}]}}}}"
    house.save({"clockhouse.yaml": both})
    house.build()
    assert told(house) == []

    house.post(f"{COMPONENT}/deployments", {"environment": "development", "configuration": CONFIGURATION})
    assert told(house) == [("3 failures in a row", "development", ["ops"], True)]
    house.post(f"{COMPONENT}/promotions", {"source": "development", "target": "production"})
    assert [each[1] for each in told(house)] == ["development", "production"]

    house.save({"clockhouse.yaml": file(LATE, environment="development").replace("false", "true")})
    house.build()
    house.post(f"{COMPONENT}/deployments", {"environment": "development", "configuration": CONFIGURATION})
    assert [each[:2] for each in told(house)] == [
        ("3 failures in a row", "production"),
        ("no success for 1d", "development"),
    ]
    house.post(f"{CARDS}/development/rollback", {})
    assert {each[:2] for each in told(house)} == {
        ("3 failures in a row", "production"),
        ("3 failures in a row", "development"),
    }

    house.save({"clockhouse.yaml": file({**THREE, "tell": "nobody"}, environment="development")})
    house.build()
    wish = {"environment": "development", "configuration": CONFIGURATION}
    error = house.refused(422, "POST", f"{COMPONENT}/deployments", wish)
    assert "has no channel “nobody”" in str(error["fields"])


@pytest.mark.slow
def test_what_is_deployed_by_itself_brings_its_alerts_or_is_not_deployed(house: Installation, team: Repository) -> None:
    wish = {"name": "Report", "url": str(team.folder), "directory": "jobs/report"}
    house.post(f"{V1}/projects/shop/connections", {**wish, "auto_build": False, "auto_deploy": True})
    for number, channel in enumerate(("ops", "desk", "nobody"), start=1):
        house.post(f"{JOB}/builds", {"again": number > 1})
        says = file({"when": "a failure", "tell": [channel]}, environment="development")
        succeed(house, number, says=says)
        if number == 1:
            house.post(f"{JOB}/deployments", {"environment": "development", "schedules": []})
        engine(house, "deploy")

    assert house.get(f"{JOB}/deployments")[0]["release"]["build"] == 2
    assert told(house) == [("a failure", "development", ["desk"], True)]
    assert "Build 3 is not deployed by itself" in track(house)["note"]
    assert "no channel “nobody”" in track(house)["note"]


def test_alerts_alone_are_no_reason_to_deploy_anew(house: Installation) -> None:
    house.build()
    house.deploy(configuration=CONFIGURATION)

    [change] = apply(house, file(THREE, environment="development"))

    assert change["waits"] is None
    card = next(each for each in house.get(CARDS) if each["environment"]["slug"] == "development")
    assert card["deployment"]["number"] == 1


def test_who_may_not_operate_in_an_environment_says_nothing_there(house: Installation) -> None:
    operator = Actor("otto", "Otto", (Grant(Role.OPERATOR, project="shop"),))

    with pytest.raises(Forbidden):
        declarations.apply(house.parts, operator, "shop", "health-check", file(THREE))

    assert told(house) == []
    assert declarations.apply(house.parts, operator, "shop", "health-check", file(THREE, environment="development"))
