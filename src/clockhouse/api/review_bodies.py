"""The shapes of what is told before a promotion: code, schedules, configuration, limits and evidence."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from clockhouse.api import words
from clockhouse.api.bodies import Answer
from clockhouse.api.build_bodies import commit_body
from clockhouse.api.deployment_bodies import NewPromotion, ReleaseBody
from clockhouse.api.execution_bodies import ExecutionBody, State
from clockhouse.api.executions import execution_body
from clockhouse.api.forecast_bodies import CalendarBody, calendar_body
from clockhouse.api.history import ChangeBody, change_body
from clockhouse.api.source_bodies import CommitBody
from clockhouse.control.comparison import Comparison
from clockhouse.control.review import Key, Review
from clockhouse.model.build import Release
from clockhouse.model.deployment import Deployment
from clockhouse.model.forecast import Forecast
from clockhouse.model.schedule import without_extras
from clockhouse.task import IntervalTrigger, Trigger


class ReviewRequest(NewPromotion):
    """A promotion as it is to be posted."""

    with_code: bool = Field(default=True, description="Also compare the code, which takes a moment.")
    zone: str | None = Field(
        default=None,
        max_length=64,
        description="Whose days the calendars show where there is no cron: an IANA time zone. UTC when not given.",
    )


class FileChangeBody(Answer):
    path: str
    kind: Literal["added", "removed", "changed"]
    before: str | None = Field(description="None where there was none, it is binary, or there is too much to show.")
    after: str | None
    added: int | None = Field(description="Lines; None where they were not compared.")
    removed: int | None


class ComparisonBody(Answer):
    before: CommitBody | None
    after: CommitBody
    direction: Literal["same", "forward", "back", "apart"] = Field(
        description="Whether `commits` were made since, or are taken back; apart: neither leads to the other."
    )
    commits: list[CommitBody] = Field(description="Newest first.")
    files: list[FileChangeBody]


class KeyBody(Answer):
    name: str
    type: str
    origin: Literal["given", "target", "everywhere", "source", "default", "nothing"] = Field(
        description="Where its value would come from."
    )
    is_secret: bool
    is_changed: bool | None = Field(description="Whether the target has another; None where it cannot be told.")
    before: Any = Field(description="Always null for a secret.")
    after: Any = Field(description="Always null for a secret.")
    problem: str | None = Field(description="Why it would be refused: mostly that it is missing.")


class EvidenceBody(Answer):
    """How this very release has done in the source environment, as far as its executions are kept."""

    since: datetime | None
    executions: int
    counts: dict[State, int]
    last: list[ExecutionBody] = Field(description="The last ten, newest first.")


class PlanBody(Answer):
    """Schedules in words, and what they make of the next 90 days."""

    words: list[str]
    calendar: CalendarBody


class ReviewBody(Answer):
    source: str
    target: str
    release: ReleaseBody = Field(description="What would be in the target.")
    present: ReleaseBody | None = Field(description="What is there now.")
    changes: list[ChangeBody] = Field(description="Empty when nothing is deployed there.")
    code: ComparisonBody | None
    code_problem: str | None = Field(description="Why the code could not be compared.")
    before: PlanBody | None = Field(description="None when nothing is deployed there.")
    after: PlanBody
    keys: list[KeyBody]
    evidence: EvidenceBody
    problems: dict[str, str] = Field(description="What it would be refused for, by field.")
    needs_approval: bool = Field(description="It has to be asked for there.")
    forbidden: str | None = Field(description="Why you may not make it, or ask for it where that is needed.")


def review_body(found: Review, code: Comparison | None, trouble: str | None) -> ReviewBody:
    return ReviewBody(
        source=found.source.slug,
        target=found.target.slug,
        release=_release_body(found.origin.release),
        present=_release_body(found.present.release) if found.present else None,
        changes=[change_body(each) for each in found.changes],
        code=comparison_body(code) if code else None,
        code_problem=trouble,
        before=_plan_body(found.present, found.before, found) if found.present and found.before else None,
        after=_plan_body(found.wanted, found.after, found),
        keys=[_key_body(each) for each in found.keys],
        evidence=EvidenceBody(
            since=found.evidence.since,
            executions=sum(found.evidence.counts.values()),
            counts={state.value: count for state, count in found.evidence.counts.items()},
            last=[execution_body(each) for each in found.evidence.last],
        ),
        problems=dict(found.problems),
        needs_approval=found.target.approval is not None,
        forbidden=found.forbidden,
    )


def comparison_body(found: Comparison) -> ComparisonBody:
    return ComparisonBody(
        before=commit_body(found.before) if found.before else None,
        after=commit_body(found.after),
        direction=found.direction.value,
        commits=[commit_body(each) for each in found.commits],
        files=[FileChangeBody.model_validate(each, from_attributes=True) for each in found.files],
    )


def _release_body(release: Release) -> ReleaseBody:
    build = release.build
    return ReleaseBody(id=release.id, build=build.number, digest=build.digest or "", commit=commit_body(build.commit))


def _plan_body(deployment: Deployment, calendar: Forecast, found: Review) -> PlanBody:
    return PlanBody(words=_in_words(deployment), calendar=calendar_body(calendar, found.durations))


def _in_words(deployment: Deployment) -> list[str]:
    going = (each.terms.trigger for each in deployment.schedules if each.ended_at is None)
    return [f"{words.of(each)}{_clock(each)}" for each in going]


def _clock(trigger: Trigger) -> str:
    """Whose clock the words mean: an interval has none."""
    return "" if isinstance(without_extras(trigger), IntervalTrigger) else f" ({words.zone_of(trigger)})"


def _key_body(key: Key) -> KeyBody:
    return KeyBody(
        name=key.name,
        type=key.type,
        origin=key.origin.value,
        is_secret=key.is_secret,
        is_changed=key.is_changed,
        before=key.before,
        after=key.after,
        problem=key.problem,
    )
