"""Stories of the door: how one gets in, and out again."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from tests.stories.conftest import NewPerson
from tests.support.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_the_printed_address_signs_in_once(server: Server, person: NewPerson) -> None:
    ann, ben = person(server), person(server)
    ann.page.goto(server.sign_in)
    expect(ann.heading("Projects")).to_be_visible()
    expect(ann.page).to_have_url(f"{server.base_url}/")
    ann.look("signed-in")

    with ben.refused(401, "/session"):
        ben.page.goto(server.sign_in)
        expect(ben.page.get_by_role("alert")).to_contain_text("used")
        expect(ben.button("Copy the command: clockhouse sign-in")).to_be_visible()
        ben.look("used-address")


def test_without_a_session_every_address_asks_to_sign_in_and_then_goes_on(server: Server, person: NewPerson) -> None:
    ann = person(server)
    with ann.refused(401, "/session"):
        ann.page.goto("/executions")
        expect(ann.heading("Sign in")).to_be_visible()
        ann.look("asked-to-sign-in")
        ann.sign_in_by_hand()
    expect(ann.page).to_have_url(f"{server.base_url}/executions")
    expect(ann.heading("Executions")).to_be_visible()


def test_an_address_opened_in_the_tab_that_asks_for_it_signs_in(server: Server, person: NewPerson) -> None:
    ann = person(server)
    with ann.refused(401, "/session"):
        ann.page.goto("/")
        expect(ann.heading("Sign in")).to_be_visible()
        ann.sign_in()


def test_signing_out_ends_the_session(server: Server, person: NewPerson) -> None:
    ann = person(server)
    ann.sign_in()
    ann.button("Account: admin").click()
    ann.look("account-menu")
    with ann.refused(401, "/api/v1/"):
        ann.page.get_by_role("menuitem", name="Sign out").click()
        expect(ann.heading("Sign in")).to_be_visible()
        ann.page.goto("/")
        expect(ann.heading("Sign in")).to_be_visible()
    ann.keep("signed-out")
