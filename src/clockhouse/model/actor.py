"""Actors: who asks, and what they may."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Permission(StrEnum):
    """What may be done; a role is a set of these."""

    READ = "read"
    DEVELOP = "develop"  # projects, components, source, builds
    OPERATE = "operate"  # deploy, promote, run, pause, stop
    ADMINISTER = "administer"  # remove what others made, let people in


class Role(StrEnum):
    VIEWER = "viewer"
    DEVELOPER = "developer"
    OPERATOR = "operator"
    ADMIN = "admin"


_GRANTED = {
    Role.VIEWER: frozenset({Permission.READ}),
    Role.DEVELOPER: frozenset({Permission.READ, Permission.DEVELOP}),
    Role.OPERATOR: frozenset({Permission.READ, Permission.DEVELOP, Permission.OPERATE}),
    Role.ADMIN: frozenset(Permission),
}


@dataclass(frozen=True, slots=True)
class Actor:
    """A person or the system itself; `name` is what the ledger and the audit trail show."""

    id: str
    name: str
    role: Role

    def may(self, permission: Permission) -> bool:
        return permission in _GRANTED[self.role]


# The system acting by itself: it brings the example project.
SYSTEM = Actor(id="system", name="Clockhouse", role=Role.ADMIN)
