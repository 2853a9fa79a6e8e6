"""Alerts over HTTP: rules, what one would have told, and what came of those there are."""

from __future__ import annotations

from typing import Any

import pytest
from tests.support.alerts import STATES, add_channel, ended, look
from tests.support.api import V1, Installation
from tests.support.ledger import MINUTE, Ledger
from tests.support.people import somebody

from clockhouse.model.actor import Role
from clockhouse.store import builds, components, deployments, environments, projects

HERE = f"{V1}/projects/shop"
ALERTS = f"{HERE}/alerts"
RULE = {"when": "2 failures in a row", "channels": ["ops"]}


@pytest.fixture
def ledger(house: Installation) -> Ledger:
    """What is behind the house, with its component deployed in development and a channel “ops”."""
    house.deployed()
    with house.database.read() as tx:
        component = components.get(tx, "shop", "health-check")
        development, production = environments.every(tx)
        release = builds.release_of(tx, builds.get(tx, component, 1))
        made = Ledger(
            house.database, house.clock, projects.get(tx, "shop"), component, release, development, production
        )
    add_channel(made)
    return made


def end(ledger: Ledger, letters: str) -> list[str]:
    """One a minute from now on, told by the first letters of their states."""
    with ledger.database.read() as tx:
        found = deployments.active(tx, ledger.component, ledger.development)
    assert found is not None
    made = []
    for letter in letters:
        ledger.advance(MINUTE)
        made.append(ended(ledger, found, STATES[letter]))
    look(ledger)
    return made


def test_a_rule_is_added_listed_changed_switched_and_removed(house: Installation, ledger: Ledger) -> None:
    made = house.post(ALERTS, {**RULE, "component": "health-check", "environment": "production"})
    assert (made["number"], made["when"], made["is_on"]) == (1, "2 failures in a row", True)
    assert made["sentence"] == "Tell ops about health-check in production: 2 failures in a row."
    assert made["condition"] == {"kind": "failures", "count": 2, "limit_s": None}

    other = {"when": {"kind": "runs_longer", "limit_s": 90}, "channels": ["ops"], "tells_end": False}
    changed = house.put(f"{ALERTS}/1", other)
    assert (changed["when"], changed["component"], changed["tells_end"]) == ("it runs longer than 90s", None, False)
    assert house.post(f"{ALERTS}/1/switch", {"is_on": False})["is_on"] is False
    assert [each["number"] for each in house.get(ALERTS)] == [1]

    house.delete(f"{ALERTS}/1")
    assert house.get(ALERTS) == []
    house.refused(404, "GET", f"{ALERTS}/1")
    trail = house.get(f"{V1}/audit", action="alert")["items"]
    verbs = ["added", "changed", "removed", "switched-off"]
    assert sorted((each["action"], each["object"]) for each in trail) == [
        (f"alert.{verb}", "shop/alerts/1") for verb in verbs
    ]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"when": "it burns"}, "when"),
        ({"channels": ["desk"]}, "channels"),
        ({"channels": []}, "channels"),
        ({"when": {"kind": "no_success"}}, "limit"),
        ({"when": {"kind": "no_success", "limit_s": 1e300}}, "limit_s"),
        ({"when": {"kind": "no_success", "limit_s": 0}}, "limit"),
    ],
)
def test_what_is_wrong_with_a_rule_is_said_at_its_field(
    house: Installation, ledger: Ledger, wrong: dict[str, Any], field: str
) -> None:
    assert field in house.refused(422, "POST", ALERTS, {**RULE, **wrong})["fields"]


def test_a_rule_of_what_there_is_not_is_refused(house: Installation, ledger: Ledger) -> None:
    house.refused(404, "POST", ALERTS, {**RULE, "component": "nowhere"})
    house.refused(404, "POST", ALERTS, {**RULE, "environment": "nowhere"})


