"""The composition root of an agent: the dispatcher and the data plane of a server, fed over HTTP."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import socket
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from clockhouse import home
from clockhouse.client import Servers, is_loopback
from clockhouse.config import Config
from clockhouse.engine.dispatcher import Dispatcher
from clockhouse.engine.loop import new_event_loop as new_event_loop
from clockhouse.engine.remote import Link, RemoteFeed
from clockhouse.engine.remote_artifacts import RemoteArtifacts
from clockhouse.errors import Invalid
from clockhouse.kit import Secret
from clockhouse.runtimes.process import ProcessRuntime
from clockhouse.store.timekeeping import SharedClock
from clockhouse.task.clock import SystemClock


@dataclass(frozen=True, slots=True)
class Access:
    """The servers' addresses, each of which will do, and what the agent shows them."""

    servers: Sequence[str]
    token: Secret
    is_insecure: bool = False  # whether http over a network will do

    def __post_init__(self) -> None:
        """Raises Invalid for what is no address, and for one that everybody on the way can listen to."""
        if not self.servers:
            raise Invalid("Name a server: --server https://clockhouse.example.com.")
        for address in self.servers:
            if not is_loopback(address) and address.startswith("http:") and not self.is_insecure:
                raise Invalid(
                    f"{address} is not encrypted, and the server sends secrets to its agents. Use https, "
                    "or --insecure where nobody else can listen."
                )


@dataclass(frozen=True, slots=True)
class Told:
    """What an agent tells of itself on its way."""

    ready: Callable[[str], None]  # the address of the server that answered
    stopping: Callable[[int], None]  # how many executions it waits for
    ended: Callable[[int], None]  # how many it had to end


async def serve(config: Config, access: Access, told: Told, stop: asyncio.Event, hurry: asyncio.Event) -> None:
    """Runs what the servers hand out until `stop` is set, then drains; `hurry` cuts the draining short.

    Of the configuration, the data directory, the executions at once and the draining matter. Raises a ClockhouseError
    when another process holds the directory, or when the servers refuse the agent: then all that runs is ended.
    """
    with home.held(config):
        clock = SharedClock(SystemClock())
        link = Link(Servers(access.servers, access.token))
        feed = RemoteFeed(link, clock, process=_process(config), host=socket.gethostname(), room=config.executions)
        artifacts = RemoteArtifacts(link, config.artifacts)
        runtime = ProcessRuntime(
            clock,
            config.executions_folder,
            memory_bytes=config.memory_bytes,
            tells_failures=config.failure_values,
        )
        dispatcher = Dispatcher(room=config.executions, feed=feed, runtime=runtime, artifacts=artifacts, clock=clock)
        try:
            await artifacts.begin()
            async with _beside(stop.wait()) as stopping:
                async with _beside(feed.greet()) as greeting:
                    await _first(link, greeting, stopping)
                if stopping.done():
                    told.ended(0)
                    return
                told.ready(link.servers.address)
                async with _beside(dispatcher.run()) as duty, _beside(artifacts.run()) as tidying:
                    await _first(link, stopping, duty, tidying)
                    told.stopping(dispatcher.running)
                    async with _beside(dispatcher.drain(config.drain, hurry)) as draining:
                        await _first(link, draining)
                        told.ended(draining.result())
        finally:
            await feed.close()
            await artifacts.close()
            await runtime.close()
            await link.servers.close()


async def _first(link: Link, *tasks: asyncio.Task[Any]) -> None:
    """Waits for the first of them. Raises what the servers refuse the agent for, if they do before that."""
    done, _ = await asyncio.wait([link.refused, *tasks], return_when=asyncio.FIRST_COMPLETED)
    if link.refused in done:
        raise link.refused.result()
    for task in done:
        task.result()


@asynccontextmanager
async def _beside(work: Coroutine[Any, Any, Any]) -> AsyncIterator[asyncio.Task[Any]]:
    """Goes on with it meanwhile, and no longer."""
    task = asyncio.create_task(work)
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait([task])


def _process(config: Config) -> str:
    """By what name the ledger tells this process apart: the same at each start with one data directory.

    So that a process that was killed and started again finds at once what it ran. On another machine it is another one,
    if somebody copies the directory.
    """
    file = config.data / "process"
    if not file.exists():
        home.write(file, secrets.token_hex(8))  # what the ledger knows it by must not be gone after a loss of power
    return hashlib.sha256(f"{file.read_text()} {socket.gethostname()}".encode()).hexdigest()[:24]
