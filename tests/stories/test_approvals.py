"""A deployment is asked for and approved by somebody else; an earlier one comes back; the first occurrence decides."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect
from tests.stories import prepared
from tests.stories.conftest import NewPerson
from tests.support.browser import NARROW
from tests.support.server import Server
from tests.support.waiting import eventually

from clockhouse.client import Client

pytestmark = [pytest.mark.browser, pytest.mark.long]

GOOD = "print('counted')\n"
BAD = "raise SystemExit('nothing to count')\n"
CONFIGURED = """
from clockhouse.kit import TaskConfig, run, setting


class Config(TaskConfig):
    tries: int = setting("How often", default=3)


def main(config: Config) -> None:
    print("counted", config.tries)


if __name__ == "__main__":
    run(main)
"""
DAILY = {"kind": "cron", "expression": "0 8 * * *"}
EVERY_SECOND = {"kind": "interval", "every_s": 1}
ANNS = "five words in a row"


def test_two_people_deploy_together(server: Server, client: Client, person: NewPerson) -> None:
    path = prepared.saved(client, "returns", "count", {"main.py": GOOD})
    prepared.deployed(client, path, DAILY)
    client.put("/environments/production/approval", {"role": "operator", "people": []})
    grants = [{"role": "operator", "project": "returns"}]
    link = client.post("/people", {"login": "ann@returns.example", "name": "Ann Lee", "grants": grants})["url"]
    root, ann = person(server), person(server, is_asked_for_a_password=True)
    root.sign_in()
    ann.page.goto(link)
    ann.page.get_by_label("Password", exact=True).fill(ANNS)
    ann.button("Set the password").click()
    expect(ann.heading("Projects")).to_be_visible()

    ann.open(f"{path}/promote/production?from=development", "Promote to Production")
    ann.page.get_by_role("checkbox", name="Watch the first occurrence").check()
    ann.page.get_by_role("textbox", name=re.compile("Note for those who approve")).fill("Counts returns, too")
    ann.button("Ask to promote to Production").click()
    mine = ann.page.get_by_role("article", name="Request 1 for Production")
    expect(mine).to_contain_text("Counts returns, too")
    expect(mine.get_by_role("button")).to_have_count(2)  # to copy the command, and to take it back
    ann.look("asked", whole=True)

    root.open("/", "Projects")
    waiting = root.page.get_by_role("article", name="Request 1 for Production")
    expect(waiting).to_contain_text("Returns / count")
    root.look("waiting")
    waiting.get_by_role("textbox", name="Comment on request 1").fill("Fine")
    waiting.get_by_role("button", name="Approve and deploy").click()
    expect(waiting).to_have_count(0)
    production = ann.page.get_by_role("article", name="Production", exact=True)
    expect(production).to_contain_text("Watching the first occurrence")
    ann.open("/", "Projects")
    news = ann.page.get_by_role("region", name="1 request of yours was decided")
    expect(news).to_contain_text("by admin: it is deployment 1: “Fine”")
    ann.button("I have seen request 1").click()
    expect(news).to_have_count(0)
    client.put("/environments/production/approval", {})


def test_what_is_set_is_asked_for(server: Server, client: Client, person: NewPerson) -> None:
    path = prepared.saved(client, "rates", "count", {"main.py": CONFIGURED})
    prepared.deployed(client, path, DAILY)
    client.post(f"{path}/promotions", {"source": "development", "target": "production"})
    client.put("/environments/production/approval", {"role": "operator", "people": []})
    client.put(f"{path}/configuration/tries", {"value": 7}, environment="production")
    ann = person(server)
    ann.sign_in()

    ann.page.goto(f"{path}/settings#configuration")
    ann.button("Ask to redeploy Production…").click()
    ann.field("Note for those who approve").fill("The other side is slow")
    ann.look("ask-to-redeploy")
    ann.button("Ask to redeploy Production").click()
    expect(ann.text("Others are asked to approve of what is set for Production.")).to_be_visible()

    ann.open(f"{path}/deploy", "Deploy")
    expect(ann.page.get_by_role("article", name="Request 1 for Production")).to_contain_text("tries: 3 → 7")
    expect(ann.page.get_by_role("region", name="History")).to_contain_text("A roll back does not wait for it")
    client.put("/environments/production/approval", {})


def test_an_earlier_deployment_comes_back_by_one_click(server: Server, client: Client, person: NewPerson) -> None:
    path = prepared.saved(client, "stock", "count", {"main.py": GOOD})
    prepared.deployed(client, path, DAILY)
    client.post(f"{path}/deployments", {"environment": "development", "schedules": [], "time_out_s": 30})
    ann = person(server)
    ann.sign_in()

    ann.open(f"{path}/deploy", "Deploy")
    history = ann.page.get_by_role("region", name="History")
    expect(history).to_contain_text("time out: none → 30 s")
    ann.button("Roll back Development to #1").click()

    expect(history.get_by_role("row", name=re.compile("Rolled back to 1"))).to_be_visible()
    expect(ann.page.get_by_role("article", name="Development", exact=True)).to_contain_text("At 08:00")
    ann.look("rolled-back", whole=True)
    ben = person(server, scheme="dark", size=NARROW)
    ben.sign_in()
    ben.open(f"{path}/deploy", "Deploy")
    expect(ben.page.get_by_role("region", name="History")).to_contain_text("Rolled back to 1")
    ben.look("narrow", whole=True)


def test_a_first_occurrence_that_fails_brings_the_one_before_back(
    server: Server, client: Client, person: NewPerson
) -> None:
    path = prepared.saved(client, "prices", "count", {"main.py": GOOD})
    prepared.deployed(client, path, DAILY)
    prepared.save(client, path, {"main.py": BAD}, "Count nothing")
    prepared.deployed(client, path, EVERY_SECOND, watch=True)

    def present() -> bool:
        card = client.get(f"{path}/environments")[0]
        return bool(card["deployment"]["rolled_back_to"] == 1)

    eventually(present, within=30.0)
    ann = person(server)
    ann.sign_in()
    ann.open(f"{path}/deploy", "Deploy")
    development = ann.page.get_by_role("article", name="Development", exact=True)
    expect(development).to_contain_text("Deployment 2 failed at its first occurrence")
    expect(development).to_contain_text("Paused")
    expect(ann.page.get_by_role("region", name="History")).to_contain_text(
        "Its first occurrence failed: went back to 1"
    )
    ann.look("went-back", whole=True)
