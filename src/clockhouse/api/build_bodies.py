"""The shapes of what is asked and told about builds, and about how they are made."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import Field

from clockhouse.api.bodies import Answer, Request
from clockhouse.api.source_bodies import CommitBody
from clockhouse.kit.declared import Setting
from clockhouse.model.build import Build, Commit
from clockhouse.model.recipe import Recipe
from clockhouse.model.source import SourceKind

BuildStatus = Literal["queued", "running", "succeeded", "failed", "cancelled", "lost"]
KindOfSource = Literal["python", "ballerina", "dockerfile", "image"]
_KIND = "As chosen; null when it is detected at each build."
_DOCKERFILE = "Its path within the source; null: Dockerfile or Containerfile, at its root."
_ARGUMENTS = "For the ARGs of the Dockerfile. No secrets: the image tells them."
_ALLOW_ROOT = "Whether its image may run as root. It takes an administrator to turn this on."
_PYTHON = "A version like 3.12; null: what the project asks for."
_TIME_OUT = "How long a build may take, from 10 seconds to 6 hours; null: as long as the server lets it."


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


class NewBuild(Request):
    commit: str | None = Field(default=None, pattern=r"^[0-9a-f]{40}$", description="The newest commit when not given.")
    again: bool = Field(default=False, description="Also when a build of this commit has succeeded.")
    branch: str | None = Field(
        default=None, max_length=200, description="Of a connected repository: for which of those that it follows."
    )


class StepBody(Answer):
    name: str
    state: Literal["started", "finished", "failed"]
    at: datetime
    took_s: float | None


class RecipeBody(Answer):
    """How a source becomes an artifact."""

    kind: KindOfSource | None = Field(description=_KIND)
    directory: str = Field(description="Below the root of a connected repository; the root is an empty one.")
    dockerfile: str | None = Field(description=_DOCKERFILE)
    arguments: dict[str, str] = Field(description=_ARGUMENTS)
    allow_root: bool = Field(description=_ALLOW_ROOT)
    python: str | None = Field(description=_PYTHON)
    time_out_s: float | None = Field(description=_TIME_OUT)


class ChangedRecipe(Request):
    """What is not given stays."""

    kind: KindOfSource | None = Field(default=None, description=_KIND)
    dockerfile: str | None = Field(default=None, max_length=400, description=_DOCKERFILE)
    arguments: dict[str, str] = Field(default={}, description=_ARGUMENTS)
    allow_root: bool = Field(default=False, description=_ALLOW_ROOT)
    python: str | None = Field(default=None, max_length=20, description=_PYTHON)
    time_out_s: float | None = Field(default=None, ge=0, le=1e6, description=_TIME_OUT)

    def changes(self) -> dict[str, object]:
        """The fields of a Recipe that are given, by name."""
        every: dict[str, object] = {
            "kind": SourceKind(self.kind) if self.kind else None,
            "dockerfile": self.dockerfile or None,
            "arguments": self.arguments,
            "allow_root": self.allow_root,
            "python": self.python or None,
            "time_out": None if self.time_out_s is None else timedelta(seconds=self.time_out_s),
        }
        given = {"time_out" if name == "time_out_s" else name for name in self.model_fields_set}
        return {name: value for name, value in every.items() if name in given}


class BuildBody(Answer):
    number: int
    status: BuildStatus
    commit: CommitBody
    steps: list[StepBody]
    problem: ProblemBody | None
    settings: list[SettingBody]
    digest: str | None
    requested_by: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    retired_at: datetime | None = Field(
        description="When what it had made was removed, since nobody needed it any more: its commit can be built again."
    )
    recipe: RecipeBody | None = Field(description="What it is made by; null for a build of an earlier version.")
    saw: str | None = Field(description="What its source was found to be, in sentences.")
    branch: str | None = Field(description="Of a connected repository: the one that it was built for.")
    declaration: str | None = Field(description="The clockhouse.yaml of its source.")


def commit_body(commit: Commit) -> CommitBody:
    return CommitBody.model_validate(commit, from_attributes=True)


def setting_body(setting: Setting) -> SettingBody:
    return SettingBody(**{name: value for name, value in setting.to_json().items() if name != "line"})


def recipe_body(recipe: Recipe) -> RecipeBody:
    return RecipeBody(
        kind=None if recipe.kind is None else recipe.kind.value,
        directory=recipe.directory,
        dockerfile=recipe.dockerfile,
        arguments=dict(recipe.arguments),
        allow_root=recipe.allow_root,
        python=recipe.python,
        time_out_s=None if recipe.time_out is None else recipe.time_out.total_seconds(),
    )


def build_body(build: Build) -> BuildBody:
    return BuildBody(
        number=build.number,
        status=build.status.value,
        commit=commit_body(build.commit),
        steps=[StepBody.model_validate(step, from_attributes=True) for step in build.steps],
        problem=ProblemBody.model_validate(build.problem, from_attributes=True) if build.problem else None,
        settings=[setting_body(setting) for setting in build.settings],
        digest=build.digest,
        requested_by=build.requested_by,
        created_at=build.created_at,
        started_at=build.started_at,
        finished_at=build.finished_at,
        retired_at=build.retired_at,
        recipe=None if build.recipe is None else recipe_body(build.recipe),
        saw=build.saw,
        branch=build.branch,
        declaration=build.declaration,
    )
