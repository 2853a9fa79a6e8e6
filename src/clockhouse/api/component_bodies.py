"""The shapes of what is asked and told about components, and about what they begin with."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from clockhouse.api.bodies import Answer, Known, Name, Request, Slug
from clockhouse.api.deployment_bodies import DeploymentBody
from clockhouse.api.environment_bodies import EnvironmentBody
from clockhouse.api.execution_bodies import ExecutionBody


class TemplateBody(Answer):
    key: str
    title: str
    summary: str
    group: str = Field(description="What it is for, in a word; templates of a group are shown together.")
    connectors: list[str] = Field(description="Titles of the connectors that it uses.")
    explanation: str = Field(description="A page of Markdown: what it does, what it needs, how to change it.")


class NewComponent(Request):
    name: Name
    slug: Slug | None = None
    description: str = Field(default="", max_length=500)
    template: Known = Field(default="blank", description="The key of one of the templates.")
    image: str | None = Field(
        default=None,
        max_length=400,
        description="A ready image, like registry.example.org/reports:1.4, in the place of a template; built at once.",
    )


class ComponentBody(Answer):
    project: str
    slug: str
    name: str
    description: str
    kind: Literal["scheduled"]
    template: str = Field(description="Empty for a connected repository.")
    is_connected: bool = Field(description="Whether its source is somebody else's repository.")
    created_at: datetime


class CardBody(Answer):
    """One environment of a component, as its card shows it."""

    environment: EnvironmentBody
    deployment: DeploymentBody | None
    next_due_at: datetime | None
    running: int
    last: ExecutionBody | None = Field(description="The execution that ended last.")
    strip: list[ExecutionBody] = Field(description="The last twenty executions, oldest first.")


class ComponentSummary(ComponentBody):
    environments: list[CardBody]
