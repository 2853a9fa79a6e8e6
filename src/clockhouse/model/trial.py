"""Trials: runs of source that nobody has saved, to see what it does. They are no occurrences, and leave nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

from clockhouse.kit import Secret
from clockhouse.kit.declared import Entry
from clockhouse.model.log import LogLine
from clockhouse.model.recipe import Recipe

DEFAULT_TIME_OUT = timedelta(seconds=60)
MOST_TIME_OUT = timedelta(minutes=10)
BUILD = "build"  # the stream of what making an environment tells


@dataclass(frozen=True, slots=True)
class Wanted:
    """One trial, ready to run. `folder` is its own, with the source in `source/`, and goes with it.

    `environment` is the artifact whose Python environment fits; None: one is made by `recipe`, and kept under
    `likeness`, which is the same for all sources that need the same environment. `variables` and `secrets` are by the
    variables' names.
    """

    id: str
    owner: str  # an actor's id
    component: str  # shop/health-check
    folder: Path
    entry: Entry
    likeness: str
    environment: Path | None
    variables: Mapping[str, str]
    secrets: Mapping[str, Secret]
    time_out: timedelta = DEFAULT_TIME_OUT
    recipe: Recipe = field(default_factory=Recipe)


class Phase(StrEnum):
    PREPARING = "preparing"
    RUNNING = "running"
    OVER = "over"


class End(StrEnum):
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    TIMED_OUT = "timed_out"
    STOPPED = "stopped"
    NOT_STARTED = "not_started"


@dataclass(frozen=True, slots=True)
class Ended:
    """How it ended; `failure` is where it failed and with which values, as JSON, if its code has told it."""

    end: End
    sentence: str
    took_s: float | None = None
    exit_code: int | None = None
    failure: str | None = None


WITH_SERVER = Ended(End.STOPPED, "The server was stopped, and this run with it. Run it again.")


@dataclass(frozen=True, slots=True)
class Noted:
    """What a statement has done by now, at its place in a file: `line` from 1, `column` from 0 in UTF-16 units.

    It ran `begun` times, `ended` of them to their end; `text` is its last value, or what it bound last.
    """

    path: str
    line: int
    column: int
    begun: int
    ended: int
    took_s: float
    type: str | None
    text: str | None


@dataclass(frozen=True, slots=True)
class Seen:
    """What has happened since somebody looked last: `lines` and `notes` that are new, and up to where they go."""

    phase: Phase
    lines: Sequence[LogLine]
    notes: Sequence[Noted]
    version: int  # to ask with for what follows
    dropped: int  # lines of the beginning that are not kept
    is_whole: bool  # False: so much has run that the rest was not noted
    ended: Ended | None
