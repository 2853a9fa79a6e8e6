"""Schedules: when a deployment's executions are due, and what to do when they can't be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from clockhouse.errors import Invalid
from clockhouse.task import CatchUp, CatchUpMode, Overlap, Trigger


@dataclass(frozen=True, slots=True)
class Terms:
    """What a person decides about a schedule."""

    trigger: Trigger
    overlap: Overlap = Overlap.SKIP
    catch_up: CatchUp = CatchUp()

    def __post_init__(self) -> None:
        if self.catch_up.mode is CatchUpMode.ALL and self.overlap not in (Overlap.ALLOW, Overlap.BUFFER_ALL):
            sentence = (
                "Catching up all means several executions at once, and this schedule would not run all of them. "
                "Let them overlap, let all wait, or catch up only the last one."
            )
            raise Invalid(sentence, {"catch_up.mode": sentence})


@dataclass(frozen=True, slots=True)
class Schedule:
    """One schedule of a deployment. `next_due_at` is None when nothing is planned; `ended_at` says since when."""

    id: str
    deployment_id: str
    position: int
    terms: Terms
    next_due_at: datetime | None
    ended_at: datetime | None
