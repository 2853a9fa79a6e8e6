"""The shapes of requests and answers: instants (`…_at`) are ISO 8601 in UTC, durations (`…_s`) are seconds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from clockhouse.task.clock import as_utc
from clockhouse.task.spec import MOST_DATES, MOST_EXCLUSIONS

State = Literal[
    "planned", "queued", "started", "succeeded", "failed", "timed_out", "cancelled", "skipped", "missed", "lost"
]
Origin = Literal["schedule", "catch_up", "manual", "backfill", "again"]
DataPlane = Literal["process", "agents", "docker"]
Slug = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Name = Annotated[str, Field(min_length=1, max_length=80)]
Known = Annotated[str, Field(max_length=60)]  # the slug or key of something that should exist
MOST = 2**31 - 1  # of what is counted: builds, lines of a log


def _utc(instant: datetime) -> datetime:
    try:
        return as_utc(instant)
    except OverflowError:
        raise ValueError("This is outside the years 1 to 9999 in UTC.") from None


Instant = Annotated[datetime, AfterValidator(_utc)]  # without a zone it means UTC


class Request(BaseModel):
    """What somebody sends: unknown fields are refused, so that a misspelt one is not silently ignored."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class Answer(BaseModel):
    """What we send back."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)


class ErrorDetail(Answer):
    code: Literal["invalid", "unauthenticated", "forbidden", "not_found", "conflict", "unavailable", "internal"]
    message: str
    fields: dict[str, str] = {}


class ErrorBody(Answer):
    error: ErrorDetail


# Agents


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


# Sessions


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


# Projects and components


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


# Source


class CommitBody(Answer):
    sha: str
    message: str
    author: str
    at: datetime


class FileBody(Answer):
    path: str
    size_bytes: int
    text: str | None = Field(description="None when the file is binary or larger than 1 MB.")


class SourceBody(Answer):
    commit: CommitBody
    files: list[FileBody]


Path = Annotated[str, Field(max_length=1000)]
Text = Annotated[str, Field(max_length=2**21)]


class NewCommit(Request):
    parent: str = Field(
        pattern=r"^[0-9a-f]{40}$", description="The commit that was edited; a newer head is a conflict."
    )
    message: str = Field(min_length=1, max_length=2000)
    changes: dict[Path, Text | None] = Field(description="New text by path; null deletes the file.", min_length=1)

    # A file's white space is the author's.
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=False)


# Builds


class ProblemBody(Answer):
    message: str
    path: str | None
    line: int | None
    excerpt: str | None


class SettingBody(Answer):
    name: str
    type: Literal["text", "integer", "number", "flag", "secret", "list", "choice"]
    item_type: str | None
    required: bool
    default: Any
    description: str
    example: Any
    minimum: float | None
    maximum: float | None
    choices: list[Any] | None
    pattern: str | None


# Schedules


class ReasonBody(Answer):
    code: str
    sentence: str


class JitterBody(Request):
    by_s: float = Field(description="Each due time is put off by less than this, never beyond the next one.")
    key: str | None = Field(
        default=None,
        max_length=200,
        description="With the due time it decides by how much; the component's if not given.",
    )


class ExclusionBody(Request):
    """Either dates, or the public holidays of a country."""

    dates: list[str] | None = Field(default=None, max_length=MOST_DATES, description="Days such as 2026-12-25.")
    country: str | None = Field(default=None, max_length=20, description="Whose public holidays, such as LK.")
    subdivision: str | None = Field(default=None, max_length=60, description="Those of one part of it, such as BE.")
    zone: str | None = Field(
        default=None, max_length=64, description="An IANA time zone: whose day. A cron's own when not given, else UTC."
    )


class _Trigger(Request):
    jitter: JitterBody | None = None
    excluding: list[ExclusionBody] | None = Field(
        default=None, max_length=MOST_EXCLUSIONS, description="Nothing is due on these days; nothing is moved instead."
    )


class IntervalBody(_Trigger):
    kind: Literal["interval"]
    every_s: float = Field(description="Seconds between two due times.")
    start: datetime | None = Field(
        default=None, description="The first due time, which sets the phase; one interval from now when not given."
    )
    end: datetime | None = None


class CronBody(_Trigger):
    kind: Literal["cron"]
    expression: str = Field(max_length=200, description="Five fields, or six with seconds first.")
    zone: str = Field(default="UTC", max_length=64, description="An IANA time zone.")
    gap: Literal["after", "skip"] = Field(default="after", description="A local time that a clock change skips.")
    fold: Literal["first", "both"] = Field(default="first", description="A local time that a clock change repeats.")
    start: datetime | None = None
    end: datetime | None = None


class OnceBody(_Trigger):
    kind: Literal["once"]
    at: datetime


TriggerBody = Annotated[IntervalBody | CronBody | OnceBody, Field(discriminator="kind")]


class CatchUpBody(Request):
    mode: Literal["all", "last", "none"] = "last"
    within_s: float | None = Field(default=None, description="Occurrences later than this are not caught up.")
    after_pause: bool = Field(
        default=False,
        description="Also decide so, when a pause is over, about what fell due in it; if not, that is skipped.",
    )


Overlap = Annotated[
    Literal["allow", "skip", "buffer_one", "buffer_all", "cancel_other"],
    Field(
        description="When an occurrence falls due while an earlier execution is not over: run both; skip the new one; "
        "let the first that has to wait run afterwards and skip those behind it; run all, one after the other; or "
        "stop the earlier one and run when it has ended."
    ),
]


MaxCount = Annotated[
    int | None,
    Field(description="It ends after so many executions; what is skipped or missed does not count. None: no such end."),
]
EndAfterFailures = Annotated[
    int | None,
    Field(
        description="It ends when so many executions in a row have failed or timed out, all tries of each. "
        "None: never for that."
    ),
]


class NewSchedule(Request):
    trigger: TriggerBody
    overlap: Overlap = "skip"
    catch_up: CatchUpBody = CatchUpBody()
    max_count: MaxCount = None
    end_after_failures: EndAfterFailures = None


class PreviewRequest(Request):
    trigger: TriggerBody
    count: int = Field(default=5, ge=1, le=100)
    max_count: int | None = Field(default=None, ge=1, description="The schedule's, if it has one.")
    so_far: int = Field(default=0, ge=0, description="How many executions it has had: they count for its maximum.")
    key: str | None = Field(
        default=None,
        max_length=200,
        description="PROJECT/COMPONENT: what spreads a jitter, and H in a cron, unless the trigger has a key.",
    )


class CountryBody(Answer):
    """A country whose public holidays are known."""

    country: str = Field(description="ISO 3166, such as LK.")
    subdivisions: list[str]


class PreviewBody(Answer):
    words: str
    zone: str
    due: list[datetime] = Field(description="The next due times, soonest first.")


class ScheduleBody(Answer):
    id: str
    trigger: TriggerBody
    overlap: Overlap
    catch_up: CatchUpBody
    max_count: MaxCount
    end_after_failures: EndAfterFailures
    words: str
    zone: str
    next_due_at: datetime | None = Field(description="None when the schedule has ended or is paused.")
    count: int = Field(description="How many executions it has had, when it ends after so many; else 0.")
    ended_at: datetime | None
    ended_reason: ReasonBody | None = Field(description="Why it has ended, when that was not its plan.")


# Deployments


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


class ProjectPauseRequest(PauseRequest):
    environment: Known | None = Field(default=None, description="There only; everywhere when not given.")


class ProjectResumeRequest(Request):
    environment: Known | None = Field(default=None, description="There only; everywhere when not given.")


class RunRequest(Request):
    arguments: dict[str, Any] = Field(
        default={}, description="Values by name, for this start alone; what is left out is as it was deployed."
    )

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=False)


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


class ValueBody(Answer):
    value: Any = Field(description="Always null for a secret.")
    is_secret: bool


class PauseBody(Answer):
    at: datetime
    by: str
    note: str
    until: datetime | None = Field(description="When it resumes by itself; None when somebody has to.")


class PausedBody(Answer):
    """What pausing or resuming a project changed."""

    component: str
    environment: str
    pause: PauseBody | None


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


# Executions


class ExecutionBody(Answer):
    id: str
    project: str
    component: str
    environment: str
    deployment: int = Field(description="The deployment's number.")
    build: int
    commit: str
    state: State
    origin: Origin
    due_at: datetime
    queued_at: datetime | None
    claimed_at: datetime | None
    started_at: datetime | None = Field(description="The instant right before the first line of user code.")
    finished_at: datetime | None
    duration_s: float | None
    attempt: int
    exit_code: int | None
    signal: int | None
    reason: ReasonBody | None
    requested_by: str | None
    arguments: dict[str, Any] = Field(description="What was given for this start alone.")
    repeats: str | None = Field(description="The execution that this one does again, which may have been removed.")
    backfill: str | None = Field(description="The backfill that it belongs to.")
    cpu_s: float | None
    peak_bytes: int | None
    ran_on: str | None = Field(description="The agent, or the server's machine, that runs it or ran it last.")


class AttemptBody(Answer):
    number: int
    state: State
    claimed_at: datetime
    started_at: datetime | None
    finished_at: datetime
    exit_code: int | None
    signal: int | None
    reason: ReasonBody | None
    ran_on: str | None


class ExecutionDetail(ExecutionBody):
    attempts: list[AttemptBody] = Field(description="The tries that ended before the present one, first to last.")
    stop_requested_by: str | None


class ExecutionPage(Answer):
    items: list[ExecutionBody]
    next: str | None = Field(description="Pass it as `before` for the next page; None on the last.")
    counts: dict[State, int] = Field(description="By state, whatever the state filter says, planned ones left out.")


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


class LogLineBody(Answer):
    seq: int
    at: datetime
    stream: str = Field(description="stdout or stderr; of a build, the step.")
    level: Literal["debug", "info", "warning", "error"] | None
    text: str


class LogBody(Answer):
    lines: list[LogLineBody]
    complete: bool = Field(description="No line will follow the last one that exists.")
    more: bool = Field(description="More lines exist already; ask again after the last `seq`.")


# Backfills


class NewBackfill(Request):
    schedule: Known | None = Field(default=None, description="Its id; not needed where there is only one.")
    start: Instant = Field(description="Due at this instant or later.")
    end: Instant = Field(description="Due before this instant, which must have passed.")
    scope: Literal["all", "missing"] = Field(
        default="missing", description="Every due time, or those that nothing ran for and nothing waits for."
    )
    at_once: int = Field(default=1, description="How many may run beside each other, at most 20.")


class BackfillPreview(Answer):
    due: list[datetime] = Field(description="What would be executed, in this order.")
    in_range: int = Field(description="How many due times the range has in all.")


class BackfillBody(Answer):
    id: str
    project: str
    component: str
    environment: str
    deployment: int = Field(description="The deployment's number.")
    schedule: str
    start: datetime
    end: datetime
    scope: Literal["all", "missing"]
    at_once: int
    requested_by: str
    created_at: datetime
    cancelled_at: datetime | None
    cancelled_by: str | None
    is_open: bool = Field(description="Some of its executions are not over.")
    counts: dict[State, int] = Field(description="Its executions, by the state they are in.")


# Measurements


class OutcomeBucket(Answer):
    at: datetime = Field(description="Where the bucket begins.")
    counts: dict[State, int]
    duration_p50_s: float | None
    duration_p95_s: float | None


class OutcomesBody(Answer):
    start: datetime
    end: datetime
    bucket_s: int
    buckets: list[OutcomeBucket]


class DeliveryBody(Answer):
    """What the schedules promised in a window, and what became of it."""

    start: datetime
    end: datetime
    promised: int
    delivered: int = Field(description="Started, whatever the outcome of the code.")
    counts: dict[State, int]


class PromiseBody(Answer):
    """What the schedules of a component promised in an environment, and what became of it."""

    project: str
    component: str
    environment: str
    promised: int
    delivered: int = Field(description="Started, whatever the outcome of the code.")
    undecided: int = Field(
        description="Due, and nobody has decided what becomes of it: while a server runs, only what waits for the end "
        "of a pause."
    )
    counts: dict[State, int]
    late_p50_s: float | None = Field(
        description="From due to the first line of user code, of the last 300 that were neither caught up nor tried "
        "again: half of them were no later."
    )
    late_p99_s: float | None = Field(description="And 99 of 100 were no later than this.")


class PromisesBody(Answer):
    start: datetime
    end: datetime
    places: list[PromiseBody]
