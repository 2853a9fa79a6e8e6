"""A real server in its own process and data directory, as `clockhouse serve` starts it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.programs import Process, start

_STOP_S = 30


@dataclass(frozen=True, slots=True)
class Server:
    """One that answers. `sign_in` is the one-time address that it printed."""

    base_url: str
    data: Path
    sign_in: str
    process: Process


@contextmanager
def running(
    data: Path,
    *options: str,
    port: int | None = None,
    environment: Mapping[str, str] | None = None,
    log: Path | None = None,
) -> Iterator[Server]:
    """Runs a server, without the example unless `--example` is an option, and stops it as Ctrl-C does.

    What it says of itself is in the file `log`, if there is to be one. Raises RuntimeError with what it said when it
    does not start.
    """
    number = port or free_port()
    arguments = ["--data", str(data), "--port", str(number), *({"--no-example"} - {f"--no-{o[2:]}" for o in options})]
    said = subprocess.PIPE if log is None else os.open(log, os.O_WRONLY | os.O_CREAT, 0o600)
    process = start(["serve", *arguments, *options], environment={**os.environ, **(environment or {})}, stderr=said)
    if log is not None:
        os.close(said)
    try:
        yield Server(f"http://127.0.0.1:{number}", data, _sign_in(process), process)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        try:
            process.communicate(timeout=_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def free_port() -> int:
    """One that nobody listened at a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _sign_in(process: Process) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if "/sign-in#token=" in line:
            return line.split()[-1]
    _, said = process.communicate()
    raise RuntimeError(f"The server did not start: {said}")
