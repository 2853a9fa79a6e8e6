"""Environments: which there are in which order, how long they keep what has ended, and how one goes."""

from __future__ import annotations

from typing import Any

import pytest
from tests.support.api import COMPONENT, V1, Installation
from tests.support.people import somebody

from clockhouse.model.actor import Role
from clockhouse.store.tables.actors import actors

PRODUCTION = f"{V1}/environments/production/retention"


def test_an_environment_keeps_a_month_unless_told_otherwise(house: Installation) -> None:
    assert house.get(PRODUCTION) == {"days": 30, "last": 100}

    assert house.post(PRODUCTION, {"days": None, "last": 0}) == {"days": None, "last": 0}

    assert house.get(PRODUCTION) == {"days": None, "last": 0}
    assert house.get(f"{V1}/environments/development/retention") == {"days": 30, "last": 100}


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"days", "last"}),
        ({"days": 0, "last": -1}, {"days", "last"}),
        ({"days": 36_501, "last": 1}, {"days"}),
        ({"days": "long", "last": 1}, {"days"}),
    ],
)
def test_a_retention_is_refused_field_by_field(house: Installation, body: object, fields: set[str]) -> None:
    assert set(house.fields(PRODUCTION, body)) == fields


def test_an_environment_says_how_many_run_at_once(house: Installation) -> None:
    assert [each["at_once"] for each in house.get(f"{V1}/environments")] == [None, None]

    assert house.post(f"{V1}/environments/production/limit", {"at_once": 8})["at_once"] == 8

    assert [each["at_once"] for each in house.get(f"{V1}/environments")] == [None, 8]
    assert house.post(f"{V1}/environments/production/limit", {"at_once": None})["at_once"] is None


def test_a_limit_that_is_none_is_refused(house: Installation) -> None:
    assert set(house.fields(f"{V1}/environments/production/limit", {"at_once": 0})) == {"at_once"}
    assert set(house.fields(f"{V1}/environments/production/limit", {})) == {"at_once"}


ENVIRONMENTS = f"{V1}/environments"
STAGING = f"{ENVIRONMENTS}/staging"


def slugs(house: Installation) -> list[str]:
    return [each["slug"] for each in house.get(ENVIRONMENTS)]


def add(house: Installation, name: str, **more: Any) -> Any:
    return house.post(ENVIRONMENTS, {"name": name, **more})


def test_an_added_environment_is_the_last_unless_told_otherwise(house: Installation) -> None:
    made = add(house, "User acceptance", is_production=True, at_once=3, keep={"days": None, "last": 5})
    add(house, "Staging", before="production")

    assert slugs(house) == ["development", "staging", "production", "user-acceptance"]
    assert (made["is_production"], made["data_plane"], made["at_once"]) == (True, "process", 3)
    assert house.get(f"{ENVIRONMENTS}/user-acceptance/retention") == {"days": None, "last": 5}


def test_a_taken_name_or_address_is_refused(house: Installation) -> None:
    assert (
        "called “production”"
        in house.refused(409, "POST", ENVIRONMENTS, {"name": "production", "slug": "live"})["message"]
    )
    assert (
        "address “production”"
        in house.refused(409, "POST", ENVIRONMENTS, {"name": "Live", "slug": "production"})["message"]
    )
    house.refused(409, "PATCH", f"{ENVIRONMENTS}/development", {"name": "Production"})
    house.refused(404, "POST", ENVIRONMENTS, {"name": "Live", "before": "gone"})
    assert slugs(house) == ["development", "production"]


def test_a_renamed_environment_keeps_its_address(house: Installation) -> None:
    changed = house.patch(f"{ENVIRONMENTS}/production", {"name": "Live", "is_production": False})

    assert (changed["slug"], changed["name"], changed["is_production"]) == ("production", "Live", False)
    assert house.patch(f"{ENVIRONMENTS}/production", {})["name"] == "Live"


