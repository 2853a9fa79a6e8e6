"""A clockhouse.yaml beside the code says when a task runs: it is seen where one would have said it otherwise."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from tests.stories import prepared
from tests.stories.conftest import NewPerson
from tests.support.server import Server

from clockhouse.client import Client

pytestmark = [pytest.mark.browser, pytest.mark.slow]

FILE = "build: {time_out: 5m}\nenvironments: {development: {schedules: [{every: 10m}], time_out: 30s}}\n"


def test_what_the_file_says_is_deployed_and_is_not_asked_for(server: Server, client: Client, person: NewPerson) -> None:
    path = prepared.saved(client, "coded", "report", {"main.py": "print('done')\n", "clockhouse.yaml": FILE})
    assert prepared.built(client, path)["declaration"] == FILE
    ann = person(server)
    ann.sign_in()
    ann.open("/projects/coded/components/report/settings", "Settings")
    note = ann.page.get_by_role("region", name="As code").get_by_role("note")
    expect(note).to_contain_text("What counts is clockhouse.yaml of build 1.")
    expect(note).to_contain_text("Development: the schedule, time-out")
    ann.text("This component as a clockhouse.yaml").click()
    ann.look("as-code", whole=True)

    ann.open("/projects/coded/components/report/deploy?deploy=development", "Deploy")
    form = ann.page.get_by_role("dialog")
    expect(form.get_by_role("note")).to_contain_text("Every 10 minutes")
    expect(form.get_by_role("note")).to_contain_text("Change the file, and build it.")
    ann.look("said-by-the-file")
    form.get_by_role("button", name="Deploy to Development").click()
    expect(ann.text("Build 1 is deployed to Development.")).to_be_visible()
    [card, _] = client.get(f"{path}/environments")
    assert (card["deployment"]["time_out_s"], card["deployment"]["schedules"][0]["words"]) == (30, "Every 10 minutes")
