"""Going back to an earlier deployment, and what the history says was otherwise in each."""

from typing import Any

import pytest
from tests.support.api import COMPONENT, CONFIGURATION, SECRETIVE, Installation

from clockhouse.store import components, deployments, environments
from clockhouse.store.tables.builds import builds
from clockhouse.store.tables.deployments import secrets

DEPLOYMENTS = f"{COMPONENT}/deployments"
BACK = f"{COMPONENT}/environments/development/rollback"
THERE = f"{COMPONENT}/environments/development"
EVERY_MINUTE = {"trigger": {"kind": "interval", "every_s": 60}}


def sealed(house: Installation) -> dict[str, str]:
    """What the secrets of the present deployment are, by name."""
    with house.database.read() as tx:
        component = components.get(tx, "shop", "health-check")
        present = deployments.active(tx, component, environments.get(tx, "development"))
        assert present is not None
        found = deployments.sealed_secrets(tx, present.id)
    opened = {name: house.parts.vault.open(text, f"{component.id}/{name}") for name, text in found.items()}
    return {name: secret.reveal() for name, secret in opened.items()}


def test_all_of_an_earlier_deployment_comes_back_as_a_new_one(house: Installation) -> None:
    first = house.deployed(time_out_s=30)
    house.save({"main.py": "print('newer')\n"})
    house.build()
    house.deploy(configuration={}, schedules=[EVERY_MINUTE], retry={"attempts": 3})

    made = house.post(BACK)

    assert (made["number"], made["rolled_back_to"], made["status"]) == (3, 1, "active")
    for part in ("release", "configuration", "time_out_s", "retry", "at_once", "container"):
        assert made[part] == first[part]
    assert [each["words"] for each in made["schedules"]] == ["Every 10 seconds"]


def test_secrets_come_back(house: Installation) -> None:
    house.create(source=SECRETIVE)
    house.build()
    house.deploy(configuration={"region": "eu", "api_key": "key-of-before"})
    house.deploy(configuration={"region": "eu", "api_key": "key-of-today"})

    house.post(BACK)

    assert sealed(house) == {"api_key": "key-of-before"}


def test_a_pause_stays_and_nothing_is_due_before_now(house: Installation) -> None:
    house.deployed()
    house.deploy(schedules=[EVERY_MINUTE])
    house.post(f"{THERE}/pause", {"note": "looking into it"})
    house.pass_time(65)

    made = house.post(BACK)

    assert made["pause"]["note"] == "looking into it"
    house.post(f"{THERE}/resume")
    assert house.get(f"{COMPONENT}/environments")[0]["next_due_at"] == "2026-11-22T12:01:10Z"
    due = [each["due_at"] for each in house.get(f"{COMPONENT}/environments")[0]["strip"]]
    assert due == ["2026-11-22T12:01:00Z"]  # what was skipped before


def test_who_goes_back_twice_goes_back_further(house: Installation) -> None:
    house.deployed()
    house.deploy(time_out_s=20)
    house.deploy(time_out_s=30)

    assert house.post(BACK)["rolled_back_to"] == 2
    assert house.post(BACK)["rolled_back_to"] == 1
    assert "nothing to go back to" in house.refused(409, "POST", BACK)["message"]


def test_any_earlier_one_can_be_chosen(house: Installation) -> None:
    house.deployed()
    house.deploy(time_out_s=20)
    house.deploy(time_out_s=30)

    made = house.post(BACK, {"to": 1})

    assert (made["rolled_back_to"], made["time_out_s"]) == (1, None)


def test_what_was_stopped_comes_back(house: Installation) -> None:
    house.deployed()
    house.post(f"{THERE}/stop")

    assert house.post(BACK)["rolled_back_to"] == 1


@pytest.mark.parametrize(
    ("to", "status", "message"), [(2, 409, "is what Development has now"), (7, 404, "no deployment 7")]
)
def test_one_that_is_there_or_never_was_is_refused(house: Installation, to: int, status: int, message: str) -> None:
    house.deployed()
    house.deploy()

    assert message in house.refused(status, "POST", BACK, {"to": to})["message"]


def test_where_nothing_was_there_is_nothing_to_go_back_to(house: Installation) -> None:
    house.deployed()

    assert (
        "Nothing was ever deployed" in house.refused(409, "POST", BACK.replace("development", "production"))["message"]
    )


def test_one_whose_artifact_was_retired_is_refused(house: Installation) -> None:
    house.deployed()
    house.build()
    house.deploy()
    with house.database.begin() as tx:
        tx.execute(builds.update().where(builds.c.number == 1).values(retired_at=tx.now))

    assert "What build 1 made was removed" in house.refused(409, "POST", BACK)["message"]
    assert len(house.get(DEPLOYMENTS)) == 2


def test_one_whose_secret_does_not_open_is_refused(house: Installation) -> None:
    house.create(source=SECRETIVE)
    house.build()
    house.deploy(configuration={"region": "eu", "api_key": "key-of-before"})
    with house.database.begin() as tx:
        tx.execute(secrets.update().values(sealed="v1:AAAA"))
    house.deploy(configuration={"region": "eu", "api_key": "key-of-today"})

    error = house.refused(409, "POST", BACK)

    assert "its secret api_key does not open" in error["message"]
    assert len(house.get(DEPLOYMENTS)) == 2


def test_an_image_is_refused_where_images_do_not_run_any_more(house: Installation) -> None:
    house.deployed()
    house.deploy()
    with house.database.begin() as tx:
        tx.execute(builds.update().values(entry={"path": "Dockerfile", "call": None}))

    assert "does not run images any more" in house.refused(409, "POST", BACK)["message"]


def test_the_history_says_what_was_otherwise(house: Installation) -> None:
    house.deployed()
    house.save({"README.md": "More\n"})
    house.build()
    house.deploy(configuration={**CONFIGURATION, "expected_status": 204}, schedules=[EVERY_MINUTE], time_out_s=90)

    changed, first = house.get(DEPLOYMENTS)

    assert first["changes"] is None
    assert [tuple(each.values()) for each in changed["changes"]] == [
        ("release", "build", "1", "2"),
        ("setting", "expected_status", "200", "204"),
        (
            "schedule",
            "schedules",
            "Every 10 seconds",
            "Every minute",
        ),
        ("limit", "time_out", None, "1 min 30 s"),
    ]


def test_the_history_names_a_changed_secret_and_tells_none(house: Installation) -> None:
    house.create(source=SECRETIVE)
    house.build()
    house.deploy(configuration={"region": "eu", "api_key": "key-of-before"})
    house.deploy(configuration={"region": "eu", "api_key": "key-of-today"})
    house.deploy(configuration={"region": "us"})

    third, second, _ = house.get(DEPLOYMENTS)

    assert second["changes"] == [{"part": "setting", "name": "api_key", "before": None, "after": None}]
    assert [each["name"] for each in third["changes"]] == ["region"]  # the same secret, sealed anew


def test_the_history_compares_with_the_one_before_in_the_same_environment(house: Installation) -> None:
    house.deployed()
    house.post(f"{COMPONENT}/promotions", {})
    house.deploy(time_out_s=5)

    newest: dict[str, Any] = house.get(DEPLOYMENTS, limit=1)[0]

    assert [each["name"] for each in newest["changes"]] == ["time_out"]


def test_the_history_says_that_a_pause_was_kept(house: Installation) -> None:
    house.deployed()
    house.post(f"{THERE}/pause", {"note": ""})
    house.deploy()

    assert house.get(DEPLOYMENTS)[0]["changes"] == [
        {"part": "pause", "name": "pause", "before": "admin", "after": "admin"}
    ]
