"""The composition root: names the concrete parts, starts them in order and stops them in the other."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

import uvicorn

from clockhouse import example, home
from clockhouse.api import app as api
from clockhouse.builders import draft
from clockhouse.builders.ballerina import BallerinaBuilder
from clockhouse.builders.base import Builder
from clockhouse.builders.detecting import DetectingBuilder
from clockhouse.builders.python import PythonBuilder
from clockhouse.builders.remote import Remotes
from clockhouse.config import Config, KeepersConfig
from clockhouse.control import keys, openid, sessions
from clockhouse.control.parts import Parts
from clockhouse.engine import takeover
from clockhouse.engine.alerts import Alerts
from clockhouse.engine.artifacts import SharedArtifacts
from clockhouse.engine.bookkeeper import Bookkeeper
from clockhouse.engine.builds import Builds
from clockhouse.engine.dispatcher import Dispatcher
from clockhouse.engine.expiry import Expiry
from clockhouse.engine.feed import Artifacts, Folder
from clockhouse.engine.first_occurrence import FirstOccurrence
from clockhouse.engine.heartbeat import Heartbeat
from clockhouse.engine.janitor import Janitor
from clockhouse.engine.journal import Journal
from clockhouse.engine.ledger import LedgerFeed
from clockhouse.engine.loop import new_event_loop as new_event_loop
from clockhouse.engine.service import Service
from clockhouse.engine.sources import Sources
from clockhouse.engine.ticker import Ticker
from clockhouse.engine.trials import Trials
from clockhouse.errors import ClockhouseError, Conflict, Internal, Invalid, Unavailable
from clockhouse.flows.workers import Workers
from clockhouse.keepers.base import Fetches, Keepers
from clockhouse.keepers.mounted import MountedFiles
from clockhouse.kit import Secret
from clockhouse.model.reference import Keeper
from clockhouse.model.source import SourceKind
from clockhouse.runtimes.process import ProcessRuntime
from clockhouse.store.opening import open_database
from clockhouse.task.clock import Clock, SystemClock
from clockhouse.telemetry import logger

# What a server may have, and most have not, is loaded where it is configured: each brings libraries of its own.
if TYPE_CHECKING:
    from clockhouse.containers import Containers
    from clockhouse.openid import Provider

log = logger("app")
_CLOSE_CONNECTIONS_S = 2
_TICK_S = 1
_WAIT_S, _MOST_WAITS = 0.5, 180  # for servers that are to take another key: each looks for one four times a minute
_TRIAL_IDLE = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Told:
    """What a server tells of itself on its way: where it is, and how its stop goes on."""

    ready: Callable[[str], None]  # the address, which signs a person in where nobody has a password yet
    stopping: Callable[[int], None]  # how many executions it waits for
    ended: Callable[[int], None]  # how many it had to end


async def serve(config: Config, told: Told, stop: asyncio.Event, hurry: asyncio.Event) -> None:
    """Serves until `stop` is set, then drains; `hurry` cuts the draining short.

    Raises a ClockhouseError with one clear sentence when it can't start: another server holds the data directory, the
    port is taken, the directory can't be written to, the database is of a newer version.
    """
    clock = SystemClock()
    with home.held(config), _bound(config) as listener:
        parts, shared = _parts(config, clock)
        workers = Workers()
        try:
            address = _first_address(config, parts)
            async with (
                _engine(config, parts, shared) as engine,
                _http(_answering(parts, config, engine, workers), listener) as http,
            ):
                async with asyncio.TaskGroup() as beside:
                    bringing = beside.create_task(_bring_example(config, parts))
                    told.ready(address)
                    await _until(stop, http)
                    bringing.cancel()
                told.stopping(engine.dispatcher.running)
                engine.ticker.cancel()
                told.ended(await engine.dispatcher.drain(config.drain, hurry))
        except BaseExceptionGroup as group:
            raise _innermost(group) from group
        finally:
            workers.close()
            parts.database.close()


def rotate_key(config: Config, new: Secret | None, tell: Callable[[str], None]) -> keys.Rotated:
    """Seals all that is sealed in the database with another key; `new` in base64, where it is not to be made.

    `tell` is given what it waits for. Raises Invalid when there is no such data directory.
    """
    if not config.data.is_dir():
        raise Invalid(f"There is no data directory {config.data.absolute()}. Name the server's with --data.")
    database = open_database(config, SystemClock())
    try:
        database.migrate()
        if config.key_text is not None:
            return keys.exchange(database, config.key_text, new)
        return keys.rotate(database, config.key_file, new=new, wait=_Wait(tell))
    finally:
        database.close()


class _Wait:
    """Waits a moment for servers; False once that took too long. Tells once for which."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell, self._told, self._left = tell, set[str](), _MOST_WAITS

    def __call__(self, servers: Sequence[str]) -> bool:
        if new := [each for each in servers if each not in self._told]:
            self._tell(f"Waiting for {', '.join(new)} …")
            self._told.update(new)
        self._left -= 1
        Event().wait(_WAIT_S)
        return self._left > 0


