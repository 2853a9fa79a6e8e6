"""Ten executions of nothing a second, on a server of its own: how late they start, what each of them costs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from benchmarks import platform
from benchmarks.effort import Effort
from benchmarks.figure import Figure, quantile
from benchmarks.places import KINDS, new_place

A_SECOND = 10
WARM_UP_S = 3  # the first start of a build loads its interpreter


@dataclass(frozen=True, slots=True)
class Run:
    """Milliseconds of each execution, and processor milliseconds of them on average."""

    to_first_line_ms: list[float]
    to_end_ms: list[float]
    cpu_ms: float
    floor: platform.Forks


@cache
def runs(kind: str, effort: Effort) -> tuple[Run, ...]:
    return tuple(_run(kind, effort.for_s) for _ in range(effort.runs))


def start_latency(effort: Effort) -> list[Figure]:
    """Due to the first line of user code."""
    return [
        figure
        for kind in KINDS
        for figure in _figures(
            f"due to first line, {kind}",
            (2, 6),
            runs(kind, effort),
            lambda run: (run.to_first_line_ms, run.floor.to_first_line_ms),
        )
    ]


def overhead(effort: Effort) -> list[Figure]:
    """Due to the end of code that does nothing, and the processor time of it all, the process's own included."""
    found: list[Figure] = []
    for kind in KINDS:
        measured = runs(kind, effort)
        found += _figures(
            f"due to finished, {kind}", (4, 10), measured, lambda run: (run.to_end_ms, run.floor.to_end_ms)
        )
        found.append(
            Figure(
                f"processor time of an execution, {kind}",
                "ms",
                [run.cpu_ms for run in measured],
                4,
                [run.floor.cpu_ms for run in measured],
            )
        )
    return found


def _figures(
    name: str,
    targets: tuple[float, float],
    measured: Sequence[Run],
    of: Callable[[Run], tuple[list[float], list[float]]],
) -> list[Figure]:
    """The median and the 99th percentile of what a run measured, beside the same of its floor."""
    both = [of(run) for run in measured]
    notes = {"executions": [len(each) for each, _ in both]}
    return [
        Figure(
            f"{name}, {words}",
            "ms",
            [quantile(each, share) for each, _ in both],
            target,
            [quantile(floor, share) for _, floor in both],
            notes=notes,
        )
        for words, share, target in zip(("p50", "p99"), (0.5, 0.99), targets, strict=True)
    ]


def _run(kind: str, for_s: float) -> Run:
    floor = platform.forks()
    with new_place(kind) as place, platform.server(place) as (server, client):
        began = platform.deploy(client, schedules=A_SECOND, every_s=1)
        platform.wait(WARM_UP_S)
        spent, since = platform.cpu_s(server.process.pid), platform.now()
        platform.wait(for_s)
        spent, until = platform.cpu_s(server.process.pid) - spent, platform.now()
        found = platform.executions(client, began + timedelta(seconds=WARM_UP_S), until)
    bad = [each["state"] for each in found if each["state"] != "succeeded"]
    if bad or len(found) < A_SECOND * for_s * 0.95:
        raise RuntimeError(f"Of {len(found)} executions {len(bad)} did not succeed: {sorted(set(bad))}")
    return Run(
        [_ms(each["due_at"], each["started_at"]) for each in found],
        [_ms(each["due_at"], each["finished_at"]) for each in found],
        1000 * spent / ((until - since).total_seconds() * A_SECOND),
        floor,
    )


def _ms(start: str, end: str) -> float:
    return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds() * 1000
