"""What is sent and answered about environments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from clockhouse.api.bodies import Answer, Known, Name, Request, Slug

DataPlane = Literal["process", "agents", "docker"]


def _names(people: Any) -> Any:
    return list(people.values()) if isinstance(people, Mapping) else people


class ApprovalBody(Answer):
    """Who may approve of what is to be deployed there."""

    role: Literal["viewer", "developer", "operator", "admin"] | None = Field(
        description="Whoever has this role there, or one that may more."
    )
    people: Annotated[list[str], BeforeValidator(_names)] = Field(description="And these, by their names.")


class EnvironmentBody(Answer):
    slug: str
    name: str
    position: int
    is_production: bool
    data_plane: DataPlane = Field(description="What runs its executions: the servers (process, docker), or its agents.")
    at_once: int | None = Field(description="How many executions may run there at once; None: any number.")
    approval: ApprovalBody | None = Field(description="None: nobody has to approve of what is deployed there.")


class RetentionRequest(Request):
    days: int | None = Field(description="For how many days all are kept; null: for ever.")
    last: int = Field(description="How many of each component are kept, however old: those that were due last.")


class RetentionBody(Answer):
    days: int | None = Field(description="For how many days all are kept; null: for ever.")
    last: int = Field(description="How many of each component are kept, however old: those that were due last.")


class NewEnvironment(Request):
    name: Name
    slug: Slug | None = Field(default=None, description="Taken from the name when it is not given; it never changes.")
    is_production: bool = Field(default=False, description="What is changed there takes roles that say so.")
    data_plane: DataPlane = "process"
    at_once: int | None = Field(default=None, description="How many executions may run at once; null: any number.")
    keep: RetentionRequest | None = Field(default=None, description="30 days and the last 100 when not given.")
    before: Known | None = Field(default=None, description="Right before this one; at the end when not given.")


class ChangedEnvironment(Request):
    """What is left out stays as it is."""

    name: Name | None = None
    is_production: bool | None = None


class RolesBody(Answer):
    """How many roles to deploy, run or pause weigh otherwise, now that it counts as production or does no more."""

    naming: int = Field(description="They name it, and so are good there in either case.")
    others: int = Field(description="They are not for production: they are good there only while it is none.")


class ChangedEnvironmentBody(EnvironmentBody):
    roles: RolesBody | None = Field(description="None: whether it counts as production has not changed.")


class MoveRequest(Request):
    before: Known | None = Field(description="Right before this one in the order of promotion; null: to the end.")


class ContentsBody(Answer):
    """What an environment has now."""

    obstacles: list[str] = Field(description="Why it cannot be deleted, a sentence for each reason.")
    deployments: int = Field(description="Former ones included; they go with it.")
    executions: int = Field(description="With their logs; they go with it.")


class PlaneRequest(Request):
    data_plane: DataPlane


class LimitRequest(Request):
    at_once: int | None = Field(description="How many executions may run at once; None: any number.")
