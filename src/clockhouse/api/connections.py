"""Connected repositories over HTTP, and the webhooks of those who host them."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Request

from clockhouse.api.auth import ActorOf, PartsOf
from clockhouse.api.bodies import CommitBody, ComponentBody
from clockhouse.api.components import component_body
from clockhouse.api.source_bodies import (
    ChangedConnection,
    ConnectionBody,
    HookBody,
    NewConnection,
    NewSurvey,
    PlaceBody,
    SurveyBody,
    connection_body,
)
from clockhouse.control import components, connections
from clockhouse.control.connections import Wanted
from clockhouse.errors import Invalid

router = APIRouter(tags=["connections"])
HOOKS = "/hooks"
_SENT_MAX_BYTES = 30 * 1024 * 1024  # GitHub sends 25 MB at most


@router.post("/surveys")
def survey_repository(parts: PartsOf, actor: ActorOf, body: NewSurvey) -> SurveyBody:
    """Tests an address and a credential, and tells what the repository holds. It may take minutes."""
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
    wanted = Wanted(body.place(), body.credential.value(), body.source_kind(), body.auto_build, body.auto_deploy)
    made = components.connect(
        parts, actor, project, name=body.name, slug=body.slug, description=body.description, wanted=wanted
    )
    return component_body(made)


@router.get("/projects/{project}/components/{component}/connection")
def get_connection(parts: PartsOf, actor: ActorOf, project: str, component: str) -> ConnectionBody:
    """Where a connected component's source is; a conflict when Clockhouse keeps it."""
    return connection_body(connections.get(parts, actor, project, component))


@router.patch("/projects/{project}/components/{component}/connection")
def change_connection(
    parts: PartsOf, actor: ActorOf, project: str, component: str, body: ChangedConnection
) -> ConnectionBody:
    """Follows another branch or directory, takes another credential, or does more or less by itself."""
    return connection_body(connections.change(parts, actor, project, component, body.value()))


@router.post("/projects/{project}/components/{component}/connection/look")
def look_at_connection(parts: PartsOf, actor: ActorOf, project: str, component: str) -> ConnectionBody:
    """Looks for new commits now."""
    return connection_body(connections.look(parts, actor, project, component))


@router.post("/projects/{project}/components/{component}/connection/hook", status_code=201)
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
