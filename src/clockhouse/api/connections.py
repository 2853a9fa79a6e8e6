"""Connected repositories over HTTP, and the webhooks of those who host them."""

from __future__ import annotations

import asyncio

from fastapi import Request

from clockhouse.api import routes
from clockhouse.api.auth import ActorOf, PartsOf
from clockhouse.api.component_bodies import ComponentBody
from clockhouse.api.components import component_body
from clockhouse.api.connection_bodies import (
    ChangedConnection,
    ChangedTrack,
    ConnectionBody,
    HookBody,
    NewConnection,
    NewSurvey,
    NewTrack,
    PlaceBody,
    SurveyBody,
    TrackBody,
    connection_body,
    track_body,
)
from clockhouse.api.source_bodies import CommitBody
from clockhouse.control import components, connections, deployments, tracks
from clockhouse.control.connections import Wanted
from clockhouse.control.parts import Parts
from clockhouse.errors import Invalid
from clockhouse.model.actor import Actor
from clockhouse.model.source import Automation, Connection

router = routes.router(tags=["connections"])
HOOKS = "/hooks"
_CONNECTION = "/projects/{project}/components/{component}/connection"
_SENT_MAX_BYTES = 30 * 1024 * 1024  # GitHub sends 25 MB at most


@router.post("/surveys")
def survey_repository(parts: PartsOf, actor: ActorOf, body: NewSurvey) -> SurveyBody:
    """Tests an address and a credential, and tells what the repository holds.

    What takes long is answered by 503 with `Retry-After: 0`: it goes on, and asking the same again waits for it.
    """
    found = connections.survey(parts, actor, body.place(), body.credential.value(), body.source_kind())
    commit = found.commit
    return SurveyBody(
        branch=found.branch,
        branches=list(found.branches),
        commit=CommitBody(sha=commit.sha, message=commit.message, author=commit.author_name, at=commit.at),
        places=[PlaceBody(directory=directory, kind=kind.value) for directory, kind in found.places.items()],
        kind=None if found.detection.kind is None else found.detection.kind.value,
        saw=list(found.detection.saw),
    )


@router.post("/projects/{project}/connections", status_code=201)
def connect_component(parts: PartsOf, actor: ActorOf, project: str, body: NewConnection) -> ComponentBody:
    """Makes a component of a connected repository, once that has answered."""
    automation = Automation(body.auto_build, body.auto_deploy)
    wanted = Wanted(body.place(), body.credential.value(), body.source_kind(), automation)
    made = components.connect(
        parts, actor, project, name=body.name, slug=body.slug, description=body.description, wanted=wanted
    )
    return component_body(made)


@router.get(_CONNECTION)
def get_connection(parts: PartsOf, actor: ActorOf, project: str, component: str) -> ConnectionBody:
    """Where a connected component's source is; a conflict when Clockhouse keeps it."""
    return _body(parts, actor, connections.get(parts, actor, project, component))


@router.patch(_CONNECTION)
def change_connection(
    parts: PartsOf, actor: ActorOf, project: str, component: str, body: ChangedConnection
) -> ConnectionBody:
    """Takes another address, directory, kind or credential."""
    return _body(parts, actor, connections.change(parts, actor, project, component, body.value()))


@router.post(f"{_CONNECTION}/look")
def look_at_connection(parts: PartsOf, actor: ActorOf, project: str, component: str) -> ConnectionBody:
    """Looks for new commits now, on every branch that is followed."""
    return _body(parts, actor, connections.look(parts, actor, project, component))


@router.post(f"{_CONNECTION}/tracks", status_code=201)
def add_track(parts: PartsOf, actor: ActorOf, project: str, component: str, body: NewTrack) -> TrackBody:
    """Follows one more branch, once the repository has answered for it."""
    made = tracks.add(parts, actor, project, component, body.branch, body.value())
    return track_body(made, _environments(parts, actor))


@router.patch(f"{_CONNECTION}/tracks/{{branch:path}}")
def change_track(
    parts: PartsOf, actor: ActorOf, project: str, component: str, branch: str, body: ChangedTrack
) -> TrackBody:
    """Builds or deploys its commits by itself, or not."""
    changed = tracks.automate(parts, actor, project, component, branch, body.value())
    return track_body(changed, _environments(parts, actor))


@router.delete(f"{_CONNECTION}/tracks/{{branch:path}}", status_code=204)
def remove_track(parts: PartsOf, actor: ActorOf, project: str, component: str, branch: str) -> None:
    """Follows it no more; its builds and what is deployed of them stay."""
    tracks.remove(parts, actor, project, component, branch)


@router.post(f"{_CONNECTION}/hook", status_code=201)
def renew_hook(parts: PartsOf, actor: ActorOf, project: str, component: str) -> HookBody:
    """Makes a secret for the webhook, in the place of the last one."""
    component_id, secret = connections.new_hook(parts, actor, project, component)
    return HookBody(path=f"/api/v1{HOOKS}/{component_id}", secret=secret.reveal())


@router.post(HOOKS + "/{component_id}", status_code=202)
async def receive_hook(parts: PartsOf, request: Request, component_id: str) -> None:
    """Of GitHub, GitLab, Bitbucket or Gitea: something was pushed. Signed with the component's secret."""
    hook = await asyncio.to_thread(connections.hook, parts, component_id)
    left = _SENT_MAX_BYTES
    async for chunk in request.stream():
        left -= len(chunk)
        if left < 0:
            raise Invalid("This is more than a webhook sends.")
        hook.read(chunk)
    await asyncio.to_thread(hook.accept, parts, component_id, dict(request.headers))


def _environments(parts: Parts, actor: Actor) -> dict[str, str]:
    return {each.id: each.slug for each in deployments.all_environments(parts, actor)}


def _body(parts: Parts, actor: Actor, found: Connection) -> ConnectionBody:
    return connection_body(found, _environments(parts, actor))
