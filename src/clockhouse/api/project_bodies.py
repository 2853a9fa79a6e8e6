"""The shapes of what is asked and told about projects."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from clockhouse.api.bodies import Answer, Known, Name, Request, Slug
from clockhouse.api.deployment_bodies import PauseBody, PauseRequest


class NewProject(Request):
    name: Name
    slug: Slug | None = Field(default=None, description="Taken from the name when it is not given.")
    description: str = Field(default="", max_length=500)


class ProjectBody(Answer):
    slug: str
    name: str
    description: str
    is_example: bool
    components: int
    created_at: datetime


class ProjectPauseRequest(PauseRequest):
    environment: Known | None = Field(default=None, description="There only; everywhere when not given.")


class ProjectResumeRequest(Request):
    environment: Known | None = Field(default=None, description="There only; everywhere when not given.")


class PausedBody(Answer):
    """What pausing or resuming a project changed."""

    component: str
    environment: str
    pause: PauseBody | None
