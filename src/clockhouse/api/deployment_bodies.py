"""The shapes of what is asked and told about deployments."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import ConfigDict, Field

from clockhouse.api.bodies import MOST, Answer, Instant, Known, Request
from clockhouse.api.build_bodies import SettingBody
from clockhouse.api.schedule_bodies import NewSchedule, ScheduleBody
from clockhouse.api.source_bodies import CommitBody


class RetryBody(Request):
    attempts: int = Field(default=1, description="Tries in all, the first included.")
    delay_s: float = 1.0
    backoff: Literal["fixed", "exponential"] = "fixed"
    max_delay_s: float | None = None


class ContainerBody(Request):
    """What an execution may have where it runs in a container; null: what the server says."""

    cpus: float | None = Field(default=None, description="Processors, from 0.01 on.")
    memory_bytes: int | None = Field(default=None, description="From 16 MiB on; there is no swap beside it.")
    processes: int | None = None
    network: str | None = Field(
        default=None, max_length=100, description="none, bridge, or the name of one that the server offers."
    )


_WATCH = "Whether its first occurrence decides if it stays: should it fail, the one before comes back, paused."


class NewDeployment(Request):
    environment: Known
    build: int | None = Field(
        default=None, ge=1, le=MOST, description="A succeeded build's number; the newest one when not given."
    )
    configuration: dict[str, Any] = Field(
        default={}, description="Values by name. A secret that is left out keeps the value it has in this environment."
    )
    schedules: list[NewSchedule] = Field(default=[], max_length=20)
    time_out_s: float | None = Field(
        default=None, description="An execution that takes longer is ended. None means no limit."
    )
    retry: RetryBody = RetryBody()
    at_once: int | None = Field(
        default=None,
        description="How many executions may run at once; more wait, or are treated as the schedule's overlap says. "
        "None means as many as its schedules let.",
    )
    container: ContainerBody = ContainerBody()
    watch: bool = Field(default=False, description=_WATCH)

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=False)


class NewPromotion(Request):
    source: Known = Field(default="development", description="The environment whose release is promoted.")
    target: Known = "production"
    configuration: dict[str, Any] = Field(default={}, description="Values that differ from the source environment's.")
    schedules: list[NewSchedule] | None = Field(default=None, max_length=20, description="The source's when not given.")
    time_out_s: float | None = Field(default=None, description="The source's when not given.")
    retry: RetryBody | None = Field(default=None, description="The source's when not given.")
    at_once: int | None = Field(default=None, description="The source's when not given.")
    container: ContainerBody | None = Field(default=None, description="The source's when not given.")
    watch: bool = Field(default=False, description=_WATCH)

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=False)


class NewSchedules(Request):
    schedules: list[NewSchedule] = Field(max_length=20, description="All that it shall have.")


class PauseRequest(Request):
    note: str = Field(default="", max_length=500)
    until: Instant | None = Field(
        default=None, description="It is resumed by itself at this instant; when not given, by somebody."
    )


class RunRequest(Request):
    arguments: dict[str, Any] = Field(
        default={}, description="Values by name, for this start alone; what is left out is as it was deployed."
    )

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=False)


class ValueBody(Answer):
    value: Any = Field(description="Always null for a secret.")
    is_secret: bool


class PauseBody(Answer):
    at: datetime
    by: str
    note: str
    until: datetime | None = Field(description="When it resumes by itself; None when somebody has to.")


class ReleaseBody(Answer):
    id: str
    build: int
    digest: str
    commit: CommitBody


class WatchBody(Answer):
    """Its first occurrence decides whether it stays."""

    state: Literal["waiting", "kept", "went_back", "paused"] = Field(
        description="kept: it succeeded. Otherwise the one before came back, or there was none, and it was paused."
    )
    back_to: int | None = Field(description="The number of the deployment to go back to; None: there is none.")


class DeploymentBody(Answer):
    id: str
    number: int
    environment: str
    release: ReleaseBody
    settings: list[SettingBody]
    configuration: dict[str, ValueBody]
    schedules: list[ScheduleBody]
    time_out_s: float | None
    retry: RetryBody
    at_once: int | None
    container: ContainerBody
    status: Literal["active", "superseded", "stopped"]
    pause: PauseBody | None
    created_at: datetime
    created_by: str
    rolled_back_to: int | None = Field(description="The number of the earlier deployment that it repeats.")
    watch: WatchBody | None = Field(description="None when its first occurrence was not to be watched.")
