"""Every page, wide and narrow, in the light and in the dark: pictures, no barrier, and no scrolling sideways."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import pytest
from playwright.sync_api import expect
from tests.stories import prepared
from tests.stories.conftest import NewPerson, connected
from tests.support import server as servers
from tests.support.application import Application
from tests.support.browser import NARROW, WIDE, Person
from tests.support.server import Server
from tests.support.waiting import eventually

from clockhouse.client import Client

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Scheme = Literal["light", "dark"]
SHOP, COMPONENT = "/projects/shop", "/projects/shop/components/health-check"


@dataclass(frozen=True, slots=True)
class Place:
    """A page: its name, its address and what is to be read on it once it is complete."""

    name: str
    path: str
    words: str
    is_endless: bool = False  # a list that goes on as one scrolls, or what covers the page: a screenful tells enough


PLACES = (
    Place("projects", "/", "Every second"),
    Place("project", SHOP, "Every second"),
    Place("new-component", f"{SHOP}/new", "Application health check"),
    Place("overview", f"{COMPONENT}/overview", "delivered"),
    Place("develop", f"{COMPONENT}/develop", "Start from"),
    Place("builds", f"{COMPONENT}/build", "Start from"),
    Place("build", f"{COMPONENT}/build/1", "Seal"),
    Place("deploy", f"{COMPONENT}/deploy", "Back at eight"),
    Place(
        "deploy-drawer", f"{COMPONENT}/deploy?deploy=development", "Health endpoint of the application", is_endless=True
    ),
    Place("promote", f"{COMPONENT}/promote/production?from=development", "due times in 90 days", is_endless=True),
    Place("executions", f"{COMPONENT}/executions", "Succeeded", is_endless=True),
    Place("settings", f"{COMPONENT}/settings", "Delete the component"),
    Place("all-executions", "/executions", "Succeeded", is_endless=True),
    Place("environments", "/environments", "Keep executions for"),
    Place("audit", "/audit", "deployment.created", is_endless=True),
    Place("empty-project", "/projects/bare", "No component yet"),
    Place("no-such-project", "/projects/gone", "There is no project"),
    Place("no-such-page", "/nowhere", "There is no page at this address."),
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with something on every page: healthy and unhealthy executions, a pause, and production."""
    data = tmp_path_factory.mktemp("server") / "data"
    with servers.running(data) as running, connected(running) as client, Application() as application:
        furnish(client, application)
        yield running


def furnish(client: Client, application: Application) -> None:
    prepared.saved(client, "shop", "health-check", {}, template="health-check")
    every_second = {"kind": "interval", "every_s": 1}
    prepared.deployed(client, COMPONENT, every_second, configuration={"url": application.url})
    client.post(f"{COMPONENT}/promotions", {"source": "development", "target": "production"})
    eventually(lambda: has(client, "succeeded"))
    application.stop()
    eventually(lambda: has(client, "failed"))
    client.post(f"{COMPONENT}/environments/production/pause", {"note": "Back at eight"})
    eventually(lambda: has(client, "skipped"))
    application.start()
    client.post("/projects", {"name": "Bare", "slug": "bare"})


def has(client: Client, state: str) -> bool:
    return len(prepared.executions(client, "shop", "health-check", state=state)) > 1


LOOKS = [
    pytest.param(WIDE, "light", id="wide-light"),
    pytest.param(WIDE, "dark", id="wide-dark", marks=pytest.mark.long),
    pytest.param(NARROW, "light", id="narrow-light", marks=pytest.mark.long),
    pytest.param(NARROW, "dark", id="narrow-dark", marks=pytest.mark.long),
]


@pytest.mark.parametrize(("size", "scheme"), LOOKS)
def test_every_page(server: Server, person: NewPerson, size: tuple[int, int], scheme: Scheme) -> None:
    ann: Person = person(server, size=size)
    ann.page.emulate_media(color_scheme=scheme)
    with ann.refused(401, "/session"):
        ann.page.goto("/sign-in")
        expect(ann.heading("Sign in")).to_be_visible()
        ann.look("sign-in")
    ann.sign_in()
    for place in PLACES:
        with ann.refused(404, "/projects/gone"):
            ann.page.goto(place.path)
            expect(ann.text(place.words).first).to_be_visible()
            ann.look(place.name, whole=size == NARROW and not place.is_endless)
    ann.open(f"{COMPONENT}/observe", "Observe")
    expect(ann.text("promised executions were delivered")).to_be_visible()
    expect(ann.page.get_by_role("img", name=re.compile("over time"))).to_be_visible()
    ann.look("observe")
    ann.page.goto(f"{COMPONENT}/executions?state=failed")
    ann.page.get_by_role("link", name=re.compile("Failed")).first.click()
    expect(ann.page.get_by_role("region", name="Log lines")).to_contain_text("Unhealthy")
    ann.look("execution", whole=size == NARROW)
