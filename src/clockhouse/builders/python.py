"""Python tasks as artifacts: the checked-out source beside a virtual environment of its own, made with uv."""

from __future__ import annotations

import errno
import os
import re
import shutil
import sys
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import uv

import clockhouse
from clockhouse.builders import code, command, dependencies, kit, launcher, pythons, seal
from clockhouse.builders.base import Built, Event, Failed, Line, Order, Problem, Step, StepState
from clockhouse.builders.making import Making, Stopped, made
from clockhouse.builders.threads import whole
from clockhouse.errors import ClockhouseError
from clockhouse.task.clock import Clock

_Texts = AsyncGenerator[str, None]

_TIME_OUT = timedelta(minutes=15)
_PASSED_ON = {"SSL_CERT_FILE", "SSL_CERT_DIR", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"}
_OUTPUT_KEPT = 500  # last lines of uv, to explain a failure by
# How uv says that something has to be built.
_SOURCE_ONLY = re.compile(r"building .*\bis disabled|no usable wheels|has no wheels", re.IGNORECASE)
_TELLING_FULL = {errno.ENOSPC, errno.EDQUOT}


class PythonBuilder:
    """Builds `<artifact>/source` and `<artifact>/environment` (a virtual environment that tasks run in).

    `cache` is uv's, shared by all builds; on the file system of the artifacts it makes builds fast and small. Package
    indexes are configured by variables UV_*, by /etc/uv/uv.toml, or in the task's own pyproject.toml.
    `kit` is the folder of the package `clockhouse` that tasks get a part of; None is the installed one. A build
    that takes longer than `time_out` fails.
    """

    def __init__(
        self,
        clock: Clock,
        cache: Path,
        kit: Path | None = None,
        *,
        private: Path | None = None,
        time_out: timedelta = _TIME_OUT,
    ) -> None:
        """`private` is a folder that the code of builds does not see, but for what is built in it."""
        self._clock = clock
        self._private = private
        self._cache = cache.absolute()
        self._kit = Path(clockhouse.__file__).parent if kit is None else kit
        self._time_out = time_out

    async def build(self, order: Order) -> AsyncGenerator[Event, None]:
        """Build, telling steps and lines as they happen; see `Builder.build`."""
        async with aclosing(made(order, lambda part: self._making(order, part))) as events:
            async for event in events:
                yield event

    def _making(self, order: Order, part: Path) -> Making:
        time_out = order.recipe.time_out or self._time_out
        return _Making(self._clock, self._cache, self._kit, self._private, time_out, order, part)


class _Making:
    """One build under way in the folder `part`."""

    def __init__(
        self,
        clock: Clock,
        cache: Path,
        kit: Path,
        private: Path | None,
        time_out: timedelta,
        order: Order,
        part: Path,
    ) -> None:
        self.outcome: Built | Failed = Failed(Problem("The build was stopped. Build again."))
        self._clock = clock
        self._cache = cache
        self._kit = kit
        self._private = private
        self._time_out = time_out
        self._deadline = clock.monotonic() + time_out.total_seconds()
        self._order = order
        self._part = part
        self._source = part / "source"
        self._environment = part / "environment"
        self._scratch = part / "scratch"
        self._python = ""  # its version, once there is an environment
        self._code = code.Code(None, (), ())
        self._dependencies: str | None = None
        self._extras: list[str] = []  # of connectors that the code imports
        self._carried: list[Path] = []  # code that was copied from the server's environment
        self._exit_code: int | None = None  # of the last process

    async def events(self) -> AsyncGenerator[Step | Line, None]:
        """Every step in turn until one fails; `outcome` is set when they end."""
        steps: list[tuple[str, Callable[[], _Texts]]] = [
            ("Check out", self._check_out),
            ("Read the code", self._read_code),
            ("Environment", self._make_environment),
            ("Dependencies", self._install),
            ("Project", self._install_project),
            ("Connectors", self._add_libraries),
            ("Kit", self._add_kit),
            ("Compile", self._compile),
            ("Seal", self._seal),
        ]
        for name, run in steps:
            if not self._is_wanted(name):
                continue
            began = self._clock.monotonic()
            yield Step(self._clock.now(), name, StepState.STARTED)
            problem = None
            try:
                async with aclosing(run()) as texts:
                    async for text in texts:
                        yield Line(self._clock.now(), name, text)
            except Stopped as stopped:
                problem = stopped.problem
            except TimeoutError:
                problem = Problem(_too_long(self._time_out))
            except ClockhouseError as error:
                problem = Problem(error.sentence)
            except OSError as error:
                problem = _refused(error)
            state = StepState.FINISHED if problem is None else StepState.FAILED
            yield Step(self._clock.now(), name, state, self._clock.monotonic() - began)
            if problem is not None:
                self.outcome = Failed(problem)
                return

    def _is_wanted(self, step: str) -> bool:
        if step == "Dependencies":
            return self._dependencies is not None
        if step == "Connectors":
            return bool(self._extras)
        return step != "Project" or (self._code.start is not None and (self._source / "pyproject.toml").is_file())

    async def _check_out(self) -> _Texts:
        await whole(self._part.mkdir, parents=True)
        await whole(self._scratch.mkdir)
        await whole(self._order.check_out, self._source)
        files = await whole(lambda: sum(1 for path in self._source.rglob("*") if path.is_file()))
        yield f"{files} file{'' if files == 1 else 's'}"

    async def _read_code(self) -> _Texts:
        self._code = await whole(code.read, self._source)
        for problem in self._code.problems:
            yield _shown(problem)
        if self._code.problems:
            raise Stopped(self._code.problems[0])
        declared = await whole(dependencies.declared_in, self._source)
        if isinstance(declared, Problem):
            yield _shown(declared)
            raise Stopped(declared)
        self._dependencies = declared
        self._extras = await whole(kit.extras_of, self._source)
        if self._code.entry is not None:
            call = self._code.entry.call
            yield f"{self._code.entry.path}, {'run as a script' if call is None else f'calls {call}'}"
        if self._code.start is not None:
            yield self._code.start.said
        for setting in self._code.settings:
            yield f"configuration {setting.name}: {setting.type}{'' if setting.required else ', optional'}"

    async def _make_environment(self) -> _Texts:
        await whole(self._cache.mkdir, parents=True, exist_ok=True)
        wanted = await whole(pythons.wanted_by, self._source, self._order.recipe.python)
        if isinstance(wanted, Problem):
            raise Stopped(wanted)
        interpreter = sys.executable
        if wanted is not None:
            search = ["python", "find", "--no-project", "--python-preference", "system", wanted.spec]
            said: list[str] = []
            await _drained(self._uv(*search, said=said))
            if self._exit_code != 0:
                raise Stopped(wanted.missing())
            interpreter = said[-1]
        arguments = ["venv", "--quiet", "--no-project", "--relocatable", "--python", interpreter]
        told: list[str] = []
        async with aclosing(self._uv(*arguments, str(self._environment), said=told)) as texts:
            async for text in texts:
                yield text
        if self._exit_code != 0:
            raise Stopped(Problem(" ".join(["The environment cannot be made.", *told])))
        self._python = await whole(pythons.version_of, self._environment)
        yield f"Python {self._python}{f' for {wanted.said}' if wanted else ''}"

    async def _install(self) -> _Texts:
        file = self._dependencies or ""
        said: list[str] = []
        if file == dependencies.LOCK:
            wanted = str(self._scratch / "locked.txt")
            what = ["--frozen", "--no-dev", "--no-emit-project", "--no-header", "--quiet"]
            async with aclosing(self._uv("export", *what, "--output-file", wanted, said=said)) as texts:
                async for text in texts:
                    yield text
            if self._exit_code != 0:
                raise Stopped(await whole(dependencies.explain, said, self._source, file))
        else:
            wanted = file
        # What runs nobody's code may use what all builds share; what does gets nothing of it.
        complaint: list[str] = []
        async with aclosing(self._uv(*self._pip(), "--no-build", "-r", wanted, said=said)) as texts:
            async for text in texts:
                if complaint or text.startswith("error:"):
                    complaint.append(text)
                else:
                    yield text
        has_source = self._exit_code != 0 and any(map(_SOURCE_ONLY.search, complaint))
        for text in () if has_source else complaint:
            yield text
        if has_source:
            yield "Some of it is built from its source, by itself."
            said.clear()
            async with aclosing(self._uv(*self._pip(), "-r", wanted, said=said, builds_in=[self._part])) as texts:
                async for text in texts:
                    yield text
        if self._exit_code != 0:
            raise Stopped(await whole(dependencies.explain, said, self._source, file))

    async def _install_project(self) -> _Texts:
        """The project itself: a console script or a module in src/ can be imported only then."""
        said: list[str] = []
        wheels = self._scratch / "wheels"
        built = ["build", "--wheel", "--out-dir", str(wheels), "--python", self._interpreter, "."]
        # Not in the environment, whose files are those of the cache that builds share.
        async with aclosing(self._uv(*built, said=said, builds_in=[self._scratch, self._source])) as texts:
            async for text in texts:
                yield text
        if self._exit_code == 0:
            found = [str(wheel) for wheel in await whole(lambda: sorted(wheels.glob("*.whl")))]
            async with aclosing(self._uv(*self._pip(), "--no-build", "--no-deps", *found, said=said)) as texts:
                async for text in texts:
                    yield text
        if self._exit_code != 0:
            raise Stopped(await whole(dependencies.explain, said, self._source, "pyproject.toml"))

    @property
    def _interpreter(self) -> str:
        return str(self._environment / "bin" / "python")

    def _pip(self) -> list[str]:
        # Not editable: an editable one points into the folder that is renamed at the end.
        return ["pip", "install", "--python", self._interpreter, "--compile-bytecode", "--no-editable"]

    async def _add_libraries(self) -> _Texts:
        """What the imported connectors stand on: copies of the server's own where these do, else from the index."""
        packages = pythons.packages(self._environment)
        there = await whole(seal.installed, packages)
        wanted = list(self._extras)
        if kit.CARRIED in wanted and self._python.startswith("{}.{}.".format(*sys.version_info)):
            taken = [each.partition("==")[0] for each in there]
            carried = await whole(kit.carried, kit.requirements_of([kit.CARRIED]), taken)
            if carried is not None:
                self._carried = await whole(kit.carry, carried, packages)
                yield ", ".join(f"{each.name} {each.version}" for each in carried)
                wanted.remove(kit.CARRIED)
        if wanted:
            async with aclosing(self._install_libraries(kit.requirements_of(wanted), there)) as texts:
                async for text in texts:
                    yield text

    async def _install_libraries(self, wanted: list[str], there: list[str]) -> _Texts:
        constraints = self._scratch / "constraints.txt"  # what the task asks for itself stays as it is
        await whole(constraints.write_text, "\n".join(there) + "\n")
        said: list[str] = []
        async with aclosing(self._uv(*self._pip(), "--constraint", str(constraints), *wanted, said=said)) as texts:
            async for text in texts:
                yield text
        if self._exit_code != 0:
            problem = await whole(dependencies.explain, said, self._source, self._dependencies or "requirements.txt")
            why = problem.message.removeprefix("The dependencies cannot be installed. ")
            words = f"The libraries of connectors ({', '.join(wanted)}) cannot be installed. {why}"
            raise Stopped(replace(problem, message=words))

    async def _add_kit(self) -> _Texts:
        packages = pythons.packages(self._environment)
        copied = await whole(kit.copy, self._kit, packages / "clockhouse")
        yield f"clockhouse {clockhouse.__version__}: {', '.join(copied)}"

    async def _compile(self) -> _Texts:
        # -S: without it Python would run the .pth files of the dependencies.
        python = [str(self._environment / "bin" / "python"), "-I", "-S", "-m", "compileall", "-q"]
        arguments = [
            *python,
            *map(str, (self._source, pythons.packages(self._environment) / "clockhouse", *self._carried)),
        ]
        async with aclosing(self._run(arguments)) as texts:
            async for text in texts:
                yield text

    async def _seal(self) -> _Texts:
        entry = self._code.entry
        if self._code.start is not None:
            written = await whole(launcher.write, self._source, self._code.start)
            if isinstance(written, Problem):
                raise Stopped(written)
            entry = written
        if entry is None:
            raise Stopped(Problem("There is no code to run. Add main.py."))
        packages = await whole(seal.installed, pythons.packages(self._environment))
        packages.append(f"clockhouse=={clockhouse.__version__}")
        digest = await whole(seal.digest, self._source, packages, self._python)
        built = Built(digest, entry, self._code.settings)
        await whole(shutil.rmtree, self._scratch)
        await whole(seal.write, self._part, built)
        await whole(self._part.rename, self._order.artifact)
        self.outcome = built
        yield f"sha256:{digest}"

    async def _uv(self, *arguments: str, said: list[str], builds_in: Sequence[Path] | None = None) -> _Texts:
        """Run uv; its last lines are also left in `said`.

        With `builds_in` it may run code of what is built, which writes to these folders only.
        """
        options = ["--color", "never", "--no-progress"]
        async with aclosing(self._run([uv.find_uv_bin(), *arguments, *options], builds_in)) as texts:
            async for text in texts:
                said.append(text)
                del said[:-_OUTPUT_KEPT]
                yield text

    async def _run(self, arguments: list[str], builds_in: Sequence[Path] | None = None) -> _Texts:
        cache = self._cache
        if builds_in is not None:
            cache = self._scratch / "cache"
            hidden = [] if self._private is None else [self._private]
            arguments = command.confined(arguments, writable=builds_in, hidden=hidden, readable=[self._part])
        environment = _environment(os.environ, cache=cache, scratch=self._scratch)
        async with command.started(arguments, folder=self._source, environment=environment) as child:
            while (texts := await child.read(left_s=self._deadline - self._clock.monotonic())) is not None:
                for text in texts:
                    yield self._plain(text)
            self._exit_code = child.exit_code

    def _plain(self, text: str) -> str:
        """`text` with paths as its author knows them, not where this server builds."""
        for folder in (f"file://{self._source}/", f"{self._source}/", f"{self._part}/"):
            text = text.replace(folder, "")
        return text


def _environment(server: Mapping[str, str], *, cache: Path, scratch: Path) -> dict[str, str]:
    """What a build's processes see of the server's environment: how to reach the index, and nothing else."""
    passed = {name: value for name, value in server.items() if name.startswith("UV_") or name.upper() in _PASSED_ON}
    return {
        **passed,
        "PATH": f"{sys.base_prefix}/bin{os.pathsep}{server.get('PATH', os.defpath)}",  # the server's own Python first
        "HOME": str(scratch),
        "TMPDIR": str(scratch),
        "LANG": "C.UTF-8",
        "UV_CACHE_DIR": str(cache),
        "UV_NO_WRAP": "1",
        "UV_PYTHON_DOWNLOADS": "never",
    }


async def _drained(texts: _Texts) -> None:
    async with aclosing(texts):
        async for _ in texts:
            pass


def _shown(problem: Problem) -> str:
    at = ":".join(str(part) for part in (problem.path, problem.line) if part is not None)
    return f"{at}: {problem.message}" if at else problem.message


def _too_long(time_out: timedelta) -> str:
    minutes = time_out.total_seconds() / 60
    return (
        f"The build took longer than {minutes:g} minutes and was stopped. "
        "Build again; if it happens again, use fewer or ready-made (wheel) dependencies."
    )


def _refused(error: OSError) -> Problem:
    where = f" ({error.filename})" if error.filename else ""
    if error.errno in _TELLING_FULL:
        return Problem(f"The disk is full{where}. Free some space in the data directory, then build again.")
    reason = error.strerror or error
    return Problem(f"The build cannot use its files{where}: {reason}. Correct this, then build again.")
