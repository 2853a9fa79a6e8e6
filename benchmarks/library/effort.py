"""How much is measured: enough for figures that mean something, or just enough to try the measurements out."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Effort:
    """Runs of each measurement; seconds a rate is held (`for_s`) after `warm_s`; jobs on the timetable."""

    runs: int
    far_jobs: int
    operations: int
    warm_s: float
    for_s: float
    idle_s: float


FULL = Effort(runs=3, far_jobs=100_000, operations=2_000, warm_s=0.5, for_s=2, idle_s=10)
QUICK = Effort(runs=1, far_jobs=10_000, operations=200, warm_s=0.3, for_s=0.7, idle_s=2)
