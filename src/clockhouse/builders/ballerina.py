"""Ballerina projects as artifacts: what `bal build` made, and a task that starts it with its configuration."""

from __future__ import annotations

import asyncio
import hashlib
import keyword
import os
import re
import shutil
import tomllib
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from clockhouse.builders import ballerina_start, command, configurables, seal
from clockhouse.builders.base import Builder, Event, Failed, Line, Order, Problem, Step, StepState
from clockhouse.builders.configurables import Configurable
from clockhouse.builders.making import Stopped
from clockhouse.builders.threads import whole
from clockhouse.errors import ClockhouseError
from clockhouse.task.clock import Clock

FILE = "Ballerina.toml"
_PROGRAM = f"{seal.COMPILED}/program.jar"
_TIME_OUT = timedelta(minutes=15)
_TEXT_MAX_BYTES = 1024 * 1024  # of a source: a larger one is data, and declares nothing
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*")
_VERSION = re.compile(r"\d+\.\d+\.\d+[A-Za-z0-9.-]*")
_ERROR = re.compile(r"ERROR \[(?P<path>[^:\]]+):\((?P<line>\d+):\d+[^\]]*\)?\]\s*(?P<said>.*)")
_INSTALL = (
    "Building Ballerina needs the tool `bal`, and there is none on this server's PATH. Install Ballerina{version} "
    "there (its site has packages for Linux, macOS and Windows), then start the server again."
)
_TYPES = {"text": "str", "integer": "int", "number": "float", "flag": "bool", "json": "str"}
_STEPS = ("Check out", "Read the code", "Build")


@dataclass(frozen=True, slots=True)
class Project:
    """What Ballerina.toml says of a project. `distribution` is the version of Ballerina that it was made with."""

    organization: str
    name: str
    version: str
    distribution: str | None


class BallerinaBuilder:
    """Builds with `bal` (`<artifact>/source/` holds what it made); `python` makes what starts the program.

    `home` is where bal keeps the packages that it downloads.
    """

    def __init__(
        self, clock: Clock, python: Builder, home: Path, *, path: str | None = None, time_out: timedelta = _TIME_OUT
    ) -> None:
        """`path` is where to look for bal, as PATH has it; None: the server's own."""
        self._clock = clock
        self._python = python
        self._home = home.absolute()
        self._path = path
        self._time_out = time_out

    async def build(self, order: Order) -> AsyncGenerator[Event, None]:
        """Build, telling steps and lines as they happen; see `Builder.build`."""
        artifact = order.artifact.absolute()
        if await asyncio.to_thread(artifact.exists):
            async with aclosing(self._python.build(order)) as events:
                async for event in events:
                    yield event
            return
        work = artifact.with_name(f"{artifact.name}.ballerina.part")
        making = _Making(self._clock, self._home, self._path, self._time_out, order, work)
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
        self, clock: Clock, home: Path, path: str | None, time_out: timedelta, order: Order, work: Path
    ) -> None:
        self.problem: Problem | None = None
        self.finished = work / "task"
        self._clock = clock
        self._home = home
        self._path = path if path is not None else os.environ.get("PATH", os.defpath)
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
        yield f"{len(await asyncio.to_thread(_files, self._source))} files"

    async def _read(self) -> AsyncGenerator[str, None]:
        project = await asyncio.to_thread(read_project, self._source)
        if isinstance(project, Problem):
            raise Stopped(project)
        self._project = project
        yield f"{project.organization}/{project.name} {project.version}"
        sources = await asyncio.to_thread(_texts, self._source)
        found = await asyncio.to_thread(configurables.read, sources)
        if isinstance(found, Problem):
            raise Stopped(found)
        self._wanted = found
        for each in found:
            yield f"configuration {name_of(each)}: {each.type}{'' if each.required else ', optional'}"

    async def _build(self) -> AsyncGenerator[str, None]:
        project = self._project
        assert project is not None  # noqa: S101  it was read
        bal = shutil.which("bal", path=self._path)
        if bal is None:
            version = f" {project.distribution}" if project.distribution else ""
            raise Stopped(Problem(_INSTALL.format(version=version), FILE))
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
            raise Stopped(_explained(said, self._source))
        program = self._source / "target" / "bin" / f"{project.name}.jar"
        if not program.is_file():
            raise Stopped(Problem("`bal build` made no program: a package with a main function is needed.", FILE))
        await whole(_assemble, self.finished, program, project, self._wanted, f"{digest} {version}", bal)
        yield program.name

    async def _run(self, *arguments: str) -> AsyncGenerator[str, None]:
        await asyncio.to_thread(self._home.mkdir, parents=True, exist_ok=True)
        environment = {
            "PATH": self._path,
            "HOME": str(self._home),
            "LANG": "C.UTF-8",
            "BALLERINA_HOME_DIR": str(self._home / ".ballerina"),
        }
        async with command.started(arguments, folder=self._source, environment=environment) as child:
            while (texts := await child.read(left_s=self._deadline - self._clock.monotonic())) is not None:
                for text in texts:
                    yield text.replace(f"{self._source}/", "")
            self._exit_code = child.exit_code


