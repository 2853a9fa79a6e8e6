"""Agents over HTTP: who may let them in, and what an agent's token is good for."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.support.api import COMPONENT, V1, Installation

from clockhouse.store import workers
from clockhouse.store.database import Contended

LOOK = {
    "process": "tests",
    "attempts": {},
    "room": 5,
    "tends": True,
    "version": "1.0.0",
    "host": "rack-1",
    "most": 8,
}


@pytest.fixture
def agents_run(house: Installation) -> Installation:
    """The health check is deployed to development, which runs on agents."""
    house.deployed()
    house.post(f"{V1}/environments/development/data-plane", {"data_plane": "agents"})
    return house


@pytest.fixture
def token(agents_run: Installation) -> str:
    return add(agents_run, "rack-1", "development")


def add(installation: Installation, name: str, environment: str) -> str:
    return str(installation.post(f"{V1}/agents", {"name": name, "environment": environment})["token"])


def asked(installation: Installation, token: str, method: str, path: str, body=None):
    headers = {"Authorization": f"Bearer {token}"}
    return installation.client.request(method, f"{V1}{path}", json=body, headers=headers)


def started(installation: Installation, token: str) -> dict:
    """What an agent has just claimed."""
    installation.pass_time(10)
    [found] = asked(installation, token, "POST", "/agent/look", LOOK).json()["assignments"]
    return found


def finished(claimed: dict, **more):
    told = {"exit_code": 0, "signal": None, "cpu_s": 0.1, "peak_bytes": 1024, "reason": None, "state": "succeeded"}
    at = "2026-11-22T12:00:11+00:00"
    return {"kind": "finished", "id": claimed["id"], "attempt": claimed["attempt"], "at": at, **told, **more}


def test_an_agent_is_let_in_listed_and_removed(agents_run):
    made = agents_run.post(f"{V1}/agents", {"name": "rack-1", "environment": "development"})
    assert len(made.pop("token")) > 40
    assert agents_run.get(f"{V1}/agents") == [made]
    assert (made["name"], made["environment"], made["created_by"], made["seen_at"]) == (
        *("rack-1", "development", "admin"),
        None,
    )
    assert (
        "already"
        in agents_run.refused(409, "POST", f"{V1}/agents", {"name": "rack-1", "environment": "production"})["message"]
    )
    agents_run.refused(404, "POST", f"{V1}/agents", {"name": "rack-2", "environment": "nowhere"})
    agents_run.delete(f"{V1}/agents/rack-1")
    assert agents_run.get(f"{V1}/agents") == []
    agents_run.refused(404, "DELETE", f"{V1}/agents/rack-1")
    add(agents_run, "rack-1", "development")


def test_what_waits_for_agents_that_are_not_there_says_so(agents_run):
    def reasons():
        [listed] = agents_run.get(f"{V1}/executions")["items"]
        shown = agents_run.get(f"{V1}/executions/{listed['id']}")
        [card] = [each for each in agents_run.get(COMPONENT)["environments"] if each["strip"]]
        told = [listed["reason"], shown["reason"], card["strip"][-1]["reason"]]
        assert told[0] == told[1] == told[2]
        return told[0]

    agents_run.pass_time(10)
    never = {"code": "no_agent", "sentence": "It waits for an agent: none of Development has asked for work yet."}
    assert reasons() == never
    token = add(agents_run, "rack-1", "development")
    asked(agents_run, token, "POST", "/agent/look", {**LOOK, "room": 0})
    assert reasons() is None
    agents_run.clock.advance(timedelta(seconds=31))
    assert reasons()["sentence"].endswith("has asked for work since 2026-11-22 12:00:10 UTC.")
    add(agents_run, "rack-2", "production")
    agents_run.post(f"{V1}/environments/development/data-plane", {"data_plane": "process"})
    assert reasons() is None


def test_a_name_that_is_none_is_refused_in_words(agents_run):
    refused = agents_run.refused(422, "POST", f"{V1}/agents", {"name": "Rack 1", "environment": "production"})
    assert refused["fields"]["name"].startswith("Write small letters and digits, with single dashes")


def test_the_token_is_told_once_and_kept_nowhere(agents_run, token):
    assert token not in str(agents_run.get(f"{V1}/agents"))
    assert token.encode() not in agents_run.stored()


def test_an_agent_that_looks_is_seen_with_what_it_runs(agents_run, token):
    started(agents_run, token)
    [known] = agents_run.get(f"{V1}/agents")
    assert known["seen_at"] == agents_run.clock.now().isoformat().replace("+00:00", "Z")
    assert (known["version"], known["host"], known["room"], known["running"]) == ("1.0.0", "rack-1", 8, 1)


def test_an_execution_says_which_agent_runs_it(agents_run, token):
    claimed = started(agents_run, token)
    assert agents_run.get(f"{V1}/executions/{claimed['id']}")["ran_on"] == "rack-1"


def test_a_look_that_was_in_anothers_way_is_done_again(agents_run, token, monkeypatch):
    real, tries = workers.look, []

    def in_the_way_twice(*asked, **more):
        found = real(*asked, **more)
        tries.append(found)
        if len(tries) < 3:
            raise Contended("Somebody else claimed the same.")
        return found

    monkeypatch.setattr(workers, "look", in_the_way_twice)
    claimed = started(agents_run, token)
    assert [len(found.claimed) for found in tries] == [1, 1, 1]
    assert claimed["attempt"] == 1


def test_what_an_agent_is_given_is_kept_by_nobody_on_the_way(agents_run, token):
    answer = asked(agents_run, token, "POST", "/agent/look", LOOK)
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/projects"), ("GET", "/executions"), ("GET", "/agents"), ("POST", "/agents"), ("GET", "/events")],
)
def test_an_agents_token_is_good_for_nothing_else(agents_run, token, method, path):
    body = {"name": "rack-2", "environment": "development"} if method == "POST" else None
    answer = asked(agents_run, token, method, path, body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "forbidden")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/agent/look", LOOK),
        ("POST", "/agent/reports", {"process": "tests", "reports": [finished({"id": "x", "attempt": 1})]}),
        ("GET", "/agent/hints", None),
        ("GET", "/agent/artifacts/x", None),
        ("POST", "/agent/unneeded", {"builds": []}),
    ],
)
def test_only_an_agents_token_is_good_for_what_agents_do(agents_run, method, path, body):
    assert asked(agents_run, agents_run.token, method, path, body).status_code == 403
    assert asked(agents_run, "unknown", method, path, body).status_code == 401
    assert agents_run.anonymous().request(method, f"{V1}{path}", json=body).status_code == 401
    assert agents_run.browser().request(method, f"{V1}{path}", json=body).status_code == 401


def test_the_token_of_an_agent_that_was_removed_is_refused(agents_run, token):
    agents_run.delete(f"{V1}/agents/rack-1")
    answer = asked(agents_run, token, "POST", "/agent/look", LOOK)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "unauthenticated")


def test_an_agent_claims_in_its_own_environment_only(agents_run):
    agents_run.post(f"{V1}/environments/production/data-plane", {"data_plane": "agents"})
    elsewhere = add(agents_run, "rack-2", "production")
    agents_run.pass_time(10)
    assert asked(agents_run, elsewhere, "POST", "/agent/look", LOOK).json()["assignments"] == []


def test_an_agent_claims_nothing_where_the_servers_run_it(agents_run, token):
    agents_run.post(f"{V1}/environments/development/data-plane", {"data_plane": "process"})
    agents_run.pass_time(10)
    assert asked(agents_run, token, "POST", "/agent/look", LOOK).json()["assignments"] == []


@pytest.mark.parametrize("who", ["another agent", "another process of the same one", "an agent of another environment"])
def test_what_an_agent_does_not_hold_it_can_not_change(agents_run, token, who):
    claimed = started(agents_run, token)
    environment = "production" if "environment" in who else "development"
    shown = token if "process" in who else add(agents_run, "rack-2", environment)
    log = {"kind": "logged", "id": claimed["id"], "attempt": 1, "lines": [line("forged")]}
    reports = [finished(claimed), log, {"kind": "strayed", **same(claimed), "reason": {"code": "x", "sentence": "X."}}]
    told = {"process": "other", "reports": reports}
    assert asked(agents_run, shown, "POST", "/agent/reports", told).json() == {"counts": [False, False, False]}
    execution = agents_run.get(f"{V1}/executions/{claimed['id']}")
    assert execution["state"] == "started"
    assert agents_run.get(f"{V1}/executions/{claimed['id']}/log")["lines"] == []


def same(claimed: dict) -> dict:
    return {"id": claimed["id"], "attempt": claimed["attempt"]}


def line(text: str) -> dict:
    return {"seq": 1, "at": "2026-11-22T12:00:10Z", "stream": "stdout", "level": None, "text": text}


def test_what_an_agent_tells_is_recorded(agents_run, token):
    claimed = started(agents_run, token)
    begun = {"kind": "started", **same(claimed), "at": "2026-11-22T12:00:10Z"}
    log = {"kind": "logged", **same(claimed), "lines": [line("hello")]}
    told = {"process": "tests", "reports": [begun, log, finished(claimed)]}
    assert asked(agents_run, token, "POST", "/agent/reports", told).json() == {"counts": [True, True, True]}
    execution = agents_run.get(f"{V1}/executions/{claimed['id']}")
    assert (execution["state"], execution["duration_s"]) == ("succeeded", 1.0)
    assert [each["text"] for each in agents_run.get(f"{V1}/executions/{claimed['id']}/log")["lines"]] == ["hello"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"state": "planned"},
        {"at": "yesterday"},
        {"attempt": 0},
        {"cpu_s": -1},
        {"signal": 1000},
        {"reason": {"code": "x" * 41, "sentence": "X."}},
        {"kind": "invented"},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_what_makes_no_sense_is_refused(agents_run, token, wrong):
    report = finished({"id": "x", "attempt": 1}, **wrong)
    answer = asked(agents_run, token, "POST", "/agent/reports", {"process": "tests", "reports": [report]})
    assert answer.status_code == 422


def test_of_builds_only_what_may_start_in_the_agents_environment_is_needed(agents_run, token):
    build = agents_run.build_id(1)
    body = {"builds": [build, "unknown"]}
    assert asked(agents_run, token, "POST", "/agent/unneeded", body).json() == {"builds": ["unknown"]}
    elsewhere = add(agents_run, "rack-2", "production")
    assert asked(agents_run, elsewhere, "POST", "/agent/unneeded", body).json() == {"builds": [build, "unknown"]}
    answer = asked(agents_run, elsewhere, "GET", f"/agent/artifacts/{build}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


def test_an_environment_says_what_runs_it(house):
    planes = {each["slug"]: each["data_plane"] for each in house.get(f"{V1}/environments")}
    assert planes == {"development": "process", "production": "process"}
    moved = house.post(f"{V1}/environments/production/data-plane", {"data_plane": "agents"})
    assert (moved["slug"], moved["data_plane"]) == ("production", "agents")
    house.refused(422, "POST", f"{V1}/environments/production/data-plane", {"data_plane": "clouds"})
    house.refused(404, "POST", f"{V1}/environments/nowhere/data-plane", {"data_plane": "agents"})
