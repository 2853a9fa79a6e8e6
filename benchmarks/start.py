"""A server that has nothing to do: how soon it is ready, what it holds, what it takes."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.support.server import running

from benchmarks import platform
from benchmarks.effort import Effort
from benchmarks.figure import Figure

SETTLE_S = 3


def start(effort: Effort) -> list[Figure]:
    """Start to ready on a database that is there, then memory and processor time with nothing due."""
    ready, memory, idle = [], [], []
    with tempfile.TemporaryDirectory(prefix="clockhouse-bench-") as folder:
        for _ in range(2):
            with platform.compiled(), running(Path(folder) / "data"):
                pass  # makes the database, and compiles what was not compiled before
        for _ in range(effort.runs):
            began = time.perf_counter()
            with platform.compiled(), running(Path(folder) / "data") as server:
                ready.append(time.perf_counter() - began)
                platform.wait(SETTLE_S)
                memory.append(platform.resident_mb(server.process.pid))
                spent = platform.cpu_s(server.process.pid)
                platform.wait(effort.idle_s)
                idle.append((platform.cpu_s(server.process.pid) - spent) * 60 / effort.idle_s)
    return [
        Figure("start to ready", "s", ready, 0.8, [_python() for _ in range(effort.runs)]),
        Figure("resident memory", "MB", memory, 90, [_python_mb() for _ in range(effort.runs)]),
        Figure("idle processor time a minute", "s", idle, 0.1),
    ]


def _python() -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", "pass"], check=True)
    return time.perf_counter() - began


def _python_mb() -> float:
    with subprocess.Popen([sys.executable, "-c", "print(flush=True); input()"], stdin=-1, stdout=-1) as bare:
        assert bare.stdout is not None
        bare.stdout.readline()
        found = platform.resident_mb(bare.pid)
        bare.communicate(b"\n")
        return found
