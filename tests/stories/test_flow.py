"""One source, two views: what is typed is drawn, and what is looked at in one is found in the other."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect
from tests.stories import prepared
from tests.stories.conftest import NewPerson
from tests.support.application import Application
from tests.support.browser import NARROW, Person
from tests.support.server import Server

from clockhouse.client import Client

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SOURCE = """import logging

log = logging.getLogger(__name__)


def main() -> None:
    total = 1
    log.info("Total: %s", total)
    print(total)
"""


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

    add_line(ann, "total = 1")
    expect(steps(chart)).to_have_count(before + 1)
    expect(step(chart, "Variable total = 1")).to_have_attribute("aria-current", "step")
    ann.page.keyboard.type("\nagain = 1 +")
    expect(chart.get_by_role("button", name=re.compile("Not Python yet"))).to_be_visible()
    expect(steps(chart)).to_have_count(before + 2)
    ann.look("half-typed")
    ann.page.keyboard.type(" 2")
    expect(step(chart, "Variable again = 1 + 2")).to_be_visible()
    expect(chart.get_by_role("button", name=re.compile("Not Python yet"))).to_have_count(0)


def test_a_flow_is_edited_by_keyboard_and_taken_back_in_either_view(
    server: Server, client: Client, person: NewPerson
) -> None:
    path = prepared.saved(client, "heath", "health", {"main.py": SOURCE})
    ann = person(server, scheme="dark", size=(1280, 720))
    ann.sign_in()
    ann.open(f"{path}/develop", "Develop")
    chart, press, here = flow(ann, "main"), ann.page.keyboard.press, focused(ann)
    steps(chart).first.focus()
    press("ArrowDown")
    expect(here).to_have_accessible_name(re.compile(r"Log .*Step 2 of 3"))
    insert(ann, "log a warning")
    form(ann).get_by_role("textbox", name="Message").fill("Nearly")
    press("Enter")
    expect(step(chart, 'Log: warning "Nearly"')).to_be_visible()
    ann.look("put-in")
    press("Escape")
    expect(here).to_have_accessible_name(re.compile("Nearly.*Step 3 of 4"))
    press("Alt+ArrowUp")
    expect(here).to_have_accessible_name(re.compile("Nearly.*Step 2 of 4"))
    press("Shift+ArrowDown")
    press("Control+d")
    expect(steps(chart)).to_have_count(6)
    press("Control+z")
    expect(steps(chart)).to_have_count(4)
    press("Control+/")
    expect(chart.get_by_role("button", name=re.compile("^Switched off"))).to_have_count(2)  # both are chosen again
    assert code(ann).count("    # off: ") == 2

    press("g")
    expect(editor(ann)).to_be_focused()
    ann.page.keyboard.type("x")  # in the code: one more to take back
    for _ in range(6):
        press("Control+z")
    expect(steps(chart)).to_have_count(3)
    assert code(ann) == SOURCE


@pytest.mark.long
def test_the_flow_alone_is_a_view_with_an_outline_that_is_remembered(
    server: Server, client: Client, person: NewPerson
) -> None:
    path = prepared.saved(client, "fen", "health", {}, template="health-check")
    ann = person(server)
    ann.sign_in()
    ann.open(f"{path}/develop", "Develop")
    view = ann.page.get_by_role("radiogroup", name="View")
    view.get_by_text("Flow").click()
    expect(editor(ann)).to_be_hidden()
    steps(flow(ann, "main")).first.click()
    ann.page.keyboard.press("Shift+F10")
    expect(ann.page.get_by_role("menuitem", name="Duplicate")).to_be_visible()
    ann.look("menu")
    ann.page.get_by_role("menuitem", name="Make a function of it").click()
    expect(ann.page.get_by_role("textbox", name="Name of the function")).to_be_focused()
    ann.page.keyboard.press("Escape")
    expect(focused(ann)).to_have_accessible_name(re.compile("Step 1 of"))
    ann.page.keyboard.press("Control+k")
    ann.page.get_by_role("combobox", name="Actions").fill("main.py")
    ann.page.keyboard.press("Enter")
    expect(flow(ann, "main.py")).to_be_visible()
    ann.button("Outline").click()
    tree = ann.page.get_by_role("tree", name="Outline of main.py")
    expect(tree.get_by_role("treeitem").first).to_be_visible()
    ann.look("outline")
    ann.page.reload()
    expect(editor(ann)).to_be_hidden()
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
    expect(ann.button("Undo")).to_have_count(0)  # it is to be read
    ann.look("outline")


@pytest.mark.long
def test_a_health_check_is_designed_from_an_empty_file_in_the_flow_alone(
    server: Server, client: Client, person: NewPerson, application: Application
) -> None:
    path = prepared.saved(client, "down", "health", {"main.py": ""})
    ann = person(server)
    ann.sign_in()
    ann.open(f"{path}/develop", "Develop")
    ann.page.get_by_role("radiogroup", name="View").get_by_text("Flow").click()
    ann.look("empty")
    ann.button("Insert at the end").click()
    ann.button("Create main").click()
    chart, press, here = flow(ann, "main"), ann.page.keyboard.press, focused(ann)
    expect(here).to_have_accessible_name(re.compile("^Nothing"))
    insert(ann, "http request")
    write(form(ann).get_by_role("textbox", name="path", exact=True), application.url)
    expect(step(chart, f":{application.port}")).to_be_visible()
    press("Escape")
    insert(ann, "if")
    write(form(ann).get_by_role("textbox", name="Condition"), "answer.status == 200")
    expect(step(chart, "If answer.status == 200")).to_be_visible()
    press("Escape")
    press("ArrowDown")
    insert(ann, "log")
    write(form(ann).get_by_role("textbox", name="Message"), "Healthy")
    expect(step(chart, 'Log "Healthy"')).to_be_visible()
    press("Escape")
    press("ArrowRight")
    expect(here).to_have_accessible_name(re.compile("^Nothing"))
    insert(ann, "stop")
    write(form(ann).get_by_role("textbox", name="Failure"), "SystemExit(1)")
    expect(step(chart, "Raise SystemExit(1)")).to_be_visible()
    ann.look("designed")
    # What was designed is changed in its code, and the flow follows.
    ann.page.get_by_role("radiogroup", name="View").get_by_text("Both").click()
    editor(ann).get_by_text("200", exact=True).dblclick()
    ann.page.keyboard.type("201")
    expect(step(chart, "If answer.status == 201")).to_have_attribute("aria-current", "step")
    press("Control+z")
    expect(step(chart, "If answer.status == 200")).to_be_visible()

    press("Control+s")
    saving = ann.page.get_by_role("dialog", name="Save as a commit")
    saving.get_by_role("button", name="Save", exact=True).click()
    expect(ann.text(re.compile("^Saved as "))).to_be_visible()
    prepared.deployed(client, path, {"kind": "interval", "every_s": 1})
    ann.go("Executions")
    ann.page.get_by_role("link", name=re.compile("Succeeded")).first.click()
    expect(ann.page.get_by_role("region", name="Log lines")).to_contain_text("Healthy")
    ann.look("healthy")


def flow(person: Person, name: str) -> Locator:
    return person.page.get_by_role("group", name=f"Flow of {name}", exact=True)


def focused(person: Person) -> Locator:
    return person.page.locator("[data-step]:focus")


def insert(person: Person, words: str) -> None:
    """Puts in what the palette finds first, below the step that has the focus; its form is open then."""
    expect(focused(person)).to_be_visible()
    person.page.keyboard.press("+")
    person.page.get_by_role("combobox", name="Insert a step").fill(words)
    expect(person.page.get_by_role("listbox").get_by_role("option", selected=True)).to_be_visible()
    person.page.keyboard.press("Enter")
    expect(person.page.locator("[data-panel-body] :focus")).to_be_visible()


def form(person: Person) -> Locator:
    return person.page.get_by_role("region", name="Step")


def write(field: Locator, text: str) -> None:
    """Into a field of the form, in place of what it has."""
    field.fill(text)
    field.press("Enter")


def code(person: Person) -> str:
    """The source as the editor has it."""
    lines = "[...document.querySelectorAll('[aria-label=\"main.py\"] .cm-line')].map(line => line.textContent)"
    found: str = person.page.evaluate(f"{lines}.join('\\n')")
    return found


def steps(chart: Locator) -> Locator:
    return chart.get_by_role("button", name=re.compile(r"Step \d+ of \d+"))


def step(chart: Locator, words: str) -> Locator:
    return chart.get_by_role("button", name=re.compile(rf"{re.escape(words)}.*Step \d+ of"))


def editor(person: Person) -> Locator:
    return person.page.get_by_role("textbox", name=re.compile("main.py"))


def add_line(person: Person, line: str) -> None:
    """A new line at the end of `main`."""
    editor(person).get_by_text(re.compile("log.info")).click()
    person.page.keyboard.press("End")
    person.page.keyboard.press("Enter")
    person.page.keyboard.type(line)
