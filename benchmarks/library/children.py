"""One measurement of one candidate in a process of its own, so that none inherits another's memory or threads."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.library.candidates import ROOT, Candidate

LIMIT_S = 180

Answer = dict[str, float]


class Failed(Exception):
    """A candidate could not do what was asked."""


def adding(candidate: Candidate, jobs: int, operations: int) -> Answer:
    return _ask(candidate, "adding", {"jobs": min(jobs, candidate.most_jobs), "operations": operations})


def fires(candidate: Candidate, *, workers: int, jobs: int, every_us: int, warm_s: float, for_s: float) -> Answer:
    """Every job once in `every_us`, evenly spread; 0 workers: on the scheduler's own thread."""
    asked = {
        "workers": workers,
        "jobs": jobs,
        "every_us": every_us,
        "warm_s": warm_s,
        "for_s": for_s,
    }
    return _ask(candidate, "fires", asked)


@contextmanager
def idle(candidate: Candidate, jobs: int) -> Iterator[int]:
    """The id of a process that has so many jobs far in the future and nothing to do."""
    asked = {"jobs": min(jobs, candidate.most_jobs)}
    with subprocess.Popen(
        _command(candidate, "idle", asked), cwd=ROOT, env=_environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        try:
            if child.stdout.readline().strip() != b"ready":
                raise Failed(f"{candidate.name} did not get ready to be idle.")
            yield child.pid
        finally:
            child.communicate()


def switches(process: int) -> int:
    """How often the threads of a process have gone to sleep so far: each was woken as often."""
    statuses = [each / "status" for each in Path(f"/proc/{process}/task").iterdir()]
    lines = [line for status in statuses for line in status.read_text().splitlines()]
    return sum(int(line.split()[1]) for line in lines if line.startswith("voluntary_ctxt_switches"))


def _ask(candidate: Candidate, measurement: str, asked: dict[str, Any]) -> Answer:
    try:
        done = subprocess.run(
            _command(candidate, measurement, asked),
            cwd=ROOT,
            env=_environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=LIMIT_S,
        )
    except subprocess.TimeoutExpired:
        raise Failed(f"{candidate.name} took over {LIMIT_S} s for {measurement} {asked}.") from None
    if done.returncode or not done.stdout:
        raise Failed(f"{candidate.name} failed at {measurement} {asked}: {done.stderr.strip()[-500:]}")
    answer: Answer = json.loads(done.stdout.splitlines()[-1])
    return answer


def _command(candidate: Candidate, measurement: str, asked: dict[str, Any]) -> list[str]:
    return [*candidate.command, measurement, json.dumps({"name": candidate.key, **asked})]


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}