def _step_of(event: Step | Line) -> str:
    return event.name if isinstance(event, Step) else event.step


def read_project(source: Path) -> Project | Problem:
    """What the Ballerina.toml in a folder says, or what is wrong with it."""
    file = source / FILE
    if not file.is_file():
        return Problem(f"There is no {FILE} in the directory. Choose the directory of a Ballerina package.")
    text = file.read_text(encoding="utf-8", errors="replace")
    try:
        package = tomllib.loads(text).get("package")
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        at = re.search(r"at line (\d+)", str(error))
        return Problem(f"{FILE} cannot be read: {error}.", FILE, int(at[1]) if at else None)
    if package is None:
        package = {}
    if not isinstance(package, dict):
        return Problem(f"{FILE} should have a table [package].", FILE)
    organization, name = str(package.get("org", "")), str(package.get("name", ""))
    for key, value in (("org", organization), ("name", name)):
        if _NAME.fullmatch(value) is None:
            return Problem(f"{FILE} should give the package a {key} of letters, digits and underscores.", FILE)
    distribution = package.get("distribution")
    known = isinstance(distribution, str) and _VERSION.fullmatch(distribution)
    return Project(organization, name, str(package.get("version", "0.1.0")), str(distribution) if known else None)


def name_of(each: Configurable) -> str:
    """What a value is called in a form: its path, with underscores; a module's name comes first."""
    name = "_".join([*([each.module.replace(".", "_")] if each.module else []), *each.path])
    return f"{name}_" if keyword.iskeyword(name) or name.startswith("_") else name


def task(project: Project, wanted: Sequence[Configurable]) -> str | Problem:
    """The source of the task that starts the program: its settings are the program's configurable variables."""
    names = [name_of(each) for each in wanted]
    for each, name in zip(wanted, names, strict=True):
        if names.count(name) > 1 or len({other for other in names if other.upper() == name.upper()}) > 1:
            return Problem(f"Two configurable values would be called {name}. Rename one of them.", line=each.line)
    fields = "".join(f"    {name}: {_field(each)}\n" for name, each in zip(names, wanted, strict=True)) or "    pass\n"
    places = {name: _place(project, each) for name, each in zip(names, wanted, strict=True)}
    return (
        f'"""Starts the Ballerina program {project.organization}/{project.name}."""\n\n'
        "from pathlib import Path\nfrom typing import Literal\n\nimport ballerina_start\n\n"
        "from clockhouse.kit import Secret, TaskConfig, run, setting\n\n"
        f"PROGRAM = Path(__file__).parent / {_PROGRAM!r}\nPLACES = {places!r}\n\n\n"
        f"class Config(TaskConfig):\n{fields}\n\n"
        "def main(config: Config) -> None:\n"
        "    values = {name: getattr(config, name) for name in PLACES}\n"
        "    opened = {n: v.reveal() if isinstance(v, Secret) else v for n, v in values.items()}\n"
        "    ballerina_start.start(opened, PLACES, PROGRAM)\n\n\n"
        'if __name__ == "__main__":\n    run(main)\n'
    )


