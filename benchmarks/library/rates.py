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
NEARLY = 0.8
LATE_MS = 100  # later than this at the 99th percentile, a rate is not kept up with
JOBS = 10_000

# Intervals of 10,000 jobs, from 200 to 1,000,000 a second: whole milliseconds, since not everybody plans finer.
EVERY_US = (
    *(50_000_000, 20_000_000, 10_000_000, 5_000_000, 2_000_000, 1_000_000, 800_000, 640_000, 500_000, 400_000),
    *(320_000, 250_000, 200_000, 160_000, 125_000, 100_000, 80_000, 64_000, 50_000, 40_000, 32_000, 25_000, 20_000),
    *(16_000, 12_000, 10_000),
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
    answers: dict[int, list[Answer]] = {}
    for step in range(_about(candidate, workers, effort, answers), -1, -1):
        runs = answers.setdefault(step, [])
        while len(runs) < effort.runs:
            runs.append(held(candidate, workers, EVERY_US[step], effort))
        if is_delivered(runs):
            return Delivered(JOBS * 1e6 / EVERY_US[step], runs)
    return None


def _about(candidate: Candidate, workers: int, effort: Effort, answers: dict[int, list[Answer]]) -> int:
    """The highest step of the ladder that was delivered once; -1 if there is none. Notes the answers by step."""

    def is_kept(step: int) -> bool:
        answers[step] = [_tried(candidate, workers, EVERY_US[step], effort)]
        return is_delivered(answers[step])

    low, high = -1, len(EVERY_US)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if is_kept(middle) else (low, middle)
    # What else the machine did may have spoiled a step: the next one has another chance.
    while low + 1 < len(EVERY_US) and is_kept(low + 1):
        low += 1
    return low


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
