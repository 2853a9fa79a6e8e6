"""The shapes of what is asked and told about agents."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from clockhouse.api.bodies import Answer, Known, Request, Slug


class NewAgent(Request):
    name: Slug
    environment: Known


class AgentBody(Answer):
    name: str
    environment: str
    created_at: datetime
    created_by: str
    seen_at: datetime | None = Field(description="When it was there last; null: never yet.")
    version: str | None
    host: str | None
    room: int | None = Field(description="How many executions it runs at once at most.")
    running: int = Field(description="How many it runs now.")


class AddedAgentBody(AgentBody):
    token: str = Field(description="What the agent shows. It is told this once.")