async def _until(stop: asyncio.Event, http: asyncio.Task[None]) -> None:
    """Waits until somebody wants a stop. Raises Internal when HTTP ends before that, since nobody reaches us then."""
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait([stopping, http], return_when=asyncio.FIRST_COMPLETED)
    if not stopping.done():
        stopping.cancel()
        raise Internal("The HTTP server ended by itself. Start Clockhouse again; nothing that is recorded is lost.")


def _innermost(group: BaseExceptionGroup) -> BaseException:
    """The one error in nested groups, as whoever called expects it; the group itself when there are several."""
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error


@dataclass(frozen=True, slots=True)
class _Engine:
    dispatcher: Dispatcher
    ticker: asyncio.Task[None]
    trials: Trials


@asynccontextmanager
async def _engine(config: Config, parts: Parts, shared: SharedArtifacts | None) -> AsyncIterator[_Engine]:
    journal, hints, clock = Journal(parts.database), parts.database.changes, parts.database.clock
    runtime = _runtime(config, clock)
    worker = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
    trials = _trials(config, clock)
    janitor = Janitor(journal, hints, clock, config.artifacts, worker=worker, is_used=trials.is_used)
    lost = await janitor.begin(alone=_is_alone(config))
    if lost:
        log.warning("engine.found-lost", count=lost)
    dispatcher = Dispatcher(
        room=config.executions,
        feed=LedgerFeed(journal, hints, clock, parts.vault, worker=worker, name=socket.gethostname()),
        runtime=runtime,
        artifacts=shared or Folder(config.artifacts),
        clock=clock,
        keepers=parts.keepers,
    )
    docked = _docked(config, parts, journal, shared or Folder(config.artifacts), clock)
    remotes = parts.remotes or _remotes(config)
    sources = Sources(parts.database, journal, hints, clock, parts.vault, remotes)
    builds = Builds(
        worker=worker,
        room=config.builds,
        builder=DetectingBuilder(clock, _builders(config, clock, docked)),
        check_out=sources.check_out,
        artifact=config.artifacts.joinpath,
        journal=journal,
        hints=hints,
        clock=clock,
        share=shared.share if shared else None,
    )
    heartbeat = Heartbeat(
        journal, hints, clock, SystemClock(), worker=worker, last_claim=lambda: dispatcher.claimed_at, vault=parts.vault
    )
    await heartbeat.begin(alone=_is_alone(config))
    try:
        others: list[Service] = [janitor, heartbeat, Bookkeeper(journal, hints, clock), sources]
        others.append(Alerts(parts.database, hints, clock, parts.vault, address=config.people_url))
        others += [FirstOccurrence(parts.database, hints, clock, parts.vault), Expiry(journal, hints, clock)]
        if shared:
            others.append(shared)
        if docked is not None:
            others.extend(docked.duties)
        async with _services(Ticker(journal, hints, clock), dispatcher, builds, *others) as ticker:
            try:
                yield _Engine(dispatcher, ticker, trials)
            finally:
                remotes.close()  # first: whoever waits for a repository would hold up the rest
                if docked is not None:
                    await docked.leave()
        with suppress(Unavailable):
            await heartbeat.end()
    finally:
        if shared:
            shared.close()
        await trials.close()
        await journal.close()
        await runtime.close()
        if docked is not None:
            await docked.close()


def _answering(parts: Parts, config: Config, engine: _Engine, workers: Workers) -> Parts:
    """What requests are answered with, once the engine runs."""
    bench = engine.trials if config.executions and config.trials else None
    return replace(parts, bench=bench, artifacts=config.artifacts, compute=workers)


def _is_alone(config: Config) -> bool:
    """Whether no other server uses the database: it is in the data directory, which one process holds at a time."""
    return config.database is None


@asynccontextmanager
async def _services(
    ticker: Ticker, dispatcher: Dispatcher, builds: Builds, *others: Service
) -> AsyncIterator[asyncio.Task[None]]:
    """Runs them until the end; yields the ticker's task, which a stop ends before the others."""
    async with asyncio.TaskGroup() as services:
        duties: list[Service] = [ticker, dispatcher, builds, *others]
        tasks = [_start(services, duty) for duty in duties]
        try:
            yield tasks[0]
        finally:
            await builds.close()
            for task in tasks:
                task.cancel()


def _start(services: asyncio.TaskGroup, service: Service) -> asyncio.Task[None]:
    return services.create_task(service.run(), name=type(service).__name__.lower())


@asynccontextmanager
async def _http(parts: Parts, listener: socket.socket) -> AsyncIterator[asyncio.Task[None]]:
    application = api.create(parts)
    server = _Server(
        uvicorn.Config(
            application,
            log_config=None,
            access_log=False,
            lifespan="off",
            ws="none",
            server_header=False,
            timeout_graceful_shutdown=_CLOSE_CONNECTIONS_S,
        )
    )
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    started = asyncio.create_task(server.has_started.wait())
    await asyncio.wait([serving, started], return_when=asyncio.FIRST_COMPLETED)
    started.cancel()
    try:
        yield serving
    finally:
        api.close_streams(application)
        server.leave()
        await serving


