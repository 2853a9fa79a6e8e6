"""A repository of three projects is connected, and what is pushed to it is built and deployed by itself."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect
from tests.stories import prepared
from tests.stories.conftest import NewPerson, connected
from tests.support import server as servers
from tests.support.ballerina import stand_in
from tests.support.browser import Person
from tests.support.git import Repository
from tests.support.server import Server
from tests.support.waiting import eventually

from clockhouse.client import Client

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.long]

REPORT = "/projects/team/components/report"
PYTHON = """
from clockhouse.kit import TaskConfig, run, setting
from greeting import word


class Config(TaskConfig):
    whom: str = setting("Whom to greet")


def main(config: Config) -> None:
    print(word(), config.whom)


if __name__ == "__main__":
    run(main)
"""
GREETING = "def word() -> str:\n    return {!r}\n"
FILES = {
    "jobs/report/main.py": PYTHON,
    "jobs/report/greeting.py": GREETING.format("Hello"),
    "api/Dockerfile": "FROM scratch\n",
    "flows/Ballerina.toml": '[package]\norg = "team"\nname = "flows"\nversion = "1.0.0"\n',
    "flows/main.bal": "# Whom to greet.\nconfigurable string whom = ?;\nconfigurable string apiKey = ?;\n",
}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """One with a stand-in for Ballerina's tool on its PATH."""
    tools = stand_in(tmp_path / "tools")
    with servers.running(
        tmp_path / "data", environment={"PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"}
    ) as running:
        yield running


def test_a_connected_repository_is_built_deployed_and_followed(
    server: Server, person: NewPerson, tmp_path: Path
) -> None:
    team = Repository(tmp_path / "team")
    team.commit(FILES, "Begin")
    with connected(server) as client:
        client.post("/projects", {"name": "Team"})
        ann = person(server)
        ann.sign_in()
        connect(ann, team, "jobs/report · Python")
        expect(ann.page.get_by_role("list", name="Commits and their builds")).to_contain_text("Succeeded")
        ann.look("connected")
        deploy(ann)
        execute(ann, "Hello world")
        follow(ann, team, client)
        read(ann)
        build_ballerina(ann, team, client)
        detect_dockerfile(ann, team)


def connect(ann: Person, team: Repository, directory: str) -> None:
    ann.open("/projects/team/new", "New component")
    ann.page.get_by_text("Connect a repository").click()
    ann.page.get_by_role("textbox", name="Address").fill("/there/is/nothing")
    with ann.refused(422, "/api/v1/"):
        ann.button("Test the connection").click()
        expect(ann.text("There is no Git repository at /there/is/nothing on this server.")).to_be_visible()
    ann.page.get_by_role("textbox", name="Address").fill(str(team.folder))
    ann.button("Test the connection").click()
    expect(ann.page.get_by_role("region", name="What it becomes")).to_be_visible()
    ann.page.get_by_role("combobox", name="Directory").click()
    ann.page.get_by_role("option", name=directory).click()
    expect(ann.text(re.compile("was found, so it is built as"))).to_be_visible()
    ann.look("connect")
    ann.page.get_by_role("button", name="Connect", exact=True).click()
    expect(ann.heading("Build")).to_be_visible()


def deploy(ann: Person) -> None:
    ann.go("Deploy")
    ann.link("Deploy to Development").click()
    drawer = ann.page.get_by_role("dialog")
    drawer.get_by_text("By hand only").click()
    drawer.get_by_role("textbox", name="whom").fill("world")
    drawer.get_by_role("button", name="Deploy to Development").click()
    expect(drawer).to_be_hidden()


def execute(ann: Person, said: str) -> None:
    ann.page.get_by_role("article", name="Development").get_by_role("button", name="Run now").click()
    ann.link("Watch the execution").last.click()
    expect(ann.page.get_by_role("region", name="Log lines")).to_contain_text(said)


def follow(ann: Person, team: Repository, client: Client) -> None:
    """Nobody does more than to push."""
    ann.go("Settings")
    ann.page.get_by_role("switch", name="Deploy every good build").click(force=True)
    expect(ann.text("Saved.").first).to_be_visible()
    team.commit({"jobs/report/greeting.py": GREETING.format("Good evening")}, "Greet later")
    ann.go("Build")
    ann.button("Look for new commits").click()  # a webhook would do it, or a minute's patience
    rows = ann.page.get_by_role("list", name="Commits and their builds")
    expect(rows).to_contain_text("Greet later")
    expect(rows.get_by_role("link", name="Build 2")).to_be_visible()
    ann.go("Deploy")
    expect(ann.page.get_by_role("article", name="Development")).to_contain_text("Build 2")
    ann.look("deployed-by-itself")
    execute(ann, "Good evening world")
    newest = client.get(f"{REPORT}/deployments")[0]
    assert newest["created_by"] == "Clockhouse"


def read(ann: Person) -> None:
    ann.go("Develop")
    expect(ann.page.get_by_role("navigation", name="Files")).to_contain_text("greeting.py")
    expect(ann.page.get_by_role("navigation", name="History")).to_contain_text("Greet later")
    expect(ann.button("Save")).to_have_count(0)
    ann.look("read")


def build_ballerina(ann: Person, team: Repository, client: Client) -> None:
    connect(ann, team, "flows · Ballerina")
    path = "/projects/team/components/flows"

    def built() -> bool:
        return bool([build for build in client.get(f"{path}/builds") if build["status"] == "succeeded"])

    eventually(built, within=prepared.BUILT_WITHIN_S)
    settings = client.get(f"{path}/builds/1")["settings"]
    assert [(each["name"], each["type"], each["required"]) for each in settings] == [
        ("whom", "text", True),
        ("apiKey", "secret", True),
    ]
    wish = {"environment": "development", "configuration": {"whom": "Ada", "apiKey": "hidden"}, "schedules": []}
    client.post(f"{path}/deployments", wish)
    ann.go("Deploy")
    execute(ann, 'whom = "Ada"')
    expect(ann.page.get_by_role("region", name="Log lines")).not_to_contain_text("hidden")


def detect_dockerfile(ann: Person, team: Repository) -> None:
    connect(ann, team, "api · Dockerfile")
    expect(ann.page.get_by_role("list", name="Commits and their builds")).to_contain_text("Docker")
