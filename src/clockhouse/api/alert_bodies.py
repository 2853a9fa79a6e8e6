"""The shapes of what is asked and told about alerts."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from clockhouse.api.bodies import Answer, Known, Request

Kind = Literal["failures", "did_not_happen", "runs_longer", "starts_late", "no_success"]


class ConditionRequest(Request):
    kind: Kind
    count: int | None = Field(default=None, description="Of failures: how many in a row; 1 when not given.")
    limit_s: float | None = Field(
        default=None, description="Of runs_longer, starts_late and no_success: seconds, up to a year."
    )


class RuleRequest(Request):
    """A rule that is tried, or wanted."""

    when: Annotated[str, Field(max_length=200)] | ConditionRequest = Field(
        description="A condition, or its sentence: `3 failures in a row`, `it runs longer than 10m`."
    )
    component: Known | None = Field(default=None, description="Of this one alone; all of the project's when not given.")
    environment: Known | None = Field(default=None, description="In this one alone; in all when not given.")


class AlertRequest(RuleRequest):
    channels: list[Known] = Field(max_length=50, description="Whom it tells, by their names; one at least.")
    tells_end: bool = Field(default=True, description="Whether it tells when it is over, too.")
    is_on: bool = True


class SwitchRequest(Request):
    is_on: bool


class ConditionBody(Answer):
    kind: Kind
    count: int | None = Field(description="Of failures: how many in a row.")
    limit_s: float | None = Field(description="Of runs_longer, starts_late and no_success.")


class MessageBody(Answer):
    channel: str
    side: Literal["began", "over"]
    state: Literal["waiting", "sent", "failed", "dropped"]
    attempts: int
    error: str | None = Field(description="Why it could not be sent so far, or never is.")
    created_at: datetime
    settled_at: datetime | None


class IncidentBody(Answer):
    id: str
    alert: int = Field(description="The alert's number in its project.")
    project: str
    component: str
    environment: str
    sentence: str = Field(description="The condition, as it was then.")
    began_at: datetime = Field(description="Since when it has been so.")
    noticed_at: datetime
    opened_by: str | None = Field(description="The id of the execution that showed it, which may be gone; null: none.")
    due_at: datetime | None = Field(description="When that was due.")
    reason: str
    over_at: datetime | None = Field(description="null: it lasts.")
    ended_by: str | None = Field(description="The id of the first execution that was well again.")
    quiet: str | None = Field(description="Why it ended without anybody being told.")
    failures: int | None = Field(
        description="Of one of failures that lasts: how many failed so far, of which 1000 are counted."
    )
    messages: list[MessageBody]


class AlertBody(Answer):
    number: int = Field(description="In its project; what the command line calls it.")
    sentence: str = Field(description="The whole rule, for people.")
    when: str = Field(description="The condition, as it may be written.")
    condition: ConditionBody
    component: str | None
    environment: str | None
    channels: list[str]
    tells_end: bool
    is_on: bool
    is_declared: bool = Field(description="It is of a component's clockhouse.yaml, which replaces it.")
    since: datetime = Field(description="What ended before is nothing to it.")
    created_at: datetime
    created_by: str
    open: int = Field(description="How many of its incidents last.")
    last: IncidentBody | None = Field(description="Its incident that began last.")


class TriedIncidentBody(Answer):
    component: str
    environment: str
    began_at: datetime
    opened_by: str | None = Field(description="The id of the execution that shows it; null: none does.")
    due_at: datetime | None
    reason: str
    over_at: datetime | None
    ended_by: str | None


class AlertTrialBody(Answer):
    """What a rule would have told."""

    when: str
    since: datetime = Field(description="What was due from then on is looked at.")
    until: datetime
    is_whole: bool = Field(description="False: there are too many executions, and `since` is later than 30 days ago.")
    ends: int = Field(description="How many executions are looked at.")
    count: int = Field(description="How many times it would have told that something began.")
    incidents: list[TriedIncidentBody] = Field(description="The latest first, at most 200.")
