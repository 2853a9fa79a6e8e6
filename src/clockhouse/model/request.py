"""Requests: deployments that somebody asks for where others have to approve of them first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from clockhouse.model.actor import Actor, Permission, Role
from clockhouse.model.build import Release
from clockhouse.model.configuration import Snapshot
from clockhouse.model.deployment import Limits
from clockhouse.model.environment import Approval, Environment
from clockhouse.model.schedule import Terms

LIFE = timedelta(days=7)
"""How long a request waits to be decided."""
LONGEST_NOTE = 1000

_ORDER = list(Role)  # each may all that the one before it may


class Status(StrEnum):
    OPEN = "open"
    APPROVED = "approved"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    FAILED = "failed"  # it was approved, and could not be deployed any more


@dataclass(frozen=True, slots=True)
class Placement:
    """All that a deployment is to be, so that it can be made now or once somebody has approved of it.

    `given` are the names of the settings whose values somebody gave for this very environment, and which are set there
    with it; None: nothing is set. `source` is the environment that it is promoted from, if it is.
    """

    release: Release
    configured: Snapshot
    limits: Limits
    terms: Sequence[Terms]
    given: frozenset[str] | None = None
    is_watched: bool = False
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """A wish that waits, or what became of it. `number` counts a component's requests from 1.

    `project`, `component` and `environment` are slugs, each with the name that people know it by.
    `decided_by` is who approved, rejected or cancelled it, with a `comment`; `problem` says why what was approved could
    not be deployed, `deployment` is the number of what it became. `seen_at` is when who asked saw what was decided.
    """

    id: str
    number: int
    project: str
    project_name: str
    component: str
    component_name: str
    component_id: str
    environment: str
    environment_name: str
    placement: Placement
    note: str
    status: Status
    requester_id: str
    requested_by: str
    created_at: datetime
    expires_at: datetime
    decided_at: datetime | None = None
    decided_by: str | None = None
    comment: str = ""
    problem: str | None = None
    deployment: int | None = None
    seen_at: datetime | None = None
    secret_names: frozenset[str] = field(default_factory=frozenset)

    def status_at(self, now: datetime) -> Status:
        """Its status: one that nobody decided in time has expired, whether or not that was written down."""
        return Status.EXPIRED if self.status is Status.OPEN and self.expires_at <= now else self.status


def may_decide(actor: Actor, approval: Approval | None, project: str, environment: Environment) -> bool:
    """Whether somebody may approve or reject what is asked for there. Without an approval: who may deploy there."""
    if not actor.may(Permission.READ, project):
        return False
    if approval is None:
        return actor.may(Permission.OPERATE, project, environment)
    is_named = actor.may_be_named and actor.id in approval.people
    return is_named or _has(actor, approval.role, project, environment)


def _has(actor: Actor, role: str | None, project: str, environment: Environment) -> bool:
    if role is None:
        return False
    least = _ORDER.index(Role(role))
    return any(
        _ORDER.index(grant.role) >= least and grant.project in (None, project) and grant.reaches(environment)
        for grant in actor.grants
    )
