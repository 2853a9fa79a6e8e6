"""Somebody wants to be told: a channel, a rule that is tried first, and what comes of it when a task fails."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect
from tests.stories import prepared
from tests.stories.conftest import NewPerson
from tests.support.server import Server
from tests.support.waiting import eventually
from tests.support.web import Reply, peer

from clockhouse.client import Client

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.long]

FAILS = {"main.py": 'raise SystemExit("The shelf is empty.")\n'}
TOLD_WITHIN_S = 60.0


def test_a_failure_is_told_once_and_seen_where_people_look(server: Server, client: Client, person: NewPerson) -> None:
    path = prepared.saved(client, "shop", "shelf", FAILS)
    prepared.deployed(client, path)
    ann = person(server)
    with peer() as web:
        web.on("POST /hook", Reply(200))
        ann.sign_in()
        ann.open("/projects/shop", "Shop")
        ann.button("Add a channel first…").click()
        ann.page.get_by_role("textbox", name="Name").fill("desk")
        ann.page.get_by_label(re.compile("^Address")).fill(f"{web.url}/hook")
        ann.look("channel")
        ann.button("Add the channel").click()

        rule = ann.page.get_by_role("dialog", name="New alert")
        rule.get_by_role("combobox", name="Environment").select_option(label="Development")
        expect(rule.get_by_role("region", name="Dry run")).to_contain_text("Nothing has run there in the last 30 days")
        ann.look("rule")
        rule.get_by_role("button", name="Add the alert").click()
        expect(ann.page.get_by_role("article", name="Alert 1")).to_contain_text("When an execution fails")
        ann.button("Send a test message to desk").click()
        expect(ann.text("desk took the test message")).to_be_visible()
        ann.look("alerts", whole=True)

        client.post(f"{path}/environments/development/run", {})
        opened = ann.page.get_by_role("link", name=re.compile("^Alert open since .* in shelf in Development"))
        expect(opened).to_be_visible(timeout=TOLD_WITHIN_S * 1000)  # by itself
        opened.click()
        expect(ann.heading("Incidents")).to_be_visible()
        incident = ann.page.get_by_role("article")
        expect(incident).to_have_count(1)
        expect(incident).to_contain_text("1 sent", timeout=TOLD_WITHIN_S * 1000)
        ann.look("incident")

        told = eventually(lambda: [each for each in web.asked if b"a failure" in each.body], within=TOLD_WITHIN_S)
        assert told is not None
        assert len(told) == 1
        incident.get_by_role("link", name="The execution").click()
        expect(ann.page.get_by_role("main")).to_contain_text("The shelf is empty.")
