"""Requests over HTTP: deployments that somebody asks for where others approve, and what becomes of them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import Query
from pydantic import ConfigDict, Field

from clockhouse.api import routes
from clockhouse.api.auth import ActorOf, PartsOf
from clockhouse.api.bodies import Answer, Known, Request
from clockhouse.api.deployment_bodies import NewDeployment, NewPromotion, NewSchedules, ReleaseBody, ValueBody
from clockhouse.api.deployments import environment_body, promotion_of, release_body, wish_of
from clockhouse.api.environment_bodies import EnvironmentBody
from clockhouse.api.history import ChangeBody, change_body, schedule_words
from clockhouse.api.schedules import terms_of
from clockhouse.control import approvals
from clockhouse.control.approvals import Told
from clockhouse.errors import Invalid
from clockhouse.model.actor import Role

router = routes.router(tags=["requests"])
_REQUESTS = "/projects/{project}/components/{component}/requests"
_ONE = _REQUESTS + "/{number}"


class NewReschedule(NewSchedules):
    environment: Known


class NewRedeploy(Request):
    environment: Known


class NewRequest(Request):
    """Exactly one of a deployment, a promotion, other schedules, and the same with what is set now."""

    deployment: NewDeployment | None = None
    promotion: NewPromotion | None = None
    reschedule: NewReschedule | None = None
    redeploy: NewRedeploy | None = None
    note: str = Field(default="", max_length=1000, description="For those who decide.")

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=False)


class ApprovalRequest(Request):
    """With neither a role nor people, nobody has to approve any more."""

    role: Literal["viewer", "developer", "operator", "admin"] | None = None
    people: list[Annotated[str, Field(max_length=200)]] = Field(
        default=[], max_length=50, description="By their logins or names."
    )


class Decision(Request):
    comment: str = Field(default="", max_length=1000)


class RequestBody(Answer):
    """A deployment that somebody asks for. It waits until it is decided, at most until it expires."""

    number: int = Field(description="It counts a component's requests.")
    project: str
    project_name: str
    component: str
    component_name: str
    environment: str
    environment_name: str
    release: ReleaseBody
    source: str | None = Field(description="The environment that it is promoted from, if it is.")
    configuration: dict[str, ValueBody]
    schedules: list[str] = Field(description="In words.")
    watch: bool = Field(description="Whether its first occurrence decides if it stays.")
    note: str
    status: Literal["open", "approved", "rejected", "cancelled", "expired", "failed"] = Field(
        description="failed: it was approved, and could not be deployed any more."
    )
    requested_by: str
    created_at: datetime
    expires_at: datetime
    decided_at: datetime | None
    decided_by: str | None
    comment: str
    problem: str | None = Field(description="Why what was approved could not be deployed.")
    deployment: int | None = Field(description="The number of the deployment that it became.")
    may_decide: bool = Field(description="Whether you may approve or reject it now.")
    may_cancel: bool = Field(description="Whether you may take it back now.")
    is_news: bool = Field(description="Whether you asked for it, and have not seen yet what was decided.")
    changes: list[ChangeBody] | None = Field(
        description="What it has otherwise than what is there; None where nothing is, and once it is decided."
    )


@router.put("/environments/{environment}/approval")
def set_approval(parts: PartsOf, actor: ActorOf, environment: str, body: ApprovalRequest) -> EnvironmentBody:
    """Says who has to approve of what is deployed there from now on."""
    role = Role(body.role) if body.role else None
    made = approvals.require_approval(parts, actor, environment, role=role, people=body.people)
    return environment_body(made)


@router.get("/requests")
def list_waiting_requests(parts: PartsOf, actor: ActorOf) -> list[RequestBody]:
    """All that wait in the projects that you may see, oldest first."""
    return [_body(each) for each in approvals.waiting(parts, actor)]


@router.get("/requests/mine")
def list_own_requests(
    parts: PartsOf, actor: ActorOf, only_news: bool = False, limit: Annotated[int, Query(ge=1, le=200)] = 20
) -> list[RequestBody]:
    """What you asked for, newest first; `only_news`: what was decided, and you have not seen yet."""
    return [_body(each) for each in approvals.own(parts, actor, only_news=only_news, limit=limit)]


@router.get(_REQUESTS)
def list_requests(
    parts: PartsOf,
    actor: ActorOf,
    project: str,
    component: str,
    only_open: bool = False,
    limit: Annotated[int, Query(ge=1, le=200)] = 20,
) -> list[RequestBody]:
    """A component's, newest first."""
    found = approvals.of_component(parts, actor, project, component, only_open=only_open, limit=limit)
    return [_body(each) for each in found]


