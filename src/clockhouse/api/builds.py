"""Builds over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from sse_starlette import EventSourceResponse

from clockhouse.api import logs
from clockhouse.api.auth import ActorOf, PartsOf
from clockhouse.api.bodies import MOST, BuildBody, CommitBody, LogBody, NewBuild, ProblemBody, SettingBody, StepBody
from clockhouse.api.streams import StreamsOf
from clockhouse.control import builds
from clockhouse.control.parts import Parts
from clockhouse.kit.declared import Setting
from clockhouse.model.actor import Actor
from clockhouse.model.build import Build, Commit

router = APIRouter(prefix="/projects/{project}/components/{component}/builds", tags=["builds"])
Number = Annotated[int, Path(ge=1, le=MOST)]


@router.get("")
def list_builds(
    parts: PartsOf,
    actor: ActorOf,
    project: str,
    component: str,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    before: Annotated[int | None, Query(le=MOST)] = None,
) -> list[BuildBody]:
    """Newest first; `before` goes on after a number."""
    return [build_body(each) for each in builds.page(parts, actor, project, component, before=before, limit=limit)]


@router.post("", status_code=201)
def request_build(parts: PartsOf, actor: ActorOf, project: str, component: str, body: NewBuild) -> BuildBody:
    """Builds a commit, unless one of the same commit has succeeded (see `again`) or is under way: then that one."""
    return build_body(builds.request(parts, actor, project, component, commit=body.commit, again=body.again))


@router.get("/{number}")
def get_build(parts: PartsOf, actor: ActorOf, project: str, component: str, number: Number) -> BuildBody:
    return build_body(builds.get(parts, actor, project, component, number))


@router.post("/{number}/cancel")
def cancel_build(parts: PartsOf, actor: ActorOf, project: str, component: str, number: Number) -> BuildBody:
    return build_body(builds.cancel(parts, actor, project, component, number))


@router.get("/{number}/log")
def read_build_log(
    parts: PartsOf,
    actor: ActorOf,
    project: str,
    component: str,
    number: Number,
    after: logs.After = 0,
    limit: logs.Limit = 1000,
) -> LogBody:
    """The lines that follow line `after`."""
    return logs.page(_reader(parts, actor, project, component, number), after, limit)


@router.get("/{number}/log/stream", response_class=EventSourceResponse)
def follow_build_log(
    parts: PartsOf,
    actor: ActorOf,
    project: str,
    component: str,
    number: Number,
    after: logs.Resumed,
    streams: StreamsOf,
) -> EventSourceResponse:
    """Server-sent events: `lines` (a list of lines), and at last `end` (the build)."""
    build = builds.get(parts, actor, project, component, number)
    return logs.stream(streams, parts, actor, build.id, _reader(parts, actor, project, component, number), after)


def _reader(parts: Parts, actor: Actor, project: str, component: str, number: int) -> logs.Read:
    def read(after: int, limit: int) -> logs.Found:
        build, lines = builds.log(parts, actor, project, component, number, after=after, limit=limit)
        return build_body(build), lines, not build.status.is_open

    return read


def commit_body(commit: Commit) -> CommitBody:
    return CommitBody.model_validate(commit, from_attributes=True)


def setting_body(setting: Setting) -> SettingBody:
    return SettingBody(**{name: value for name, value in setting.to_json().items() if name != "line"})


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
    )
