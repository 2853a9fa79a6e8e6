"""The whole platform, as a person starts it: a server process with its database, and a task deployed in it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.support.server import Server, running

from benchmarks.places import ROOT, SQLITE, Place, new_place
from clockhouse.client import Client

NOTHING = '"""Does nothing."""\n\n\ndef main() -> None: ...\n'
COMPONENT = "/projects/bench/components/nothing"
TICKS = os.sysconf("SC_CLK_TCK")
_FORKS = 200

# Forks again and again, as the least that starts code in a process of its own; prints the time to its first line.
_FLOOR = """
import logging, os, resource, time
read, write = os.pipe()
for _ in range(%d):
    began = time.perf_counter_ns()
    child = os.fork()
    if child == 0:
        os.write(write, time.perf_counter_ns().to_bytes(8, "little"))
        os._exit(0)
    first = int.from_bytes(os.read(read, 8), "little")
    os.waitpid(child, 0)
    print((first - began) / 1e6, (time.perf_counter_ns() - began) / 1e6)
used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
print(sum(each.ru_utime + each.ru_stime for each in used) * 1000)
"""


@dataclass(frozen=True, slots=True)
class Forks:
    """Milliseconds of bare forks of a warm parent: to the first line, until they were reaped, of a processor each."""

    to_first_line_ms: list[float]
    to_end_ms: list[float]
    cpu_ms: float


def forks() -> Forks:
    said = subprocess.run([sys.executable, "-c", _FLOOR % _FORKS], capture_output=True, text=True, check=True).stdout
    *lines, spent_ms = said.splitlines()
    pairs = [tuple(map(float, line.split())) for line in lines]
    return Forks([pair[0] for pair in pairs], [pair[1] for pair in pairs], float(spent_ms) / _FORKS)


@contextmanager
def server(place: Place | None = None, *options: str) -> Iterator[tuple[Server, Client]]:
    """A server and a client with its token: at this place, or else on an empty database in a folder of its own."""
    if place is None:
        with new_place(SQLITE) as made, server(made, *options) as both:
            yield both
        return
    with compiled(), running(place.data, *place.options, *options) as found:
        token = (found.data / "token").read_text().strip()
        with Client(found.base_url, token) as client:
            yield found, client


@contextmanager
def compiled() -> Iterator[None]:
    """Servers that are started meanwhile find their modules compiled, as those of an installed package are."""
    before = dict(os.environ)
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = str(ROOT / "artifacts" / "pycache")
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def deploy(client: Client, *, schedules: int, every_s: float, code: str = NOTHING) -> datetime:
    """Builds a task and deploys it, due in turns of `schedules` a period; when that was."""
    client.post("/projects", {"name": "Bench"})
    client.post("/projects/bench/components", {"name": "Nothing", "template": "blank"})
    head = client.get(f"{COMPONENT}/commits")[0]["sha"]
    client.post(f"{COMPONENT}/commits", {"parent": head, "message": "Do nothing", "changes": {"main.py": code}})
    number = client.post(f"{COMPONENT}/builds", {})["number"]
    until(lambda: client.get(f"{COMPONENT}/builds/{number}")["status"] not in ("queued", "running"), within_s=120)
    began = now()
    phases = [began + timedelta(seconds=every_s * turn / schedules) for turn in range(schedules)]
    body = {
        "environment": "development",
        "schedules": [
            {"trigger": {"kind": "interval", "every_s": every_s, "start": phase.isoformat()}, "overlap": "allow"}
            for phase in phases
        ],
    }
    client.post(f"{COMPONENT}/deployments", body)
    return began


def executions(client: Client, start: datetime, end: datetime) -> list[dict[str, Any]]:
    """All that were due in between, once they are over."""
    query = {"start": start.isoformat(), "end": end.isoformat(), "limit": 500}
    counts = {"queued", "started"}
    until(lambda: not counts & set(client.get("/executions", **query)["counts"]), within_s=60)
    found: list[dict[str, Any]] = []
    before = None
    while True:
        page = client.get("/executions", **query, before=before)
        found += page["items"]
        before = page["next"]
        if before is None:
            return found


def cpu_s(pid: int) -> float:
    """Processor seconds of a process and of all that came of it, ended or not."""
    threads = Path(f"/proc/{pid}/task").iterdir()  # each has children of its own
    children = [int(child) for thread in threads for child in (thread / "children").read_text().split()]
    spent = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, spent[11:15])) / TICKS + sum(cpu_s(child) for child in children)


def resident_mb(pid: int) -> float:
    text = Path(f"/proc/{pid}/status").read_text()
    kilobytes = next(line for line in text.splitlines() if line.startswith("VmRSS")).split()[1]
    return int(kilobytes) / 1024


def now() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)  # noqa: TID251  a measurement is not a test


def wait(seconds: float) -> None:
    threading.Event().wait(seconds)


def until(is_so: Any, *, within_s: float) -> None:
    """Looks every tenth of a second. Raises TimeoutError."""
    deadline = time.monotonic() + within_s
    while not is_so():
        if time.monotonic() > deadline:
            raise TimeoutError(f"It did not come true within {within_s:g} s.")
        wait(0.1)