def test_no_more_alerts_look_at_one_end_than_take_little_time(
    house: Installation, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clockhouse.store.alerts._MOST", 2)
    mine = {**RULE, "component": "health-check"}
    for each in (RULE, RULE, mine):
        house.post(ALERTS, each)

    assert "2 alerts for the whole project" in house.refused(409, "POST", ALERTS, RULE)["message"]
    house.refused(409, "PUT", f"{ALERTS}/3", RULE)
    house.put(f"{ALERTS}/2", {**RULE, "when": "a failure"})
    house.post(ALERTS, mine)
    assert "for “Health check”" in house.refused(409, "POST", ALERTS, mine)["message"]


def test_what_came_of_a_rule_is_told_with_its_messages(house: Installation, ledger: Ledger) -> None:
    house.post(ALERTS, RULE)
    first, second, third = end(ledger, "FFS")

    [found] = house.get(f"{HERE}/incidents")

    assert (found["alert"], found["component"], found["environment"]) == (1, "health-check", "development")
    assert (found["opened_by"], found["ended_by"], found["sentence"]) == (second, third, "2 failures in a row")
    assert found["reason"] == "The task ended with exit code 3."
    assert [(each["channel"], each["side"], each["state"]) for each in found["messages"]] == [
        ("ops", "began", "waiting"),
        ("ops", "over", "waiting"),
    ]
    [alert] = house.get(ALERTS)
    assert (alert["open"], alert["last"]["id"]) == (0, found["id"])
    end(ledger, "FF")
    assert house.get(f"{ALERTS}/1")["open"] == 1
    [lasting] = house.get(f"{HERE}/incidents", is_open=True, alert=1, component="health-check")
    assert [each["id"] for each in house.get(f"{HERE}/incidents", before=lasting["id"])] == [found["id"]]
    assert first != lasting["opened_by"]


def test_what_lasts_says_how_many_failed_so_far(house: Installation, ledger: Ledger) -> None:
    house.post(ALERTS, RULE)
    house.post(ALERTS, {"when": "no success for 1m", "channels": ["ops"]})
    end(ledger, "FFS")
    end(ledger, "FFF")

    found = house.get(f"{HERE}/incidents", alert=1)

    assert [each["failures"] for each in found] == [3, None]
    assert house.get(f"{ALERTS}/1")["last"]["failures"] == 3
    assert {each["failures"] for each in house.get(f"{HERE}/incidents", alert=2)} <= {None}


def test_a_rule_is_tried_on_what_there_was_and_tells_nobody(house: Installation, ledger: Ledger) -> None:
    ids = end(ledger, "FSFFFSF")

    tried = house.post(f"{ALERTS}/try", {"when": "2 failures in a row", "environment": "development"})

    assert (tried["count"], tried["ends"], tried["is_whole"]) == (1, 7, True)
    [would] = tried["incidents"]
    assert (would["component"], would["opened_by"], would["ended_by"]) == ("health-check", ids[3], ids[5])
    assert house.post(f"{ALERTS}/try", {"when": "a failure"})["count"] == 3
    assert house.post(f"{ALERTS}/try", {"when": "a failure", "environment": "production"})["count"] == 0
    assert house.get(f"{HERE}/incidents") == []


def test_what_a_rule_would_have_told_is_what_it_tells(house: Installation, ledger: Ledger) -> None:
    house.post(ALERTS, RULE)
    end(ledger, "FFFSSFFSFLFCMF")
    told = house.get(f"{HERE}/incidents")
    would = house.post(f"{ALERTS}/try", {"when": RULE["when"]})["incidents"]
    same = ("began_at", "opened_by", "over_at", "ended_by", "reason")
    rows = [sorted(tuple(each[key] or "" for key in same) for each in some) for some in (told, would)]
    assert rows[0] == rows[1]
    assert len(told) == 3


def test_silence_is_tried_as_far_as_something_is_deployed(house: Installation, ledger: Ledger) -> None:
    end(ledger, "S")
    ledger.advance(60 * MINUTE)
    tried = house.post(f"{ALERTS}/try", {"when": "no success for 30m"})
    assert [(each["environment"], each["opened_by"]) for each in tried["incidents"]] == [("development", None)]


def test_a_rule_for_all_environments_takes_production(house: Installation, ledger: Ledger) -> None:
    house.post(ALERTS, RULE)
    operator = {"Authorization": f"Bearer {somebody(house, Role.OPERATOR, project='shop')}"}

    for method, path, body in [
        ("POST", ALERTS, RULE),
        ("PUT", f"{ALERTS}/1", {**RULE, "environment": "development"}),
        ("POST", f"{ALERTS}/1/switch", {"is_on": False}),
        ("DELETE", f"{ALERTS}/1", None),
    ]:
        answer = house.client.request(method, path, json=body, headers=operator)
        assert answer.status_code == 403, answer.text
    allowed = {**RULE, "environment": "development"}
    assert house.client.post(ALERTS, json=allowed, headers=operator).status_code == 201
    assert house.client.put(f"{ALERTS}/2", json=RULE, headers=operator).status_code == 403


def test_the_state_of_an_alert_off_is_kept_and_twice_off_is_off(house: Installation, ledger: Ledger) -> None:
    house.post(ALERTS, {**RULE, "is_on": False})
    house.post(f"{ALERTS}/1/switch", {"is_on": False})
    end(ledger, "FF")
    assert house.get(f"{HERE}/incidents") == []
    house.post(f"{ALERTS}/1/switch", {"is_on": True})
    end(ledger, "F")
    assert house.get(f"{HERE}/incidents") == []
