"""A step is changed in its form, settings are declared beside it, and data is mapped by links: all of one source."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect
from tests.stories import prepared
from tests.stories.conftest import NewPerson
from tests.support.browser import Person
from tests.support.server import Server

from clockhouse.client import Client

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TASK = '''\
"""Counts what is open."""

from dataclasses import dataclass
from typing import TypedDict

from clockhouse.kit import TaskConfig, data_mapper, run, setting


class Config(TaskConfig):
    repository: str = setting("Where to look")


class Item(TypedDict):
    sku: str
    count: int


class Order(TypedDict):
    number: str
    buyer: str
    items: list[Item]


@dataclass
class Line:
    article: str
    amount: int


@dataclass
class Invoice:
    reference: str
    recipient: str
    lines: list[Line]


@data_mapper
def to_invoice(order: Order) -> Invoice:
    pass


def count(repository: str, *, timeout: float = 5.0, strict: bool = False) -> int:
    """How many are open."""
    return len(repository)


def main(config: Config) -> None:
    found = count(config.repository, timeout=3.0)
    print(found, to_invoice({"number": "1", "buyer": "Ann", "items": [{"sku": "a", "count": 2}]}))


if __name__ == "__main__":
    run(main)
'''
MAPPED = """\
    return Invoice(
        reference=order["number"],
        recipient=order["buyer"].title(),
        lines=[Line(article=item["sku"], amount=item["count"]) for item in order["items"]],
    )
