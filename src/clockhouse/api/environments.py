"""Environments over HTTP: which there are in which order, what they keep, how much runs in them, and where."""

from __future__ import annotations

from clockhouse.api import routes
from clockhouse.api.auth import ActorOf, PartsOf
from clockhouse.api.environment_bodies import (
    ChangedEnvironment,
    ChangedEnvironmentBody,
    ContentsBody,
    EnvironmentBody,
    LimitRequest,
    MoveRequest,
    NewEnvironment,
    PlaneRequest,
    RetentionBody,
    RetentionRequest,
    RolesBody,
)
from clockhouse.control import environments
from clockhouse.control.environments import Wish
from clockhouse.model.environment import Environment, Plane, Retention

router = routes.router("/environments", tags=["environments"])
_ONE = "/{environment}"


@router.post("", status_code=201)
def add_environment(parts: PartsOf, actor: ActorOf, body: NewEnvironment) -> EnvironmentBody:
    """The last one in the order of promotion, unless it is to be before another one."""
    kept = Retention() if body.keep is None else Retention(body.keep.days, body.keep.last)
    wish = Wish(body.name, body.slug, body.is_production, Plane(body.data_plane), kept, body.at_once, body.before)
    return _told(environments.add(parts, actor, wish))


@router.patch(_ONE)
def change_environment(
    parts: PartsOf, actor: ActorOf, environment: str, body: ChangedEnvironment
) -> ChangedEnvironmentBody:
    """Its name, or whether it counts as production, which changes what roles are good for. Its slug is its address."""
    changed = environments.change(parts, actor, environment, name=body.name, is_production=body.is_production)
    roles = None if changed.roles is None else RolesBody.model_validate(changed.roles, from_attributes=True)
    return ChangedEnvironmentBody(**_told(changed.environment).model_dump(), roles=roles)


@router.post(_ONE + "/move")
def move_environment(parts: PartsOf, actor: ActorOf, environment: str, body: MoveRequest) -> list[EnvironmentBody]:
    """Puts it elsewhere in the order of promotion; the new order."""
    return [_told(each) for each in environments.move(parts, actor, environment, body.before)]


@router.get(_ONE + "/contents")
def get_contents(parts: PartsOf, actor: ActorOf, environment: str) -> ContentsBody:
    """What stands against its removal, and what would go with it."""
    found = environments.contents(parts, actor, environment)
    return ContentsBody(obstacles=list(found.obstacles), deployments=found.deployments, executions=found.executions)


@router.delete(_ONE, status_code=204)
def remove_environment(parts: PartsOf, actor: ActorOf, environment: str) -> None:
    """Removes it with its history for good; refused while anything of it is in use."""
    environments.remove(parts, actor, environment)


@router.get(_ONE + "/retention")
def get_retention(parts: PartsOf, actor: ActorOf, environment: str) -> RetentionBody:
    """Which of the executions that have ended are kept, with their logs."""
    return _body(environments.retention(parts, actor, environment))


@router.post(_ONE + "/retention")
def set_retention(parts: PartsOf, actor: ActorOf, environment: str, body: RetentionRequest) -> RetentionBody:
    """What is older is removed within the hour, and does not come back."""
    return _body(environments.set_retention(parts, actor, environment, Retention(body.days, body.last)))


@router.post(_ONE + "/limit")
def set_limit(parts: PartsOf, actor: ActorOf, environment: str, body: LimitRequest) -> EnvironmentBody:
    """How many executions run there at once, of all components; more wait. Those that run already go on."""
    return _told(environments.limit(parts, actor, environment, body.at_once))


@router.post(_ONE + "/data-plane")
def set_data_plane(parts: PartsOf, actor: ActorOf, environment: str, body: PlaneRequest) -> EnvironmentBody:
    """What runs its executions from now on; those that run already go on where they are."""
    return _told(environments.run_on(parts, actor, environment, Plane(body.data_plane)))


def _told(environment: Environment) -> EnvironmentBody:
    return EnvironmentBody.model_validate(environment, from_attributes=True)


def _body(retention: Retention) -> RetentionBody:
    return RetentionBody(days=retention.days, last=retention.last)
