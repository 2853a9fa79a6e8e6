"""Environments are added, put in order and deleted, and the audit trail tells who did that."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from tests.stories.conftest import NewPerson
from tests.stories.test_roles import let_in
from tests.support.server import Server
from tests.support.waiting import eventually

from clockhouse.client import Client

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_an_environment_comes_finds_its_place_and_goes(server: Server, client: Client, person: NewPerson) -> None:
    ann = person(server)
    ann.sign_in()
    ann.open("/environments", "Environments")
    ann.button("Add an environment…").click()
    ann.page.get_by_role("textbox", name="Name").fill("User acceptance")
    ann.button("Add the environment").click()
    lines = ann.page.get_by_role("list").filter(has=ann.button("Move User acceptance up")).get_by_role("listitem")
    expect(lines).to_have_count(3)
    for line, name in zip(lines.all(), ["Development", "User acceptance", "Production"], strict=True):
        expect(line).to_contain_text(name)
    ann.page.get_by_role("button", name="Move User acceptance", exact=True).press("ArrowUp")
    expect(lines.first).to_contain_text("User acceptance")
    lines.nth(0).drag_to(lines.nth(2), target_position={"x": 200, "y": 30})
    expect(lines.last).to_contain_text("User acceptance")
    wanted = ["development", "production", "user-acceptance"]  # shown before the server has it
    eventually(lambda: [each["slug"] for each in client.get("/environments")] == wanted)
    ann.look("order")

    ann.button("More about User acceptance").click()
    ann.page.get_by_role("menuitem", name="Delete…").click()
    ann.page.get_by_role("textbox", name="Type user-acceptance to confirm").fill("user-acceptance")
    ann.button("Delete the environment").click()
    expect(ann.button("Move User acceptance up")).to_have_count(0)

    ann.open("/audit?object=user-acceptance", "Audit trail")
    rows = ann.page.get_by_role("table", name="Entries").get_by_role("row")
    for action in ("environment.added", "environment.reordered", "environment.removed"):
        expect(rows.filter(has_text=action).first).to_contain_text("browser")
    ann.look("trail")


def test_who_administers_nothing_sees_no_trail(server: Server, client: Client, person: NewPerson) -> None:
    client.post("/projects", {"name": "Mill"})
    vera = person(server)
    let_in(client, vera, "vera", {"role": "viewer", "project": "mill"})
    vera.button("Account: Vera").click()
    expect(vera.page.get_by_role("menuitem", name="Your account")).to_be_visible()
    expect(vera.page.get_by_role("menuitem", name="Audit trail")).to_have_count(0)

    with vera.refused(403, "/api/v1/audit"):
        vera.page.goto("/audit")
        expect(vera.text("You may not administer this.")).to_be_visible()

    refused = client.get("/audit", actor="Vera", outcome="refused")["items"]
    assert {each["action"] for each in refused} >= {"call.list-entries"}
    assert {each["way"] for each in refused} == {"browser"}
