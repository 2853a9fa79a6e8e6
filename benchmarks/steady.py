"""Ten executions of nothing a second, on a server of its own: how late they start, what each of them costs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from benchmarks import platform
from benchmarks.figure import RUNS, Figure, quantile

A_SECOND = 10
WARM_UP_S = 3  # the first start of a build loads its interpreter
FOR_S = 20


@dataclass(frozen=True, slots=True)
class Run:
    """Milliseconds of each execution, and processor milliseconds of them on average."""

    to_first_line_ms: list[float]
    to_end_ms: list[float]
    cpu_ms: float
    floor: platform.Forks


@cache
def runs() -> tuple[Run, ...]:
    return tuple(_run() for _ in range(RUNS))


def start_latency() -> list[Figure]:
    """Due to the first line of user code."""
    return _figures("due to first line", (2, 6), lambda run: (run.to_first_line_ms, run.floor.to_first_line_ms))


def overhead() -> list[Figure]:
    """Due to the end of code that does nothing, and the processor time of it all."""
    ends = _figures("due to finished", (4, 10), lambda run: (run.to_end_ms, run.floor.to_end_ms))
    return [*ends, Figure("processor time of an execution", "ms", [run.cpu_ms for run in runs()], 4)]


def _figures(
    name: str, targets: tuple[float, float], of: Callable[[Run], tuple[list[float], list[float]]]
) -> list[Figure]:
    """The median and the 99th percentile of what a run measured, beside the same of its floor."""
    both = [of(run) for run in runs()]
    notes = {"executions": [len(measured) for measured, _ in both]}
    return [
        Figure(
            f"{name}, {words}",
            "ms",
            [quantile(measured, share) for measured, _ in both],
            target,
            [quantile(floor, share) for _, floor in both],
            notes=notes,
        )
        for words, share, target in zip(("p50", "p99"), (0.5, 0.99), targets, strict=True)
    ]


def _run() -> Run:
    floor = platform.forks()
    with platform.server() as (server, client):
        began = platform.deploy(client, schedules=A_SECOND, every_s=1)
        platform.wait(WARM_UP_S)
        spent, since = platform.cpu_s(server.process.pid), platform.now()
        platform.wait(FOR_S)
        spent, until = platform.cpu_s(server.process.pid) - spent, platform.now()
        found = platform.executions(client, began + timedelta(seconds=WARM_UP_S), until)
    bad = [each["state"] for each in found if each["state"] != "succeeded"]
    if bad or len(found) < A_SECOND * FOR_S * 0.95:
        raise RuntimeError(f"Of {len(found)} executions {len(bad)} did not succeed: {sorted(set(bad))}")
    return Run(
        [_ms(each["due_at"], each["started_at"]) for each in found],
        [_ms(each["due_at"], each["finished_at"]) for each in found],
        1000 * spent / ((until - since).total_seconds() * A_SECOND),
        floor,
    )


def _ms(start: str, end: str) -> float:
    return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds() * 1000
