"""Requests that nobody means well: each is answered in our shape, and none fails inside."""

import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.support.api import COMPONENT, V1, Installation, application

HALF = "\ud800"
ODD: list[Any] = [None, True, -1, 0, 10**30, 1.5, 1e308, "", " ", "\x00", HALF, "x" * 3000, [], {}, [[]], {HALF: HALF}]
BODIES = {
    f"{V1}/session": {"token": "x"},
    f"{V1}/projects": {"name": "A", "slug": "a", "description": "d"},
    f"{V1}/projects/shop/components": {"name": "A", "slug": "a", "description": "", "template": "blank"},
    f"{COMPONENT}/commits": {"parent": "0" * 40, "message": "m", "changes": {"a": "b"}},
    f"{COMPONENT}/builds": {"commit": "0" * 40},
    f"{COMPONENT}/deployments": {
        "environment": "development",
        "build": 1,
        "configuration": {"url": "http://x"},
        "time_out_s": 1,
        "retry": {"attempts": 1},
        "schedules": [{"trigger": {"kind": "interval", "every_s": 5}}],
    },
    f"{COMPONENT}/promotions": {"source": "production", "target": "development", "configuration": {"url": "http://x"}},
    f"{COMPONENT}/environments/development/pause": {"note": "n"},
    f"{V1}/schedules/preview": {"trigger": {"kind": "cron", "expression": "* * * * *", "zone": "UTC"}, "count": 1},
}


@pytest.fixture(scope="module")
def built_house(closed_house: Installation) -> Installation:
    closed_house.create()
    closed_house.build()
    return closed_house


def broken(body: Any) -> list[Any]:
    """The body with each of its parts in turn, at any depth, replaced by each odd value."""
    if isinstance(body, dict):
        inner = [{**body, key: odd} for key in body for odd in [*broken(body[key]), *ODD]]
        return [*inner, {**body, HALF: 1}, {**body, "unknown": 1}]
    if isinstance(body, list):
        return [[odd, *body[1:]] for odd in [*broken(body[0]), *ODD]]
    return []


@pytest.mark.slow
@pytest.mark.parametrize("path", BODIES)
def test_no_odd_value_breaks_the_server(built_house: Installation, path: str) -> None:
    for body in [*broken(BODIES[path]), *ODD]:
        answer = built_house.client.post(path, content=json.dumps(body), headers={"Content-Type": "application/json"})
        assert answer.status_code != 500, body
        if answer.is_error:
            assert set(answer.json()["error"]) == {"code", "message", "fields"}


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[1", b"\xff\xfe", b'{"name": "a", "name": }', b"[" * 100_000, b"1" * 5000]
)
def test_what_is_no_json_is_refused(built_house: Installation, content: bytes) -> None:
    answer = built_house.client.post(f"{V1}/projects", content=content, headers={"Content-Type": "application/json"})

    assert answer.status_code in (400, 422)
    assert answer.json()["error"]["code"] == "invalid"


QUERIES = sorted(
    (path, parameter["name"])
    for path, methods in application().openapi()["paths"].items()
    for parameter in methods.get("get", {}).get("parameters", ())
    if parameter["in"] == "query"
)


@pytest.mark.parametrize(("path", "name"), QUERIES)
def test_no_odd_question_breaks_the_server(built_house: Installation, path: str, name: str) -> None:
    address = path.format(project="shop", component="health-check", number=1, id="x", environment="development")
    for value in ("", " ", "-1", "0", "9" * 30, "1e400", "NaN", "\x00", "x" * 3000, "0001-01-01T00:00:00", "\u20ac~"):
        if address.endswith("/stream") and value == "0":
            continue  # a good question, whose answer does not end
        answer = built_house.client.get(address, params={name: value})
        assert answer.status_code != 500, value


@given(st.text(max_size=30))
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_no_odd_name_in_an_address_breaks_the_server(built_house: Installation, name: str) -> None:
    name = quote(name.encode(errors="ignore").decode(), safe="")
    for path in (f"{V1}/projects/{{}}", f"{V1}/projects/shop/components/{{}}", f"{V1}/executions/{{}}"):
        answer = built_house.client.get(path.format(name or "x"))
        assert answer.status_code in (200, 404, 405)


def test_an_error_of_ours_is_told_without_its_details(
    built_house: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise RuntimeError("the secret is 42")

    monkeypatch.setattr("clockhouse.control.projects.every", fails)

    answer = built_house.client.get(f"{V1}/projects")

    assert answer.status_code == 500
    assert answer.json()["error"]["code"] == "internal"
    assert "42" not in answer.text


def test_the_api_describes_itself(built_house: Installation) -> None:
    document = built_house.anonymous().get("/api/openapi.json").json()

    assert document["info"]["title"] == "Clockhouse"
    assert built_house.anonymous().get("/api/docs").status_code == 200
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            (error,) = operation["responses"]["default"]["content"].values()
            assert error["schema"]["$ref"].endswith("/ErrorBody"), (method, path)
            assert "422" not in operation["responses"], (method, path)
