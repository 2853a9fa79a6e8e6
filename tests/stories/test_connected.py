"""A repository of three projects is connected; each is built and run, and what is pushed is deployed by itself."""

from __future__ import annotations

import os
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect
from tests.stories import prepared
from tests.stories.conftest import NewPerson, connected
from tests.support import server as servers
from tests.support.ballerina import stand_in
from tests.support.browser import Person
from tests.support.docker import Engine
from tests.support.git import Repository
from tests.support.server import Server
from tests.support.waiting import eventually

from clockhouse.client import Client

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TEAM = "/projects/team/components"
WHEEL = "greeting-1.0-py3-none-any.whl"
PYTHON = """
from clockhouse.kit import TaskConfig, run, setting
from greeting import word
from when import when


class Config(TaskConfig):
    whom: str = setting("Whom to greet")


def main(config: Config) -> None:
    print(word(), when(), config.whom)


if __name__ == "__main__":
    run(main)
"""
WHEN = "def when() -> str:\n    return {!r}\n"
FILES = {
    "jobs/report/main.py": PYTHON,
    "jobs/report/when.py": WHEN.format("today,"),
    "jobs/report/requirements.txt": f"./wheels/{WHEEL}\n",
    "api/Dockerfile": "FROM scratch\n",
    "flows/Ballerina.toml": '[package]\norg = "team"\nname = "flows"\nversion = "1.0.0"\n',
    "flows/main.bal": "# Whom to greet.\nconfigurable string whom = ?;\nconfigurable string apiKey = ?;\n",
}


