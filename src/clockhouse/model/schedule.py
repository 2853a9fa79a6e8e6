"""Schedules: when a deployment's executions are due, and what to do when they can't be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from clockhouse.errors import Invalid
from clockhouse.model.execution import Reason
from clockhouse.task import CatchUp, CatchUpMode, Excluding, Jittered, Overlap, Trigger

MOST_FAILURES = 1000
MOST_EXECUTIONS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Terms:
    """What a person decides about a schedule.

    What falls due while its deployment is paused is skipped; `after_pause` says that it waits, and that `catch_up`
    decides about it when the pause is over. The schedule ends by itself after `max_count` executions, and when
    `end_after_failures` of them in a row have failed or timed out (None: never for that). What was skipped, missed,
    cancelled or lost counts for neither. Raises Invalid.
    """

    trigger: Trigger
    overlap: Overlap = Overlap.SKIP
    catch_up: CatchUp = CatchUp()
    end_after_failures: int | None = None
    max_count: int | None = None
    after_pause: bool = False

    def __post_init__(self) -> None:
        _check_number("end_after_failures", self.end_after_failures, MOST_FAILURES)
        _check_number("max_count", self.max_count, MOST_EXECUTIONS)
        if self.catch_up.mode is CatchUpMode.ALL and self.overlap not in (Overlap.ALLOW, Overlap.BUFFER_ALL):
            sentence = (
                "Catching up all means several executions at once, and this schedule would not run all of them. "
                "Let them overlap, let all wait, or catch up only the last one."
            )
            raise Invalid(sentence, {"catch_up.mode": sentence})

    @property
    def waits_out_pauses(self) -> bool:
        """Whether what falls into a pause is decided at its end."""
        return self.after_pause and self.catch_up.mode is not CatchUpMode.NONE


@dataclass(frozen=True, slots=True)
class Schedule:
    """One schedule of a deployment. `next_due_at` is None when nothing is planned; `ended_at` says since when.

    `ended_reason` says why it has ended, where that was not its plan; `count` how many executions it has had, where
    it ends after so many.
    """

    id: str
    deployment_id: str
    position: int
    terms: Terms
    next_due_at: datetime | None
    ended_at: datetime | None
    ended_reason: Reason | None = None
    count: int = 0


def without_extras(trigger: Trigger) -> Trigger:
    """The interval, cron or date itself, without its jitter and the days that it leaves out."""
    while isinstance(trigger, Jittered | Excluding):
        trigger = trigger.trigger
    return trigger


def failed_too_often(times: int) -> Reason:
    """Why a schedule has ended after so many failures in a row."""
    how = "It failed" if times == 1 else f"It failed {times} times in a row"
    return Reason("failures", f"{how}, and the schedule was to end then. Deploy it again to go on.")


def _check_number(field: str, value: int | None, most: int) -> None:
    if value is not None and not 1 <= value <= most:
        sentence = f"Choose a number from 1 to {most}, or none."
        raise Invalid(sentence, {field: sentence})
