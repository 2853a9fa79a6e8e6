"""The shapes of signing in, and of what whoever asks may do."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from clockhouse.api.bodies import Answer, Request


class SignIn(Request):
    token: str = Field(max_length=200, description="The one-time token that the server printed.")


class ReachBody(Answer):
    """What one role is good for."""

    project: str | None = Field(description="The only one that it is good for; null: all, and what belongs to none.")
    permissions: list[Literal["read", "develop", "operate", "administer"]]
    operates_in: list[str] = Field(description="The environments in which it lets one operate.")


class SessionBody(Answer):
    name: str
    version: str
    may: list[ReachBody] = Field(description="What whoever asks may do: what any of these lets them.")


class LinkBody(Answer):
    url: str


class HealthBody(Answer):
    status: Literal["ok"]
    version: str
