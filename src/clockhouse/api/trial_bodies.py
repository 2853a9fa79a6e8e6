"""The shapes of what is asked and told about trials, and about where an execution failed."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import timedelta
from typing import Any, Literal

from pydantic import ConfigDict, Field, ValidationError

from clockhouse.api.bodies import Answer, Request
from clockhouse.api.log_bodies import LogLineBody
from clockhouse.api.source_bodies import Path, Text
from clockhouse.control.trials import Begun, Wish
from clockhouse.model.trial import DEFAULT_TIME_OUT, MOST_TIME_OUT, Ended, Seen


class NewTrial(Request):
    base: str = Field(pattern=r"^[0-9a-f]{40}$", description="The commit that the changes lie over.")
    changes: dict[Path, Text | None] = Field(default={}, description="New text by path; null leaves the file out.")
    configuration: dict[str, Any] = Field(default={}, description="Values by setting.")
    take_from: str | None = Field(
        default=None,
        max_length=60,
        description="The environment whose deployed values are taken for settings that are not given.",
    )
    time_out_s: float = Field(default=DEFAULT_TIME_OUT.total_seconds(), gt=0, le=MOST_TIME_OUT.total_seconds())

    # A file's white space is the author's.
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=False)

    def wish(self) -> Wish:
        time_out = timedelta(seconds=self.time_out_s)
        return Wish(self.base, self.changes, self.configuration, self.take_from, time_out)


class TrialBody(Answer):
    id: str
    build: int | None = Field(description="Whose environment it has; null when one is made for it.")


class VariableBody(Answer):
    name: str
    type: str
    text: str


class FrameBody(Answer):
    path: str
    line: int
    function: str = Field(description="Empty for the file itself.")
    variables: list[VariableBody]


class FailureBody(Answer):
    """Where a task failed, in its own files: the outermost frame first. Secrets are masked, long values are cut."""

    error: str
    type: str
    frames: list[FrameBody]


class NotedBody(Answer):
    """What one statement has done by now; its place is where it begins, from line 1 and column 0 (UTF-16)."""

    path: str
    line: int
    column: int
    begun: int = Field(description="How often it ran.")
    ended: int = Field(description="How often of these to its end.")
    took_s: float
    type: str | None
    text: str | None = Field(description="Its last value, or what it bound last.")


class TrialEndBody(Answer):
    end: Literal["succeeded", "failed", "timed_out", "stopped", "not_started"]
    sentence: str
    took_s: float | None
    exit_code: int | None
    failure: FailureBody | None


class TrialNews(Answer):
    """What has happened since the last of these."""

    phase: Literal["preparing", "running", "over"]
    lines: list[LogLineBody]
    dropped: int = Field(description="Lines of the beginning that are not kept.")
    notes: list[NotedBody]
    is_whole: bool = Field(description="False when so much ran that the rest was not noted.")
    end: TrialEndBody | None


def trial_body(begun: Begun) -> TrialBody:
    return TrialBody(id=begun.id, build=begun.build)


def news(seen: Seen) -> TrialNews:
    return TrialNews(
        phase=seen.phase.value,
        lines=[LogLineBody.model_validate(line, from_attributes=True) for line in seen.lines],
        dropped=seen.dropped,
        notes=[NotedBody(**asdict(note)) for note in seen.notes],
        is_whole=seen.is_whole,
        end=None if seen.ended is None else _end(seen.ended),
    )


def failure_body(told: str) -> FailureBody | None:
    """What a task told of its failure; None when it is not what we know, since anything may have written it."""
    try:
        return FailureBody.model_validate(json.loads(told))
    except (ValidationError, ValueError, RecursionError):
        return None


def _end(ended: Ended) -> TrialEndBody:
    return TrialEndBody(
        end=ended.end.value,
        sentence=ended.sentence,
        took_s=ended.took_s,
        exit_code=ended.exit_code,
        failure=None if ended.failure is None else failure_body(ended.failure),
    )
