"""Environments over HTTP: how long they keep what has ended."""

from __future__ import annotations

from fastapi import APIRouter

from clockhouse.api.auth import ActorOf, PartsOf
from clockhouse.api.bodies import RetentionBody, RetentionRequest
from clockhouse.control import environments
from clockhouse.model.environment import Retention

router = APIRouter(prefix="/environments/{environment}/retention", tags=["environments"])


@router.get("")
def get_retention(parts: PartsOf, actor: ActorOf, environment: str) -> RetentionBody:
    """Which of the executions that have ended are kept, with their logs."""
    return _body(environments.retention(parts, actor, environment))


@router.post("")
def set_retention(parts: PartsOf, actor: ActorOf, environment: str, body: RetentionRequest) -> RetentionBody:
    """What is older is removed within the hour, and does not come back."""
    return _body(environments.set_retention(parts, actor, environment, Retention(body.days, body.last)))


def _body(retention: Retention) -> RetentionBody:
    return RetentionBody(days=retention.days, last=retention.last)
