"""What a role does not give is not to be had by a detour either."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from tests.support.api import COMPONENT, HERE, SECRETIVE, V1, Installation
from tests.support.people import somebody

from clockhouse.model.actor import Role

KEY = "key-correct-horse-battery-staple"
PROMOTIONS, PREVIEW, REQUESTS = f"{COMPONENT}/promotions", f"{COMPONENT}/promotions/preview", f"{COMPONENT}/requests"
BACK: dict[str, Any] = {"source": "production", "target": "development"}

Person = Callable[..., httpx.Client]


def carrying(house: Installation, token: str) -> httpx.Client:
    return httpx.Client(transport=house.inside, base_url=HERE, headers={"Authorization": f"Bearer {token}"})


@pytest.fixture
def person(house: Installation) -> Person:
    """Somebody with a role."""
    return lambda role, **where: carrying(house, somebody(house, role, **where))


@pytest.fixture
def secretive(house: Installation) -> Installation:
    """A component that has a secret in production, and is deployed nowhere else."""
    house.create(source=SECRETIVE)
    house.build()
    house.deploy("production", configuration={"region": "eu", "api_key": KEY}, schedules=[])
    return house


def test_secrets_of_production_are_not_promoted_to_where_others_may_operate(
    secretive: Installation, person: Person
) -> None:
    operator = person(Role.OPERATOR)

    refused = operator.post(PROMOTIONS, json=BACK)
    reviewed = operator.post(PREVIEW, json=BACK)
    given = operator.post(PROMOTIONS, json={**BACK, "configuration": {"api_key": "key-of-my-own"}})

    assert refused.status_code == 422
    assert list(refused.json()["error"]["fields"]) == ["configuration.api_key"]
    assert "Production" in refused.json()["error"]["fields"]["configuration.api_key"]
    assert list(reviewed.json()["problems"]) == ["configuration.api_key"]
    assert given.status_code == 201


def test_whoever_may_operate_in_both_takes_secrets_over(secretive: Installation, person: Person) -> None:
    operator = person(Role.OPERATOR, production=True)

    assert operator.post(PREVIEW, json=BACK).json()["problems"] == {}
    assert operator.post(PROMOTIONS, json=BACK).status_code == 201


def test_a_secret_kept_elsewhere_is_named_by_whoever_may_operate_everywhere(
    secretive: Installation, person: Person
) -> None:
    body = {"reference": "file:passwords/of-another-project"}
    path = f"{COMPONENT}/configuration/api_key"

    for where in ({"project": "shop", "production": True}, {"environment": "development"}, {}):
        refused = person(Role.OPERATOR, **where).put(path, json=body, params={"environment": "development"})
        assert refused.status_code == 403, where
        assert "kept elsewhere" in refused.json()["error"]["message"]
    everywhere = person(Role.OPERATOR, production=True)
    assert everywhere.put(path, json=body, params={"environment": "development"}).is_success


@pytest.fixture
def asked(house: Installation) -> Any:
    """A request for production, of the administrator."""
    house.deployed()
    house.put(f"{V1}/environments/production/approval", {"role": "admin"})
    return house.post(REQUESTS, {"promotion": {}, "note": "It is ready"})


def test_a_token_for_less_does_not_approve_as_the_person_that_it_is_of(house: Installation, asked: Any) -> None:
    reviewer = carrying(house, somebody(house, Role.VIEWER, name="Grace"))
    house.put(f"{V1}/environments/production/approval", {"people": ["Grace"]})
    for role in ("viewer", "developer"):
        bounded = carrying(house, reviewer.post(f"{V1}/tokens", json={"name": role, "role": role}).json()["token"])
        assert bounded.get(f"{REQUESTS}/1").json()["may_decide"] is False
        for verb in ("approve", "reject"):
            assert bounded.post(f"{REQUESTS}/1/{verb}", json={}).status_code == 403

    assert reviewer.get(f"{REQUESTS}/1").json()["may_decide"] is True
    assert reviewer.post(f"{REQUESTS}/1/approve", json={}).is_success


def test_a_token_for_less_does_not_take_back_a_request(house: Installation, asked: Any) -> None:
    bounded = carrying(house, house.post(f"{V1}/tokens", {"name": "reads", "role": "viewer"})["token"])

    assert bounded.get(f"{REQUESTS}/1").json()["may_cancel"] is False
    assert bounded.post(f"{REQUESTS}/1/cancel", json={}).status_code == 403
    assert house.post(f"{REQUESTS}/1/cancel", {})["status"] == "cancelled"


def test_a_projects_administrator_is_not_told_of_roles_in_other_projects(house: Installation, person: Person) -> None:
    for project in ("Shop", "Bank"):
        house.post(f"{V1}/projects", {"name": project})
    invited = house.post(
        f"{V1}/people",
        {"login": "grace", "name": "Grace", "grants": [{"role": "operator", "project": "bank"}]},
    )
    admin = person(Role.ADMIN, project="shop")

    given = admin.post(f"{V1}/people/grace/grants", json={"role": "viewer", "project": "shop"}).json()
    taken = admin.delete(f"{V1}/people/grace/grants/{given['grants'][0]['id']}").json()

    assert [each["project"] for each in given["grants"]] == ["shop"]
    assert taken["grants"] == []
    assert [each["project"] for each in invited["grants"]] == ["bank"]


def test_the_trail_of_a_project_has_nothing_of_people_who_are_called_like_it(
    house: Installation, person: Person
) -> None:
    house.post(f"{V1}/projects", {"name": "Robot"})
    house.post(f"{V1}/people", {"login": "robot", "name": "Robot", "kind": "service"})
    house.post(f"{V1}/tokens", {"name": "ci", "service": "robot"})
    house.refused(404, "DELETE", f"{V1}/people/robot/grants/unknown")
    admin = person(Role.ADMIN, project="robot")

    seen = {each["action"] for each in admin.get(f"{V1}/audit").json()["items"]}

    assert seen == {"project.created"}


def test_strangers_do_not_crowd_out_what_is_noted_of_people(house: Installation, person: Person) -> None:
    house.create()
    stranger, viewer = carrying(house, "made-up"), person(Role.VIEWER)

    for number in range(100):
        assert stranger.delete(f"{V1}/projects/p{number}").status_code == 401
    viewer.delete(f"{V1}/projects/shop")

    noted = [each["actor"] for each in house.get(f"{V1}/audit")["items"] if each["outcome"] == "refused"]
    assert "Ada" in noted
    assert len(noted) < 20


def test_nobody_calls_themselves_by_anothers_name(house: Installation) -> None:
    house.post(f"{V1}/people", {"login": "grace@example.org", "name": "Grace Hopper"})
    browser = house.browser()

    for name in ("grace hopper", "Grace@example.org", "Clockhouse", "somebody"):
        refused = browser.patch(f"{V1}/account", json={"name": name})
        assert refused.status_code == 409, name
        assert "another name" in refused.json()["error"]["message"]
    for name in ("Ada\u202egrace", "Grace\u200b Hopper", "a\0b"):
        assert browser.patch(f"{V1}/account", json={"name": name}).status_code == 422
    assert browser.patch(f"{V1}/account", json={"name": "\uff27race Hopper"}).status_code == 409
    assert browser.patch(f"{V1}/account", json={"name": "Admin"}).is_success
    assert browser.patch(f"{V1}/account", json={"name": "admin"}).is_success


def test_a_file_says_what_is_first_deployed_to_where_one_may_operate(house: Installation, person: Person) -> None:
    house.create()
    house.build()
    text = "environments:\n  production:\n    schedules: [{every: 10m}]\n"

    for role, expected in ((Role.DEVELOPER, 403), (Role.OPERATOR, 403)):
        answer = person(role, project="shop").post(f"{COMPONENT}/declaration", json={"text": text})
        assert answer.status_code == expected, role
    operator = person(Role.OPERATOR, project="shop", production=True)
    assert operator.post(f"{COMPONENT}/declaration", json={"text": text}).is_success


def test_a_file_does_not_end_the_watch_of_a_first_occurrence(house: Installation) -> None:
    house.deployed(watch=True)

    house.post(f"{COMPONENT}/declaration", {"text": "environments:\n  development:\n    schedules: [{every: 10m}]\n"})

    assert house.get(f"{COMPONENT}/environments")[0]["deployment"]["watch"]["state"] == "waiting"