@pytest.fixture
def team(tmp_path: Path) -> Repository:
    """Three projects: Python that needs a wheel which is there, too, a Dockerfile, and Ballerina."""
    repository = Repository(tmp_path / "team")
    wheel = repository.folder / "jobs/report/wheels" / WHEEL
    wheel.parent.mkdir(parents=True)
    with zipfile.ZipFile(wheel, "w") as packed:
        packed.writestr("greeting.py", "def word() -> str:\n    return 'Hello'\n")
        packed.writestr("greeting-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: greeting\nVersion: 1.0\n")
        packed.writestr(
            "greeting-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        packed.writestr("greeting-1.0.dist-info/RECORD", "")
    repository.commit(FILES, "Begin")
    return repository


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One with a stand-in for Ballerina's tool on its PATH."""
    folder = tmp_path_factory.mktemp("connected")
    environment = {"PATH": f"{stand_in(folder / 'tools')}{os.pathsep}{os.environ['PATH']}"}
    with servers.running(folder / "data", environment=environment) as running, connected(running) as client:
        client.post("/projects", {"name": "Team"})
        yield running


def test_what_is_pushed_is_built_and_deployed_by_itself(
    server: Server, client: Client, person: NewPerson, team: Repository
) -> None:
    ann = person(server)
    ann.sign_in()
    connect(ann, team, "jobs/report · Python", name="Pushed")
    path = f"{TEAM}/pushed"
    succeeds(client, path, 1)
    client.post(
        f"{path}/deployments", {"environment": "development", "configuration": {"whom": "Ada"}, "schedules": []}
    )
    ann.go("Settings")
    ann.page.get_by_role("switch", name="Deploy every good build of main").click(force=True)
    expect(ann.text("Saved.").first).to_be_visible()
    ann.look("followed")
    team.commit({"jobs/report/when.py": WHEN.format("tomorrow,")}, "Greet later")
    ann.go("Build")
    ann.button("Look for new commits").click()  # a webhook would do it, or a minute's patience
    rows = ann.page.get_by_role("list", name="Commits and their builds")
    expect(rows).to_contain_text("Greet later")
    expect(rows.get_by_role("link", name="Build 2")).to_be_visible()
    ann.go("Deploy")
    expect(ann.page.get_by_role("article", name="Development")).to_contain_text("Build 2")
    assert client.get(f"{path}/deployments")[0]["created_by"] == "Clockhouse"
    assert said(client, path) == ["Hello tomorrow, Ada"]


@pytest.mark.long
def test_a_project_of_a_repository_is_connected_deployed_executed_and_read(
    server: Server, person: NewPerson, team: Repository
) -> None:
    ann = person(server)
    ann.sign_in()
    mistype(ann)
    connect(ann, team, "jobs/report · Python", name="Report")
    expect(ann.page.get_by_role("list", name="Commits and their builds")).to_contain_text("Succeeded")
    ann.look("connected")
    deploy(ann)
    execute(ann, "Hello today, world")
    read(ann)


@pytest.mark.long
def test_branches_are_followed_each_for_itself(
    server: Server, client: Client, person: NewPerson, team: Repository
) -> None:
    ann = person(server)
    ann.sign_in()
    connect(ann, team, "jobs/report · Python", name="Branches")
    team.git("switch", "--quiet", "--create", "release/1")
    team.commit({"jobs/report/when.py": WHEN.format("at last,")}, "Release it")
    ann.go("Settings")
    branch = ann.page.get_by_role("textbox", name="Follow another branch")
    branch.fill("nowhere")
    with ann.refused(422, "/api/v1/"):
        ann.button("Test and follow").click()
        expect(ann.text("There is no branch nowhere in the repository.")).to_be_visible()
    branch.fill("release/1")
    ann.button("Test and follow").click()
    followed = ann.page.get_by_role("listitem", name="Branch release/1")
    expect(followed).to_be_visible()
    followed.get_by_role("combobox", name="Where builds of release/1 are deployed").click()
    ann.page.get_by_role("option", name="Production").click()
    expect(ann.text("Saved.").first).to_be_visible()
    ann.look("branches")
    ann.go("Build")
    ann.page.get_by_role("combobox", name="Branch").click()
    ann.page.get_by_role("option", name="release/1").click()
    rows = ann.page.get_by_role("list", name="Commits and their builds")
    expect(rows).to_contain_text("Release it")
    expect(rows.get_by_role("listitem").first.get_by_role("link", name=re.compile("Build"))).to_be_visible()
    ann.look("builds-of-a-branch")
    tracks = client.get(f"{TEAM}/branches/connection")["tracks"]
    assert [(each["branch"], each["environment"]) for each in tracks] == [("main", None), ("release/1", "production")]


@pytest.mark.long
def test_a_ballerina_project_of_a_repository_is_built_deployed_and_executed(
    server: Server, client: Client, person: NewPerson, team: Repository
) -> None:
    ann = person(server)
    ann.sign_in()
    connect(ann, team, "flows · Ballerina", name="Flows")
    path = f"{TEAM}/flows"
    succeeds(client, path, 1)
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


@pytest.mark.long
@pytest.mark.docker
def test_a_dockerfile_of_a_repository_is_built_deployed_and_executed(
    docker_engine: Engine, busybox: str, person: NewPerson, team: Repository, tmp_path: Path
) -> None:
    team.commit({"api/Dockerfile": f'FROM {busybox}\nUSER 10001\nENTRYPOINT ["echo", "Hello from within"]\n'})
    options = ("--docker-host", docker_engine.address.url, "--docker-network", "none", "--docker-memory", "32")
    with servers.running(tmp_path / "data", *options) as server, connected(server) as client:
        client.post("/projects", {"name": "Team"})
        client.post("/environments/development/data-plane", {"data_plane": "docker"})
        ann = person(server)
        ann.sign_in()
        connect(ann, team, "api · Dockerfile", name="Door")
        path = f"{TEAM}/door"
        succeeds(client, path, 1)
        client.post(f"{path}/deployments", {"environment": "development", "configuration": {}, "schedules": []})
        ann.go("Deploy")
        execute(ann, "Hello from within")


def succeeds(client: Client, path: str, number: int) -> None:
    """Waits for a build."""

    def status() -> Any:
        return next((each["status"] for each in client.get(f"{path}/builds") if each["number"] == number), "queued")

    eventually(lambda: status() not in ("queued", "running"), within=prepared.BUILT_WITHIN_S)
    assert status() == "succeeded", client.get(f"{path}/builds/{number}")["problem"]


def said(client: Client, path: str) -> list[str]:
    """What an execution that is started now says."""
    execution = client.post(f"{path}/environments/development/run", {})["id"]
    eventually(lambda: client.get(f"/executions/{execution}")["finished_at"], within=30)
    return [line["text"] for line in client.get(f"/executions/{execution}/log")["lines"]]


def mistype(ann: Person) -> None:
    """An address is tested as soon as it is there."""
    ann.open("/projects/team/new?from=git", "New component")
    with ann.refused(422, "/api/v1/"):
        ann.page.get_by_role("textbox", name="Address").fill("/there/is/nothing")
        ann.page.get_by_role("textbox", name="Address").blur()
        expect(ann.text("There is no Git repository at /there/is/nothing on this server.")).to_be_visible()
    ann.look("mistyped")


def connect(ann: Person, team: Repository, directory: str, *, name: str) -> None:
    ann.open("/projects/team/new", "New component")
    ann.page.get_by_text("Connect a repository").click()
    ann.page.get_by_role("textbox", name="Address").fill(str(team.folder))
    ann.page.get_by_role("textbox", name="Address").blur()
    expect(ann.page.get_by_role("region", name="What it becomes")).to_be_visible()
    ann.page.get_by_role("combobox", name="Directory").click()
    ann.page.get_by_role("option", name=directory).click()
    expect(ann.text(re.compile("was found, so it is built as|were found, so it is built as"))).to_be_visible()
    ann.page.get_by_role("textbox", name="Name").fill(name)
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


def read(ann: Person) -> None:
    ann.go("Develop")
    expect(ann.page.get_by_role("navigation", name="Files")).to_contain_text("when.py")
    expect(ann.page.get_by_role("navigation", name="History")).to_contain_text("Begin")
    expect(ann.button("Save")).to_have_count(0)
    expect(ann.page.get_by_role("region", name="Flow")).to_contain_text("Log word()")
    ann.look("read")
