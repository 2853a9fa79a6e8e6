"""Real processes of Clockhouse that are killed, frozen and started again, and what must not outlive them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from tests.chaos import launch
from tests.support.server import free_port
from tests.support.waiting import eventually

from clockhouse.client import Client

COMMAND = [sys.executable, "-P", "-u", launch.__file__]
_START_S, _STOP_S = 60.0, 60.0


@dataclass(slots=True)
class Member:
    """One process with its data in a folder; what it says goes to `log`, however often it is started."""

    name: str
    data: Path
    log: Path
    arguments: list[str]
    environment: dict[str, str]
    address: str = ""  # where a server answers
    is_frozen: bool = False
    _process: subprocess.Popen[bytes] | None = None

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        if self.is_running:
            return
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*COMMAND, *self.arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **self.environment},
                start_new_session=True,
            )
        self.is_frozen = False

    def kill(self) -> None:
        """As a machine that runs out of memory does."""
        self._send(signal.SIGKILL)
        if self._process is not None:
            self._process.wait(_STOP_S)

    def freeze(self) -> None:
        self._send(signal.SIGSTOP)
        self.is_frozen = True

    def thaw(self) -> None:
        self._send(signal.SIGCONT)
        self.is_frozen = False

    def stop(self) -> int:
        """In good order; its exit code."""
        self.thaw()
        self._send(signal.SIGTERM)
        assert self._process is not None
        return self._process.wait(_STOP_S)

    def is_ready(self) -> bool:
        assert self.is_running, f"{self.name} ended by itself: {self.log}"
        try:
            return httpx.get(f"{self.address}/healthz", timeout=2, trust_env=False).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False

    def client(self) -> Client:
        return Client(self.address, (self.data / "token").read_text().strip())

    def _send(self, number: int) -> None:
        if self.is_running:
            assert self._process is not None
            self._process.send_signal(number)


@dataclass(slots=True)
class Fleet:
    """All processes of a story, each with its data in a folder of `root` and its log in `logs`."""

    root: Path
    logs: Path
    members: dict[str, Member] = field(default_factory=dict)

    def add_server(
        self, name: str, *options: str, database: str | None = None, ahead_s: float = 0, lease_s: float | None = None
    ) -> Member:
        port = free_port()
        arguments = ["serve", "--no-example", "--port", str(port), "--data", str(self.root / name), *options]
        environment = _oddities(ahead_s, lease_s)
        if database:
            environment |= {"CLOCKHOUSE_DATABASE": database, "CLOCKHOUSE_KEY_FILE": str(self.root / "vault.key")}
        log, address = self.logs / f"{name}.log", f"http://127.0.0.1:{port}"
        return self._add(Member(name, self.root / name, log, arguments, environment, address))

    def add_agent(self, name: str, token: str, *, ahead_s: float = 0, lease_s: float | None = None) -> Member:
        """One that knows all servers there are by now."""
        addresses = [member.address for member in self.members.values() if member.address]
        servers = [word for address in addresses for word in ("--server", address)]
        arguments = ["agent", "--data", str(self.root / name), *servers]
        environment = {**_oddities(ahead_s, lease_s), "CLOCKHOUSE_AGENT_TOKEN": token}
        return self._add(Member(name, self.root / name, self.logs / f"{name}.log", arguments, environment))

    def _add(self, member: Member) -> Member:
        self.members[member.name] = member
        return member

    def start(self, names: Iterable[str] | None = None) -> None:
        """Starts them (all by default), and returns when those that are servers answer."""
        wanted = [self.members[name] for name in (names if names is not None else self.members)]
        for member in wanted:
            member.start()
        for member in wanted:
            if member.address:
                eventually(member.is_ready, within=_START_S)

    def end(self) -> None:
        """At once, whatever they do."""
        for member in self.members.values():
            member.kill()

    def left_over(self) -> list[str]:
        """Command lines of processes that work in one of its folders."""
        return list(_working_in(self.root))


@contextmanager
def fleet(root: Path, *, logs: Path | None = None) -> Iterator[Fleet]:
    """Nothing of it runs afterwards. The logs are beside the data unless they have a folder of their own."""
    made = Fleet(root, logs or root)
    for folder in (made.root, made.logs):
        folder.mkdir(parents=True, exist_ok=True)
    try:
        yield made
    finally:
        made.end()


def _oddities(ahead_s: float, lease_s: float | None) -> dict[str, str]:
    odd = {launch.AHEAD: str(ahead_s)} if ahead_s else {}
    return odd if lease_s is None else {**odd, launch.LEASE: str(lease_s)}


def _working_in(root: Path) -> Iterator[str]:
    """Zombies have no command line any more."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if f"{root}/" in command:
            yield f"{entry.name} {command}"
