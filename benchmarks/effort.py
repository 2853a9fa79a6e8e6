"""How much of the platform is measured: what is promised, or just enough to try the measurements out."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Effort:
    """Runs of each measurement, how long a steady one goes on (`for_s`), and how much there is of everything."""

    runs: int
    for_s: float
    idle_s: float
    deployments: int
    storm: int
    executions: int
    claims: int
    lines: int
    ledger: int
    requests: int


FULL = Effort(
    runs=3,
    for_s=20,
    idle_s=15,
    deployments=100_000,
    storm=5_000,
    executions=1_000,
    claims=8_000,
    lines=1_000_000,
    ledger=1_000_000,
    requests=300,
)
QUICK = Effort(
    runs=1,
    for_s=3,
    idle_s=2,
    deployments=500,
    storm=200,
    executions=40,
    claims=200,
    lines=5_000,
    ledger=2_000,
    requests=20,
)
