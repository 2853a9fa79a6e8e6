"""A real agent in its own process and data directory, as `clockhouse agent` starts it."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.programs import Process, start

_STOP_S = 30


@dataclass(frozen=True, slots=True)
class Agent:
    """One that a server answered. `said` is a file with its log."""

    data: Path
    process: Process
    said: Path


@contextmanager
def running(
    token: str, data: Path, *addresses: str, options: tuple[str, ...] = (), variables: Mapping[str, str] | None = None
) -> Iterator[Agent]:
    """Runs an agent of these servers, and stops it as Ctrl-C does. Raises RuntimeError when it does not start."""
    said = data.with_suffix(".log")
    named = [part for address in addresses for part in ("--server", address)]
    with said.open("a") as errors:
        process = start(
            ["agent", *named, "--data", str(data), *options],
            environment={**os.environ, "CLOCKHOUSE_AGENT_TOKEN": token, **(variables or {})},
            stderr=errors.fileno(),
        )
    try:
        _wait_for_work(process, said)
        yield Agent(data, process, said)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        try:
            process.communicate(timeout=_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def _wait_for_work(process: Process, said: Path) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if "is at work for" in line:
            return
    process.wait()
    raise RuntimeError(f"The agent did not start: {said.read_text()}")
