"""A real Docker Engine for tests, started without any manual step and ended with them, and images made on the spot.

No registry is asked for anything. The Engine keeps to itself: its data is in a temporary folder, it listens on a socket
there, and it touches neither the network nor the firewall of the machine. Its containers have no network.
"""

from __future__ import annotations

import asyncio
import fcntl
import io
import os
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, suppress
from pathlib import Path
from typing import IO, Any, TypeVar

import pytest
from tests.support.waiting import eventually

from clockhouse.builders.base import Event as BuildEvent
from clockhouse.builders.base import Order
from clockhouse.builders.dockerfile import DockerfileBuilder, Settings
from clockhouse.builders.dockerfile_plan import Planner, of_source
from clockhouse.docker import Address, Docker
from clockhouse.runtimes.base import Event, Work
from clockhouse.runtimes.docker import DockerRuntime
from clockhouse.runtimes.docker_spec import Confinement
from clockhouse.task.clock import SystemClock

T = TypeVar("T")

BUSYBOX = "local/busybox:1"
PYTHON = "local/python:3"
_PREFIX = "ch-docker-"
_OWNER, _LOG, _PID, _CONFIG = "owner", "log", "pid", "daemon.json"
_LEFT_OUT = {"__pycache__", "dist-packages", "ensurepip", "idlelib", "lib2to3", "site-packages", "test", "tkinter"}


class Unavailable(Exception):
    """No Engine can be had here; the message says why."""


@pytest.fixture(scope="session")
def docker_engine() -> Iterator[Engine]:
    """One Engine for all tests of this process, started when the first of them asks. Skips when none can be had."""
    _clean_up()
    try:
        engine = Engine()
    except Unavailable as reason:
        pytest.skip(f"no Docker Engine: {reason}")
    yield engine
    engine.close()


@pytest.fixture(scope="session")
def busybox(docker_engine: Engine) -> str:
    """The name of an image with a shell and some small programs, run as root unless it is told otherwise."""
    program = shutil.which("busybox")
    if program is None:
        pytest.skip("no busybox to make an image of: apt-get install busybox-static")
    names = ["sh", "cat", "echo", "id", "sleep", "dd", "seq", "touch", "ls", "yes", "env", "tail", "test", "kill"]
    docker_engine.load(busybox_archive(Path(program), names), BUSYBOX)
    return BUSYBOX


@pytest.fixture(scope="session")
def python_image(docker_engine: Engine) -> str:
    """The name of an image with the Python that runs the tests."""
    docker_engine.load(_python_archive(), PYTHON)
    return PYTHON


