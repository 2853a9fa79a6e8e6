"""Dockerfiles as artifacts: the checked-out source, and the image that a Docker Engine made of it."""

from __future__ import annotations

import asyncio
import json
import os
import re
import tempfile
from collections import deque
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import IO

from clockhouse.builders import command, dockerfile_context, dockerfile_text, seal
from clockhouse.builders.base import (
    LINE_MAX_BYTES,
    Built,
    Entry,
    Event,
    Failed,
    Line,
    Order,
    Problem,
    Setting,
    Step,
    StepState,
)
from clockhouse.builders.dockerfile_plan import GENERATED, Plan, Planner, of_source
from clockhouse.builders.making import Making, Stopped, made
from clockhouse.builders.threads import whole
from clockhouse.docker import SERVER, Docker, EngineError, Json, tag
from clockhouse.docker_users import runs_as_root
from clockhouse.errors import ClockhouseError
from clockhouse.task.clock import Clock

_BAD_REQUEST = 400
_GIBIBYTE = 1024**3
_CHUNK_BYTES = 256 * 1024
_LINES_MAX = 20_000  # of one build; what follows is counted, not told
_LOG_MAX_CHARACTERS = 64 * 1024 * 1024  # what writes more than this will not come to an end
_NAME_MAX = 80
_LAST_LINES = 300
_STEP = re.compile(r"Step (\d+)/(\d+) : (.*)", re.DOTALL)
_COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_NOISE = re.compile(r" ---> (Running in )?[0-9a-f]{12}$|Removing intermediate container |Successfully (built|tagged) ")

_Texts = AsyncGenerator[str, None]


@dataclass(frozen=True, slots=True)
class Settings:
    """How images are built, unless a recipe says otherwise.

    `network` is what the commands of a Dockerfile have (default, none, or a name) and `memory_bytes` how much memory.
    `scan` is a command that gets the image's id as its last word, and refuses the image by its exit code; `engine` are
    the variables by which it finds the Engine.
    """

    network: str = "default"
    memory_bytes: int = 2 * _GIBIBYTE
    context_bytes: int = 500_000_000
    use_cache: bool = True
    allow_root: bool = False
    scan: tuple[str, ...] = ()
    engine: Mapping[str, str] = field(default_factory=dict)
    time_out: timedelta = timedelta(minutes=30)


class DockerfileBuilder:
    """Builds `<artifact>/source` and an image on the Engine, which the artifact's record names by its id.

    There it is `<repository>:<build>`, so that nobody takes it for one that is not needed. The Engine's cache is used,
    and a base that it does not have is fetched by it. What takes longer than the time-out fails.
    """

    def __init__(
        self,
        clock: Clock,
        docker: Docker,
        settings: Settings | None = None,
        *,
        plan: Planner = of_source,
        repository: str = "clockhouse-build",
        server: str = "",
    ) -> None:
        """`plan` says which Dockerfile is built; `server` is what tells what is made on the Engine from others'."""
        self._clock = clock
        self._docker = docker
        self._plan = plan
        self._repository = repository
        self._server = server
        self._settings = Settings() if settings is None else settings

    def planned(self, plan: Planner) -> DockerfileBuilder:
        """The same, for other Dockerfiles."""
        return DockerfileBuilder(
            self._clock, self._docker, self._settings, plan=plan, repository=self._repository, server=self._server
        )

    async def build(self, order: Order) -> AsyncGenerator[Event, None]:
        """Build, telling steps and lines as they happen; see `Builder.build`."""
        async with aclosing(made(order, lambda part: self._making(order, part))) as events:
            async for event in events:
                yield event

    def _making(self, order: Order, part: Path) -> Making:
        recipe = order.recipe
        settings = replace(
            self._settings,
            allow_root=self._settings.allow_root or recipe.allow_root,
            time_out=recipe.time_out or self._settings.time_out,
        )
        name, labels = f"{self._repository}:{tag(order.build)}", {SERVER: self._server}
        return _Making(self._clock, self._docker, settings, self._plan, order, part, name, labels)


