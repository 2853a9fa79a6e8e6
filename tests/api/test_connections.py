"""Connected repositories: connected, followed, built and deployed by themselves."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa
from tests.support.api import V1, Installation
from tests.support.git import Repository, over_http
from tests.support.people import somebody

from clockhouse.control import components as control
from clockhouse.control import connections, tracks
from clockhouse.control.connections import Wanted
from clockhouse.control.errands import Errands
from clockhouse.engine.journal import Journal
from clockhouse.engine.sources import Sources
from clockhouse.errors import Conflict, Forbidden, Unfinished
from clockhouse.kit.declared import Entry, Setting
from clockhouse.model.actor import Actor, Role, of_installation
from clockhouse.model.component import Component
from clockhouse.model.source import Automation, Credential, Place
from clockhouse.store import audit, builds, components, deployments
from clockhouse.store.database import Tx
from clockhouse.store.tables.builds import builds as builds_table

pytestmark = pytest.mark.slow

JOB = f"{V1}/projects/shop/components/report"
FILES = {"jobs/report/main.py": "print(1)\n", "api/Dockerfile": "FROM scratch\n"}


@pytest.fixture
def team(tmp_path: Path) -> Repository:
    repository = Repository(tmp_path / "team")
    repository.commit(FILES, "Begin")
    return repository


def connect(house: Installation, team: Repository, **more: Any) -> dict[str, Any]:
    house.post(f"{V1}/projects", {"name": "Shop"})
    body = {"name": "Report", "url": str(team.folder), "directory": "jobs/report", "auto_build": False, **more}
    made: dict[str, Any] = house.post(f"{V1}/projects/shop/connections", body)
    return made


def engine(house: Installation, wish: str) -> int:
    """What the engine does by itself: `look` at what is due, or `deploy` what was built."""
    assert house.parts.remotes is not None

    async def once() -> int:
        journal = Journal(house.database)
        sources = Sources(
            house.database,
            journal,
            house.database.changes,
            house.clock,
            house.parts.vault,
            house.parts.remotes,
            random=Random(1),
        )
        try:
            return await (sources.look() if wish == "look" else sources.deploy())
        finally:
            await journal.close()

    return asyncio.run(once())


def track(house: Installation, branch: str | None = None) -> dict[str, Any]:
    """What is told of a branch; of the first one, when none is named."""
    found: list[dict[str, Any]] = house.get(f"{JOB}/connection")["tracks"]
    return next(each for each in found if branch in (None, each["branch"]))


def succeed(house: Installation, number: int, *settings: Setting, of: str = "report", says: str | None = None) -> None:
    with house.database.begin() as tx:
        build = builds.get(tx, components.get(tx, "shop", of), number)
        builds.claim(tx, "here", 1, tx.now)
        if says is not None:
            builds.record_declared(tx, build, says)
        builds.succeed(tx, build, digest="d" * 64, entry=Entry("main.py"), settings=settings)


def test_a_survey_tells_what_could_be_connected(house: Installation, team: Repository) -> None:
    found = house.post(f"{V1}/surveys", {"url": str(team.folder), "directory": "/jobs/report/"})
    assert (found["branch"], found["branches"], found["kind"]) == ("main", ["main"], "python")
    assert found["saw"] == ["main.py was found, so it is built as Python.", "main.py is run."]
    assert found["places"] == [
        {"directory": "api", "kind": "dockerfile"},
        {"directory": "jobs/report", "kind": "python"},
    ]
    assert found["commit"]["message"] == "Begin"


@pytest.mark.parametrize(
    ("body", "field", "told"),
    [
        ({"url": "/nowhere"}, "url", "There is no Git repository"),
        ({"branch": "gone"}, "branch", "There are: main."),
        ({"directory": "jobs"}, None, ""),
        ({"directory": "gone"}, "directory", "There is something to build in api, jobs/report."),
        ({"directory": "../x"}, "directory", "inside the repository"),
        ({"credential": {"kind": "token", "secret": "x"}}, "credential", "nothing for a path"),
    ],
)
def test_what_cannot_be_connected_says_which_field_to_correct(
    house: Installation, team: Repository, body: Mapping[str, Any], field: str | None, told: str
) -> None:
    if field is None:
        assert house.post(f"{V1}/surveys", {"url": str(team.folder), **body})["kind"] is None
        return
    fields = house.fields(f"{V1}/surveys", {"url": str(team.folder), **body})
    assert told in fields[field]


def test_a_connected_component_is_read_and_built_but_not_written(house: Installation, team: Repository) -> None:
    assert connect(house, team)["is_connected"]
    newest = team.commit({"jobs/report/main.py": "print(2)\n"}, "Print more")
    assert [each["message"] for each in house.get(f"{JOB}/commits")] == ["Begin"]
    assert house.post(f"{JOB}/connection/look")["tracks"][0]["seen"] == newest
    commits = house.get(f"{JOB}/commits")
    assert [(each["message"], each["author"]) for each in commits] == [("Print more", "Ada"), ("Begin", "Ada")]
    assert house.get(f"{JOB}/commits", before=newest) == commits[1:]
    source = house.get(f"{JOB}/source")
    assert [(file["path"], file["text"]) for file in source["files"]] == [("main.py", "print(2)\n")]
    old = house.get(f"{JOB}/source", commit=commits[1]["sha"])
    assert old["files"][0]["text"] == "print(1)\n"
    assert house.post(f"{JOB}/builds", {"commit": commits[1]["sha"]})["commit"] == commits[1]
    newer = team.commit({"jobs/report/main.py": "print(3)\n"})
    assert house.post(f"{JOB}/builds", {})["commit"]["sha"] == newer
    change = {"parent": newer, "message": "Mine", "changes": {"main.py": ""}}
    refused = house.refused(409, "POST", f"{JOB}/commits", change)
    assert "Change it there" in refused["message"]


def test_a_new_commit_that_changes_the_directory_is_built_by_itself(house: Installation, team: Repository) -> None:
    connect(house, team, auto_build=True)
    assert engine(house, "look") == 1
    assert [each["commit"]["message"] for each in house.get(f"{JOB}/builds")] == ["Begin"]
    assert engine(house, "look") == 0  # not due
    team.commit({"api/other.txt": "x"}, "Elsewhere")
    house.pass_time(70)
    assert engine(house, "look") == 1
    assert len(house.get(f"{JOB}/builds")) == 1
    assert "changes nothing in jobs/report" in track(house)["note"]
    team.commit({"jobs/report/main.py": "print(4)\n"}, "Here")
    house.pass_time(70)
    engine(house, "look")
    newest = house.get(f"{JOB}/builds")[0]
    assert (newest["commit"]["message"], newest["requested_by"]) == ("Here", "Clockhouse")
    assert track(house)["note"] is None


def test_what_cannot_be_read_is_told_and_looked_at_later_and_later(house: Installation, team: Repository) -> None:
    connect(house, team, auto_build=True)
    team.git("branch", "--move", "main", "trunk")
    waits = []
    for _ in range(3):
        engine(house, "look")
        waits.append(0)
        while engine(house, "look") == 0:
            house.pass_time(30)
            waits[-1] += 30
    assert waits == sorted(waits)
    assert waits[-1] > waits[0]
    assert track(house)["trouble"] == "There is no branch main in the repository. There are: trunk."
    team.git("branch", "--move", "trunk", "main")
    house.post(f"{JOB}/connection/look")
    engine(house, "look")
    assert track(house)["trouble"] is None
    assert len(house.get(f"{JOB}/builds")) == 1


def test_a_good_build_is_deployed_as_the_last_one_was(house: Installation, team: Repository) -> None:
    connect(house, team, auto_build=True, auto_deploy=True)
    engine(house, "look")
    url = Setting("url", "text", required=True)
    succeed(house, 1, url, Setting("key", "secret"))
    engine(house, "deploy")
    assert "deploy one to Development first" in track(house)["note"]
    schedule = {"trigger": {"kind": "interval", "every_s": 300}}
    wish = {"environment": "development", "configuration": {"url": "here", "key": "k"}, "schedules": [schedule]}
    house.post(f"{JOB}/deployments", wish)
    assert track(house)["note"] is None
    house.post(f"{JOB}/builds", {"again": True})
    succeed(house, 2, url, Setting("key", "secret"), Setting("more", "integer", required=False, default=5))
    assert engine(house, "deploy") == 1
    assert engine(house, "deploy") == 0
    newest = house.get(f"{JOB}/deployments")[0]
    assert newest["release"]["build"] == 2
    assert newest["created_by"] == "Clockhouse"
    values = {name: told["value"] for name, told in newest["configuration"].items()}
    assert values == {"url": "here", "more": 5, "key": None}
    assert newest["configuration"]["key"]["is_secret"]
    assert newest["schedules"][0]["trigger"]["every_s"] == 300
    assert track(house)["note"] is None
    with house.database.read() as tx:
        assert audit.has_happened(tx, "build.requested", "shop/report")
        assert audit.has_happened(tx, "deployment.created", "shop/report")
    used = house.get(f"{V1}/audit", action="secret.used")["items"]
    assert {(each["actor"], each["facts"]["number"]) for each in used} == {("admin", 1), ("Clockhouse", 2)}
    house.post(f"{JOB}/builds", {"again": True})
    succeed(house, 3, url, Setting("wanted", "text"))
    assert engine(house, "deploy") == 0
    assert "needs a value for wanted" in track(house)["note"]


def test_who_may_only_develop_deploys_no_commit_of_their_choice(house: Installation, team: Repository) -> None:
    """Else a build of what nobody has merged were one of the branch that is deployed by itself."""
    connect(house, team, auto_build=True, auto_deploy=True)
    engine(house, "look")
    succeed(house, 1)
    house.post(f"{JOB}/deployments", {"environment": "development", "configuration": {}, "schedules": []})
    dora = house.anonymous()
    dora.headers["Authorization"] = f"Bearer {somebody(house, Role.DEVELOPER, name='Dora')}"
    team.git("switch", "-q", "-c", "mine")
    mine = team.commit({"jobs/report/main.py": "print('mine')\n"}, "Nobody has seen this")
    assert dora.post(f"{JOB}/builds", json={"commit": mine, "branch": "main"}).json()["branch"] == "main"
    succeed(house, 2)

    assert engine(house, "deploy") == 0

    assert house.get(f"{JOB}/deployments")[0]["release"]["build"] == 1
    assert "Dora asked for it, and its commit is not the newest of main" in track(house)["note"]
    assert dora.post(f"{JOB}/builds", json={"branch": "main", "again": True}).is_success
    succeed(house, 3)
    assert engine(house, "deploy") == 1
    team.git("switch", "-q", "main")
    team.git("merge", "-q", "mine")
    house.clock.advance(timedelta(minutes=2))
    engine(house, "look")
    succeed(house, 4)
    assert engine(house, "deploy") == 1
    deployed = house.get(f"{JOB}/deployments")[0]["release"]
    assert (deployed["build"], deployed["commit"]["sha"]) == (4, mine)


def test_where_it_has_to_be_approved_a_good_build_is_asked_for(house: Installation, team: Repository) -> None:
    connect(house, team, auto_build=True, auto_deploy=True)
    engine(house, "look")
    succeed(house, 1)
    house.post(f"{JOB}/deployments", {"environment": "development", "configuration": {}, "schedules": []})
    house.put(f"{V1}/environments/development/approval", {"role": "operator"})
    said = "environments: {development: {schedules: [{every: 10m}], at_once: 2}}"
    team.commit({"jobs/report/main.py": "print(2)\n", "jobs/report/clockhouse.yaml": said}, "Report more")
    house.post(f"{JOB}/connection/look")
    engine(house, "look")
    succeed(house, 2, says=said)

    assert engine(house, "deploy") == 0

    [request] = house.get(f"{JOB}/requests")
    assert (request["requested_by"], request["status"], request["release"]["build"]) == ("Clockhouse", "open", 2)
    assert request["note"] == "By itself: the newest good build of main, by Ada <ada@example.com>."
    assert (request["schedules"], request["may_decide"], request["may_cancel"]) == (["Every 10 minutes"], True, True)
    assert track(house)["note"] == "What is deployed to Development has to be approved: request 1 asks for build 2."
    house.post(f"{JOB}/builds", {"again": True})
    succeed(house, 3, says=said)
    engine(house, "deploy")
    newest, older = house.get(f"{JOB}/requests")
    assert (older["status"], older["comment"]) == ("cancelled", "Build 3 is newer, and is asked for instead.")
    assert house.get(f"{JOB}/deployments")[0]["release"]["build"] == 1

    house.post(f"{JOB}/requests/{newest['number']}/approve", {})

    made = house.get(f"{JOB}/deployments")[0]
    assert (made["release"]["build"], made["created_by"], made["at_once"]) == (3, "Clockhouse", 2)
    assert [each["words"] for each in made["schedules"]] == ["Every 10 minutes"]
    with house.database.read() as tx:
        assert audit.has_happened(tx, "request.made", "shop/report")


def test_what_somebody_asked_for_is_not_put_aside_by_a_build(house: Installation, team: Repository) -> None:
    connect(house, team, auto_deploy=True)
    house.post(f"{JOB}/builds", {})
    succeed(house, 1)
    wish = {"environment": "development", "configuration": {}, "schedules": []}
    house.post(f"{JOB}/deployments", wish)
    engine(house, "deploy")
    house.put(f"{V1}/environments/development/approval", {"role": "operator"})
    house.post(f"{JOB}/requests", {"deployment": wish})
    house.post(f"{JOB}/builds", {"again": True})
    succeed(house, 2)

    engine(house, "deploy")

    assert [(each["requested_by"], each["status"]) for each in house.get(f"{JOB}/requests")] == [("admin", "open")]
    assert "request 1 of admin waits already for Development" in track(house)["note"]


def test_a_build_that_an_older_server_asked_for_is_deployed_by_itself(house: Installation, team: Repository) -> None:
    connect(house, team, auto_build=True, auto_deploy=True)
    house.post(f"{JOB}/builds", {})
    with house.database.begin() as tx:
        tx.execute(sa.update(builds_table).values(branch=None))
    engine(house, "look")
    succeed(house, 1)
    house.post(f"{JOB}/deployments", {"environment": "development", "configuration": {}, "schedules": []})
    assert engine(house, "deploy") == 1
    assert len(house.get(f"{JOB}/builds")) == 1


def test_a_credential_is_used_and_never_told(house: Installation, team: Repository) -> None:
    with over_http(team, user="ada", token="open-sesame") as url:
        credential = {"kind": "token", "user": "ada", "secret": "open-sesame"}
        connect(house, team, url=url, credential=credential)
        assert house.post(f"{JOB}/builds", {})["number"] == 1
        told = house.get(f"{JOB}/connection")
        assert (told["credential"], told["user"]) == ("token", "ada")
        wrong = {"credential": {**credential, "secret": "wrong-one"}}
        refused = house.refused(422, "PATCH", f"{JOB}/connection", wrong)
        assert "refuses this user and token" in refused["fields"]["credential"]
        assert "wrong-one" not in json.dumps(refused)
        elsewhere = {"url": "https://example.com/team/shop.git"}  # which is not even asked with this credential
        refused = house.refused(422, "PATCH", f"{JOB}/connection", elsewhere)
        assert "for the server where it was" in refused["fields"]["credential"]
        assert "open-sesame" not in json.dumps(told)
        assert b"open-sesame" not in house.stored()
    assert house.refused(422, "POST", f"{JOB}/connection/look")["fields"]["url"]


def test_another_directory_is_built_once_it_has_answered(house: Installation, team: Repository) -> None:
    connect(house, team, auto_build=True)
    engine(house, "look")
    refused = house.refused(422, "PATCH", f"{JOB}/connection", {"directory": "gone"})
    assert "something to build in api, jobs/report" in refused["fields"]["directory"]
    changed = house.patch(f"{JOB}/connection", {"directory": "api", "kind": "python"})
    assert (changed["directory"], changed["kind"], changed["tracks"][0]["seen"]) == ("api", "python", None)
    assert house.patch(f"{JOB}/connection", {"kind": "detected"})["kind"] is None
    engine(house, "look")
    assert track(house)["seen"] == team.git("rev-parse", "HEAD")


def test_a_repository_that_has_moved_is_followed_there(house: Installation, team: Repository) -> None:
    connect(house, team, auto_build=True, auto_deploy=True)
    engine(house, "look")
    moved = team.folder.with_name("moved")
    team.git("clone", "--quiet", str(team.folder), str(moved))
    team.folder = moved
    newest = team.commit({"jobs/report/main.py": "print('moved')\n"}, "Move")
    nowhere = house.refused(422, "PATCH", f"{JOB}/connection", {"url": f"{moved}-not"})
    assert "There is no Git repository" in nowhere["fields"]["url"]
    dora = house.anonymous()
    dora.headers["Authorization"] = f"Bearer {somebody(house, Role.DEVELOPER, name='Dora')}"
    assert dora.patch(f"{JOB}/connection", json={"url": str(moved)}).status_code == 403  # or Dora would deploy

    changed = house.patch(f"{JOB}/connection", {"url": f" {moved} "})

    assert (changed["url"], changed["tracks"][0]["seen"]) == (str(moved), None)
    assert engine(house, "look") == 1
    assert house.get(f"{JOB}/builds")[0]["commit"]["sha"] == newest


def test_several_branches_are_followed_each_for_itself(house: Installation, team: Repository) -> None:
    connect(house, team, auto_build=True, auto_deploy=True)
    engine(house, "look")
    team.git("switch", "--quiet", "--create", "release/1")
    fixed = team.commit({"jobs/report/main.py": "print(9)\n"}, "Fix")
    refused = house.refused(422, "POST", f"{JOB}/connection/tracks", {"branch": "gone"})
    assert "There are: main, release/1." in refused["fields"]["branch"]
    wish = {"branch": "release/1", "auto_deploy": True, "environment": "production"}
    added = house.post(f"{JOB}/connection/tracks", wish)
    assert (added["branch"], added["environment"], added["seen"]) == ("release/1", "production", None)
    assert "followed already" in house.fields(f"{JOB}/connection/tracks", wish)["branch"]
    assert engine(house, "look") == 1
    assert [(each["commit"]["sha"], each["branch"]) for each in house.get(f"{JOB}/builds", branch="release/1")] == [
        (fixed, "release/1")
    ]
    assert [each["branch"] for each in house.get(f"{JOB}/builds")] == ["release/1", "main"]
    assert [each["message"] for each in house.get(f"{JOB}/commits", branch="release/1")] == ["Fix", "Begin"]
    assert [each["message"] for each in house.get(f"{JOB}/commits")] == ["Begin"]
    assert house.get(f"{JOB}/source", branch="release/1")["files"][0]["text"] == "print(9)\n"
    for number, environment in ((1, "development"), (2, "production")):
        succeed(house, number)
        wish = {"environment": environment, "build": number, "configuration": {}, "schedules": []}
        house.post(f"{JOB}/deployments", wish)
    engine(house, "deploy")
    team.commit({"jobs/report/main.py": "print(10)\n"}, "Fix more")
    team.git("push", "--quiet", ".", "release/1:main")  # which is a commit of both from now on
    house.pass_time(70)
    assert engine(house, "look") == 2
    assert sorted(each["branch"] for each in house.get(f"{JOB}/builds")[:2]) == ["main", "release/1"]
    for build in house.get(f"{JOB}/builds")[:2]:
        succeed(house, build["number"])
    assert engine(house, "deploy") == 2
    by_number = {each["number"]: each["branch"] for each in house.get(f"{JOB}/builds")}
    cards = house.get(JOB)["environments"]
    assert [by_number[card["deployment"]["release"]["build"]] for card in cards] == ["main", "release/1"]


def test_a_branch_that_vanishes_stops_no_other(house: Installation, team: Repository) -> None:
    connect(house, team, auto_build=True)
    team.git("branch", "next")
    house.post(f"{JOB}/connection/tracks", {"branch": "next"})
    engine(house, "look")
    team.git("branch", "--quiet", "--delete", "next")
    sha = team.commit({"jobs/report/main.py": "print(2)\n"}, "Go on")
    house.pass_time(70)
    engine(house, "look")
    assert track(house, "next")["trouble"] == "There is no branch next in the repository. There are: main."
    assert (track(house)["seen"], track(house)["trouble"]) == (sha, None)
    seen = house.post(f"{JOB}/connection/look")["tracks"]
    assert [each["trouble"] is None for each in seen] == [True, False]
    house.delete(f"{JOB}/connection/tracks/next")
    assert [each["branch"] for each in house.get(f"{JOB}/connection")["tracks"]] == ["main"]
    refused = house.refused(409, "DELETE", f"{JOB}/connection/tracks/main")
    assert "the only branch" in refused["message"]
    assert len(house.get(f"{JOB}/builds", branch="next")) == 1


def test_the_error_of_one_deployment_undoes_no_other(
    house: Installation, team: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(house, team, auto_deploy=True)
    house.post(f"{V1}/projects/shop/connections", {"name": "Other", "url": str(team.folder), "auto_build": False})
    other = JOB.replace("report", "other")
    house.patch(f"{other}/connection/tracks/main", {"auto_deploy": True})
    for job, slug in ((JOB, "report"), (other, "other")):
        house.post(f"{job}/builds", {})
        succeed(house, 1, of=slug)
        house.post(f"{job}/deployments", {"environment": "development", "configuration": {}, "schedules": []})
    engine(house, "deploy")
    for job, slug in ((JOB, "report"), (other, "other")):
        house.post(f"{job}/builds", {"again": True})
        succeed(house, 2, of=slug)
    add = deployments.add

    def broken(tx: Tx, component: Component, *arguments: Any, **named: Any) -> Any:
        made = add(tx, component, *arguments, **named)
        if component.slug == "report":
            raise Conflict("Not now.")
        return made

    monkeypatch.setattr(deployments, "add", broken)
    assert engine(house, "deploy") == 1
    assert house.get(f"{other}/deployments")[0]["release"]["build"] == 2
    assert house.get(f"{JOB}/deployments")[0]["release"]["build"] == 1
    assert track(house)["note"] == "Build 2 could not be deployed by itself. Not now."
    assert engine(house, "deploy") == 0


def test_only_who_may_deploy_lets_it_be_deployed_by_itself(house: Installation, team: Repository) -> None:
    connect(house, team)
    developer = Actor("dora", "Dora", of_installation(Role.DEVELOPER))
    where = house.parts, developer, "shop", "report"
    with pytest.raises(Forbidden, match="may not deploy"):
        tracks.automate(*where, "main", tracks.Wanted(deploy=True))
    with pytest.raises(Forbidden, match="may not deploy"):
        tracks.add(*where, "next", tracks.Wanted(deploy=True))
    wanted = Wanted(Place(str(team.folder), "main"), Credential(), None, Automation(deploy=True))
    with pytest.raises(Forbidden, match="may not deploy"):
        control.connect(house.parts, developer, "shop", name="Mine", slug=None, description="", wanted=wanted)
    changed = tracks.automate(*where, "main", tracks.Wanted(build=True))
    assert changed.automation == Automation(build=True)
    house.patch(f"{JOB}/connection/tracks/main", {"auto_deploy": True})
    with pytest.raises(Forbidden, match="may not deploy"):
        tracks.automate(*where, "main", tracks.Wanted(environment="production"))


def test_what_takes_long_is_answered_and_found_when_it_is_asked_for_again(
    house: Installation, team: Repository
) -> None:
    hurried = replace(house.parts, errands=Errands(patience=timedelta(seconds=0.05)))
    actor = Actor("ann", "Ann", of_installation(Role.ADMIN))
    place = Place(str(team.folder), "main")
    asked = 0
    while True:
        asked += 1
        try:
            found = connections.survey(hurried, actor, place, Credential(), None)
        except Unfinished:
            continue
        break
    assert asked > 1
    assert found.branch == "main"


def signed(how: str, secret: str, body: bytes) -> dict[str, str]:
    told = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {
        "github": {"X-Hub-Signature-256": f"sha256={told}"},
        "bitbucket": {"X-Hub-Signature": f"sha256={told}"},
        "gitea": {"X-Gitea-Signature": told},
        "gitlab": {"X-Gitlab-Token": secret},
    }[how]


@pytest.mark.parametrize("how", ["github", "bitbucket", "gitea", "gitlab"])
def test_a_signed_webhook_makes_it_look_at_once(how: str, house: Installation, team: Repository) -> None:
    connect(house, team, auto_build=True)
    engine(house, "look")
    hook = house.post(f"{JOB}/connection/hook")
    engine(house, "look")
    body = b'{"ref": "refs/heads/main"}'
    path = hook["path"]

    def call(headers: Mapping[str, str]) -> int:
        return house.anonymous().post(path, content=body, headers=headers).status_code

    assert call({}) == 401
    assert call(signed(how, "guessed", body)) == 401
    assert call(signed(how, hook["secret"], body if how == "gitlab" else body + b" ")) == (
        202 if how == "gitlab" else 401
    )
    engine(house, "look")
    assert engine(house, "look") == 0
    assert call(signed(how, hook["secret"], body)) == 202
    assert engine(house, "look") == 1


def test_a_webhook_of_nobody_tells_nothing(house: Installation) -> None:
    answer = house.anonymous().post(
        f"{V1}/hooks/01AAAAAAAAAAAAAAAAAAAAAAAA", content=b"", headers=signed("gitlab", "x", b"")
    )
    assert answer.status_code == 401


def test_a_managed_component_has_no_connection(house: Installation) -> None:
    house.create()
    refused = house.refused(409, "GET", f"{V1}/projects/shop/components/health-check/connection")
    assert "kept by Clockhouse" in refused["message"]


def test_a_removed_component_leaves_no_copy(house: Installation, team: Repository) -> None:
    connect(house, team)
    house.get(f"{JOB}/source")
    house.delete(JOB)
    assert [each.name for each in (house.folder / "mirrors").iterdir()] == [".work"]
