"""What people want of a deployment at times: other values once, a pause until then, another schedule, a backfill."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect
from tests.stories import prepared
from tests.stories.conftest import NewPerson
from tests.support.server import Server
from tests.support.waiting import eventually

from clockhouse.client import Client
from clockhouse.task.clock import SystemClock

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.long]

GREETING = """
from clockhouse.kit import TaskConfig, run, setting


class Config(TaskConfig):
    name: str = setting("Who is greeted", default="world")


def main(config: Config) -> None:
    print(f"hello {config.name}", flush=True)


if __name__ == "__main__":
    run(main)
"""
HOURLY = {"kind": "cron", "expression": "0 * * * *", "zone": "UTC"}
A_FIELD = "%Y-%m-%dT%H:%M"


def test_wishes_beside_the_schedule(server: Server, client: Client, person: NewPerson) -> None:
    path = prepared.saved(client, "wishes", "greeting", {"main.py": GREETING})
    prepared.deployed(client, path, HOURLY)
    ann = person(server, zone="UTC")
    ann.sign_in()
    ann.open(f"{path}/deploy", "Deploy")
    card = ann.page.get_by_role("article", name="Development")

    card.get_by_role("button", name="More for Development").click()
    ann.page.get_by_role("menuitem", name="Run with other values").click()
    dialog = ann.page.get_by_role("dialog", name="Run once in Development")
    dialog.get_by_role("textbox", name=re.compile("^name", re.IGNORECASE)).fill("maya")
    ann.look("other-values")
    dialog.get_by_role("button", name=re.compile("Run")).click()
    expect(ann.page.get_by_role("region", name="Log lines")).to_contain_text("hello maya")
    expect(ann.text("With name")).to_be_visible()

    ann.open(f"{path}/deploy", "Deploy")
    later = SystemClock().now() + timedelta(days=2)
    card.get_by_role("button", name="Pause", exact=True).click()
    dialog = ann.page.get_by_role("dialog", name=re.compile("Pause"))
    dialog.get_by_label("Note").fill("The printer is being moved")
    dialog.get_by_label("Until").fill(later.strftime(A_FIELD))
    ann.look("pause-until")
    dialog.get_by_role("button", name=re.compile("Pause")).click()
    expect(card.get_by_text(re.compile("The printer is being moved"))).to_be_visible()
    ann.look("paused")
    paused = client.get(f"{path}/deployments")[0]["pause"]
    assert paused["until"][:16] == later.strftime(A_FIELD)
    card.get_by_role("button", name="Resume").click()
    expect(card.get_by_role("button", name="Pause", exact=True)).to_be_visible()

    card.get_by_role("button", name="More for Development").click()
    ann.page.get_by_role("menuitem", name="Edit schedule").click()
    form = ann.page.get_by_role("dialog", name=re.compile("Development"))
    form.get_by_role("textbox", name=re.compile("Cron|Expression")).first.fill("30 * * * *")
    expect(form.get_by_text(re.compile(r"\d\d:30:00")).first).to_be_visible()
    ann.look("edit-schedule")
    form.get_by_role("button", name=re.compile("^(Change|Deploy|Save)")).last.click()
    expect(form).to_be_hidden()
    eventually(lambda: client.get(f"{path}/deployments")[0]["schedules"][0]["trigger"]["expression"] == "30 * * * *")

    ann.go("Executions")
    ann.page.get_by_role("button", name="Backfill…").click()
    dialog = ann.page.get_by_role("dialog", name="Backfill")
    since = (later - timedelta(days=3)).replace(minute=0)
    dialog.get_by_label("From", exact=True).fill(since.strftime(A_FIELD))
    dialog.get_by_label("To", exact=True).fill((since + timedelta(hours=3)).strftime(A_FIELD))
    expect(dialog.get_by_role("button", name="Execute 3")).to_be_enabled()
    ann.look("backfill")
    dialog.get_by_role("button", name="Execute 3").click()
    expect(dialog).to_be_hidden()
    eventually(lambda: len(prepared.executions(client, "wishes", "greeting", state="succeeded")) == 4)
    ann.look("backfilled")