@router.post(_REQUESTS, status_code=201)
def ask(parts: PartsOf, actor: ActorOf, project: str, component: str, body: NewRequest) -> RequestBody:
    """Asks for a deployment where others have to approve of it first. One may wait for each environment."""
    there, key = (parts, actor, project, component), f"{project}/{component}"
    if sum(each is not None for each in (body.deployment, body.promotion, body.reschedule, body.redeploy)) != 1:
        sentence = "Ask for exactly one: a deployment, a promotion, other schedules, or the same with what is set now."
        raise Invalid(sentence, {"deployment": sentence})
    if body.deployment is not None:
        return _body(approvals.ask_to_deploy(*there, wish_of(parts, body.deployment, key=key), note=body.note))
    if body.promotion is not None:
        return _body(approvals.ask_to_promote(*there, promotion_of(parts, body.promotion, key=key), note=body.note))
    if body.redeploy is not None:
        return _body(approvals.ask_to_redeploy(*there, body.redeploy.environment, note=body.note))
    wanted = body.reschedule
    assert wanted is not None  # noqa: S101  one of the four is there
    terms = terms_of(parts, wanted.schedules, key=key)
    return _body(approvals.ask_to_reschedule(*there, wanted.environment, terms=terms, note=body.note))


@router.get(_ONE)
def get_request(parts: PartsOf, actor: ActorOf, project: str, component: str, number: int) -> RequestBody:
    return _body(approvals.get(parts, actor, project, component, number))


@router.post(_ONE + "/approve")
def approve_request(
    parts: PartsOf, actor: ActorOf, project: str, component: str, number: int, body: Decision
) -> RequestBody:
    """Deploys it, at once and as a whole. Where that is not possible any more, it has failed and says why."""
    return _body(approvals.approve(parts, actor, project, component, number, comment=body.comment))


@router.post(_ONE + "/reject")
def reject_request(
    parts: PartsOf, actor: ActorOf, project: str, component: str, number: int, body: Decision
) -> RequestBody:
    return _body(approvals.reject(parts, actor, project, component, number, comment=body.comment))


@router.post(_ONE + "/cancel")
def cancel_request(
    parts: PartsOf, actor: ActorOf, project: str, component: str, number: int, body: Decision
) -> RequestBody:
    """Takes it back: one's own, or any where one administers."""
    return _body(approvals.cancel(parts, actor, project, component, number, comment=body.comment))


@router.post(_ONE + "/seen")
def see_request(parts: PartsOf, actor: ActorOf, project: str, component: str, number: int) -> RequestBody:
    """You have seen what was decided about what you asked for: it is no news any more."""
    return _body(approvals.see(parts, actor, project, component, number))


def _body(told: Told) -> RequestBody:
    request, wanted = told.request, told.request.placement
    values = wanted.configured.values
    plain = {name: ValueBody(value=each, is_secret=False) for name, each in values.items()}
    secret = {name: ValueBody(value=None, is_secret=True) for name in request.secret_names}
    return RequestBody(
        number=request.number,
        project=request.project,
        project_name=request.project_name,
        component=request.component,
        component_name=request.component_name,
        environment=request.environment,
        environment_name=request.environment_name,
        release=release_body(wanted.release),
        source=wanted.source,
        configuration=plain | secret,
        schedules=[schedule_words(each) for each in wanted.terms],
        watch=wanted.is_watched,
        note=request.note,
        status=told.status.value,
        requested_by=request.requested_by,
        created_at=request.created_at,
        expires_at=request.expires_at,
        decided_at=request.decided_at,
        decided_by=request.decided_by,
        comment=request.comment,
        problem=request.problem,
        deployment=request.deployment,
        may_decide=told.may_decide,
        may_cancel=told.may_cancel,
        is_news=told.is_news,
        changes=None if told.changes is None else [change_body(each) for each in told.changes],
    )
