"""What people of different roles are offered: nothing that would be refused, and nothing of projects of others."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect
from tests.stories import prepared
from tests.stories.conftest import NewPerson
from tests.support.browser import NARROW, Person
from tests.support.server import Server

from clockhouse.client import Client

pytestmark = [pytest.mark.browser, pytest.mark.slow]
DAILY = {"kind": "cron", "expression": "0 8 * * *"}


def let_in(client: Client, who: Person, login: str, *grants: dict[str, str]) -> None:
    """Lets somebody in with these roles, who comes in by the link they were sent."""
    link = client.post("/people", {"login": login, "name": login.capitalize(), "grants": list(grants)})["url"]
    who.page.goto(link)
    expect(who.heading("Projects")).to_be_visible()


def test_two_people_are_offered_what_they_may(server: Server, client: Client, person: NewPerson) -> None:
    path = prepared.saved(client, "shop", "count", {"main.py": "print('counted')\n"})
    prepared.deployed(client, path, DAILY)
    client.post(f"{path}/promotions", {"source": "development", "target": "production"})
    client.post("/projects", {"name": "Payroll"})
    vera, dan = person(server, scheme="dark", size=NARROW), person(server)
    let_in(client, vera, "vera", {"role": "viewer", "project": "shop"})
    developer = {"role": "developer", "project": "shop"}
    let_in(client, dan, "dan", developer, {"role": "operator", "project": "shop", "environment": "development"})

    expect(vera.link("Shop")).to_be_visible()
    expect(vera.text("Payroll")).to_have_count(0)
    vera.open(f"{path}/deploy", "Deploy")
    development = vera.page.get_by_role("article", name="Development", exact=True)
    run = development.get_by_role("button", name="Run now")
    expect(run).to_be_disabled()
    run.hover()
    expect(vera.page.get_by_role("tooltip")).to_contain_text("Your role does not let you deploy, run, pause or stop in")
    vera.look("viewer", whole=True)
    with vera.refused(404, "/api/v1/projects/payroll"):
        vera.page.goto("/projects/payroll")
        expect(vera.text("There is no project “payroll”.")).to_be_visible()
        vera.open("/", "Projects")  # what is open asks again whenever something happens

    dan.open(f"{path}/deploy", "Deploy")
    production = dan.page.get_by_role("article", name="Production", exact=True)
    expect(production.get_by_role("button", name="Run now")).to_be_disabled()
    expect(production.get_by_role("button", name="Pause")).to_be_disabled()
    dan.look("developer")
    dan.page.get_by_role("article", name="Development", exact=True).get_by_role("button", name="Run now").click()
    expect(dan.text(re.compile("that you started"))).to_be_visible()
