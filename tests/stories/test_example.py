"""What somebody sees who starts Clockhouse for the first time, and how it makes room for their own work."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect
from tests.stories.conftest import NewPerson
from tests.support import server as servers
from tests.support.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.slow]

COMPONENT = "/projects/example/components/health-check"
FIRST_RUN_MS = 30_000  # the build, and then up to ten seconds until it is due


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """As `make run` starts it: with the example."""
    with servers.running(tmp_path_factory.mktemp("server") / "data", "--example") as running:
        yield running


def test_the_example_runs_by_itself_and_makes_room_with_one_click(server: Server, person: NewPerson) -> None:
    ann = person(server)
    ann.page.goto(server.sign_in)
    expect(ann.heading("Projects")).to_be_visible()
    example = ann.page.get_by_role("region", name="Example")
    expect(example.get_by_role("link", name="Health check")).to_be_visible()
    ann.look("first-sight")

    example.get_by_role("link", name="Health check").click()
    expect(ann.heading("Health check")).to_be_visible()
    recent = ann.page.get_by_role("region", name="Recent occurrences")
    expect(recent.get_by_role("link", name=re.compile("^Succeeded")).first).to_be_visible(timeout=FIRST_RUN_MS)
    expect(ann.text(re.compile(r"Next in .* delivered"))).to_be_visible()
    ann.look("overview")
    recent.get_by_role("link", name=re.compile("^Succeeded")).first.click()
    log = ann.page.get_by_role("region", name="Log lines")
    expect(log).to_contain_text(f"Healthy: {server.base_url}/healthz answered 200")
    ann.look("execution")
    ann.go("Deploy")
    expect(ann.page.get_by_role("article", name="Development")).to_contain_text("Every 10 seconds")
    expect(ann.page.get_by_role("article", name="Production")).to_contain_text("Every minute")
    ann.look("deploy", whole=True)

    ann.page.get_by_role("link", name="Clockhouse: all projects").click()
    ann.button("Remove example").click()
    expect(ann.text("No project yet")).to_be_visible()
    expect(ann.text("The example is gone.")).to_be_visible()
    ann.look("removed")

    ann.button("New project").click()
    dialog = ann.page.get_by_role("dialog", name="New project")
    expect(dialog.get_by_role("textbox", name="Name")).to_be_focused()
    ann.page.keyboard.type("Shop")
    ann.page.keyboard.press("Enter")
    expect(ann.heading("Shop")).to_be_visible()
    expect(ann.text("No component yet")).to_be_visible()
    ann.look("own-project")
