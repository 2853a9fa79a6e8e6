"""Two who edit at once, and one who nearly leaves without saving."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Dialog, Locator, expect
from tests.stories import prepared
from tests.stories.conftest import NewPerson
from tests.support.browser import Person
from tests.support.server import Server

from clockhouse.client import Client

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.mark.long
def test_who_saves_second_sees_what_the_first_saved_and_keeps_their_own(
    server: Server, client: Client, person: NewPerson
) -> None:
    path = prepared.saved(client, "desk", "shared", {})
    ann, ben = person(server), person(server, scheme="dark")
    for each in (ann, ben):
        each.sign_in()
        each.open(f"{path}/develop", "Develop")
    write(ann, "# by Ann")
    write(ben, "# by Ben")

    save(ann, "Say who was here")
    expect(ann.text(re.compile("^Saved as "))).to_be_visible()
    with ben.refused(409, f"{path}/commits"):
        expect(ben.text(re.compile("has saved a newer commit since you began"))).to_be_visible()
        ben.look("told-of-a-newer-commit")
        save(ben, "Say who else was here")
        conflict = ben.page.get_by_role("region", name="Somebody saved meanwhile")
        expect(conflict.get_by_role("alert")).to_contain_text("Say who was here")
    expect(conflict).to_contain_text("# by Ann")
    expect(conflict).to_contain_text("# by Ben")
    ben.look("conflict")
    ben.button("Keep the right side").click()
    expect(editor(ben)).to_contain_text("# by Ben")
    save(ben, "Say who else was here")
    expect(ben.text(re.compile("^Saved as "))).to_be_visible()

    expect(editor(ann)).to_contain_text("# by Ben")  # nothing of hers was unsaved: she sees the newest
    commits = client.get(f"{path}/commits")
    assert [commit["message"] for commit in commits][:2] == ["Say who else was here", "Say who was here"]


@pytest.mark.long
def test_leaving_with_unsaved_changes_asks_first(server: Server, client: Client, person: NewPerson) -> None:
    path = prepared.saved(client, "hall", "open", {})
    ann = person(server)
    ann.sign_in()
    ann.open(f"{path}/develop", "Develop")
    write(ann, "# not yet saved")
    rail = ann.page.get_by_role("navigation", name="Component")
    rail.get_by_role("link", name="Build").click()
    dialog = ann.page.get_by_role("dialog", name="Leave without saving?")
    expect(dialog).to_be_visible()
    ann.look("asked")
    dialog.get_by_role("button", name="Stay").click()
    expect(editor(ann)).to_contain_text("# not yet saved")

    asked: list[str] = []

    def stay(question: Dialog) -> None:
        asked.append(question.type)
        question.dismiss()

    ann.page.once("dialog", stay)
    ann.page.close(run_before_unload=True)
    expect(editor(ann)).to_contain_text("# not yet saved")
    assert asked == ["beforeunload"]

    rail.get_by_role("link", name="Build").click()
    dialog.get_by_role("button", name="Leave without saving").click()
    expect(ann.heading("Build")).to_be_visible()


def editor(person: Person) -> Locator:
    return person.page.get_by_role("textbox", name=re.compile("main.py"))


def write(person: Person, line: str) -> None:
    """A new first line."""
    editor(person).click()
    person.page.keyboard.press("Control+Home")
    person.page.keyboard.type(line + "\n")
    expect(person.text("not saved")).to_be_visible()


def save(person: Person, message: str) -> None:
    person.button("Save").click()
    dialog = person.page.get_by_role("dialog", name="Save as a commit")
    dialog.get_by_role("textbox", name="Message").fill(message)
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(dialog).to_be_hidden()
