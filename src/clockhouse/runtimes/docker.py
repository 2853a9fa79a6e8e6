"""Runs each execution in a container of its own on a Docker Engine, where it outlives the server that started it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Mapping
from contextlib import aclosing
from datetime import timedelta

from clockhouse.docker import Docker, repository
from clockhouse.runtimes import docker_container, docker_image, docker_spec
from clockhouse.runtimes.base import Event, Held, Started, StartFailed, Work
from clockhouse.runtimes.docker_container import Container
from clockhouse.runtimes.docker_spec import Confinement
from clockhouse.task.clock import Clock


class DockerRuntime:
    """The Docker data plane. `server` is what tells this server's containers from others' on the same Engine.

    A build that is no image becomes one on top of `python_image`. Making that takes as long as it takes; from then on
    no container may take longer than `start_within` to start. With `keeps_ended`, a container that has ended stays
    until it is forgotten: whoever follows it may be killed before its end is recorded.
    """

    def __init__(
        self,
        clock: Clock,
        docker: Docker,
        *,
        server: str,
        python_image: str,
        confinement: Confinement | None = None,
        start_within: timedelta = timedelta(seconds=60),
        keeps_ended: bool = False,
    ) -> None:
        self._clock = clock
        self._docker = docker
        self._server = server
        self._confinement = Confinement() if confinement is None else confinement
        self._start_within = start_within
        self._keeps_ended = keeps_ended
        self._images = docker_image.Images(docker, python_image, repository=repository("python", server), server=server)
        self._containers: dict[str, Container] = {}
        self._is_closed = False

    def run(self, work: Work) -> AsyncGenerator[Event, None]:
        """See `Runtime.run`."""
        return self._followed(
            work, lambda container: container.begin(self._images, self._confinement, self._start_within)
        )

    def adopt(self, work: Work, *, told: Mapping[str, int]) -> AsyncGenerator[Event, None]:
        """See `Lasting.adopt`."""
        return self._followed(work, lambda container: container.find(told))

    async def stop(self, execution: str, *, grace: timedelta) -> bool:
        """See `Runtime.stop`."""
        container = self._containers.get(execution)
        return container is not None and container.stop(grace)

    async def held(self) -> list[Held]:
        """See `Lasting.held`."""
        mine = await self._docker.containers({docker_spec.SERVER: self._server, docker_spec.EXECUTION: ""})
        labels = [each["Labels"] for each in mine if each["State"] != "created"]
        return [Held(one[docker_spec.EXECUTION], int(one.get(docker_spec.ATTEMPT, "1"))) for one in labels]

    async def forget(self, execution: str) -> None:
        """See `Lasting.forget`."""
        await docker_container.remove(self._docker, self._server, execution)

    async def leave(self) -> None:
        """See `Lasting.leave`."""
        for container in self._containers.values():
            container.leave()

    async def clear(self, but: Collection[str]) -> int:
        """See `Lasting.clear`."""
        cleared: set[str] = set()
        for each in await self._docker.containers({docker_spec.SERVER: self._server}):
            labels = each["Labels"]
            execution = labels.get(docker_spec.EXECUTION) or labels.get(docker_spec.HOLDS, "")
            if execution not in but and execution not in self._containers:
                cleared.add(execution)
                await self._docker.remove(str(each["Id"]))
        for each in await self._docker.volumes({docker_spec.SERVER: self._server}):
            execution = each["Labels"].get(docker_spec.HOLDS, "")
            if execution not in but and execution not in self._containers:
                await self._docker.remove_volume(str(each["Name"]))
        return len(cleared)

    async def tidy(self, unneeded: Callable[[Collection[str]], Awaitable[Collection[str]]]) -> int:
        """See `Lasting.tidy`."""
        removed = 0
        for name in (repository("build", self._server), repository("python", self._server)):
            tags = {found: found.partition(".")[0] for found in await self._docker.tags(name)}
            builds = await unneeded(set(tags.values())) if tags else ()
            for found in [found for found, build in tags.items() if build in builds]:
                await self._docker.remove_image(f"{name}:{found}")
                removed += 1
        return removed

    async def close(self) -> None:
        """See `Runtime.close`."""
        self._is_closed = True
        await self._images.close()
        await asyncio.gather(*(container.kill() for container in self._containers.values()))

    async def _followed(
        self, work: Work, start: Callable[[Container], Awaitable[Started]]
    ) -> AsyncGenerator[Event, None]:
        if self._is_closed:
            raise StartFailed("The runtime is closed.")
        if work.execution in self._containers:
            raise StartFailed("This execution is running already.")
        container = Container(self._clock, self._docker, work, server=self._server)
        self._containers[work.execution] = container
        try:
            yield await start(container)
            async with aclosing(container.lines()) as told:
                async for lines in told:
                    yield lines
            exited = await container.exited()
            if self._keeps_ended:
                container.leave()
            yield exited
        finally:
            try:
                await container.clear()
            finally:
                del self._containers[work.execution]
