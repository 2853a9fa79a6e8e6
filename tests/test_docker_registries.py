"""What opens private registries, and that only the Engine is told: a stand-in for it looks at what it is sent."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest
from tests.support.web import Peer, peer, reply

from clockhouse.docker import Address, Docker
from clockhouse.docker_registries import Registries, of_user

_HUB = "docker.io"
_AUTHS = {
    "https://registry.example.org/v1/": {"auth": base64.b64encode(b"ann:open:sesame").decode()},
    "localhost:5000": {"username": "bob", "password": "hush"},
    "tokens.example.org": {"identitytoken": "t0ken"},
    "elsewhere.example.org": {},  # its login is in a store of its own
    f"https://index.{_HUB}/v1/": {"auth": base64.b64encode(b"hub:secret").decode()},
}


@pytest.fixture
def registries(tmp_path: Path) -> Registries:
    (tmp_path / "config.json").write_text(json.dumps({"auths": _AUTHS, "credsStore": "none"}))
    return of_user({"DOCKER_CONFIG": str(tmp_path)})


def opened(headers: Mapping[str, str], name: str = "X-Registry-Auth") -> Any:
    return json.loads(base64.urlsafe_b64decode(headers[name])) if headers else None


@pytest.mark.parametrize(
    ("reference", "user"),
    [
        ("registry.example.org/team/reports:1.4", "ann"),
        ("localhost:5000/reports", "bob"),
        ("reports", "hub"),
        ("team/reports:1", "hub"),
        (f"{_HUB}/team/reports", "hub"),
        (f"index.{_HUB}/team/reports", "hub"),
    ],
)
def test_an_image_is_fetched_with_the_login_of_its_registry(registries: Registries, reference: str, user: str) -> None:
    assert opened(registries.opening(reference))["username"] == user


def test_a_password_may_hold_colons_and_a_token_stands_for_one(registries: Registries) -> None:
    assert opened(registries.opening("registry.example.org/a"))["password"] == "open:sesame"
    told = opened(registries.opening("tokens.example.org/a"))
    assert told == {"identitytoken": "t0ken", "serveraddress": "tokens.example.org"}


@pytest.mark.parametrize(
    "reference", ["other.example.org/a", "elsewhere.example.org/a", "registry.example.org.evil/a", "evil.docker.io/a"]
)
def test_no_registry_is_told_the_login_of_another(registries: Registries, reference: str) -> None:
    assert registries.opening(reference) == {}


@pytest.mark.parametrize("text", ["", "{", "[]", '{"auths": {"a.example.org": {"auth": "!"}}}', '{"auths": 7}', "{}"])
def test_a_configuration_that_cannot_be_read_opens_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "config.json").write_text(text)
    registries = Registries(tmp_path / "config.json")
    assert registries.opening("a.example.org/a") == registries.all() == {}
    assert Registries(tmp_path / "none").all() == {}


def test_the_engine_is_told_what_opens_an_image_and_no_address_or_log_is(
    registries: Registries, capfd: pytest.CaptureFixture[str]
) -> None:
    with peer() as engine:
        engine.on("POST /images/create", reply({"status": "Pulling"}))
        engine.on("POST /build", reply({"stream": "Step 1/1"}))
        asyncio.run(_fetched_and_built(engine, registries))
        pulled, built = engine.asked
    assert opened({"X-Registry-Auth": pulled.headers["x-registry-auth"]})["username"] == "ann"
    assert set(opened({"X-Registry-Config": built.headers["x-registry-config"]}, "X-Registry-Config")) == {
        *_AUTHS.keys() - {"elsewhere.example.org"}
    }
    said = "".join((*capfd.readouterr(), str(pulled.query), str(built.query), repr(registries)))
    assert not [secret for secret in ("sesame", "hush", "t0ken") if secret in said]


async def _fetched_and_built(engine: Peer, registries: Registries) -> None:
    async def context() -> AsyncIterator[bytes]:
        yield b""

    async with Docker(Address(engine.url.replace("http", "tcp")), registries) as docker:
        for messages in (docker.pull("registry.example.org/team/reports:1"), docker.build(context())):
            async with aclosing(messages):
                assert [message async for message in messages]
