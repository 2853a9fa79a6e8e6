"""Components: a task and its source."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Kind(StrEnum):
    SCHEDULED = "scheduled"


@dataclass(frozen=True, slots=True)
class Component:
    """A task. Its source is the repository that Clockhouse keeps under its id, or a connected one."""

    id: str
    project_id: str
    project: str  # the project's slug
    slug: str
    name: str
    description: str
    kind: Kind
    template: str
    created_at: datetime
    is_connected: bool = False  # to somebody else's repository
