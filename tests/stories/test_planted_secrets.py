"""Known secrets are given to everything that takes one, and then looked for wherever something could be read."""

from __future__ import annotations

import base64
import html
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import httpx
import pytest
from playwright.sync_api import expect
from tests.stories import prepared
from tests.stories.conftest import NewPerson, connected
from tests.support import server as servers
from tests.support.git import Repository, over_http
from tests.support.waiting import eventually

pytestmark = [pytest.mark.browser, pytest.mark.slow]

OPENAPI = Path(__file__).parents[2] / "console" / "openapi.json"
PLANTED = {
    "set for all": "Plant-All/7f+q=Zx 9k&w",
    "set for one": "Plant-One/3c+d=Yv 2m&r",
    "given with a deployment": "Plant-Given/8h+j=Xu 4n&t",
    "typed on the command line": "Plant-Typed/5b+s=Wt 6p&y",
    "refused": "Plant-Refused/1g+k=Vs 8q&u",
    "of a repository": "PlantRepo_9d4xQ2mVz7",
    "a password": "Plant-Password/6v+n=Ur 3s&i",
    "of a channel": "PlantChannel_4k8wT1nBc6",
    "of a channel typed": "PlantTyped_7s2zR5hLp3",
}

TASK = """
import base64, json, urllib.parse
from clockhouse.kit import Secret, TaskConfig, run, setting


class Config(TaskConfig):
    shared: Secret = setting("Set for all")
    own: Secret = setting("Set for one")
    given: Secret = setting("Given with a deployment")
    typed: Secret = setting("Typed on the command line")


def main(config: Config) -> None:
    secrets = [each.reveal() for each in (config.shared, config.own, config.given, config.typed)]
    for each in secrets:
        print(each, json.dumps(each), urllib.parse.quote(each), urllib.parse.quote_plus(each), repr(each.encode()))
        print("Basic", base64.b64encode(f"user:{each}".encode()).decode(), base64.urlsafe_b64encode(each.encode()))
        print(each.encode().hex(), end="", flush=True)
        print(each[:9], end="", flush=True)
        print(each[9:])
    raise RuntimeError(f"It failed with {secrets}")


if __name__ == "__main__":
    run(main)
"""


def forms(secret: str) -> Iterator[bytes]:
    """How it could stand somewhere, written here once more, so that nothing is taken from what is tested."""
    data = secret.encode()
    texts = {secret, quote(secret), quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1]}
    texts |= {html.escape(secret), repr(secret)[1:-1], data.hex(), data.hex().upper()}
    yield from (text.encode() for text in texts)
    yield secret.encode("utf-16-le")
    for before in (b"", b"user:", b"ab", b"abc"):
        for encoded in (base64.b64encode(before + data), base64.urlsafe_b64encode(before + data)):
            yield encoded[8:-4]  # without what its neighbours have a part in


def found(seen: list[tuple[str, bytes]], planted: Mapping[str, str]) -> list[str]:
    """Where there is which of them."""
    wanted = [(name, form) for name, secret in planted.items() for form in forms(secret)]
    return [f"{name} in {where}" for where, held in seen for name, form in wanted if form in held]


def files(data: Path) -> Iterator[tuple[str, bytes]]:
    """All that the server has on the disk: only what is sealed in the database opens with the key beside it."""
    for file in data.rglob("*"):
        if file.is_file() and not file.is_symlink() and file.stat().st_size < 50_000_000:
            yield str(file.relative_to(data)), file.read_bytes()


def processes() -> Iterator[tuple[str, bytes]]:
    """The arguments of all processes of this machine, which all its users may read."""
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and folder.name != str(os.getpid()):
            try:
                yield f"the arguments of {folder.name}", (folder / "cmdline").read_bytes()
            except OSError:
                continue


def answers(client: httpx.Client, component: str, far: str) -> Iterator[tuple[str, bytes]]:
    """What every address answers that can be read, of the component, of one whose source is elsewhere, and of all."""
    openapi = json.loads(OPENAPI.read_text())
    execution = client.get("/api/v1/executions").json()["items"][0]["id"]
    known = {"project": "garden", "component": component, "environment": "development", "execution": execution}
    known |= {"number": "1", "build": "1", "person": "admin"}
    for path, operations in openapi["paths"].items():
        if "get" not in operations or path.endswith(("/events", "/stream", "/artifact")):
            continue
        address = path.replace("{component}", far) if "/connection" in path else path
        for name, value in known.items():
            address = address.replace(f"{{{name}}}", value)
        with client.stream("GET", address) as answer:
            if "event-stream" not in answer.headers.get("content-type", ""):
                yield f"the answer of {address}", answer.read() + str(answer.headers).encode()
    page = client.get(f"/api/v1/executions/{execution}/log")
    yield "the log of the execution", page.read()


def storage(page: Any) -> bytes:
    """What a browser keeps of the console, and what it shows."""
    kept = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie, location.href])")
    return f"{kept}\n{page.content()}".encode()


