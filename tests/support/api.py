"""The real application in this process, over a real database, with time that stands still."""

from __future__ import annotations

import json
import shutil
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from anyio.from_thread import BlockingPortal, start_blocking_portal
from fastapi import FastAPI
from tests.support.statements import shared

from clockhouse import telemetry
from clockhouse.api.app import create
from clockhouse.builders.remote import Remotes
from clockhouse.control import sessions
from clockhouse.control.parts import Parts, repository
from clockhouse.kit.declared import read as declared
from clockhouse.model.execution import Outcome, State
from clockhouse.model.log import LogLine
from clockhouse.store import builds, claims, components, executions, logs, occurrences
from clockhouse.store.database import Database
from clockhouse.store.sqlite import SQLite
from clockhouse.task import Retry
from clockhouse.task.testing import ManualClock
from clockhouse.vault import Vault

# What is not configured renders a traceback with every local value, which takes most of a minute.
telemetry.configure("error", sys.stderr)

HERE = "http://clockhouse.test"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
V1 = "/api/v1"
COMPONENT = f"{V1}/projects/shop/components/health-check"
EVERY_10_S = {"trigger": {"kind": "interval", "every_s": 10}}
CONFIGURATION = {"url": "https://shop.example.com/healthz"}

SECRETIVE = '''\
"""Asks for everything that a task may ask for."""

from typing import Literal

from clockhouse.kit import Secret, TaskConfig, run, setting


class Config(TaskConfig):
    region: str = setting("Where", pattern="[a-z]+")
    api_key: Secret = setting("The key", pattern="key-.+")
    spare_key: Secret | None = setting("Another key", default=None)
    tries: int = setting("How often", default=3, minimum=1, maximum=9)
    share: float = setting("How much", default=0.5)
    is_dry: bool = setting("Only look", default=False)
    tags: list[str] = setting("Labels", default=["a"])
    mode: Literal["fast", "safe"] = setting("How", default="safe")
    note: str | None = setting("A remark", default=None)


def main(config: Config) -> None: ...


if __name__ == "__main__":
    run(main)
'''


class InProcess(httpx.BaseTransport):
    """Hands requests to the application in this process; an answer is complete when it is returned."""

    def __init__(self, app: FastAPI, portal: BlockingPortal) -> None:
        self._app = httpx.ASGITransport(app, raise_app_exceptions=False)
        self._portal = portal

    def at(self, address: str) -> InProcess:
        """The same application, as a machine with this address reaches it."""
        there = InProcess(self._app.app, self._portal)  # type: ignore[arg-type]  # what it was made with
        there._app = httpx.ASGITransport(self._app.app, raise_app_exceptions=False, client=(address, 50_000))
        return there

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._portal.call(self._answer, request)

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        answer = await self._app.handle_async_request(request)
        # As bytes that were never decoded: the client undoes a Content-Encoding itself.
        stream = httpx.ByteStream(b"".join([part async for part in answer.stream]))  # type: ignore[union-attr]
        return httpx.Response(answer.status_code, headers=answer.headers, stream=stream)


