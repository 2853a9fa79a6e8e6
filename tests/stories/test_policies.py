"""Schedules with policies of their own: chosen in the browser, and seen at work."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect
from tests.stories import prepared
from tests.stories.conftest import NewPerson
from tests.support.server import Server

from clockhouse.client import Client

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.long]

WAITING = "import signal\nprint('waiting', flush=True)\nsignal.pause()\n"
FAILING = "raise SystemExit(3)\n"


def test_an_execution_waits_for_the_one_before(server: Server, client: Client, person: NewPerson) -> None:
    path = prepared.saved(client, "turns", "slow", {"main.py": WAITING})
    prepared.built(client, path)
    ann = person(server)
    ann.sign_in()
    ann.open(f"{path}/deploy?deploy=development", "Deploy")
    form = ann.page.get_by_role("dialog", name="Deploy to Development")
    form.get_by_role("textbox", name="Every", exact=True).fill("1")
    form.get_by_role("combobox", name="Every: unit").click()
    ann.page.get_by_role("option", name="seconds").click()
    form.get_by_text("Overlap and catch-up").click()
    form.get_by_role("radio", name="Let one wait").check()
    form.get_by_text("Limits and days left out").click()
    form.get_by_role("button", name="Leave out public holidays").click()
    expect(form.get_by_role("combobox", name="Public holidays of")).to_be_visible()
    form.get_by_label("Single days left out").fill("2030-12-24")
    form.get_by_role("button", name="Leave out", exact=True).click()
    expect(form.get_by_text("2030-12-24", exact=True)).to_be_visible()
    form.get_by_text("Limits and days left out").scroll_into_view_if_needed()
    ann.look("form")
    form.get_by_role("button", name="Deploy to Development").click()
    card = ann.page.get_by_role("article", name="Development")
    expect(card.get_by_text(re.compile("one waits for the one before"))).to_be_visible()
    ann.go("Executions")
    expect(ann.text(re.compile("It waits for its turn")).first).to_be_visible(timeout=30_000)
    expect(ann.text(re.compile("only one may wait")).first).to_be_visible(timeout=30_000)
    ann.look("executions")
    client.post(f"{path}/environments/development/stop", {})


def test_a_schedule_that_fails_too_often_ends_and_says_so(server: Server, client: Client, person: NewPerson) -> None:
    path = prepared.saved(client, "ending", "failing", {"main.py": FAILING})
    prepared.built(client, path)
    schedule = {"trigger": {"kind": "interval", "every_s": 1}, "end_after_failures": 2}
    client.post(f"{path}/deployments", {"environment": "development", "schedules": [schedule]})
    ann = person(server)
    ann.sign_in()
    ann.open(f"{path}/deploy", "Deploy")
    card = ann.page.get_by_role("article", name="Development")
    expect(card.get_by_text(re.compile("It failed 2 times in a row"))).to_be_visible(timeout=30_000)
    ann.look("ended")
