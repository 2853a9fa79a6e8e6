"""One execution's container, from its creation to its removal."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import math
import signal
from collections import Counter
from collections.abc import AsyncGenerator, Coroutine, Iterator, Mapping
from contextlib import aclosing
from dataclasses import replace
from datetime import datetime, timedelta

from clockhouse import docker
from clockhouse.docker import Docker, EngineError, Json, Logged
from clockhouse.kit.secret import Secret
from clockhouse.runtimes import docker_secrets, docker_spec
from clockhouse.runtimes.base import Exited, Lines, Started, StartFailed, Stream, Work
from clockhouse.runtimes.docker_image import Image, Images
from clockhouse.runtimes.docker_spec import Confinement
from clockhouse.runtimes.lines import Splitter
from clockhouse.runtimes.masking import Masks
from clockhouse.task.clock import Clock
from clockhouse.telemetry import logger

log = logger("docker")

_NOT_FOUND, _CONFLICT = 404, 409
_SIGNALLED = 128  # and the signal's number: how an exit code tells of it
_CONFIG = "Config.toml"
_LOOK_AGAIN_S = 0.1
_LAST_LINES_S = 2.0  # for the last lines of what has ended
_TRY_AGAIN_S = 1.0
_MEASURE_FIRST_S, _MEASURE_S = 0.05, 1.0
_WORD_OF_MEMORY = timedelta(seconds=2)  # after the end
_REMOVE_TRIES = 30
_PATIENCE_S = 300.0  # with an Engine that is started anew
_ROOT_REFUSED = (
    "The image runs as root, which is not allowed here. Add the line `USER 10001` at the end of its Dockerfile, "
    "or have an administrator allow it in the build settings; then build again."
)


class Container:
    """Its names on the Engine follow from the execution, so that it is found again."""

    def __init__(self, clock: Clock, engine: Docker, work: Work, *, server: str) -> None:
        self.execution = work.execution
        self._clock = clock
        self._docker = engine
        self._work = work
        self._server = server
        self._name = docker_spec.container_name(server, work.execution)
        self._volume = _volume_name(server, work.execution)
        masks = Masks(secret.reveal() for secret in work.secrets.values())
        self._splitters: dict[Stream, Splitter] = {"stdout": Splitter(masks), "stderr": Splitter(masks)}
        self._told = _Told()
        self._known = Counter[str]()  # how many lines of each stream had been told when it was adopted
        self._at: datetime | None = None  # of the last event
        self._beginning: asyncio.Task[Started] | None = None
        self._aside: set[asyncio.Task[None]] = set()
        self._is_started = False
        self._is_stopped = False
        self._has_ended = asyncio.Event()
        self._measuring: asyncio.Task[None] | None = None
        self._cpu_s: float | None = None
        self._peak_bytes: int | None = None
        self._stays = False

    async def begin(self, images: Images, confinement: Confinement, within: timedelta) -> Started:
        """Creates and starts it. Raises StartFailed."""
        try:
            confinement = confinement.chosen(self._work.container)
            image = await images.of(self._work.artifact, self._work.entry)
            if image.is_root and not (image.allows_root or confinement.allow_root):
                raise StartFailed(_ROOT_REFUSED)
            # A task of its own: a request that is on its way can't be taken back, and is waited for when it is cleared.
            self._beginning = asyncio.create_task(self._begin(image, confinement))
            async with asyncio.timeout(within.total_seconds()):
                return await asyncio.shield(self._beginning)
        except EngineError as error:
            raise StartFailed(error.sentence) from error
        except TimeoutError:
            self._is_stopped = True
            waited = f"{within.total_seconds():g} s"
            raise StartFailed(
                f"Its container did not start within {waited}. Is the Docker Engine overloaded?"
            ) from None

    async def find(self, told: Mapping[str, int]) -> Started:
        """Takes over the container that there is; `told` is how many lines of each stream are not to be told again.

        Raises StartFailed.
        """
        self._known = Counter(told)
        state = await self._state()
        if state is None:
            raise StartFailed("Its container is not there any more.")
        return self._begun(state)

    async def lines(self) -> AsyncGenerator[Lines, None]:
        """What it writes, until its end; meanwhile it is measured."""
        self._measuring = asyncio.create_task(self._measure())
        is_over = False
        while True:
            async with aclosing(self._pieces(follow=not is_over)) as pieces:
                async for logged in pieces:
                    for lines in self._lines(logged):
                        yield lines
            if is_over:
                break
            # What is followed until the end may lack the last lines: they are asked for, now that it is over.
            state = await self._state()
            is_over = state is None or not state["Running"]
            if not is_over:
                await self._pause(_LOOK_AGAIN_S)
        for stream, splitter in self._splitters.items():
            texts = self._new(stream, splitter.end())
            if texts and self._at is not None:
                yield Lines(self._at, stream, texts)

    async def exited(self) -> Exited:
        """How it ended; only after the last line."""
        state = await self._state()
        self._has_ended.set()
        if self._measuring is not None:
            await asyncio.wait([self._measuring])
        if state is None:  # somebody removed it
            return Exited(self._later(self._clock.now()), None, signal.SIGKILL, None, None)
        code = int(state["ExitCode"])
        number = code - _SIGNALLED if code - _SIGNALLED in signal.valid_signals() else None
        at = self._later(docker.instant(state["FinishedAt"]))
        starved = code != 0 and await self._was_starved(state, number)
        return Exited(at, code if number is None else None, number, self._cpu_s, self._peak_bytes, starved)

    async def _measure(self) -> None:
        """At first often, then every second: at its end nobody can be asked any more."""
        pause_s = _MEASURE_FIRST_S
        while not self._has_ended.is_set():
            try:
                usage = await self._docker.usage(self._name)
            except EngineError:  # which is no reason for anything
                usage = None
            if usage is not None:
                self._cpu_s = max(usage.cpu_s, self._cpu_s or 0.0)
                self._peak_bytes = max(usage.memory_bytes, self._peak_bytes or 0)
            await self._pause(pause_s)
            pause_s = min(pause_s * 2, _MEASURE_S)

    async def _was_starved(self, state: Json, number: int | None) -> bool:
        """Whether it was ended for its memory. The word of that may come after the word of the end."""
        if state["OOMKilled"] or number != signal.SIGKILL or self._is_stopped:
            return bool(state["OOMKilled"])
        ended = docker.instant(state["FinishedAt"])
        try:
            return await self._docker.was_short_of_memory(
                self._name, docker.instant(state["StartedAt"]), ended + _WORD_OF_MEMORY
            )
        except EngineError:  # how it ended is told all the same
            return False

    def stop(self, grace: timedelta) -> bool:
        """Asks it to end, and kills it after `grace`, in whole seconds; whether it was running."""
        if self._has_ended.is_set():
            return False
        if self._is_started and not self._is_stopped:
            self._do_aside(self._stop(math.ceil(grace.total_seconds())))
        self._is_stopped = True
        return True

    async def kill(self) -> None:
        """Ends it now."""
        self._is_stopped = True
        if self._is_started:
            with contextlib.suppress(EngineError):
                await self._docker.kill(self._name)

    def leave(self) -> None:
        """It is neither ended nor removed by us any more."""
        self._stays = True

    async def clear(self) -> None:
        """Ends and removes all that was made for it."""
        self._has_ended.set()
        self._is_stopped = True
        if self._measuring is not None:
            self._measuring.cancel()
            await asyncio.wait([self._measuring])
        if self._beginning is not None:
            await asyncio.wait([self._beginning])
            self._beginning.exception()  # seen, whether or not anybody waited for it
        if self._stays:
            return
        for task in self._aside:
            task.cancel()
        try:
            await remove(self._docker, self._server, self.execution)
        except EngineError as error:  # it is found, and removed, as a left-over
            log.warning("docker.not-removed", execution=self.execution, sentence=error.sentence)

    async def _begin(self, image: Image, confinement: Confinement) -> Started:
        work = _configured(self._work, image)
        files = docker_spec.files_of(work)
        volume = self._volume if files else None
        if volume is not None:
            told = {docker_spec.SERVER: self._server, docker_spec.HOLDS: self.execution}
            await docker_secrets.put(self._docker, files, volume=volume, labels=told)
        spec = docker_spec.container_spec(
            work, image.id, confinement, server=self._server, command=image.command, secrets=volume
        )
        await self._create(spec)
        if self._is_stopped:
            raise StartFailed("It was stopped before it started.")
        await self._docker.start(self._name)
        state = await self._state()
        if volume is not None:
            self._do_aside(self._docker.remove(docker_secrets.holder_name(volume)))
        if state is None:
            raise StartFailed("Its container was removed before it started.")
        return self._begun(state)

    async def _create(self, spec: Json) -> None:
        try:
            await self._docker.create(spec, name=self._name)
        except EngineError as error:
            if error.status != _CONFLICT:
                raise
            await self._docker.remove(self._name)  # of an attempt before, which nobody could clear away
            await self._docker.create(spec, name=self._name)

    def _begun(self, state: Json) -> Started:
        self._is_started = True
        self._at = docker.instant(state["StartedAt"])
        return Started(self._at, None)

    async def _state(self) -> Json | None:
        """How it is; None when it is not there. Waits for an Engine that is started anew."""
        deadline = self._clock.monotonic() + _PATIENCE_S
        while True:
            try:
                state: Json = (await self._docker.inspect(self._name))["State"]
                return state
            except EngineError as error:
                if error.status == _NOT_FOUND:
                    return None
                if error.status or self._clock.monotonic() > deadline:
                    raise
            await self._pause(_TRY_AGAIN_S)

    async def _pieces(self, *, follow: bool) -> AsyncGenerator[list[Logged], None]:
        """What it wrote and has not been told, until its end, or until the Engine does not answer any more."""
        told = self._told.again()
        over = asyncio.create_task(self._docker.wait(self._name))
        try:
            async with aclosing(self._docker.logs(self._name, since=told.to, follow=follow)) as batches:
                while (batch := await _next(batches, over)) is not None:
                    yield [one for one in batch if told.is_new(one.at)]
        except EngineError as error:
            log.warning("docker.log-broken", execution=self.execution, sentence=error.sentence)
        finally:
            over.cancel()
            await asyncio.wait([over])
            if not over.cancelled():
                over.exception()  # the log tells what it would tell

    def _lines(self, batch: list[Logged]) -> Iterator[Lines]:
        """A line with its instant; those of one stream and one instant together."""
        for (stream, at), pieces in itertools.groupby(batch, lambda one: (one.stream, one.at)):
            together = list(pieces)
            self._told.note(at, len(together))
            texts = self._new(stream, self._splitters[stream].feed(b"".join(piece.data for piece in together)))
            if texts:
                yield Lines(self._later(at), stream, texts)

    def _new(self, stream: str, texts: tuple[str, ...]) -> tuple[str, ...]:
        """Those that were not told before it was adopted."""
        known = min(self._known[stream], len(texts))
        self._known[stream] -= known
        return texts[known:]

    def _later(self, at: datetime) -> datetime:
        """`at`, or the instant of what was told before: the Engine's streams and its states are not quite in step."""
        self._at = at if self._at is None else max(at, self._at)
        return self._at

    async def _stop(self, grace_s: int) -> None:
        while not self._has_ended.is_set():
            try:
                await self._docker.stop(self._name, grace_s=grace_s)
                return
            except EngineError as error:
                if error.status == _NOT_FOUND:
                    return
                log.warning("docker.not-stopped", execution=self.execution, sentence=error.sentence)
                await self._pause(_TRY_AGAIN_S)

    def _do_aside(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(self._tried(work))
        self._aside.add(task)
        task.add_done_callback(self._aside.discard)

    async def _tried(self, work: Coroutine[None, None, None]) -> None:
        with contextlib.suppress(EngineError):  # what it was to remove is removed at the end, too
            await work

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._has_ended.wait(), seconds)


