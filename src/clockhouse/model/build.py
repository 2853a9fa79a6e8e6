"""Builds turn one commit into an immutable artifact; a release is a build that can be deployed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from clockhouse.kit.declared import Entry, Problem, Setting
from clockhouse.model.environment import Environment, Plane
from clockhouse.model.recipe import Recipe

KEPT = 10
"""Of so many builds of a component that succeeded last, what they made is kept, deployed or not."""


class Status(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    LOST = "lost"

    @property
    def is_open(self) -> bool:
        return self in (Status.QUEUED, Status.RUNNING)


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit as the ledger remembers it, so that a build can be shown when its repository is gone.

    `author` and `email` are what whoever committed said of themselves; None where a build is of before that was kept.
    """

    sha: str
    message: str
    author: str
    at: datetime
    email: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """A part of a build; `took_s` is None while it goes on."""

    name: str
    state: str
    at: datetime
    took_s: float | None


@dataclass(frozen=True, slots=True)
class Build:
    """One attempt to build a commit. `number` counts a component's builds from 1.

    `recipe` is what it was made by, None where an earlier version did not note it; `saw` tells what its source was
    found to be. `branch` is the one of a connected repository that it was built for. `retired_at`: what it had made was
    removed then, since nobody needed it any more; the commit can be built again. `declaration` is the text of its
    source's clockhouse.yaml.
    """

    id: str
    component_id: str
    number: int
    commit: Commit
    status: Status
    steps: tuple[Step, ...]
    problem: Problem | None
    settings: tuple[Setting, ...]
    entry: Entry | None
    digest: str | None
    requested_by: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    retired_at: datetime | None = None
    recipe: Recipe | None = None
    saw: str | None = None
    branch: str | None = None
    declaration: str | None = None

    @property
    def is_image(self) -> bool:
        """Whether it runs in containers only: everything else begins with a file of Python."""
        return self.entry is not None and not self.entry.path.endswith(".py")

    def unfit_for(self, environment: Environment) -> str | None:
        """Why it cannot run there, as a sentence that says what to do; None when it can."""
        if not self.is_image or environment.data_plane == Plane.DOCKER:
            return None
        return (
            f"Build {self.number} is an image, and {environment.name} does not run in containers. Let it run there "
            f"(clockhouse environment run-on {environment.slug} docker), or choose another environment."
        )


@dataclass(frozen=True, slots=True)
class Release:
    """A succeeded build, as environments receive it: promoted, never changed."""

    id: str
    component_id: str
    build: Build
    created_at: datetime
