"""Routes are made when somebody first asks for them, and answer as if they had always been there."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from anyio.from_thread import start_blocking_portal
from fastapi import FastAPI
from pydantic import BaseModel
from tests.support.api import HERE, InProcess

from clockhouse.api import routes


class Wish(BaseModel):
    name: str


@pytest.fixture
def app() -> FastAPI:
    router = routes.router("/wishes", tags=["wishes"])

    @router.get("/{wish}")
    def get_wish(wish: str) -> Wish:
        return Wish(name=wish)

    @router.put("/{wish}")
    def set_wish(wish: str, body: Wish) -> Wish:
        return Wish(name=f"{wish} {body.name}")

    @router.get("/{wish}/parts/{part:path}")
    def get_part(wish: str, part: str) -> list[str]:
        return [wish, part]

    app = FastAPI()
    app.router.routes.extend(router.routes)
    return app


@pytest.fixture
def client(app: FastAPI) -> Iterator[httpx.Client]:
    with start_blocking_portal() as portal, httpx.Client(transport=InProcess(app, portal), base_url=HERE) as client:
        yield client


def _made(app: FastAPI) -> list[str]:
    return [route.name for route in app.routes if "dependant" in vars(route)]


def test_a_start_makes_none_and_a_request_only_what_its_path_may_mean(app: FastAPI, client: httpx.Client) -> None:
    before = _made(app)

    answer = client.get("/api/v1/wishes/rain")

    assert answer.json() == {"name": "rain"}
    assert before == []
    assert _made(app) == ["get_wish"]


def test_a_path_within_a_path_is_found(client: httpx.Client) -> None:
    assert client.get("/api/v1/wishes/rain/parts/a/b.c").json() == ["rain", "a/b.c"]
    assert client.get("/api/v1/wishes/rain/parts/").json() == ["rain", ""]


def test_what_is_not_there_is_not_there(client: httpx.Client) -> None:
    for path in ("/api/v1/wishes", "/api/v1/wishes/", "/api/v1/wishes/a/b", "/wishes/a", "/"):
        assert client.get(path).status_code == 404, path
    assert client.delete("/api/v1/wishes/rain").status_code == 405


def test_the_description_has_all_of_them_and_how_they_fail(app: FastAPI) -> None:
    described = app.openapi()["paths"]

    assert list(described["/api/v1/wishes/{wish}"]) == ["get", "put"]
    assert described["/api/v1/wishes/{wish}"]["put"]["operationId"] == "set_wish"
    assert "default" in described["/api/v1/wishes/{wish}/parts/{part}"]["get"]["responses"]