class _Making:
    """One build under way in the folder `part`."""

    def __init__(
        self,
        clock: Clock,
        docker: Docker,
        settings: Settings,
        plan: Planner,
        order: Order,
        part: Path,
        name: str,
        labels: Mapping[str, str],
    ) -> None:
        self.outcome: Built | Failed = Failed(Problem("The build was stopped. Build again."))
        self._clock = clock
        self._docker = docker
        self._settings = settings
        self._order = order
        self._part = part
        self._source = part / "source"
        self._planner = plan
        self._plan = Plan("", "", "", None)  # until the source is read
        self._name = name
        self._labels = labels
        self._deadline = clock.monotonic() + settings.time_out.total_seconds()
        self._log = _Log()
        self._image: Json = {}
        self._declared: tuple[Setting, ...] = ()
        self._step: tuple[str, float] | None = None  # under way: its name, and when it began
        self._counted: tuple[int, int] | None = None  # the number of the Engine's last step, and of how many

    async def events(self) -> AsyncGenerator[Step | Line, None]:
        """Every step in turn until one fails; `outcome` is set when they end."""
        with tempfile.TemporaryFile() as archive:
            steps: list[tuple[str | None, Callable[[], AsyncGenerator[Step | str, None]]]] = [
                ("Check out", self._check_out),
                ("Fetch", self._fetch),
                ("Context", lambda: self._pack(archive)),
                (None, lambda: self._build(archive)),
                ("Check", self._check),
                ("Seal", self._seal),
            ]
            for name, run in steps:
                if (name == "Fetch" and self._plan.base is None) or (name == "Context" and self._plan.context is None):
                    continue
                if name is not None:
                    yield self._begun(name)
                try:
                    async with aclosing(run()) as told:
                        while (each := await self._next(told)) is not None:
                            yield each if isinstance(each, Step) else self._line(each)
                except (Stopped, TimeoutError, ClockhouseError, EngineError, OSError) as error:
                    if self._step is None:
                        yield self._begun("Image")
                    self.outcome = Failed(self._problem(error))
                    yield self._ended(StepState.FAILED)
                    with suppress(EngineError):
                        await self._docker.remove_image(self._name)
                    return
                if self._step is not None:
                    yield self._ended(StepState.FINISHED)

    async def _next(self, told: AsyncGenerator[Step | str, None]) -> Step | str | None:
        """What is told next; None at its end. Raises TimeoutError at the build's deadline."""
        async with asyncio.timeout(self._left_s()):
            return await anext(told, None)

    async def _check_out(self) -> AsyncGenerator[Step | str, None]:
        await whole(self._part.mkdir, parents=True)
        await whole(self._order.check_out, self._source)
        self._plan = await whole(self._planner, self._source, self._order.recipe)
        path, count = self._plan.path, len(dockerfile_text.instructions(self._plan.text))
        yield self._plan.said or f"{path} of {count} instruction{'' if count == 1 else 's'}"

    async def _fetch(self) -> AsyncGenerator[Step | str, None]:
        """Has the image that is built upon on the Engine."""
        base = self._plan.base or ""
        there = await self._docker.image(base)
        if there is None or self._plan.moves:
            try:
                async with aclosing(self._docker.pull(base)) as messages:
                    async for message in messages:
                        if "error" in message:
                            raise EngineError(str(message["error"]).strip())
                        if message.get("status") and not message.get("progressDetail"):
                            yield str(message["status"])
            except EngineError as error:
                if there is None:
                    raise Stopped(self._missing(base, error.sentence)) from error
                yield f"It cannot be fetched ({error.sentence}), so what the Engine has is taken."
            there = await self._docker.image(base)
        if there is None:
            raise Stopped(self._missing(base, "the Engine fetched it, and does not have it"))
        yield next(iter(there.get("RepoDigests") or ()), str(there["Id"]))

    def _missing(self, base: str, why: str) -> Problem:
        return Problem(
            f"The image {base} is not on the Docker Engine, and cannot be fetched: {why.strip().removesuffix('.')}. "
            + self._plan.otherwise,
            self._plan.path,
        )

    async def _pack(self, archive: IO[bytes]) -> AsyncGenerator[Step | str, None]:
        packed = await whole(self._packed, archive)
        if isinstance(packed, Problem):
            raise Stopped(packed)
        yield f"{packed.files} file{'' if packed.files == 1 else 's'}, {packed.size_bytes / 1_000_000:.1f} MB"

    def _packed(self, archive: IO[bytes]) -> dockerfile_context.Context | Problem:
        plan = self._plan
        written = None if plan.is_in_source else plan.text
        at_most = self._settings.context_bytes
        return dockerfile_context.pack(plan.context, self._dockerfile, archive, at_most_bytes=at_most, written=written)

    @property
    def _dockerfile(self) -> str:
        return self._plan.path if self._plan.is_in_source else GENERATED

    async def _build(self, archive: IO[bytes]) -> AsyncGenerator[Step | str, None]:
        if self._plan.context is None:
            await whole(self._packed, archive)
        async with aclosing(self._docker.build(_chunks(archive), **self._options())) as messages:
            async for message in messages:
                if "error" in message:
                    for text in self._log.end():
                        yield text
                    raise Stopped(self._failed(str(message["error"])))
                stream = str(message.get("stream") or message.get("status") or "")
                step = _STEP.match(stream)
                if step is not None and self._is_next(int(step[1]), int(step[2])):
                    for text in self._log.end():
                        yield text
                    if self._step is not None:
                        yield self._ended(StepState.FINISHED)
                    yield self._begun(f"{step[1]}/{step[2]} {' '.join(step[3].split())}"[:_NAME_MAX])
                elif self._step is not None:
                    for text in self._log.add(stream if "stream" in message else f"{stream}\n"):
                        yield text
                if self._log.is_endless:
                    raise Stopped(Problem("The build wrote more than 64 MB of log, and was stopped. Let it say less."))
        for text in self._log.end():
            yield text

    def _is_next(self, number: int, of: int) -> bool:
        """Whether it is the Engine that says so: what a command writes may look like a step, and as many."""
        last, all_of_them = self._counted or (0, of)
        if number != last + 1 or of != all_of_them:
            return False
        self._counted = number, of
        return True

    async def _check(self) -> AsyncGenerator[Step | str, None]:
        found = await self._docker.image(self._name)
        if found is None:
            raise EngineError("The Docker Engine built the image, and does not have it.")
        self._image = found
        if not self._settings.allow_root and await runs_as_root(self._docker, found, labels=self._labels):
            raise Stopped(self._runs_as_root())
        labelled = dockerfile_text.settings((found.get("Config") or {}).get("Labels") or {})
        if isinstance(labelled, Problem):
            raise Stopped(labelled)
        declared = {setting.name: setting for setting in (*labelled, *self._plan.settings)}
        self._declared = tuple(declared.values())
        for setting in self._declared:
            yield f"configuration {setting.name}: {setting.type}{'' if setting.required else ', optional'}"
        if self._settings.scan:
            async with aclosing(self._scan(str(found["Id"]))) as texts:
                async for text in texts:
                    yield text

    async def _scan(self, image: str) -> _Texts:
        usual = {"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8", "HOME": str(self._part)}
        environment = {**usual, **self._settings.engine}
        last = ""
        try:
            async with command.started(
                [*self._settings.scan, image], folder=self._part, environment=environment
            ) as child:
                while (texts := await child.read(left_s=self._left_s())) is not None:
                    for text in texts:
                        last = text.strip() or last
                        yield text
                code = child.exit_code
        except OSError as error:
            raise Stopped(
                Problem(f"The image can't be scanned: {self._settings.scan[0]} does not start ({error.strerror}).")
            ) from error
        if code != 0:
            raise Stopped(Problem(f"The scan refuses the image: {last or f'exit code {code}'}"))

    async def _seal(self) -> AsyncGenerator[Step | str, None]:
        image = str(self._image["Id"])
        digest, entry = image.removeprefix("sha256:"), Entry(self._plan.path)
        is_allowed = self._settings.allow_root
        built = Built(digest, entry, self._declared, self._plan.kind, image, allows_root=is_allowed)
        for name, text in self._plan.files.items():
            await whole((self._part / name).write_text, text, encoding="utf-8")
        await whole(seal.write, self._part, built)
        await whole(self._part.rename, self._order.artifact)
        self.outcome = built
        yield image

    def _options(self) -> dict[str, str]:
        settings = self._settings
        return {
            "t": self._name,
            "dockerfile": self._dockerfile,
            "buildargs": json.dumps(dict(self._order.recipe.arguments)),
            "networkmode": settings.network,
            "memory": str(settings.memory_bytes),
            "memswap": str(settings.memory_bytes),
            "nocache": "0" if settings.use_cache else "1",
            "rm": "1",
            "forcerm": "1",
        }

    def _failed(self, said: str) -> Problem:
        if (explained := self._plan.explain(self._log.last_lines)) is not None:
            return explained
        if not self._plan.is_in_source:
            return Problem(dockerfile_text.problem(said, "", "", None, self._log.last).message, self._plan.path)
        step = self._step[0].partition("/")[0] if self._step is not None else ""
        number = int(step) if step.isdigit() else None
        return dockerfile_text.problem(said, self._plan.text, self._plan.path, number, self._log.last)

    def _runs_as_root(self) -> Problem:
        said = f"The image would run as root, which is not allowed here. {self._plan.remedy}"
        lines = self._plan.text.splitlines() if self._plan.is_in_source else []
        return Problem(said, self._plan.path, len(lines) or None, lines[-1] if lines else None)

    def _problem(self, error: Exception) -> Problem:
        if isinstance(error, Stopped):
            return error.problem
        if isinstance(error, TimeoutError):
            minutes = self._settings.time_out.total_seconds() / 60
            return Problem(f"The build took longer than {minutes:g} minutes and was stopped. Build again.")
        if isinstance(error, EngineError) and error.status == _BAD_REQUEST:  # a Dockerfile that can't be read
            return self._failed(error.sentence)
        if isinstance(error, ClockhouseError | EngineError):
            return Problem(error.sentence)
        where = f" ({getattr(error, 'filename', None)})" if getattr(error, "filename", None) else ""
        why = getattr(error, "strerror", None) or str(error)
        return Problem(f"The build cannot be written: {why}{where}. Make room or give permission, then build again.")

    def _begun(self, name: str) -> Step:
        self._step = name, self._clock.monotonic()
        return Step(self._clock.now(), name, StepState.STARTED)

    def _ended(self, state: StepState) -> Step:
        name, began = self._step or ("", self._clock.monotonic())
        self._step = None
        return Step(self._clock.now(), name, state, self._clock.monotonic() - began)

    def _line(self, text: str) -> Line:
        return Line(self._clock.now(), self._step[0] if self._step is not None else "", text)

    def _left_s(self) -> float:
        return max(self._deadline - self._clock.monotonic(), 0)


