"""Stories of people: the first administrator lets somebody in, who sees what they may and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect
from tests.stories.conftest import NewPerson
from tests.support import provider as providers
from tests.support import server as servers
from tests.support.provider import Provider
from tests.support.server import Server

from clockhouse.client import Client

pytestmark = [pytest.mark.browser, pytest.mark.slow]
ROOTS, ANNS = "four words in a row", "five other words in a row"


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with providers.running() as running:
        yield running


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory, provider: Provider) -> Iterator[Server]:
    """A server with an OpenID provider, and the project “Shop”."""
    data: Path = tmp_path_factory.mktemp("door") / "data"
    options = ["--openid-issuer", provider.issuer, "--openid-client", "clockhouse", "--openid-name", "Shop login"]
    secret = {"CLOCKHOUSE_OPENID_SECRET": "only-the-two-of-them-know"}
    with servers.running(data, *options, environment=secret) as running:
        with Client(running.base_url, (data / "token").read_text("utf-8").strip()) as client:
            client.post("/projects", {"name": "Shop"})
        yield running


def test_the_first_administrator_invites_somebody_who_comes_in_and_goes(door: Server, person: NewPerson) -> None:
    root, ann = person(door, is_asked_for_a_password=True), person(door, is_asked_for_a_password=True)
    root.page.goto(door.sign_in)
    expect(root.heading("Welcome to Clockhouse")).to_be_visible()
    root.look("welcome")
    root.field("Name").fill("Ruth")
    root.field("Login").fill("root@shop.example")
    root.page.get_by_label("Password", exact=True).fill(ROOTS)
    root.button("Set the password").click()
    expect(root.heading("Projects")).to_be_visible()

    root.button("Account: Ruth").click()
    root.page.get_by_role("menuitem", name="People").click()
    root.button("Invite…").click()
    root.page.get_by_role("textbox", name="Login").fill("ann@shop.example")
    root.page.get_by_role("textbox", name="Name").fill("Ann Lee")
    root.button("Make the link").click()
    link = root.page.get_by_role("group", name="The link").locator("code").inner_text()
    root.look("invited")
    root.button("I have the link").click()

    ann.page.goto(link)
    expect(ann.heading("Welcome, Ann Lee")).to_be_visible()
    ann.page.get_by_label("Password", exact=True).fill(ANNS)
    ann.button("Set the password").click()
    expect(ann.heading("Projects")).to_be_visible()
    with ann.refused(403, "/people"):
        ann.page.goto("/people")
        expect(ann.page.get_by_role("alert")).to_contain_text("You may not administer this")
    ann.open("/account", "Your account")
    ann.look("account", whole=True)

    root.page.get_by_role("button", name="More about Ann Lee").click()
    root.page.get_by_role("menuitem", name="Disable").click()
    expect(root.page.get_by_role("row", name=re.compile("Ann Lee Disabled"))).to_be_visible()
    root.look("people")
    with ann.refused(401, "/api/v1/"):
        ann.page.reload()
        expect(ann.heading("Sign in")).to_be_visible()
        ann.field("Login").fill("ann@shop.example")
        ann.page.get_by_label("Password", exact=True).fill(ANNS)
        ann.button("Sign in").click()
        expect(ann.page.get_by_role("alert")).to_contain_text("This account is disabled")


def test_somebody_signs_in_with_the_provider(door: Server, provider: Provider, person: NewPerson) -> None:
    with Client(door.base_url, (door.data / "token").read_text("utf-8").strip()) as client:
        client.post("/people", {"login": "ben@shop.example", "name": "Ben", "grants": [{"role": "viewer"}]})
    ben = person(door)
    ben.context.route(re.compile("jsdelivr"), lambda route: route.fulfill(body=""))  # a style of the provider's page
    with ben.refused(401, "/session"):
        ben.page.goto("/projects/shop")
        expect(ben.heading("Sign in")).to_be_visible()
    ben.look("provider")
    provider.know("ben", email="ben@shop.example", email_verified=True)
    with ben.refused(404, "/favicon.ico"):
        ben.link("Sign in with Shop login").click()
        ben.page.wait_for_url(f"{provider.issuer}/**")
        provider.note(ben.page.url)
        ben.page.locator("input[name=sub]").first.fill("ben")
        ben.page.get_by_role("button", name=re.compile("Authorize", re.I)).first.click()
        expect(ben.heading("Shop")).to_be_visible()
    expect(ben.page).to_have_url(f"{door.base_url}/projects/shop")
    expect(ben.page.get_by_role("table", name="Members").get_by_role("row", name=re.compile("Ben"))).to_be_visible()
    expect(ben.button("Add a member…")).to_have_count(0)
    ben.look("members")
