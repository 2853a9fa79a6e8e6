"""Environments over HTTP: how long they keep what has ended, how many executions run at once, and where."""

from __future__ import annotations

from fastapi import APIRouter

from clockhouse.api.auth import ActorOf, PartsOf
from clockhouse.api.bodies import EnvironmentBody, LimitRequest, PlaneRequest, RetentionBody, RetentionRequest
from clockhouse.control import environments
from clockhouse.model.environment import Plane, Retention

router = APIRouter(prefix="/environments/{environment}", tags=["environments"])


@router.get("/retention")
def get_retention(parts: PartsOf, actor: ActorOf, environment: str) -> RetentionBody:
    """Which of the executions that have ended are kept, with their logs."""
    return _body(environments.retention(parts, actor, environment))


@router.post("/retention")
def set_retention(parts: PartsOf, actor: ActorOf, environment: str, body: RetentionRequest) -> RetentionBody:
    """What is older is removed within the hour, and does not come back."""
    return _body(environments.set_retention(parts, actor, environment, Retention(body.days, body.last)))


@router.post("/limit")
def set_limit(parts: PartsOf, actor: ActorOf, environment: str, body: LimitRequest) -> EnvironmentBody:
    """How many executions run there at once, of all components; more wait. Those that run already go on."""
    made = environments.limit(parts, actor, environment, body.at_once)
    return EnvironmentBody.model_validate(made, from_attributes=True)


@router.post("/data-plane")
def set_data_plane(parts: PartsOf, actor: ActorOf, environment: str, body: PlaneRequest) -> EnvironmentBody:
    """What runs its executions from now on; those that run already go on where they are."""
    made = environments.run_on(parts, actor, environment, Plane(body.data_plane))
    return EnvironmentBody.model_validate(made, from_attributes=True)


def _body(retention: Retention) -> RetentionBody:
    return RetentionBody(days=retention.days, last=retention.last)
