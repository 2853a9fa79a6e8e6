"""The highest rate that a candidate delivers: found by halving a ladder of rates, then confirmed by more runs."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from benchmarks.library import children
from benchmarks.library.candidates import Candidate
from benchmarks.library.children import Answer
from benchmarks.library.effort import Effort

ENOUGH = 0.99
NEARLY = 0.9
LATE_MS = 100  # later than this at the 99th percentile, a rate is not kept up with
JOBS = 10_000

# Intervals of 10,000 jobs; the whole milliseconds are for those that plan no finer.
EVERY_US = (
    *(50_000_000, 20_000_000, 10_000_000, 5_000_000, 2_000_000, 1_000_000, 800_000, 667_000, 500_000, 400_000),
    *(333_000, 286_000, 250_000, 222_000, 200_000, 182_000, 167_000, 143_000, 125_000, 111_000, 100_000),
    *(91_000, 83_000, 77_000, 71_000, 62_000, 56_000, 50_000, 45_000, 40_000, 36_000, 32_000, 28_000, 25_000),
    *(22_000, 20_000, 18_000, 16_000, 14_000, 12_000, 10_000),
)


@dataclass(frozen=True, slots=True)
class Delivered:
    """The highest rate a second of which at least 99 % was delivered in time, and what each run at it answered."""

    rate: float
    runs: Sequence[Answer]

    def median(self, name: str) -> float:
        return statistics.median(run[name] for run in self.runs)

    def each(self, name: str) -> list[float]:
        return [run[name] for run in self.runs]


@cache
def highest(candidate: Candidate, workers: int, effort: Effort) -> Delivered | None:
    """None when not even the lowest rate is delivered."""
    low, high = -1, len(EVERY_US)
    answers: dict[int, list[Answer]] = {}
    while high - low > 1:
        middle = (low + high) // 2
        answers[middle] = [_tried(candidate, workers, EVERY_US[middle], effort)]
        low, high = (middle, high) if is_delivered(answers[middle]) else (low, middle)
    for step in range(low, -1, -1):
        runs = answers.setdefault(step, [])
        while len(runs) < effort.runs:
            runs.append(held(candidate, workers, EVERY_US[step], effort))
        if is_delivered(runs):
            return Delivered(JOBS * 1e6 / EVERY_US[step], runs)
    return None


def held(candidate: Candidate, workers: int, every_us: int, effort: Effort) -> Answer:
    """One run at the rate of 10,000 jobs once in `every_us`; with fewer jobs the more often."""
    jobs = min(JOBS, candidate.most_firing)
    return children.fires(
        candidate,
        workers=workers,
        jobs=jobs,
        every_us=every_us * jobs // JOBS,
        warm_s=effort.warm_s,
        for_s=effort.for_s,
    )


def _tried(candidate: Candidate, workers: int, every_us: int, effort: Effort) -> Answer:
    """A near miss is tried once more: the machine is shared."""
    answer = held(candidate, workers, every_us, effort)
    if is_delivered([answer]) or answer["delivered"] < NEARLY:
        return answer
    return held(candidate, workers, every_us, effort)


def is_delivered(runs: Sequence[Answer]) -> bool:
    return (
        statistics.median(run["delivered"] for run in runs) >= ENOUGH
        and statistics.median(run["p99_ms"] for run in runs) <= LATE_MS
    )