class Engine:
    """A running Engine. Raises Unavailable when it does not start."""

    def __init__(self, *more_options: str) -> None:
        """With options beside those that it always has."""
        self._more_options = more_options
        if os.geteuid() != 0:
            raise Unavailable("only root can start one")
        if shutil.which("dockerd") is None:
            raise Unavailable("there is no dockerd: apt-get install docker.io tini")
        self._folder, self._owner = _new_folder()
        self._process: subprocess.Popen[bytes] | None = None
        try:
            self.start()
        except BaseException:
            self.close()
            raise

    @property
    def address(self) -> Address:
        return Address(f"unix://{self._folder}/docker.sock")

    def start(self) -> None:
        """Runs it, and returns when it answers. Raises Unavailable when it does not."""
        if self._process is not None:
            return
        (self._folder / _CONFIG).write_text("{}")
        command = [
            *("dockerd", "--host", self.address.url, "--pidfile", f"{self._folder}/{_PID}"),
            *("--data-root", f"{self._folder}/data", "--exec-root", f"{self._folder}/exec"),
            *("--bridge", "none", "--iptables=false", "--ip6tables=false"),
            *("--config-file", f"{self._folder}/{_CONFIG}"),
            *self._more_options,
        ]
        with (self._folder / _LOG).open("ab") as log:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self._process = process
        socket = self._folder / "docker.sock"
        try:
            eventually(lambda: process.poll() is not None or (socket.exists() and self._answers()), within=60)
        except AssertionError:
            raise Unavailable(f"it does not answer: {self._said()}") from None
        if process.poll() is not None:
            self._process = None
            raise Unavailable(f"it ended at once: {self._said()}")

    def stop(self, *, crash: bool = False) -> None:
        """Ends it; all containers end with it, unless it is a crash."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGKILL if crash else signal.SIGTERM)
        self._process.wait(timeout=60)
        self._process = None

    def close(self) -> None:
        """Ends it for good and removes its data."""
        self.stop()
        # It may leave its data mounted on itself.
        subprocess.run(["umount", f"{self._folder}/data"], stderr=subprocess.DEVNULL, check=False)
        shutil.rmtree(self._folder, ignore_errors=True)
        self._owner.close()

    def ask(self, question: Callable[[Docker], Coroutine[None, None, T]]) -> T:
        """The answer to a question, on a connection of its own."""

        async def asked() -> T:
            async with Docker(self.address) as docker:
                return await question(docker)

        with ThreadPoolExecutor(1) as thread:  # a browser's event loop may run in this one
            return thread.submit(asyncio.run, asked()).result()

    def load(self, archive: bytes, name: str) -> None:
        """Makes an image of a tar archive."""
        self.ask(lambda docker: docker.load(archive, name=name))

    def build(self, files: Mapping[str, str], name: str) -> None:
        """Makes an image of a Dockerfile and the files beside it."""

        async def context() -> AsyncGenerator[bytes, None]:
            yield tar({path: text.encode() for path, text in files.items()})

        async def built(docker: Docker) -> None:
            async for message in docker.build(context(), t=name, networkmode="none"):
                assert "error" not in message, message

        self.ask(built)

    def left(self) -> list[str]:
        """The names of all containers and volumes."""

        async def found(docker: Docker) -> list[str]:
            containers = [str(each["Names"][0]) for each in await docker.containers({})]
            return sorted(containers + [str(each["Name"]) for each in await docker.volumes({})])

        return self.ask(found)

    def _answers(self) -> bool:
        try:
            return bool(self.ask(lambda docker: docker.version()))
        except Exception:
            return False

    def _said(self) -> str:
        said = (self._folder / _LOG).read_text(errors="replace")
        return re.sub(r'time="[^"]*" level=\w+ ', "", said)[-600:].strip()


class OwnedRuntime(DockerRuntime):
    """A runtime with a connection of its own, which is closed with it, or with the last execution if that is later."""

    def __init__(self, engine: Engine, python_image: str, *, keeps_ended: bool = False, **confinement: Any) -> None:
        self._connection = Docker(engine.address)
        confined = Confinement(**{"network": "none", **confinement})
        super().__init__(
            SystemClock(),
            self._connection,
            server="test",
            python_image=python_image,
            confinement=confined,
            keeps_ended=keeps_ended,
        )

    async def run(self, work: Work) -> AsyncGenerator[Event, None]:
        async with aclosing(super().run(work)) as events:
            async for event in events:
                yield event
        if self._is_closed and not self._containers:
            await self._connection.close()

    async def close(self) -> None:
        await super().close()
        if not self._containers:
            await self._connection.close()


class OwnedBuilder:
    """A builder with a connection of its own for each build."""

    def __init__(self, engine: Engine, plan: Planner = of_source, **settings: Any) -> None:
        self._engine = engine
        self._plan = plan
        self._settings = Settings(**{"network": "none", **settings})

    async def build(self, order: Order) -> AsyncGenerator[BuildEvent, None]:
        async with Docker(self._engine.address) as docker:
            builder = DockerfileBuilder(SystemClock(), docker, self._settings, plan=self._plan)
            async with aclosing(builder.build(order)) as events:
                async for event in events:
                    yield event


def tar(files: Mapping[str, bytes]) -> bytes:
    """An archive of these files."""
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as archive:
        for path, content in files.items():
            entry = tarfile.TarInfo(path)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return written.getvalue()


def busybox_archive(program: Path, names: list[str]) -> bytes:
    """The files of a small system: one program under many names."""
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as archive:
        archive.add(program.resolve(), "bin/busybox")
        for name in names:
            entry = tarfile.TarInfo(f"bin/{name}")
            entry.type, entry.linkname = tarfile.SYMTYPE, "busybox"
            archive.addfile(entry)
    return written.getvalue()


def _python_archive() -> bytes:
    """Python, its standard library and the libraries they need, each where it is on this machine."""
    program, library = Path(sys.executable).resolve(), Path(sysconfig.get_path("stdlib"))
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as archive:
        archive.add(program, str(program))
        for name in ("python3", "python"):
            entry = tarfile.TarInfo(f"usr/local/bin/{name}")
            entry.type, entry.linkname = tarfile.SYMTYPE, str(program)
            archive.addfile(entry)
        archive.add(library, str(library), filter=_needed)
        for path in _libraries(program, *library.glob("lib-dynload/*.so")):
            archive.add(os.path.realpath(path), path)
    return written.getvalue()


def _needed(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
    name = Path(entry.name).name
    return None if name in _LEFT_OUT or name.startswith("config-") else entry


def _libraries(*programs: Path) -> list[str]:
    said = subprocess.run(["ldd", *map(str, programs)], capture_output=True, text=True).stdout
    return sorted(set(re.findall(r"(?:=> |^\s+)(/\S+) \(0x", said, re.MULTILINE)))


def _new_folder() -> tuple[Path, IO[bytes]]:
    """One that says whether its owner lives: the lock is gone as soon as the process is, however it ended."""
    # It gets its name once it is locked: before that, another run would take it for a left-over.
    folder = Path(tempfile.mkdtemp(prefix=f"new-{_PREFIX}"))
    owner = (folder / _OWNER).open("ab")
    fcntl.flock(owner, fcntl.LOCK_EX)
    return folder.rename(folder.with_name(folder.name.removeprefix("new-"))), owner


def _clean_up() -> None:
    """Ends the Engines of test runs that died, and removes their data."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        # What cannot be locked has a living owner.
        with suppress(OSError), (folder / _OWNER).open("r+b") as owner:
            fcntl.flock(owner, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _end_engine_of(folder)
            shutil.rmtree(folder, ignore_errors=True)


def _end_engine_of(folder: Path) -> None:
    try:
        pid = int((folder / _PID).read_text())
    except (OSError, ValueError):
        return  # it ended already
    if _serves(pid, folder):
        os.kill(pid, signal.SIGTERM)
        eventually(lambda: not _serves(pid, folder), within=60)


def _serves(pid: int, folder: Path) -> bool:
    # A process id may have been given to another program since; one that ended has no command line any more.
    try:
        return str(folder).encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
