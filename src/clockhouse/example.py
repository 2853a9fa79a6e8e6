"""The example project: the health check of this very server, in development and in production."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from clockhouse.control import builds, components, deployments, projects, watching
from clockhouse.control.deployments import Promotion, Wish
from clockhouse.control.parts import Parts
from clockhouse.errors import Internal, NotFound
from clockhouse.model.actor import SYSTEM
from clockhouse.model.build import Build, Status
from clockhouse.model.deployment import Limits
from clockhouse.model.project import Project
from clockhouse.model.schedule import Terms
from clockhouse.task import CronTrigger, IntervalTrigger

COMPONENT = "health-check"
_EVERY = timedelta(seconds=10)
_TIME_OUT = timedelta(seconds=15)
_LOOK_AGAIN_S = 5.0


async def bring(parts: Parts, base_url: str) -> None:
    """Brings it to an empty database, and goes on with it where an earlier start was cut off."""
    project = await asyncio.to_thread(_project, parts)
    if project is None:
        return
    build = await _built(parts, project.slug)
    if build.status is not Status.SUCCEEDED:
        why = build.problem.message if build.problem else str(build.status)
        raise Internal(f"The example could not be built: {why}", build=build.id)
    await asyncio.to_thread(_deploy, parts, project.slug, f"{base_url}/healthz")


def _project(parts: Parts) -> Project | None:
    """The example project where it is still to be completed, made in a database that never had a project; else None."""
    every = projects.every(parts, SYSTEM)
    found = next((project for project, _ in every if project.is_example), None)
    if found is None:
        if every or projects.were_created(parts, SYSTEM):
            return None
        found = projects.create(
            parts,
            SYSTEM,
            name="Example",
            slug="example",
            description="Checks the health of this Clockhouse itself. Remove it whenever you like.",
            is_example=True,
        )
    if not components.was_created(parts, SYSTEM, found.slug, COMPONENT):
        _create(parts, found.slug)
    return found if _is_incomplete(parts, found) else None


def _create(parts: Parts, project: str) -> None:
    components.create(
        parts,
        SYSTEM,
        project,
        name="Health check",
        slug=COMPONENT,
        description="Is this Clockhouse well?",
        template="health-check",
    )


def _is_incomplete(parts: Parts, project: Project) -> bool:
    """Whether its component has never been in production; one that somebody removed is left removed."""
    try:
        return not deployments.history(parts, SYSTEM, project.slug, COMPONENT, environment="production", limit=1)
    except NotFound:
        return False


async def _built(parts: Parts, project: str) -> Build:
    """The build of the newest commit, once it is over."""
    changed, loop = asyncio.Event(), asyncio.get_running_loop()
    build = await asyncio.to_thread(builds.request, parts, SYSTEM, project, COMPONENT, commit=None)
    with watching.one(parts, SYSTEM, build.id, lambda _: loop.call_soon_threadsafe(changed.set)):
        while build.status.is_open:
            changed.clear()
            build = await asyncio.to_thread(builds.get, parts, SYSTEM, project, COMPONENT, build.number)
            if build.status.is_open:
                await _wait(changed)
    return build


async def _wait(changed: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(_LOOK_AGAIN_S):
            await changed.wait()
    except TimeoutError:
        pass


def _deploy(parts: Parts, project: str, url: str) -> None:
    every_ten_seconds = Terms(IntervalTrigger(_EVERY, parts.database.now() + _EVERY))
    limits = Limits(time_out=_TIME_OUT)
    if not deployments.history(parts, SYSTEM, project, COMPONENT, environment="development", limit=1):
        wish = Wish("development", None, {"url": url}, [every_ten_seconds], limits)
        deployments.deploy(parts, SYSTEM, project, COMPONENT, wish)
    elif deployments.cards(parts, SYSTEM, project, COMPONENT)[0].deployment is None:
        return  # somebody stopped it before it came to production
    wanted = Promotion("development", "production", {}, [Terms(CronTrigger("* * * * *"))], lambda source: source)
    deployments.promote(parts, SYSTEM, project, COMPONENT, wanted)
