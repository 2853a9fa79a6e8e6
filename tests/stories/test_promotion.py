"""A promotion is read before it is made: what it changes, and what is missing."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect
from tests.stories import prepared
from tests.stories.conftest import NewPerson
from tests.support.server import Server

from clockhouse.client import Client

pytestmark = pytest.mark.browser

FIRST = """\
from clockhouse.kit import TaskConfig, run, setting


class Config(TaskConfig):
    shop: str = setting("Which shop", default="north")


def main(config: Config) -> None:
    print("Counting", config.shop)


if __name__ == "__main__":
    run(main)
"""
SECOND = FIRST.replace('default="north"', 'pattern="[a-z]+"')
EVERY_TEN_MINUTES = {"kind": "interval", "every_s": 600}
MISSING = "shop needs a value."


@pytest.mark.long
def test_what_a_promotion_changes_is_read_before_it_is_made(server: Server, client: Client, person: NewPerson) -> None:
    ann = person(server)
    ann.sign_in()
    path = prepared.saved(client, "stock", "count", {"main.py": FIRST})
    prepared.deployed(client, path, EVERY_TEN_MINUTES)
    client.post(f"{path}/promotions", {"schedules": [{"trigger": {"kind": "cron", "expression": "0 6 * * *"}}]})
    prepared.save(client, path, {"main.py": SECOND}, "Ask for the shop")
    prepared.deployed(client, path, EVERY_TEN_MINUTES, configuration={"shop": "south"})

    ann.open(f"{path}/deploy", "Deploy")
    ann.page.get_by_role("article", name="Development").get_by_role("link", name="Promote").click()
    page = ann.page
    expect(page.get_by_role("heading", name="Promote to Production")).to_be_visible()
    code = page.get_by_role("region", name="Code")
    expect(code.get_by_text("Ask for the shop")).to_be_visible()
    code.get_by_text("main.py").click()
    expect(code.get_by_role("textbox", name="main.py, in Development")).to_contain_text('pattern="[a-z]+"')
    expect(page.get_by_role("region", name="Evidence")).to_contain_text("has not run in Development yet")

    shop = page.get_by_role("textbox", name=re.compile("^shop"))
    shop.fill("")
    expect(page.get_by_text(MISSING)).to_be_visible()
    expect(page.get_by_role("button", name="Promote to Production")).to_be_disabled()
    shop.fill("east")
    expect(page.get_by_text(MISSING)).to_be_hidden()
    expect(page.get_by_role("table", name="Configuration in Production")).to_contain_text("east")

    page.get_by_role("textbox", name="Cron expression").fill("30 7 * * 1-5")
    then = page.get_by_role("region", name="Schedule: Production then")
    expect(then).to_contain_text("At 07:30, Monday through Friday")
    then.get_by_role("button", name=re.compile(r"1 due, at 07:30$")).first.focus()
    page.keyboard.press("ArrowDown")
    expect(then.locator("button:focus")).to_have_attribute("aria-label", re.compile(r"1 due, at 07:30$"))
    ann.look("promotion-review")

    page.get_by_role("button", name="Promote to Production").click()
    expect(page.get_by_role("article", name="Production")).to_contain_text("At 07:30, Monday through Friday")
    expect(page.get_by_role("article", name="Production")).to_contain_text("Ask for the shop")
