"""The seam between a commit and its immutable artifact: what is ordered, what is told meanwhile, what comes out."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol, TypeAlias

from clockhouse.kit.declared import Entry, Problem, Setting
from clockhouse.model.recipe import Recipe

__all__ = [
    "Builder",
    "Built",
    "Detected",
    "Entry",
    "Event",
    "Failed",
    "Line",
    "Order",
    "Problem",
    "Said",
    "Setting",
    "Step",
    "StepState",
]

LINE_MAX_BYTES = 16 * 1024  # of one log line, as UTF-8; a longer one is told in pieces


class StepState(StrEnum):
    """How far a step has come."""

    STARTED = "started"
    FINISHED = "finished"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Order:
    """One build to make.

    `check_out` writes the source into a folder that does not exist yet; it may block and may raise ClockhouseError.
    `artifact` is the folder to make; a temporary sibling with the suffix `.part` is used meanwhile.
    """

    build: str
    check_out: Callable[[Path], object]
    artifact: Path
    recipe: Recipe = field(default_factory=Recipe)


@dataclass(frozen=True, slots=True)
class Step:
    """A part of the build began or ended. `took_s` is in seconds; None for a step that began."""

    at: datetime
    name: str
    state: StepState
    took_s: float | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One line of output, without its end."""

    at: datetime
    step: str
    text: str


@dataclass(frozen=True, slots=True)
class Detected:
    """What the source was found to be, as sentences."""

    text: str


@dataclass(frozen=True, slots=True)
class Said:
    """What the source says of itself: the text of its clockhouse.yaml, by which it is built."""

    declaration: str


@dataclass(frozen=True, slots=True)
class Built:
    """The artifact is in place.

    `digest` is 64 hexadecimal digits: the same commit with the same resolved dependencies has the same digest.
    `image` is the id of the image that was made, where the build makes one; with `allows_root` it may run as root.
    """

    digest: str
    entry: Entry
    settings: tuple[Setting, ...]
    kind: str = "python"
    image: str | None = None
    allows_root: bool = False


@dataclass(frozen=True, slots=True)
class Failed:
    """There is no artifact, and nothing half made is left."""

    problem: Problem


Event: TypeAlias = Step | Line | Detected | Said | Built | Failed


class Builder(Protocol):
    """Makes artifacts."""

    def build(self, order: Order) -> AsyncGenerator[Event, None]:
        """Build, telling steps and lines as they happen; the last event is exactly one Built or Failed.

        An artifact that is there already is left as it is and told as Built again. Closing the generator early ends
        every process it started and removes what was half made.
        """
        ...
