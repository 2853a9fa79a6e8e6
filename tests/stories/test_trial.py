"""What is not saved is run in the editor, and what failed is looked at there."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect
from tests.stories import prepared
from tests.stories.conftest import NewPerson
from tests.support.browser import Person
from tests.support.server import Server
from tests.support.waiting import eventually

from clockhouse.client import Client

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SOURCE = """\
from clockhouse.kit import Secret, TaskConfig, run, setting


class Config(TaskConfig):
    shares: int = setting("How many share it")
    key: Secret = setting("The key")


def main(config: Config) -> None:
    whole = 12
    each = whole / config.shares
    print(f"each gets {each}", config.key.reveal())


run(main)
"""


def test_a_draft_is_run_and_a_failed_execution_is_opened(server: Server, client: Client, person: NewPerson) -> None:
    path = prepared.saved(client, "dale", "shares", {"main.py": SOURCE})
    prepared.deployed(client, path, configuration={"shares": 3, "key": "hush-hush"})
    ann = person(server)
    ann.sign_in()
    ann.open(f"{path}/develop", "Develop")
    chart = ann.page.get_by_role("group", name="Flow of main")
    expect(step(chart, "whole = 12")).to_be_visible()

    change(ann, "whole = 12", "whole = 30")
    ann.page.keyboard.press("Control+Enter")
    panel = ann.page.get_by_role("region", name="Run", exact=True)
    expect(panel.get_by_role("status")).to_contain_text("Succeeded")
    expect(panel.get_by_role("log")).to_have_text("each gets 10.0 ****")
    expect(step(chart, "each = whole")).to_have_accessible_name(re.compile("Ran once.*Value: 10.0"))
    ann.look("run")
    step(chart, "each = whole").click()
    change(ann, "/ config.shares", "/ 0")
    expect(step(chart, "each = whole")).to_have_accessible_name(re.compile("Changed since"))
    ann.page.keyboard.press("Control+Enter")
    expect(panel.get_by_role("status")).to_contain_text("ZeroDivisionError")
    expect(step(chart, "each = whole")).to_have_accessible_name(re.compile("Failed here: ZeroDivisionError"))
    expect(step(chart, "each gets")).to_have_accessible_name(re.compile("Not run"))
    ann.look("failed")
    assert prepared.executions(client, "dale", "shares") == []

    execution = failed(client, path)
    ann.page.once("dialog", lambda dialog: dialog.accept())
    ann.open(f"{path}/executions/{execution}", re.compile("Execution of"))
    ann.link("Open in editor").click()
    expect(ann.heading("Develop")).to_be_visible()
    expect(step(chart, "each = whole")).to_have_attribute("aria-current", "step")
    values = ann.page.get_by_role("region", name="Last run")
    expect(values).to_contain_text("Failed here: ZeroDivisionError")
    expect(values).to_contain_text("whole")
    expect(values).to_contain_text("Config(shares=0, key=****)")
    expect(ann.page.get_by_text("hush-hush")).to_have_count(0)
    ann.look("opened")


def failed(client: Client, path: str) -> str:
    """An execution that failed, by its id."""
    made = client.post(f"{path}/environments/development/run", {"arguments": {"shares": 0}})

    def over() -> bool:
        return client.get(f"/executions/{made['id']}")["state"] == "failed"

    assert eventually(over, within=30)
    return str(made["id"])


def step(chart: Locator, words: str) -> Locator:
    return chart.get_by_role("button", name=re.compile(re.escape(words))).first


def change(ann: Person, old: str, new: str) -> None:
    """Selects what is written in the code, as with its search, and types over it."""
    editor = ann.page.get_by_role("textbox", name=re.compile("main.py"))
    editor.locator(".cm-line", has_text=old).first.click()
    ann.page.keyboard.press("Home")
    line = editor.locator(".cm-line", has_text=old).first.inner_text()
    ann.page.keyboard.press("Shift+End")
    ann.page.keyboard.type(line.strip().replace(old, new))