def dockerfile(project: Project, *, builder: str, runtime: str) -> str:
    """A Dockerfile that builds the project where there is no `bal`: in the image `builder`, to run in `runtime`."""
    return (
        f"FROM {builder} AS build\n"
        "USER root\n"
        "WORKDIR /build\n"
        "COPY . .\n"
        "RUN bal build\n"
        f"FROM {runtime}\n"
        f"COPY --from=build /build/target/bin/{project.name}.jar /app/program.jar\n"
        "USER 10001\n"
        "WORKDIR /tmp\n"
        'ENTRYPOINT ["java", "-jar", "/app/program.jar"]\n'
    )


def _place(project: Project, each: Configurable) -> tuple[str, tuple[str, ...], str]:
    module = f"{project.name}.{each.module}" if each.module else project.name
    return f"{project.organization}/{module}", each.path, each.type


def _field(each: Configurable) -> str:
    kind = _annotation(each)
    arguments = [repr(_described(each))]
    if not each.required:
        # What no form can show as it is, and what nobody should see, is left to the program's own default.
        is_shown = each.has_default and each.type != "json" and not each.is_secret
        arguments.append(f"default={each.default!r}" if is_shown else "default=None")
        if "default=None" in arguments:
            kind = f"{kind} | None"
    if each.minimum is not None:
        arguments.append(f"minimum={each.minimum}, maximum={each.maximum}")
    return f"{kind} = setting({', '.join(arguments)})"


def _annotation(each: Configurable) -> str:
    if each.is_secret:
        return "Secret"
    if each.type == "choice":
        return f"Literal[{', '.join(map(repr, each.choices))}]"
    if each.type == "list":
        return f"list[{_TYPES[each.item_type or 'text']}]"
    return _TYPES[each.type]


def _described(each: Configurable) -> str:
    if each.type != "json":
        return each.description
    return " ".join(part for part in (each.description, "As JSON.") if part)


def _assemble(to: Path, program: Path, project: Project, wanted: Sequence[Configurable], digest: str, bal: str) -> None:
    text = task(project, wanted)
    if isinstance(text, Problem):
        raise Stopped(text)
    (to / seal.COMPILED).mkdir(parents=True)
    (to / "main.py").write_text(text, encoding="utf-8")
    shutil.copy(ballerina_start.__file__, to / "ballerina_start.py")
    # The program's bytes differ between builds; what it was made of does not, and that is what the digest is of.
    (to / "made-of.txt").write_text(f"{digest}\n", encoding="utf-8")
    (to / seal.COMPILED / "bal").write_text(bal, encoding="utf-8")
    shutil.move(program, to / _PROGRAM)


def _files(source: Path) -> list[Path]:
    return sorted(path for path in source.rglob("*") if path.is_file())


def _texts(source: Path) -> dict[str, str]:
    return {
        path.relative_to(source).as_posix(): path.read_text(encoding="utf-8", errors="replace")
        for path in _files(source)
        if path.suffix == ".bal" and path.stat().st_size <= _TEXT_MAX_BYTES
    }


def _digest(source: Path) -> str:
    told = hashlib.sha256()
    for path in sorted(path for path in source.rglob("*") if path.is_symlink() or path.is_file()):
        name, content = path.relative_to(source).as_posix().encode(errors="surrogateescape"), seal.content(path)
        told.update(f"{len(name)} {len(content)} ".encode() + name + content)
    return told.hexdigest()


def _explained(said: Sequence[str], source: Path) -> Problem:
    """The compiler's first error, with its line."""
    for line in said:
        if match := _ERROR.search(line):
            path, number = match["path"], int(match["line"])
            file = source / path
            is_ours = (
                file.resolve().is_relative_to(source.resolve()) and file.is_file()
            )  # it is the output that says so
            lines = file.read_text(errors="replace").splitlines() if is_ours else []
            excerpt = lines[number - 1] if 1 <= number <= len(lines) else None
            return Problem(f"Ballerina cannot build this: {match['said']}.", path, number, excerpt)
    told = next((line for line in said if line.lower().startswith("error")), "the log says why")
    return Problem(f"`bal build` failed: {told.removeprefix('error: ')}.")
