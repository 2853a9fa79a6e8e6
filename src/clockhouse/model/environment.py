"""Environments: where releases are deployed, in the order in which they are promoted."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Environment:
    id: str
    slug: str
    name: str
    position: int
    is_production: bool
    data_plane: str