class _Server(uvicorn.Server):
    """uvicorn, except that it leaves the signals to us, and does not look ten times a second whether it is to end."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.has_started = asyncio.Event()
        self._is_leaving = asyncio.Event()

    def leave(self) -> None:
        self.should_exit = True
        self._is_leaving.set()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.has_started.set()

    async def main_loop(self) -> None:
        while not await self.on_tick(0):  # which renews the date that answers carry
            with suppress(TimeoutError):
                async with asyncio.timeout(_TICK_S):
                    await self._is_leaving.wait()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def _bring_example(config: Config, parts: Parts) -> None:
    if not config.example:
        return
    try:
        await example.bring(parts, config.base_url)
    except ClockhouseError as error:  # the server is of use without it
        log.error("example.failed", sentence=error.sentence, **error.facts)
    except Exception:
        log.exception("example.broke")


def _parts(config: Config, clock: Clock) -> tuple[Parts, SharedArtifacts | None]:
    database = open_database(config, clock)
    database.migrate()
    vault = keys.unlock(database, config.key_file, is_new=config.new_key, text=config.key_text)
    if copied := takeover.take_over_sources(database, config.repositories):
        log.warning("takeover.copied", repositories=copied)
    database.listen()
    shared = None if _is_alone(config) else SharedArtifacts(database, config.artifacts)
    artifact = (shared or Folder(config.artifacts)).folder
    return Parts(
        database, vault, artifact, _remotes(config), keepers=_keepers(config.keepers), openid=_openid(config, clock)
    ), shared


def _keepers(config: KeepersConfig) -> Keepers:
    known: dict[Keeper, Fetches] = {}
    if config.folder is not None:
        known[Keeper.FILE] = MountedFiles(config.folder)
    if config.vault:
        from clockhouse.keepers.hashicorp import HashiCorpVault

        known[Keeper.VAULT] = HashiCorpVault(
            config.vault,
            token=config.vault_token,
            token_file=config.vault_token_file,
            namespace=config.vault_namespace,
            authority=config.vault_authority,
        )
    return Keepers(known)


def _openid(config: Config, clock: Clock) -> Provider | None:
    if config.openid is None:
        return None
    from clockhouse.openid import Provider

    openid.check(config.openid.roles, config.openid.default_role)
    return Provider(config.openid, clock)


def _docked(config: Config, parts: Parts, journal: Journal, artifacts: Artifacts, clock: Clock) -> Containers | None:
    if config.docker is None:
        return None
    from clockhouse import containers

    return containers.connected(config.docker, config, parts, journal, artifacts, clock)


def _runtime(config: Config, clock: Clock) -> ProcessRuntime:
    return ProcessRuntime(
        clock,
        config.executions_folder,
        memory_bytes=config.memory_bytes,
        tells_failures=config.failure_values,
    )


def _trials(config: Config, clock: Clock) -> Trials:
    # A draft's parent is of no use to another run, and values are what somebody runs a draft for.
    runtime = ProcessRuntime(
        clock,
        config.trials_folder,
        idle=_TRIAL_IDLE,
        memory_bytes=config.memory_bytes,
        confined=draft.confined([config.data, config.key_file], shared=config.trials_folder),
    )
    builder = PythonBuilder(clock, config.cache / "uv", private=config.data)
    return Trials(runtime, builder, clock, folder=config.trials_folder, environments=config.cache / "drafts")


def _builders(config: Config, clock: Clock, docked: Containers | None) -> dict[SourceKind, Builder]:
    python = PythonBuilder(clock, config.cache / "uv", private=config.data)
    ballerina = BallerinaBuilder(clock, python, images=docked.ballerina if docked else None, private=config.data)
    builders: dict[SourceKind, Builder] = {SourceKind.PYTHON: python, SourceKind.BALLERINA: ballerina}
    return builders if docked is None else {**builders, **docked.builders}


def _remotes(config: Config) -> Remotes:
    return Remotes(config.mirrors, private=config.data)


def _first_address(config: Config, parts: Parts) -> str:
    """Ours, or one that signs the first administrator in; the command line's files are written on the way."""
    known = config.token_file.read_text().strip() if config.token_file.exists() else None
    name = f"{socket.gethostname()}:{config.data}"
    one_time, tool = sessions.first_tokens(parts, known, alone=_is_alone(config), name=name)
    _write_private(config.token_file, tool)
    _write_private(config.address_file, config.base_url)
    return config.base_url if one_time is None else f"{config.base_url}/sign-in#token={one_time}"


def _write_private(file: Path, text: str) -> None:
    new = file.with_suffix(".new")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as opened:
        opened.write(f"{text}\n")
    new.replace(file)


@contextmanager
def _bound(config: Config) -> Iterator[socket.socket]:
    """A socket at the server's address."""
    try:
        family, _, _, _, address = socket.getaddrinfo(config.host, config.port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise Invalid(f"There is no address {config.host} here ({error.strerror}). Choose another --host.") from error
    with listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(address)
        except OSError as error:
            raise Conflict(
                f"The port {config.port} of {config.host} cannot be used ({error.strerror}). "
                "Stop the program that holds it, or choose another one with --port."
            ) from error
        yield listener