class _Told:
    """Up to where the Engine's log is told: an instant, at which there may be more, and how many pieces of it are."""

    def __init__(self, to: datetime | None = None, pieces: int = 0) -> None:
        self.to = to
        self._pieces = pieces

    def note(self, at: datetime, pieces: int) -> None:
        if self.to is None or at > self.to:
            self.to, self._pieces = at, pieces
        elif at == self.to:
            self._pieces += pieces

    def again(self) -> _Told:
        """The same, to be asked `is_new` of each piece from that instant on, in their order."""
        return _Told(self.to, self._pieces)

    def is_new(self, at: datetime) -> bool:
        if self.to is None or at > self.to:
            return True
        self._pieces -= at == self.to
        return at == self.to and self._pieces < 0


async def _next(batches: AsyncGenerator[list[Logged], None], over: asyncio.Task[None]) -> list[Logged] | None:
    """The next of what is told; None at its end, or when it is over and nothing was told for a while."""
    coming = asyncio.ensure_future(anext(batches, None))
    try:
        await asyncio.wait([coming, over], return_when=asyncio.FIRST_COMPLETED)
        await asyncio.wait([coming], timeout=_LAST_LINES_S)
        return coming.result() if coming.done() else None
    finally:
        if not coming.done():
            coming.cancel()
            await asyncio.wait([coming])


async def remove(engine: Docker, server: str, execution: str) -> None:
    """Ends and removes all that there is for an execution. Raises EngineError."""
    volume = _volume_name(server, execution)
    await engine.remove(docker_spec.container_name(server, execution))
    await engine.remove(docker_secrets.holder_name(volume))
    # Its holder may just be being removed, and has it until then.
    for _ in range(_REMOVE_TRIES):
        if await engine.remove_volume(volume):
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.Event().wait(), _LOOK_AGAIN_S)


def _configured(work: Work, image: Image) -> Work:
    """Where the program reads a Config.toml: that one, in memory, in the place of variables."""
    if image.configuration is None:
        return work
    written = Secret(image.configuration.of(work))
    file = f"{docker_spec.SECRETS}/{_CONFIG}"
    environment = {**image.configuration.rest(work.environment), "BAL_CONFIG_FILES": file}
    return replace(work, environment=environment, secrets={_CONFIG: written}, files={})


def _volume_name(server: str, execution: str) -> str:
    return f"{docker_spec.container_name(server, execution)}-secrets"
