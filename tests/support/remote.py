"""A ledger's servers and an agent of them, in this process: the API at an address, and a feed that asks it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

import uvicorn
from tests.support.ledger import Ledger

from clockhouse.api.app import close_streams, create
from clockhouse.client import Servers
from clockhouse.control.parts import Parts
from clockhouse.engine.remote import Link, RemoteFeed
from clockhouse.kit import Secret
from clockhouse.model.actor import Actor
from clockhouse.model.agent import Agent
from clockhouse.model.environment import Environment, Plane
from clockhouse.store import actors, agents, environments
from clockhouse.store.actors import TokenKind
from clockhouse.store.timekeeping import SharedClock
from clockhouse.task import SystemClock
from clockhouse.vault import Vault


@dataclass(frozen=True, slots=True)
class Site:
    """The API of a ledger at an address; `artifact` is what every build made."""

    address: str
    ledger: Ledger
    vault: Vault

    def move(self, environment: Environment, plane: Plane = Plane.AGENTS) -> None:
        with self.ledger.database.begin() as tx:
            environments.set_plane(tx, environment, plane)

    def admin(self) -> Actor:
        with self.ledger.database.begin() as tx:
            return actors.administrator(tx)

    def tool_token(self) -> str:
        with self.ledger.database.begin() as tx:
            return actors.give_token(tx, actors.administrator(tx), TokenKind.TOOL)

    def add(self, name: str, environment: Environment) -> tuple[Agent, str]:
        admin = self.admin()
        with self.ledger.database.begin() as tx:
            return agents.add(tx, name, environment, admin)


@contextmanager
def site(ledger: Ledger, key_file: Path, artifact: Path | None = None) -> Iterator[Site]:
    """Answers until it is left."""

    async def folder(_build_id: str) -> Path:
        return artifact or Path("/nowhere")

    vault = Vault(key_file)
    application = create(Parts(ledger.database, vault, folder))
    server = uvicorn.Server(
        uvicorn.Config(application, port=0, log_config=None, lifespan="off", timeout_graceful_shutdown=1)
    )
    thread = Thread(target=server.run, name="site")
    thread.start()
    try:
        while not server.started:
            thread.join(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield Site(f"http://127.0.0.1:{port}", ledger, vault)
    finally:
        server.should_exit = True
        server.servers and close_streams(application)
        thread.join()


@asynccontextmanager
async def linked(token: str, *addresses: str) -> AsyncIterator[Link]:
    link = Link(Servers(addresses, Secret(token)))
    try:
        yield link
    finally:
        await link.servers.close()


@asynccontextmanager
async def remote_feed(
    token: str, *addresses: str, process: str = "tests", clock: SharedClock | None = None
) -> AsyncIterator[RemoteFeed]:
    async with linked(token, *addresses) as link:
        feed = RemoteFeed(link, clock or SharedClock(SystemClock()), process=process, host="here", room=8)
        try:
            yield feed
        finally:
            await feed.close()
