"""Ballerina projects as artifacts: what `bal build` made, and a task that starts it with its configuration."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from clockhouse.builders import ballerina_project, ballerina_start, command, configurables, seal
from clockhouse.builders.ballerina_project import Project
from clockhouse.builders.base import Builder, Event, Failed, Line, Order, Problem, Step, StepState
from clockhouse.builders.configurables import Configurable
from clockhouse.builders.making import Stopped
from clockhouse.builders.threads import whole
from clockhouse.errors import ClockhouseError
from clockhouse.task.clock import Clock

_TIME_OUT = timedelta(minutes=15)
_INSTALL = (
    "Building Ballerina needs the tool `bal`, and there is none on this server's PATH. Install Ballerina{version} "
    "there (its site has packages for Linux, macOS and Windows) or give the server a Docker Engine (--docker-host), "
    "then start the server again."
)
_STEPS = ("Check out", "Read the code", "Build")


class BallerinaBuilder:
    """Builds with `bal` (`<artifact>/source/` holds what it made); `python` makes what starts the program.

    The packages that it downloads are gone after the build: code of theirs runs in it, which is not to touch another's.
    """

    def __init__(
        self,
        clock: Clock,
        python: Builder,
        *,
        images: Builder | None = None,
        private: Path | None = None,
        path: str | None = None,
        time_out: timedelta = _TIME_OUT,
    ) -> None:
        """`path` is where to look for bal, as PATH has it; None: the server's own. Where it is not, `images` builds.

        `private` is a folder that the tool does not see, but for what is built in it.
        """
        self._clock = clock
        self._python = python
        self._images = images
        self._private = private
        self._path = path if path is not None else os.environ.get("PATH", os.defpath)
        self._time_out = time_out

    async def build(self, order: Order) -> AsyncGenerator[Event, None]:
        """Build, telling steps and lines as they happen; see `Builder.build`."""
        artifact = order.artifact.absolute()
        if await asyncio.to_thread(artifact.exists):
            async with aclosing(self._python.build(order)) as events:
                async for event in events:
                    yield event
            return
        if self._images is not None and shutil.which("bal", path=self._path) is None:
            async with aclosing(self._images.build(order)) as events:
                async for event in events:
                    yield event
            return
        work = artifact.with_name(f"{artifact.name}.ballerina.part")
        time_out = order.recipe.time_out or self._time_out
        making = _Making(self._clock, self._private, self._path, time_out, order, work)
        try:
            async with aclosing(making.events()) as steps:
                async for told in steps:
                    yield told
            if making.problem is not None:
                yield Failed(making.problem)
                return
            async with aclosing(self._python.build(replace(order, check_out=making.finished.rename))) as events:
                async for event in events:
                    if not (isinstance(event, Step | Line) and _step_of(event) in _STEPS):  # of the small task inside
                        yield event
        finally:
            await asyncio.to_thread(shutil.rmtree, work, ignore_errors=True)


class _Making:
    """The part of a build that is Ballerina's: from the commit to the program."""

    def __init__(
        self, clock: Clock, private: Path | None, path: str, time_out: timedelta, order: Order, work: Path
    ) -> None:
        self.problem: Problem | None = None
        self.finished = work / "task"
        self._clock = clock
        self._private = private
        self._path = path
        self._deadline = clock.monotonic() + time_out.total_seconds()
        self._order = order
        self._work = work
        self._source = work / "source"
        self._project: Project | None = None
        self._wanted: list[Configurable] = []
        self._exit_code: int | None = None  # of the last process

    async def events(self) -> AsyncGenerator[Step | Line, None]:
        """Every step in turn until one fails; `problem` says why one did."""
        for name, run in zip(_STEPS, (self._check_out, self._read, self._build), strict=True):
            began = self._clock.monotonic()
            yield Step(self._clock.now(), name, StepState.STARTED)
            try:
                async with aclosing(run()) as texts:
                    async for text in texts:
                        yield Line(self._clock.now(), name, text)
            except Stopped as stopped:
                self.problem = stopped.problem
            except TimeoutError:
                self.problem = Problem("The build took too long and was stopped. Build again.")
            except ClockhouseError as error:
                self.problem = Problem(error.sentence)
            except OSError as error:
                self.problem = Problem(f"The build cannot use its files: {error.strerror or error}. Then build again.")
            state = StepState.FINISHED if self.problem is None else StepState.FAILED
            yield Step(self._clock.now(), name, state, self._clock.monotonic() - began)
            if self.problem is not None:
                return

    async def _check_out(self) -> AsyncGenerator[str, None]:
        await asyncio.to_thread(shutil.rmtree, self._work, ignore_errors=True)  # of a build that was killed
        await asyncio.to_thread(self._work.mkdir, parents=True)
        await whole(self._order.check_out, self._source)
        yield f"{len(await asyncio.to_thread(ballerina_project.files_of, self._source))} files"

    async def _read(self) -> AsyncGenerator[str, None]:
        project = await asyncio.to_thread(ballerina_project.read_project, self._source)
        if isinstance(project, Problem):
            raise Stopped(project)
        self._project = project
        yield f"{project.organization}/{project.name} {project.version}"
        sources = await asyncio.to_thread(ballerina_project.texts_of, self._source)
        found = await asyncio.to_thread(configurables.read, sources)
        if isinstance(found, Problem):
            raise Stopped(found)
        self._wanted = found
        for each in found:
            kind = "secret" if each.is_secret else each.type
            yield f"configuration {ballerina_project.name_of(each)}: {kind}{'' if each.required else ', optional'}"

    async def _build(self) -> AsyncGenerator[str, None]:
        project = self._project
        assert project is not None  # noqa: S101  it was read
        bal = shutil.which("bal", path=self._path)
        if bal is None:
            version = f" {project.distribution}" if project.distribution else ""
            raise Stopped(Problem(_INSTALL.format(version=version), ballerina_project.FILE))
        digest = await asyncio.to_thread(_digest, self._source)
        version = ""
        async with aclosing(self._run(bal, "version")) as texts:
            async for text in texts:
                version = version or text.strip()
                yield text
        said: list[str] = []
        async with aclosing(self._run(bal, "build")) as texts:
            async for text in texts:
                said.append(text)
                del said[:-500]
                yield text
        if self._exit_code != 0:
            raise Stopped(ballerina_project.explained(said, self._source))
        program = self._source / "target" / "bin" / f"{project.name}.jar"
        if not program.is_file():
            raise Stopped(
                Problem(
                    "`bal build` made no program: a package with a main function is needed.", ballerina_project.FILE
                )
            )
        await whole(_assemble, self.finished, program, project, self._wanted, f"{digest} {version}", bal)
        yield program.name

    async def _run(self, *arguments: str) -> AsyncGenerator[str, None]:
        home = self._work / "home"
        await asyncio.to_thread(home.mkdir, parents=True, exist_ok=True)
        environment = {
            "PATH": self._path,
            "HOME": str(home),
            "TMPDIR": str(home),
            "LANG": "C.UTF-8",
            "BALLERINA_HOME_DIR": str(home / ".ballerina"),
        }
        hidden = [] if self._private is None else [self._private]
        confined = command.confined(arguments, writable=[self._work], hidden=hidden)
        async with command.started(confined, folder=self._source, environment=environment) as child:
            while (texts := await child.read(left_s=self._deadline - self._clock.monotonic())) is not None:
                for text in texts:
                    yield text.replace(f"{self._source}/", "")
            self._exit_code = child.exit_code


def _step_of(event: Step | Line) -> str:
    return event.name if isinstance(event, Step) else event.step


def _assemble(to: Path, program: Path, project: Project, wanted: Sequence[Configurable], digest: str, bal: str) -> None:
    text = ballerina_project.task(project, wanted)
    if isinstance(text, Problem):
        raise Stopped(text)
    (to / seal.COMPILED).mkdir(parents=True)
    (to / "main.py").write_text(text, encoding="utf-8")
    shutil.copy(ballerina_start.__file__, to / "ballerina_start.py")
    # The program's bytes differ between builds; what it was made of does not, and that is what the digest is of.
    (to / "made-of.txt").write_text(f"{digest}\n", encoding="utf-8")
    (to / seal.COMPILED / "bal").write_text(bal, encoding="utf-8")
    shutil.move(program, to / ballerina_project.PROGRAM)


def _digest(source: Path) -> str:
    told = hashlib.sha256()
    for path in sorted(path for path in source.rglob("*") if path.is_symlink() or path.is_file()):
        name, content = path.relative_to(source).as_posix().encode(errors="surrogateescape"), seal.content(path)
        told.update(f"{len(name)} {len(content)} ".encode() + name + content)
    return told.hexdigest()
