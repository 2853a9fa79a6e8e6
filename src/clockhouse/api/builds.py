"""Builds over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query
from sse_starlette import EventSourceResponse

from clockhouse.api import logs, routes
from clockhouse.api.auth import ActorOf, PartsOf
from clockhouse.api.bodies import MOST
from clockhouse.api.build_bodies import BuildBody, ChangedRecipe, NewBuild, RecipeBody, build_body, recipe_body
from clockhouse.api.log_bodies import LogBody
from clockhouse.api.streams import StreamsOf, WatcherOf
from clockhouse.control import builds, recipes
from clockhouse.control.parts import Parts
from clockhouse.model.actor import Actor

router = routes.router("/projects/{project}/components/{component}", tags=["builds"])
Number = Annotated[int, Path(ge=1, le=MOST)]
Branch = Annotated[str | None, Query(max_length=200, description="Only those for this branch of the repository.")]


@router.get("/builds")
def list_builds(
    parts: PartsOf,
    actor: ActorOf,
    project: str,
    component: str,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    before: Annotated[int | None, Query(le=MOST)] = None,
    branch: Branch = None,
) -> list[BuildBody]:
    """Newest first; `before` goes on after a number."""
    found = builds.page(parts, actor, project, component, before=before, limit=limit, branch=branch)
    return [build_body(each) for each in found]


@router.post("/builds", status_code=201)
def request_build(parts: PartsOf, actor: ActorOf, project: str, component: str, body: NewBuild) -> BuildBody:
    """Builds a commit, unless one of the same commit has succeeded (see `again`) or is under way: then that one."""
    made = builds.request(parts, actor, project, component, commit=body.commit, again=body.again, branch=body.branch)
    return build_body(made)


@router.get("/builds/{number}")
def get_build(parts: PartsOf, actor: ActorOf, project: str, component: str, number: Number) -> BuildBody:
    return build_body(builds.get(parts, actor, project, component, number))


@router.post("/builds/{number}/retry", status_code=201)
def retry_build(parts: PartsOf, actor: ActorOf, project: str, component: str, number: Number) -> BuildBody:
    """Builds the same commit in the same way, also if that is not how it would be built today."""
    return build_body(builds.retry(parts, actor, project, component, number))


@router.post("/builds/{number}/cancel")
def cancel_build(parts: PartsOf, actor: ActorOf, project: str, component: str, number: Number) -> BuildBody:
    return build_body(builds.cancel(parts, actor, project, component, number))


@router.get("/builds/{number}/log")
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
    return logs.page(_reader(parts, project, component, number), actor, after, limit)


@router.get("/builds/{number}/log/stream", response_class=EventSourceResponse)
def follow_build_log(
    parts: PartsOf,
    actor: ActorOf,
    project: str,
    component: str,
    number: Number,
    after: logs.Resumed,
    streams: StreamsOf,
    watcher: WatcherOf,
) -> EventSourceResponse:
    """Server-sent events: `lines` (a list of lines), and at last `end` (the build)."""
    build = builds.get(parts, actor, project, component, number)
    return logs.stream(streams, parts, watcher, build.id, _reader(parts, project, component, number), after)


@router.get("/build-settings")
def get_build_settings(parts: PartsOf, actor: ActorOf, project: str, component: str) -> RecipeBody:
    """How the component's next builds are made."""
    return recipe_body(recipes.get(parts, actor, project, component))


@router.patch("/build-settings")
def change_build_settings(
    parts: PartsOf, actor: ActorOf, project: str, component: str, body: ChangedRecipe
) -> RecipeBody:
    """Has the component's next builds made in another way; what is not given stays."""
    return recipe_body(recipes.change(parts, actor, project, component, body.changes()))


def _reader(parts: Parts, project: str, component: str, number: int) -> logs.Read:
    def read(actor: Actor, after: int, limit: int) -> logs.Found:
        build, lines = builds.log(parts, actor, project, component, number, after=after, limit=limit)
        return build_body(build), lines, not build.status.is_open

    return read
