"""Alerts on the command line: a rule is one sentence, and is tried before it is saved."""

from __future__ import annotations

from typing import Any

import pytest
from tests.cli.conftest import Run
from tests.cli.standin import StandIn

ALERTS = "/projects/shop/alerts"
RULE = "3 failures in a row"
MESSAGE = {"channel": "ops", "side": "began", "state": "failed", "error": "It does not answer."}
INCIDENT: dict[str, Any] = {
    "alert": 1,
    "component": "import",
    "environment": "production",
    "sentence": RULE,
    "began_at": "2026-11-22T08:00:00Z",
    "over_at": None,
    "opened_by": "01KAN0000000000000000000AB",
    "reason": "The task ended with exit code 3.",
    "messages": [MESSAGE],
}
ALERT: dict[str, Any] = {
    "number": 1,
    "sentence": "Tell ops about import in production: 3 failures in a row.",
    "when": RULE,
    "component": "import",
    "environment": "production",
    "channels": ["ops"],
    "tells_end": True,
    "is_on": True,
    "open": 1,
    "last": INCIDENT,
}


def words(text: str) -> str:
    return " ".join(text.split())


def test_a_rule_is_added_by_its_sentence(run: Run, stand_in: StandIn) -> None:
    stand_in.says("POST", ALERTS, ALERT, 201)

    ended = run("alert", "add", "shop", RULE, "--tell", "ops", "--component", "import", "-e", "production")

    assert stand_in.asked[-1].body == {
        "when": RULE,
        "component": "import",
        "environment": "production",
        "channels": ["ops"],
        "tells_end": True,
    }
    assert ended.out.startswith(f"Added alert 1: {ALERT['sentence']}")


def test_what_is_not_said_of_a_rule_stays(run: Run, stand_in: StandIn) -> None:
    stand_in.says("GET", f"{ALERTS}/1", ALERT)
    stand_in.says("PUT", f"{ALERTS}/1", ALERT)

    run("alert", "edit", "shop", "1", "--when", "a failure", "--environment", "all")

    assert stand_in.asked[-1].body == {
        "when": "a failure",
        "component": "import",
        "environment": None,
        "channels": ["ops"],
        "tells_end": True,
        "is_on": True,
    }


@pytest.mark.parametrize(("word", "is_on"), [("on", True), ("off", False)])
def test_one_is_switched(run: Run, stand_in: StandIn, word: str, is_on: bool) -> None:
    stand_in.says("POST", f"{ALERTS}/1/switch", {**ALERT, "is_on": is_on})

    assert run("alert", word, "shop", "1").out == f"Alert 1 is {word}.\n"
    assert stand_in.asked[-1].body == {"is_on": is_on}


def test_the_list_says_what_lasts_and_what_could_not_be_told(run: Run, stand_in: StandIn) -> None:
    stand_in.says("GET", ALERTS, [ALERT])

    told = words(run("alert", "list", "shop").out)

    assert "ops failed (It does not answer.)" in told
    assert RULE in told


def test_a_rule_is_tried(run: Run, stand_in: StandIn) -> None:
    tried = {"since": "2026-10-23T08:00:00Z", "is_whole": True, "ends": 9, "count": 1, "incidents": [INCIDENT]}
    stand_in.says("POST", f"{ALERTS}/try", tried)

    told = words(run("alert", "try", "shop", RULE).out)

    assert stand_in.asked[-1].body == {"when": RULE, "component": None, "environment": None}
    assert told.startswith("It would have told once, of 9 executions since ")
    assert INCIDENT["opened_by"] in told


def test_incidents_are_listed_with_what_was_told(run: Run, stand_in: StandIn) -> None:
    stand_in.says("GET", "/projects/shop/incidents", [INCIDENT])

    told = words(run("alert", "incidents", "shop", "--open", "--alert", "1").out)

    assert "import in production" in told
    assert "The task ended with exit code 3." in told


def test_one_is_removed_when_that_is_sure(run: Run, stand_in: StandIn) -> None:
    stand_in.says("DELETE", f"{ALERTS}/1", None, 204)

    assert run("alert", "remove", "shop", "1", "--yes").out == "Removed alert 1.\n"