class _Log:
    """What the Engine says, made into lines; no more than so many."""

    def __init__(self) -> None:
        self.last_lines: deque[str] = deque(maxlen=_LAST_LINES)  # that say anything
        self._rest = ""
        self._told = 0
        self._dropped = 0
        self._characters = 0

    @property
    def last(self) -> str:
        return self.last_lines[-1].strip()[:300] if self.last_lines else ""

    @property
    def is_endless(self) -> bool:
        return self._characters > _LOG_MAX_CHARACTERS

    def add(self, text: str) -> list[str]:
        """The lines that this ends."""
        self._characters += len(text)
        *lines, self._rest = (self._rest + text).split("\n")
        if len(self._rest) > LINE_MAX_BYTES // 4:  # of up to four bytes each
            lines, self._rest = [*lines, self._rest], ""
        return self._kept(lines)

    def end(self) -> list[str]:
        """The line that was begun, and how many were not told."""
        lines, self._rest = [self._rest], ""
        kept = self._kept(lines)
        if self._dropped:
            kept.append(f"{self._dropped} more lines were not kept: {_LINES_MAX} is the most.")
            self._dropped = 0
        return kept

    def _kept(self, lines: list[str]) -> list[str]:
        kept = []
        for line in lines:
            text = _COLOURS.sub("", line).rstrip("\r").rpartition("\r")[2].replace("\0", "\N{REPLACEMENT CHARACTER}")
            if not text.strip() or _NOISE.match(text):
                continue
            self.last_lines.append(text)
            if self._told < _LINES_MAX:
                self._told += 1
                kept.append(text)
            else:
                self._dropped += 1
        return kept


async def _chunks(file: IO[bytes]) -> AsyncGenerator[bytes, None]:
    while chunk := await asyncio.to_thread(file.read, _CHUNK_BYTES):
        yield chunk