"""


@pytest.mark.long
def test_a_step_is_changed_in_its_form_and_keeps_what_is_refused(
    server: Server, client: Client, person: NewPerson
) -> None:
    ann = at_work(person, server, prepared.saved(client, "forms", "count", {"main.py": TASK}))
    form = opened(ann, "found = count")
    timeout = form.get_by_role("textbox", name="timeout")
    timeout.fill("7.5")
    timeout.press("Enter")
    expect(code(ann)).to_contain_text("count(config.repository, timeout=7.5)")

    repository = form.get_by_role("textbox", name="repository")
    repository.click()
    ann.page.keyboard.press("Control+a")
    ann.page.keyboard.type("config.rep")
    expect(ann.page.get_by_role("option", name=re.compile("repository"))).to_be_visible()
    ann.look("completion")
    ann.page.keyboard.press("Enter")
    expect(repository).to_have_text("config.repository")
    ann.page.keyboard.type(" +")
    expect(form.get_by_role("alert")).to_contain_text("Something is missing after “+”.")
    ann.page.keyboard.press("Enter")
    expect(form.get_by_role("alert")).to_contain_text("what you typed stays here")
    expect(repository).to_have_text("config.repository +")
    expect(code(ann)).to_contain_text("count(config.repository, timeout=7.5)")
    ann.look("refused")


@pytest.mark.long
def test_settings_and_mappings_are_made_beside_the_code(server: Server, client: Client, person: NewPerson) -> None:
    path = prepared.saved(client, "mapping", "count", {"main.py": TASK})
    ann = at_work(person, server, path, scheme="dark", size=(1280, 720))
    declared(ann)
    renamed(ann)
    mapped(ann)
    ann.button("Save").click()
    ann.page.get_by_role("dialog", name="Save as a commit").get_by_role("button", name="Save").click()
    ann.text(re.compile("Saved as")).wait_for()
    source = next(each["text"] for each in client.get(f"{path}/source")["files"] if each["path"] == "main.py")
    assert MAPPED in source
    assert 'mode: Literal["fast", "slow"] = setting("How to go about it", default="slow")' in source
    assert "    place: str = setting" in source
    assert "count(config.place, timeout=3.0)" in source
    assert source.endswith(TASK[TASK.index("    print(found") :])
    assert prepared.built(client, path)["status"] == "succeeded"


def declared(ann: Person) -> None:
    """Adds a setting, and renames one with its uses."""
    ann.button("Configuration").click()
    panel = ann.page.get_by_role("region", name="Configuration")
    panel.get_by_role("button", name="Add a setting").click()
    panel.get_by_label("Name").fill("mode")
    panel.get_by_role("combobox", name="Type").click()
    ann.page.get_by_role("option", name="One of several").click()
    for choice in ("fast", "slow"):
        panel.get_by_label("Choices").first.fill(choice)
        ann.page.keyboard.press("Enter")
    panel.get_by_label("Description").fill("How to go about it")
    panel.get_by_text("Use a default").click()
    panel.get_by_role("combobox", name="Default").click()
    ann.page.get_by_role("option", name="slow").click()
    ann.look("setting")
    panel.get_by_role("button", name="Add", exact=True).click()
    expect(panel.get_by_role("button", name=re.compile("mode"))).to_have_count(2)
    panel.get_by_role("button", name=re.compile("^repository")).click()
    panel.get_by_label("Name").fill("place")
    panel.get_by_role("button", name="Apply").click()
    expect(code(ann)).to_contain_text("place: str")
    ann.look("settings")


def renamed(ann: Person) -> None:
    """Gives a variable another name wherever it is used, and takes that back."""
    form = opened(ann, "found = count")
    result = form.get_by_role("textbox", name="Result")
    result.press("F2")
    form.get_by_role("textbox", name="Result: new name, everywhere").fill("open_ones")
    ann.page.keyboard.press("Enter")
    expect(code(ann)).to_contain_text("print(open_ones")
    ann.button("Undo").click()
    expect(code(ann)).to_contain_text("print(found")


def mapped(ann: Person) -> None:
    """Maps an order to an invoice, from nothing, by keyboard, by pointer and by an expression."""
    form = opened(ann, "to_invoice", chart="main.py")
    form.get_by_role("button", name="Open mapper").click()
    dialog = ann.page.get_by_role("dialog", name="Data mapper to_invoice")
    given, made = dialog.get_by_role("tree", name="Input"), dialog.get_by_role("tree", name="Output")
    item(given, "number").click()
    item(made, "reference").click()
    dialog.get_by_role("button", name="Link", exact=True).click()
    expect(item(made, "reference")).to_contain_text(re.compile(r"from order \W number"))
    item(given, "buyer").drag_to(item(made, "recipient"))
    expect(item(made, "recipient")).to_contain_text(re.compile(r"from order \W buyer"))
    item(made, "recipient").click()
    value = dialog.get_by_role("textbox", name="Value of recipient")
    value.press("End")
    ann.page.keyboard.type(".title()")
    ann.page.keyboard.press("Control+Enter")
    expect(item(made, "recipient")).to_contain_text('order["buyer"].title()')
    for source, target in (("sku", "article"), ("count", "amount")):
        item(made, target).click()
        item(given, source).click()
        ann.page.keyboard.press("Enter")
        expect(item(made, target)).to_contain_text(re.compile(r"from order \W items \W each"))
    ann.look("mapped")
    item(made, "amount").click()
    ann.page.keyboard.press("Delete")
    expect(item(made, "amount")).to_contain_text("It needs a value.")
    item(given, "count").click()
    ann.page.keyboard.press("Enter")
    expect(item(made, "amount")).to_contain_text(re.compile(r"from order \W items \W each"))
    ann.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


def at_work(person: NewPerson, server: Server, path: str, **window: object) -> Person:
    ann = person(server, **window)
    ann.sign_in()
    ann.open(f"{path}/develop", "Develop")
    return ann


def opened(ann: Person, words: str, *, chart: str = "main") -> Locator:
    """The form of the step with these words."""
    ann.page.get_by_role("combobox", name="Flow of").select_option(label=chart)
    flow = ann.page.get_by_role("group", name=f"Flow of {chart}", exact=True)
    flow.locator("button[data-step]").filter(has_text=words).first.click()
    ann.page.keyboard.press("Enter")
    form = ann.page.get_by_role("region", name="Step")
    expect(form.get_by_role("form")).to_be_visible()
    return form


def code(ann: Person) -> Locator:
    return ann.page.get_by_role("textbox", name="main.py", exact=True)


def item(tree: Locator, name: str) -> Locator:
    return tree.get_by_role("treeitem", name=re.compile(rf"^{name}\b"))