def command(data: Path, *words: str, typed: str = "") -> str:
    program = "from clockhouse.cli.main import run; run()"
    environment = {**os.environ, "CLOCKHOUSE_DATA": str(data)}
    done = subprocess.run(
        [sys.executable, "-c", program, *words], input=typed, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def test_no_planted_secret_is_found_anywhere(person: NewPerson, tmp_path: Path) -> None:
    log = tmp_path / "server.log"
    repository = Repository(tmp_path / "repository")
    repository.commit({"main.py": "print('hello')\n"})
    token = PLANTED["of a repository"]
    with (
        servers.running(tmp_path / "data", "--log-level", "debug", log=log) as server,
        over_http(repository, user="ada", token=token) as url,
        connected(server) as client,
        httpx.Client(
            base_url=server.base_url, timeout=30, headers={"Authorization": f"Bearer {token_of(server.data)}"}
        ) as http,
    ):
        seen: list[tuple[str, bytes]] = []
        path = prepared.saved(client, "garden", "report", {"main.py": TASK})
        assert prepared.built(client, path)["status"] == "succeeded"

        client.put(f"{path}/configuration/shared", {"value": PLANTED["set for all"]})
        client.put(f"{path}/configuration/own", {"value": PLANTED["set for one"]}, environment="development")
        typed = PLANTED["typed on the command line"]
        told = command(server.data, "config", "set", "garden/report", "typed", typed=f"{typed}\n")
        seen.append(("what the command line says", told.encode()))
        given = {"given": PLANTED["given with a deployment"]}
        client.post(f"{path}/deployments", {"environment": "development", "configuration": given})
        for address, body in refused(PLANTED["refused"]).items():
            answer = http.post(f"/api/v1{address.replace('COMPONENT', path)}", json=body)
            assert answer.is_client_error, answer.text
            seen.append((f"the refusal of {address}", answer.read()))
        credential = {"kind": "token", "user": "ada", "secret": token}
        client.post(
            "/projects/garden/connections", {"name": "Far", "url": url, "credential": credential, "auto_build": False}
        )
        hook = client.post("/projects/garden/components/far/connection/hook", {})["secret"]
        seen += told_by_channels(server.data, client)
        ann = person(server)
        ann.sign_in()
        post(ann.page, "/account/password", {"new": PLANTED["a password"], "login": "admin"})
        made = post(ann.page, "/tokens", {"name": "plant"})["token"]
        planted = {**PLANTED, "of a webhook": hook, "a token": made}

        execution = client.post(f"{path}/environments/development/run", {"arguments": {}})["id"]
        ended = eventually(lambda: over(client, execution), within=30)
        assert ended["state"] == "failed"
        for place, heading in (("settings", "Settings"), ("deploy", "Deploy")):
            ann.open(f"/projects/garden/components/report/{place}", heading)
        ann.page.goto(f"/projects/garden/components/report/executions/{execution}")
        expect(ann.page.get_by_text("RuntimeError").first).to_be_visible()
        seen.append(("the browser", storage(ann.page)))

        seen += [*answers(http, "report", "far"), *processes()]
        seen += files(server.data)
    seen.append(("the server's log", log.read_bytes()))
    assert b"****" in dict(seen)["the log of the execution"]
    assert found(seen, planted) == []


def told_by_channels(data: Path, client: Any) -> Iterator[tuple[str, bytes]]:
    """What is said of channels where nobody takes a message: one of mail, and one that is typed."""
    mail = f"mailto://ada:{PLANTED['of a channel']}@127.0.0.1:9?to=a@example.com&from=a@example.com&mode=insecure"
    client.post("/projects/garden/channels", {"name": "ops", "address": mail})
    client.post("/projects/garden/alerts", {"when": "a failure", "channels": ["ops"]})
    typed = f"http://127.0.0.1:9/{PLANTED['of a channel typed']}?key={PLANTED['of a channel typed']}"
    yield "what the command line says", command(data, "channel", "add", "garden", "desk", typed=f"{typed}\n").encode()
    for name in ("ops", "desk"):
        tried = client.post(f"/projects/garden/channels/{name}/test", {})
        assert "nothing listens there" in tried["trouble"], tried
        yield f"how a test of {name} went", json.dumps(tried).encode()


def over(client: Any, execution: str) -> dict[str, Any] | None:
    found: dict[str, Any] = client.get(f"/executions/{execution}")
    return found if found["finished_at"] else None


def token_of(data: Path) -> str:
    return (data / "token").read_text().strip()


def post(page: Any, address: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """As the console does it, signed in."""
    script = """async ([address, body]) => {
        const headers = {'Content-Type': 'application/json'};
        const answer = await fetch('/api/v1' + address, {method: 'POST', headers, body: JSON.stringify(body)});
        if (!answer.ok) throw new Error(await answer.text());
        return answer.status === 204 ? {} : await answer.json();
    }"""
    made: dict[str, Any] = page.evaluate(script, [address, body])
    return made


def refused(wrong: str) -> dict[str, dict[str, Any]]:
    """Requests that are refused with a secret in them; COMPONENT stands for its path."""
    return {
        "COMPONENT/deployments": {
            "environment": "development",
            "configuration": {"given": [wrong], "own": {"a": wrong}},
        },
        "/session": {"token": wrong},
        "/session/password": {"login": "admin", "password": wrong},
        "/projects/garden/channels": {"name": "wrong", "address": f"slack://{wrong}"},
        "/surveys": {"url": "http://localhost:1/a.git", "credential": {"kind": "token", "user": "a", "secret": wrong}},
    }
