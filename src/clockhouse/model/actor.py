"""Actors: who asks, and what they may where."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from clockhouse.model.environment import Environment


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
class Grant:
    """A role in a project, in an environment, in both, or, where it names neither, in the whole installation.

    `project` and `environment` are slugs. What is changed in an environment that is marked as production is covered
    only by a grant with `production`, by one that names that environment, and by an admin's of the installation.
    """

    role: Role
    project: str | None = None
    environment: str | None = None
    production: bool = False

    @property
    def is_of_everything(self) -> bool:
        """Whether it is that of an administrator of the installation."""
        return self.role is Role.ADMIN and self.project is None and self.environment is None

    @property
    def has_production(self) -> bool:
        """Whether it is good in production, wherever it is good."""
        return self.production or self.is_of_everything

    def gives(self, permission: Permission) -> bool:
        """Where it holds. To develop and to administer is not of one environment: a grant for one gives neither."""
        is_of_one = self.environment is not None and permission not in (Permission.READ, Permission.OPERATE)
        return permission in _GRANTED[self.role] and not is_of_one

    def reaches(self, environment: Environment) -> bool:
        if self.environment is not None:
            return self.environment == environment.slug
        return not environment.is_production or self.has_production


@dataclass(frozen=True, slots=True)
class Origin:
    """From where somebody asks: the address, and by which way, such as a browser or a token by its name."""

    address: str | None
    way: str


@dataclass(frozen=True, slots=True)
class Actor:
    """A person, a program or the system itself; `name` is what the ledger and the audit trail show.

    `most` is the role that the token they show is bounded by; None: it is not.
    """

    id: str
    name: str
    grants: tuple[Grant, ...]
    origin: Origin | None = field(default=None, compare=False)
    most: Role | None = field(default=None, compare=False)

    @property
    def may_be_named(self) -> bool:
        """Whether what is theirs by name, and by no role, is theirs with this token as well."""
        return self.most in (None, Role.OPERATOR, Role.ADMIN)

    def may(self, permission: Permission, project: str | None = None, environment: Environment | None = None) -> bool:
        """Whether a grant covers this.

        Without a project it is about the installation, of which everybody who may read anything may read what belongs
        to no project. Without an environment, to operate is to do so in any of them.
        """
        return any(
            grant.gives(permission)
            and (environment is None or permission is Permission.READ or grant.reaches(environment))
            for grant in self.grants
            if grant.project in (None, project) or (permission is Permission.READ and project is None)
        )

    def projects(self) -> frozenset[str] | None:
        """The slugs of those that may be read; None: all."""
        if any(grant.project is None for grant in self.grants):
            return None
        return frozenset(grant.project for grant in self.grants if grant.project is not None)


def address(actor: Actor) -> str:
    """What commits that are made here name them by: nobody gets mail there."""
    return f"{actor.id}@clockhouse.invalid"


def of_installation(role: Role) -> tuple[Grant, ...]:
    """The role everywhere, production included."""
    return (Grant(role, production=True),)


# The system acting by itself: it brings the example project.
SYSTEM = Actor(id="system", name="Clockhouse", grants=of_installation(Role.ADMIN))