def test_a_mark_says_whose_roles_it_changes(house: Installation) -> None:
    add(house, "Staging")
    house.post(f"{V1}/projects", {"name": "Shop"})
    somebody(house, Role.OPERATOR, environment="staging", name="Ann")  # counts for production from now on
    somebody(house, Role.VIEWER, environment="staging", name="Vera")  # who looks, looks anywhere
    somebody(house, Role.OPERATOR, project="shop", name="Ben")  # ends to be good there
    somebody(house, Role.ADMIN, project="shop", name="Cem")
    somebody(house, Role.OPERATOR, production=True, name="Dora")
    somebody(house, Role.OPERATOR, environment="staging", name="Eve")
    with house.database.begin() as tx:
        tx.execute(actors.update().where(actors.c.name == "Eve").values(disabled_at=tx.now))

    marked = house.patch(STAGING, {"is_production": True})

    assert marked["roles"] == {"naming": 1, "others": 2}
    assert house.patch(STAGING, {"is_production": True})["roles"] is None
    assert house.patch(STAGING, {"name": "Acceptance"})["roles"] is None
    assert house.patch(STAGING, {"is_production": False})["roles"] == {"naming": 1, "others": 2}
    rows = house.get(f"{V1}/audit", action="environment.marked")["items"]
    counted = {"roles_naming": 1, "roles_others": 2}
    told = [each["facts"] for each in rows]
    assert all(each in told for each in ({"production": True, **counted}, {"production": False, **counted}))


def test_moves_of_two_people_at_once_both_count(house: Installation) -> None:
    for name in ("Staging", "Load"):
        add(house, name)

    house.post(f"{STAGING}/move", {"before": "production"})
    moved = house.post(f"{ENVIRONMENTS}/load/move", {"before": "development"})
    house.post(f"{STAGING}/move", {"before": "staging"})

    assert [each["slug"] for each in moved] == slugs(house) == ["load", "development", "staging", "production"]
    assert [each["slug"] for each in house.post(f"{ENVIRONMENTS}/load/move", {"before": None})][-1] == "load"
    house.delete(STAGING)
    assert "staging" in house.refused(404, "POST", f"{ENVIRONMENTS}/load/move", {"before": "staging"})["message"]


def test_what_is_in_use_is_not_deleted_and_says_all_the_reasons(house: Installation) -> None:
    house.deployed()
    house.post(f"{COMPONENT}/environments/development/run", {})
    house.post(f"{V1}/agents", {"name": "edge-1", "environment": "development"})

    sentence = house.refused(409, "DELETE", f"{ENVIRONMENTS}/development")["message"]

    assert sentence.startswith("Development cannot be deleted. shop/health-check is deployed there: stop that first.")
    assert "1 execution runs or waits there" in sentence
    assert "edge-1 is there to run it" in sentence
    assert len(house.get(f"{ENVIRONMENTS}/development/contents")["obstacles"]) == 3
    assert slugs(house) == ["development", "production"]


def test_a_deleted_environment_takes_its_history_along(house: Installation) -> None:
    house.deployed()
    house.pass_time(25)
    house.finish(lines=["done"])
    house.post(f"{COMPONENT}/environments/development/stop")
    found = house.get(f"{ENVIRONMENTS}/development/contents")
    assert (found["obstacles"], found["deployments"]) == ([], 1)
    assert found["executions"] > 0

    house.delete(f"{ENVIRONMENTS}/development")

    assert slugs(house) == ["production"]
    assert house.get(f"{V1}/executions")["items"] == []
    assert house.get(f"{COMPONENT}/deployments") == []
    house.refused(404, "GET", f"{ENVIRONMENTS}/development/contents")


def test_one_environment_remains(house: Installation) -> None:
    house.delete(f"{ENVIRONMENTS}/production")

    assert "only environment" in house.refused(409, "DELETE", f"{ENVIRONMENTS}/development")["message"]


def test_tasks_go_on_in_an_environment_that_was_renamed_and_moved(house: Installation) -> None:
    house.deployed()
    house.patch(f"{ENVIRONMENTS}/development", {"name": "Trying"})
    house.post(f"{ENVIRONMENTS}/development/move", {"before": None})

    house.pass_time(11)

    [ended] = house.finish()
    assert house.get(f"{V1}/executions/{ended}")["environment"] == "development"
    assert [each["environment"]["name"] for each in house.get(f"{COMPONENT}/environments")] == ["Production", "Trying"]
