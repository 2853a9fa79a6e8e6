"""Configuration on the command line: what is sent, and what a person is told."""

from __future__ import annotations

import io
from typing import Any

import pytest
from tests.cli.conftest import Run
from tests.cli.standin import StandIn
from tests.cli.test_requests import CARDS, REQUEST

PATH = "/projects/shop/components/report"
STORED = {"value": None, "is_secret": False, "fingerprint": None, "reference": None, "is_masked": True, "file": None}


def stored(**own: Any) -> dict[str, Any]:
    return {**STORED, "set_at": "2026-11-22T12:00:00Z", "set_by": "admin", **own}


def cell(environment: str, state: str, *, own: Any = None, said: Any = None, waits: bool = False) -> dict[str, Any]:
    return {"environment": environment, "state": state, "own": own, "said": said, "deployed": None, "waits": waits}


URL = {
    "name": "url",
    "setting": {"name": "url", "type": "text"},
    "everywhere": stored(value="https://a.example"),
    "cells": [cell("development", "inherited", waits=True), cell("production", "set", own=stored(value="https://b.x"))],
}
KEY = {
    "name": "key",
    "setting": {"name": "key", "type": "secret"},
    "everywhere": None,
    "cells": [
        cell("development", "set", own=stored(is_secret=True, fingerprint="1a2b3c4d", is_masked=False)),
        cell("production", "missing"),
    ],
}
TRIES = {
    "name": "tries",
    "setting": {"name": "tries", "type": "integer"},
    "everywhere": None,
    "cells": [cell("development", "said", own=stored(value=3), said={"value": 5}), cell("production", "default")],
}
OLD = {"name": "old", "setting": None, "everywhere": None, "cells": [cell("development", "absent")] * 2}
MATRIX = {
    "build": 3,
    "environments": [
        {"slug": "development", "name": "Development", "needs_approval": False},
        {"slug": "production", "name": "Production", "needs_approval": True},
    ],
    "rows": [URL, KEY, TRIES, OLD],
}


@pytest.fixture
def house(stand_in: StandIn) -> StandIn:
    for method, path in (("GET", ""), ("PUT", "/url"), ("PUT", "/key"), ("DELETE", "/url")):
        stand_in.says(method, f"{PATH}/configuration{path}", MATRIX)
    for place in ("development", "production"):
        stand_in.says("POST", f"{PATH}/environments/{place}/redeploy", {"number": 7, "environment": place})
    return stand_in


def test_a_table_tells_where_each_value_is_from_and_no_secret(house: StandIn, run: Run) -> None:
    told = run("config", "list", "shop/report")
    lines = told.out.splitlines()
    url, key, old = (next(line for line in lines if line.startswith(name)) for name in ("url", "key", "old"))
    assert url.split() == ["url", "https://a.example", "=", "all", "*", "https://b.x"]
    assert "secret 1a2b3c4d" in key
    assert "missing!" in key
    assert "(not declared)" in old
    assert next(line for line in lines if line.startswith("tries")).split() == ["tries", "5", "(file)", "default"]
    assert "* What is deployed has another value" in told.err


def test_a_value_is_set_for_all_or_for_one_environment(house: StandIn, run: Run) -> None:
    told = run("config", "set", "shop/report", "url=https://a.example?x=1")
    assert (house.asked[-1].query, house.asked[-1].body) == ({}, {"value": "https://a.example?x=1"})
    assert "url is set for all environments: https://a.example." in told.out
    assert "config redeploy shop/report -e development" in told.out
    run("config", "set", "shop/report", "url=https://b.x", "-e", "production")
    assert house.asked[-1].query == {"environment": "production"}


def test_a_secret_is_read_from_a_variable_or_a_line_and_never_from_the_arguments(
    house: StandIn, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLOCKHOUSE_SECRET_KEY", "of-a-variable")
    told = run("config", "set", "shop/report", "key", "-e", "development")
    assert house.asked[-1].body == {"value": "of-a-variable"}
    assert "secret 1a2b3c4d" in told.out
    assert "not masked in logs" in told.err
    assert "of-a-variable" not in told.out + told.err
    monkeypatch.delenv("CLOCKHOUSE_SECRET_KEY")
    monkeypatch.setattr("sys.stdin", io.StringIO("of-a-line\n"))
    run("config", "set", "shop/report", "key")
    assert house.asked[-1].body == {"value": "of-a-line"}

    refused = run("config", "set", "shop/report", "key=of-the-arguments")

    assert refused.code == 2
    assert "list of processes" in refused.err
    assert house.asked[-1].method == "GET"


def test_a_reference_and_a_file_need_no_value(house: StandIn, run: Run) -> None:
    run("config", "set", "shop/report", "key", "--reference", "file:key", "--file", "tls/key.pem")
    assert house.asked[-1].body == {"reference": "file:key", "file": "tls/key.pem"}
    run("config", "set", "shop/report", "key", "--variable")
    assert house.asked[-1].body == {"file": None}


def test_what_waits_is_deployed_at_once_when_that_is_asked(house: StandIn, run: Run) -> None:
    told = run("config", "unset", "shop/report", "url", "--redeploy")
    assert [each.path for each in house.asked][-1].endswith(f"{PATH}/environments/development/redeploy")
    assert "deployed to development with this" in told.out
    house.says("GET", f"{PATH}/environments", [])
    run("config", "redeploy", "shop/report", "-e", "development")
    assert house.asked[-1].path.endswith(f"{PATH}/environments/development/redeploy")


def test_where_it_has_to_be_approved_a_redeployment_is_asked_for(house: StandIn, run: Run) -> None:
    waits = {**URL, "cells": [cell("development", "inherited"), cell("production", "inherited", waits=True)]}
    house.says("PUT", f"{PATH}/configuration/url", {**MATRIX, "rows": [waits]})
    house.says("POST", f"{PATH}/requests", {**REQUEST, "number": 3}, status=201)
    house.says("GET", f"{PATH}/environments", CARDS)
    wish = {"redeploy": {"environment": "production"}, "note": "A new address"}

    told = run("config", "set", "shop/report", "url=https://b.x", "--redeploy", "--note", "A new address")
    assert house.asked[-1].body == wish
    assert "In production it has to be approved: request 3 asks for it." in told.out
    assert "has another value" not in told.out

    told = run("config", "redeploy", "shop/report", "-e", "production", "--note", "A new address")
    assert house.asked[-1].body == wish
    assert "clockhouse request approve shop/report 3" in told.out
