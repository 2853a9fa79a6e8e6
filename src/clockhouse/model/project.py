"""Projects hold components."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Project:
    id: str
    slug: str
    name: str
    description: str
    is_example: bool
    created_at: datetime
