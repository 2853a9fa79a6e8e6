"""What a timetable has to tell: occurrences that are not executed, and jobs that are over."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from clockhouse.task.job import Scheduled


class Ignored(StrEnum):
    """Why an occurrence is not executed."""

    LATE = "late"  # it got no worker within the waiting time
    OVERLAP = "overlap"  # an earlier execution of the job was still running
    SUPERSEDED = "superseded"  # a newer one took its place
    CLOCK = "clock"  # the wall clock was stepped over it, and a later one is executed for all


class Ended(StrEnum):
    """Why a job has left the timetable."""

    COMPLETED = "completed"  # nothing more is due
    TERMINATED = "terminated"  # an execution failed, and the error policy says so
    UNSCHEDULED = "unscheduled"
    STOPPED = "stopped"  # with its scheduler


class IgnoredNotice(NamedTuple):
    job: Scheduled
    due: int
    lateness: int
    why: Ignored
    up_to: int  # more were dropped, those due before this; NEVER if this is the only one


class EndedNotice(NamedTuple):
    job: Scheduled
    why: Ended


class TroubleNotice(NamedTuple):
    """Code of the user's that decides about the job, and not the job itself, has raised."""

    job: Scheduled
    what: str  # of its parts, and what follows from it
    error: BaseException


Notice = IgnoredNotice | EndedNotice | TroubleNotice
