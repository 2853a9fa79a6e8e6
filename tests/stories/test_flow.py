"""One source, two views: what is typed is drawn, and what is looked at in one is found in the other."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect
from tests.stories import prepared
from tests.stories.conftest import NewPerson
from tests.support.browser import NARROW, Person
from tests.support.server import Server

from clockhouse.client import Client

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_template_is_seen_as_a_flow_that_follows_what_is_typed(
    server: Server, client: Client, person: NewPerson
) -> None:
    path = prepared.saved(client, "meadow", "health", {}, template="health-check")
    ann = person(server)
    ann.sign_in()
    ann.open(f"{path}/develop", "Develop")
    chart = ann.page.get_by_role("group", name="Flow of main")
    expect(steps(chart).first).to_be_visible()
    before = steps(chart).count()
    ann.look("both-views")

    write(ann, "total = 1")
    expect(steps(chart)).to_have_count(before + 1)
    expect(step(chart, "Variable total = 1")).to_have_attribute("aria-current", "step")
    ann.page.keyboard.type("\nagain = 1 +")
    expect(chart.get_by_role("button", name=re.compile("Not Python yet"))).to_be_visible()
    expect(steps(chart)).to_have_count(before + 2)
    ann.look("half-typed")
    ann.page.keyboard.type(" 2")
    expect(step(chart, "Variable again = 1 + 2")).to_be_visible()
    expect(chart.get_by_role("button", name=re.compile("Not Python yet"))).to_have_count(0)


def test_a_step_is_reached_by_keyboard_and_leads_to_its_code(server: Server, client: Client, person: NewPerson) -> None:
    path = prepared.saved(client, "heath", "health", {}, template="health-check")
    ann = person(server, scheme="dark")
    ann.sign_in()
    ann.open(f"{path}/develop", "Develop")
    chart = ann.page.get_by_role("group", name="Flow of main")
    first = steps(chart).first
    first.focus()
    expect(first).to_have_attribute("aria-current", "step")
    ann.page.keyboard.press("ArrowDown")
    second = chart.locator("[aria-current=step]")
    expect(second).to_be_focused()
    expect(second).to_have_accessible_name(re.compile("Step 2 of"))
    ann.look("walked")
    ann.page.keyboard.press("Enter")
    expect(editor(ann)).to_be_focused()

    view = ann.page.get_by_role("radiogroup", name="View")
    view.get_by_text("Flow").click()
    expect(editor(ann)).to_be_hidden()
    ann.look("flow-alone")
    ann.page.get_by_label("Flow of").first.select_option(label="main.py")
    ann.look("whole-file")
    ann.button("Outline").click()
    tree = ann.page.get_by_role("tree", name="Outline of main.py")
    expect(tree.get_by_role("treeitem").first).to_be_visible()
    ann.look("outline")
    ann.page.reload()
    expect(editor(ann)).to_be_hidden()  # the choice is remembered
    view.get_by_text("Both").click()
    expect(editor(ann)).to_be_visible()


def test_a_phone_shows_the_outline(server: Server, client: Client, person: NewPerson) -> None:
    path = prepared.saved(client, "moor", "health", {}, template="health-check")
    ann = person(server, size=NARROW)
    ann.sign_in()
    ann.open(f"{path}/develop", "Develop")
    expect(editor(ann)).to_be_visible()
    ann.page.get_by_role("radiogroup", name="View").get_by_text("Outline").click()
    tree = ann.page.get_by_role("tree", name="Outline of main")
    expect(tree.get_by_role("treeitem").first).to_be_visible()
    ann.look("outline")


def steps(chart: Locator) -> Locator:
    return chart.get_by_role("button", name=re.compile(r"Step \d+ of \d+"))


def step(chart: Locator, words: str) -> Locator:
    return chart.get_by_role("button", name=re.compile(re.escape(words)))


def editor(person: Person) -> Locator:
    return person.page.get_by_role("textbox", name=re.compile("main.py"))


def write(person: Person, line: str) -> None:
    """A new line at the end of `main`."""
    editor(person).get_by_text(re.compile("log.info")).click()
    person.page.keyboard.press("End")
    person.page.keyboard.press("Enter")
    person.page.keyboard.type(line)
