"""The page that describes the API."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from tests.stories.conftest import NewPerson
from tests.support.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.long]


def test_the_api_is_described_and_can_be_tried(server: Server, person: NewPerson) -> None:
    ann = person(server)
    ann.sign_in()
    ann.page.goto("/api/docs")
    ann.text("Get Session").click()
    ann.button("Try it out").click()
    ann.button("Execute").click()
    expect(ann.text('"name": "admin"').first).to_be_visible()
    ann.keep("tried")