@dataclass(frozen=True, slots=True)
class Installation:
    """One Clockhouse without its engine: what the engine would write, tests write through the store."""

    folder: Path
    clock: ManualClock
    parts: Parts
    client: httpx.Client
    token: str = field(repr=False)
    inside: InProcess = field(repr=False)

    @property
    def database(self) -> Database:
        return self.parts.database

    def get(self, path: str, **params: Any) -> Any:
        """The answer's body; fails when it is not a good one."""
        return self._good("GET", path, params=params or None)

    def post(self, path: str, body: Any = None) -> Any:
        return self._good("POST", path, json=body)

    def patch(self, path: str, body: Any) -> Any:
        return self._good("PATCH", path, json=body)

    def put(self, path: str, body: Any) -> Any:
        return self._good("PUT", path, json=body)

    def delete(self, path: str) -> None:
        self._good("DELETE", path)

    def refused(self, status: int, method: str, path: str, body: Any = None, **params: Any) -> dict[str, str]:
        """The error of an answer, which must be of this status and in our shape."""
        # Written here, in ASCII: what a client would refuse to send must be refused by the server, too.
        content = None if body is None else json.dumps(body)
        headers = {"Content-Type": "application/json"}
        answer = self.client.request(method, path, content=content, headers=headers, params=params or None)
        assert answer.status_code == status, answer.text
        error = answer.json()["error"]
        assert set(error) == {"code", "message", "fields"}
        assert error["message"].endswith((".", "!", "?")), error
        return error

    def fields(self, path: str, body: Any) -> dict[str, str]:
        """The fields that a request is refused for."""
        found = self.refused(422, "POST", path, body)["fields"]
        return dict(found)  # type: ignore[call-overload]

    def _good(self, method: str, path: str, **kwargs: Any) -> Any:
        answer = self.client.request(method, path, **kwargs)
        assert answer.is_success, f"{answer.status_code}: {answer.text}"
        return answer.json() if answer.content else None

    def anonymous(self) -> httpx.Client:
        """Somebody who carries no token and no cookie."""
        return httpx.Client(transport=self.inside, base_url=HERE)

    def browser(self) -> httpx.Client:
        """Somebody who has signed in with a one-time link."""
        one_time, _ = sessions.first_tokens(self.parts, self.token, alone=True)
        browser = self.anonymous()
        assert browser.post(f"{V1}/session", json={"token": one_time}).is_success
        return browser

    def create(self, template: str = "health-check", source: str | None = None) -> str:
        """The project “shop” and in it the component “health-check”; the component's address."""
        self.post(f"{V1}/projects", {"name": "Shop"})
        self.post(f"{V1}/projects/shop/components", {"name": "Health check", "template": template})
        if source is not None:
            self.save({"main.py": source})
        return COMPONENT

    def save(self, changes: dict[str, str | None], message: str = "Change it") -> Any:
        head = self.get(f"{COMPONENT}/commits")[0]["sha"]
        return self.post(f"{COMPONENT}/commits", {"parent": head, "message": message, "changes": changes})

    def build(self, project: str = "shop", slug: str = "health-check") -> int:
        """A succeeded build of the newest commit, with the settings that its source declares; its number."""
        made = self.post(f"{V1}/projects/{project}/components/{slug}/builds", {})
        with self.database.begin() as tx:
            component = components.get(tx, project, slug)
            tree = repository(tx, component).read(made["commit"]["sha"])
            source = declared(next(file.text or "" for file in tree.files if file.path == "main.py"))
            assert source.entry is not None
            assert not source.problems
            builds.claim(tx, "tests", 10, tx.now + timedelta(minutes=1))
            build = builds.get(tx, component, made["number"])
            for file in tree.files:
                if file.path == "clockhouse.yaml":
                    builds.record_declared(tx, build, file.text or "")
            builds.succeed(tx, build, digest="sha256:" + "0" * 64, entry=source.entry, settings=source.settings)
        return int(made["number"])

    def deploy(self, environment: str = "development", **wish: Any) -> Any:
        body = {"environment": environment, "configuration": CONFIGURATION, "schedules": [EVERY_10_S], **wish}
        return self.post(f"{COMPONENT}/deployments", body)

    def deployed(self, **wish: Any) -> Any:
        """The health check, created, built and deployed to development every ten seconds."""
        self.create()
        self.build()
        return self.deploy(**wish)

    def pass_time(self, seconds: float) -> None:
        """What falls due meanwhile is decided, a second at a time, as by an engine that runs."""
        whole, rest = divmod(seconds, 1)
        for step in [*[1.0] * int(whole), rest]:
            self.clock.advance(timedelta(seconds=step))
            with self.database.begin() as tx:
                occurrences.settle_due(tx)

    def finish(self, outcome: Outcome | None = None, *, took_s: float = 0.5, lines: Sequence[str] = ()) -> list[str]:
        """Starts and ends all that is queued, as an engine would; the ids of the executions."""
        started = self.start(lines=lines)
        self.clock.advance(timedelta(seconds=took_s))
        self.end(*started, outcome=outcome)
        return started

    def end(self, *started: str, outcome: Outcome | None = None) -> None:
        """Ends these, which have been started."""
        with self.database.begin() as tx:
            for execution_id in started:
                attempt = executions.get(tx, execution_id).attempt
                end = outcome or Outcome(State.SUCCEEDED, None, 0)
                executions.finish(tx, execution_id, attempt, end, tx.now, Retry())

    def start(self, *, lines: Sequence[str] = ()) -> list[str]:
        """Starts all that is queued, and lets each write these lines."""
        with self.database.begin() as tx:
            claimed = claims.claim(tx, "tests", 100, tx.now + timedelta(minutes=1), name="here")
            for each in claimed:
                executions.mark_started(tx, each.id, each.attempt, tx.now)
        for each in claimed:
            self.write(each.id, *lines)
        return [each.id for each in claimed]

    def write(self, source: str, *texts: str) -> None:
        """Adds lines to the log of an execution or a build."""
        with self.database.begin() as tx:
            first = logs.last_seq(tx, source) + 1
            lines = [LogLine(seq, tx.now, "stdout", None, text) for seq, text in enumerate(texts, first)]
            logs.append(tx, source, lines)

    def build_id(self, number: int) -> str:
        with self.database.read() as tx:
            return builds.get(tx, components.get(tx, "shop", "health-check"), number).id

    def stored(self) -> bytes:
        """Everything on the disk but the vault's key: the database with its journal."""
        files = (file for file in self.folder.rglob("*") if file.is_file() and file.name != "vault.key")
        return b"".join(file.read_bytes() for file in files)


def migrated(path: Path) -> Path:
    """An empty database of the present version, to be copied: migrating takes longer than most tests."""
    database = SQLite(path, ManualClock(NOON))
    database.migrate()
    database.close()
    return path


@cache
def application() -> FastAPI:
    """The application, which takes longer to make than most tests; each test gives it its parts."""
    return create(None)


def described() -> dict[str, Any]:
    """The paths of the API's description, as it is kept: to make it takes seconds."""
    document = Path(__file__).parents[2] / "console" / "openapi.json"
    paths: dict[str, Any] = json.loads(document.read_text("utf-8"))["paths"]
    return paths


@contextmanager
def installed(folder: Path, empty: Path) -> Iterator[Installation]:
    """An installation in `folder`, whose database begins as a copy of `empty`; its client carries a tool's token."""
    shutil.copy(empty, folder / "clockhouse.db")
    clock = ManualClock(NOON)
    remotes = Remotes(folder / "mirrors")
    parts = Parts(shared(SQLite(folder / "clockhouse.db", clock)), Vault(folder / "vault.key"), remotes=remotes)
    _, token = sessions.first_tokens(parts, None, alone=True)
    headers = {"Authorization": f"Bearer {token}"}
    with start_blocking_portal() as portal:
        inside = InProcess(application(), portal)
        application().state.parts = parts
        client = httpx.Client(transport=inside, base_url=HERE, headers=headers)
        yield Installation(folder, clock, parts, client, token, inside)
    parts.database.close()


@contextmanager
def served(installation: Installation) -> Iterator[str]:
    """The same application at an address of its own, for what goes on while it is read."""
    config = uvicorn.Config(
        create(installation.parts), port=0, log_config=None, lifespan="off", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, name="served")
    thread.start()
    try:
        while not server.started:
            thread.join(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()
