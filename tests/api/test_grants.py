"""Nobody gives anybody more than they have: production is given by who has it, in each way that there is."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from tests.support.api import CONFIGURATION, V1, Installation
from tests.support.people import somebody

from clockhouse.model.actor import Role

EVERY_MINUTE = {"trigger": {"kind": "cron", "expression": "* * * * *"}}
OPERATES = {"role": "operator", "project": "shop"}
WITH_PRODUCTION = {**OPERATES, "production": True}
IN_PRODUCTION = {**OPERATES, "environment": "production"}
ADMINISTERS = {"role": "admin", "project": "shop"}
ADMINISTERS_PRODUCTION = {**ADMINISTERS, "production": True}


def of(house: Installation, token: str) -> httpx.Client:
    client = house.anonymous()
    client.headers["Authorization"] = f"Bearer {token}"
    return client


def maker_of_shop(
    house: Installation, name: str = "Max", *, role: Role = Role.DEVELOPER, production: bool = False
) -> Any:
    """Somebody with a role everywhere who has made the project “Shop”."""
    client = of(house, somebody(house, role, production=production, name=name))
    assert client.post(f"{V1}/projects", json={"name": "Shop"}).status_code == 201
    return client


def given(client: httpx.Client, wanted: dict[str, Any], who: str = "ben") -> int:
    return client.post(f"{V1}/people/{who}/grants", json=wanted).status_code


def grants(client: httpx.Client) -> list[tuple[str, str | None, bool]]:
    account = client.get(f"{V1}/account").json()
    return [(each["role"], each["project"], each["production"]) for each in account["grants"]]


@pytest.fixture
def ben(house: Installation) -> str:
    house.post(f"{V1}/people", {"login": "ben", "name": "Ben"})
    return "ben"


def deployed_in_production(house: Installation) -> None:
    component = f"{V1}/projects/shop/components/health-check"
    house.post(f"{V1}/projects/shop/components", {"name": "Health check", "template": "health-check"})
    house.build("shop")
    body = {"environment": "production", "configuration": CONFIGURATION, "schedules": [EVERY_MINUTE]}
    house.post(f"{component}/deployments", body)


def test_whoever_makes_a_project_administers_it_without_production(house: Installation) -> None:
    maker = maker_of_shop(house)
    deployed_in_production(house)
    production = f"{V1}/projects/shop/components/health-check/environments/production"

    assert sorted(grants(maker)) == [("admin", "shop", False), ("developer", None, False)]
    answer = maker.post(f"{production}/stop")
    assert answer.status_code == 403
    assert "in Production" in answer.json()["error"]["message"]
    assert [each["operates_in"] for each in maker.get(f"{V1}/session").json()["may"] if each["project"]] == [
        ["development"]
    ]


def test_what_runs_in_production_is_not_removed_without_it(house: Installation) -> None:
    maker = maker_of_shop(house)
    deployed_in_production(house)
    component = f"{V1}/projects/shop/components/health-check"

    for path in (component, f"{V1}/projects/shop"):
        answer = maker.delete(path)
        assert (answer.status_code, "in Production" in answer.text) == (403, True)
    house.post(f"{component}/environments/production/stop")
    assert maker.delete(component).status_code == 204
    assert maker.delete(f"{V1}/projects/shop").status_code == 204


def test_a_maker_gives_production_to_nobody_and_not_to_themselves(house: Installation, ben: str) -> None:
    maker = maker_of_shop(house)
    me = maker.get(f"{V1}/account").json()["id"]

    assert [given(maker, each) for each in (OPERATES, ADMINISTERS)] == [200, 200]
    for wanted in (WITH_PRODUCTION, IN_PRODUCTION, ADMINISTERS_PRODUCTION):
        assert [given(maker, wanted), given(maker, wanted, me)] == [403, 403]
    assert ("admin", "shop", False) in grants(maker)


def test_a_maker_who_operates_production_everywhere_gives_that_and_no_more(house: Installation, ben: str) -> None:
    maker = maker_of_shop(house, role=Role.OPERATOR, production=True)

    assert [given(maker, each) for each in (WITH_PRODUCTION, IN_PRODUCTION)] == [200, 200]
    assert given(maker, ADMINISTERS_PRODUCTION) == 403
    assert ("admin", "shop", False) in grants(maker)


def test_production_is_given_by_an_administrator_of_the_project_who_has_it(house: Installation, ben: str) -> None:
    house.post(f"{V1}/projects", {"name": "Shop"})
    house.post(f"{V1}/projects", {"name": "Bank"})
    pia = of(house, somebody(house, Role.ADMIN, project="shop", production=True, name="Pia"))

    for wanted in (WITH_PRODUCTION, IN_PRODUCTION, ADMINISTERS_PRODUCTION):
        assert given(pia, wanted) == 200
    assert given(pia, {**WITH_PRODUCTION, "project": None}) == 403
    assert given(pia, {**WITH_PRODUCTION, "project": "bank"}) == 404


@pytest.mark.parametrize("wanted", [WITH_PRODUCTION, ADMINISTERS_PRODUCTION], ids=lambda each: each["role"])
def test_a_token_of_one_project_gives_production_there(house: Installation, ben: str, wanted: dict[str, Any]) -> None:
    house.post(f"{V1}/projects", {"name": "Shop"})
    token = house.post(f"{V1}/tokens", {"name": "ci", "project": "shop"})["token"]

    assert given(of(house, token), wanted) == 200
    assert given(of(house, token), {**wanted, "project": None}) == 403


def test_a_makers_token_and_service_account_reach_no_further(house: Installation, ben: str) -> None:
    maker = maker_of_shop(house)
    token = maker.post(f"{V1}/tokens", json={"name": "ci"}).json()["token"]
    body = {"login": "bot", "name": "Bot", "kind": "service", "grants": [ADMINISTERS]}

    assert given(of(house, token), WITH_PRODUCTION) == 403
    assert maker.post(f"{V1}/people", json=body).status_code == 403
    house.post(f"{V1}/people", body)
    bot = of(house, house.post(f"{V1}/tokens", {"name": "ci", "service": "bot"})["token"])
    assert [given(bot, each) for each in (OPERATES, WITH_PRODUCTION)] == [200, 403]


def test_a_role_replaced_by_somebody_without_production_has_it_no_more(house: Installation, ben: str) -> None:
    maker = maker_of_shop(house)
    house.post(f"{V1}/people/{ben}/grants", WITH_PRODUCTION)

    answer = maker.post(f"{V1}/people/{ben}/grants", json=OPERATES)

    assert [each["production"] for each in answer.json()["grants"]] == [False]
