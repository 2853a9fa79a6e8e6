"""What a server has where it was given a Docker Engine: a place to run executions and a builder of images."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from clockhouse import home
from clockhouse.builders import ballerina_image, ready_image
from clockhouse.builders.base import Builder
from clockhouse.builders.dockerfile import DockerfileBuilder, Settings
from clockhouse.config import Config, DockerConfig
from clockhouse.control.parts import Parts
from clockhouse.docker import Address, Docker, EngineError, repository
from clockhouse.docker_registries import of_user
from clockhouse.engine.adoption import Adoption, LeftOvers
from clockhouse.engine.dispatcher import Dispatcher
from clockhouse.engine.feed import Artifacts
from clockhouse.engine.journal import Journal
from clockhouse.engine.ledger import LedgerFeed
from clockhouse.engine.service import Service
from clockhouse.errors import Invalid
from clockhouse.model.assignment import LASTING, Reach
from clockhouse.model.environment import Plane
from clockhouse.model.source import SourceKind
from clockhouse.runtimes.docker import DockerRuntime
from clockhouse.runtimes.docker_spec import MEBIBYTE, Confinement
from clockhouse.task.clock import Clock


@dataclass(frozen=True, slots=True)
class Containers:
    """The parts of it, and the duties that go on while the server runs."""

    docker: Docker
    runtime: DockerRuntime
    builders: Mapping[SourceKind, Builder]
    ballerina: Builder  # of what has no `bal` here
    dispatcher: Dispatcher
    duties: tuple[Service, ...]

    async def leave(self) -> None:
        """Nothing more is started; what runs goes on, to be found by the server that is started next."""
        await self.dispatcher.halt()
        await self.runtime.leave()

    async def close(self) -> None:
        """After the duties have ended."""
        await self.runtime.close()
        await self.docker.close()


def connected(
    given: DockerConfig, config: Config, parts: Parts, journal: Journal, artifacts: Artifacts, clock: Clock
) -> Containers:
    """The Engine need not answer yet. Raises Invalid when its address or its certificates cannot be used."""
    docker = _docker(given)
    server = _server(config.server_file)
    worker, hints = f"{LASTING}{server}", parts.database.changes
    runtime = DockerRuntime(
        clock,
        docker,
        server=server,
        python_image=given.python_image,
        confinement=_confinement(given),
        keeps_ended=True,
    )
    reach, name = Reach(frozenset({Plane.DOCKER})), socket.gethostname()
    dispatcher = Dispatcher(
        room=config.executions,
        feed=LedgerFeed(journal, hints, clock, parts.vault, worker=worker, name=name, reach=reach),
        runtime=runtime,
        artifacts=artifacts,
        clock=clock,
        adoption=Adoption(journal, parts.vault, clock, runtime, worker=worker),
        keepers=parts.keepers,
    )
    images = repository("build", server)
    builder = DockerfileBuilder(clock, docker, _settings(given), repository=images, server=server)
    builders = {SourceKind.DOCKERFILE: builder, SourceKind.IMAGE: builder.planned(ready_image.plan)}
    ballerina = builder.planned(ballerina_image.planner(given.ballerina_image))
    left = LeftOvers(journal, hints, clock, runtime, worker=worker)
    return Containers(docker, runtime, builders, ballerina, dispatcher, (dispatcher, left))


def _docker(given: DockerConfig) -> Docker:
    try:
        return Docker(Address(given.host, given.certificates), of_user())
    except EngineError as error:
        raise Invalid(error.sentence) from error


def _confinement(given: DockerConfig) -> Confinement:
    return Confinement(
        cpus=given.cpus,
        memory_bytes=given.memory_mib * MEBIBYTE,
        processes=given.processes,
        network=given.network,
        networks=given.networks,
        mounts=given.mounts,
        allow_root=given.allow_root,
    )


def _settings(given: DockerConfig) -> Settings:
    network = "default" if given.network == "bridge" else given.network
    engine = {"DOCKER_HOST": given.host}
    if given.certificates is not None:
        engine |= {"DOCKER_CERT_PATH": str(given.certificates.absolute()), "DOCKER_TLS_VERIFY": "1"}
    return Settings(network=network, allow_root=given.allow_root, scan=given.scan, engine=engine)


def _server(file: Path) -> str:
    """The word for this server, the same after every start."""
    try:
        return file.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        word = secrets.token_hex(6)
        home.write(file, f"{word}\n")
        return word
