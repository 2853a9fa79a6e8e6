"""Builds that fail say why, at the line that explains it."""

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

BROKEN = "import logging\n\n\ndef main(:\n    pass\n"
# Nothing is asked of a package index: without one, no name exists.
UNINSTALLABLE = "--no-index\n# for the shop\nsurely-there-is-no-such-thing>=2\n"


def test_a_syntax_error_is_pinned_above_the_log_and_leads_to_its_line(
    server: Server, client: Client, person: NewPerson
) -> None:
    path = prepared.saved(client, "broken", "syntax", {"main.py": BROKEN})
    ann = person(server)
    ann.sign_in()
    problem = build(ann, path, "main.py:4")
    expect(problem).to_contain_text("def main(:")
    ann.look("syntax-error")
    problem.get_by_role("link", name="main.py:4").click()
    expect(ann.heading("Develop")).to_be_visible()
    expect(ann.page.get_by_role("textbox", name=re.compile("main.py"))).to_contain_text("def main(:")
    ann.look("its-line")


@pytest.mark.long
def test_a_requirement_that_cannot_be_installed_is_named(server: Server, client: Client, person: NewPerson) -> None:
    path = prepared.saved(client, "lacking", "dependency", {"requirements.txt": UNINSTALLABLE})
    ann = person(server)
    ann.sign_in()
    problem = build(ann, path, "requirements.txt:3")
    expect(problem).to_contain_text("surely-there-is-no-such-thing>=2")
    ann.look("uninstallable")


def build(ann: Person, path: str, place: str) -> Locator:
    """Builds the newest commit, which fails; returns where the page says why."""
    ann.open(f"{path}/build", "Build")
    ann.button("Build latest").click()
    expect(ann.heading("Build 1")).to_be_visible()
    expect(ann.text("Failed").first).to_be_visible()
    problem = ann.page.get_by_role("region", name="Problem")
    expect(problem.get_by_role("link", name=place)).to_be_visible()
    return problem
