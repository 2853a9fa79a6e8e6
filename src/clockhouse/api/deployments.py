"""Environments and deployments over HTTP."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta

from clockhouse.api import routes
from clockhouse.api.auth import ActorOf, PartsOf
from clockhouse.api.build_bodies import commit_body, setting_body
from clockhouse.api.component_bodies import CardBody
from clockhouse.api.deployment_bodies import (
    ContainerBody,
    DeploymentBody,
    NewDeployment,
    NewPromotion,
    NewSchedules,
    PauseBody,
    PauseRequest,
    ReleaseBody,
    RetryBody,
    RunRequest,
    ValueBody,
    WatchBody,
)
from clockhouse.api.environment_bodies import EnvironmentBody
from clockhouse.api.execution_bodies import ExecutionBody
from clockhouse.api.executions import execution_body
from clockhouse.api.schedules import schedule_body, terms_of
from clockhouse.control import deployments, pauses
from clockhouse.control.deployments import Card, Promotion, Wish
from clockhouse.control.parts import Parts
from clockhouse.errors import Invalid, Problems
from clockhouse.model.build import Release
from clockhouse.model.deployment import Container, Deployment, Limits, Pause
from clockhouse.model.environment import Environment
from clockhouse.task import Backoff, InvalidPolicy, Retry

router = routes.router(tags=["deployments"])
_COMPONENT = "/projects/{project}/components/{component}"


@router.get("/environments")
def list_environments(parts: PartsOf, actor: ActorOf) -> list[EnvironmentBody]:
    """In the order in which releases are promoted."""
    return [environment_body(each) for each in deployments.all_environments(parts, actor)]


@router.get(_COMPONENT + "/environments")
def list_cards(parts: PartsOf, actor: ActorOf, project: str, component: str) -> list[CardBody]:
    """What is deployed in each environment, and how it goes."""
    return [card_body(card) for card in deployments.cards(parts, actor, project, component)]


@router.post(_COMPONENT + "/deployments", status_code=201)
def deploy(parts: PartsOf, actor: ActorOf, project: str, component: str, body: NewDeployment) -> DeploymentBody:
    """Places a build's release in an environment. Nothing is due before the next due time of its schedules."""
    wish = wish_of(parts, body, key=f"{project}/{component}")
    return deployment_body(deployments.deploy(parts, actor, project, component, wish))


@router.post(_COMPONENT + "/promotions", status_code=201)
def promote(parts: PartsOf, actor: ActorOf, project: str, component: str, body: NewPromotion) -> DeploymentBody:
    """Places the very release of one environment in the next; what is not given is taken over from the source."""
    wanted = promotion_of(parts, body, key=f"{project}/{component}")
    return deployment_body(deployments.promote(parts, actor, project, component, wanted))


@router.post(_COMPONENT + "/environments/{environment}/pause")
def pause(
    parts: PartsOf, actor: ActorOf, project: str, component: str, environment: str, body: PauseRequest
) -> DeploymentBody:
    """Until that instant, or until it is resumed, what falls due is skipped with the note as its reason."""
    made = pauses.pause(parts, actor, project, component, environment, note=body.note, until=body.until)
    return deployment_body(made)


@router.post(_COMPONENT + "/environments/{environment}/resume")
def resume(parts: PartsOf, actor: ActorOf, project: str, component: str, environment: str) -> DeploymentBody:
    return deployment_body(pauses.resume(parts, actor, project, component, environment))


@router.post(_COMPONENT + "/environments/{environment}/reschedule", status_code=201)
def reschedule(
    parts: PartsOf, actor: ActorOf, project: str, component: str, environment: str, body: NewSchedules
) -> DeploymentBody:
    """Gives what is deployed other schedules, as a new deployment of the same. It never fires by itself."""
    terms = terms_of(parts, body.schedules, key=f"{project}/{component}")
    return deployment_body(deployments.reschedule(parts, actor, project, component, environment, terms=terms))


@router.post(_COMPONENT + "/environments/{environment}/stop")
def stop(parts: PartsOf, actor: ActorOf, project: str, component: str, environment: str) -> DeploymentBody:
    """Takes the deployment out of the environment; what runs goes on."""
    return deployment_body(deployments.stop(parts, actor, project, component, environment))


@router.post(_COMPONENT + "/environments/{environment}/run", status_code=201)
def run_now(
    parts: PartsOf,
    actor: ActorOf,
    project: str,
    component: str,
    environment: str,
    body: RunRequest | None = None,
) -> ExecutionBody:
    """Starts it beside its schedule, also while that is paused."""
    given = body.arguments if body else {}
    return execution_body(deployments.run_now(parts, actor, project, component, environment, arguments=given))


def wish_of(parts: Parts, body: NewDeployment, *, key: str) -> Wish:
    """What cannot be read of it is in `refused`. For `key` see `schedules.trigger_of`."""
    problems = Problems()
    terms = problems.gather(lambda: terms_of(parts, body.schedules, key=key))
    container = Container(**body.container.model_dump())
    limits = problems.gather(lambda: Limits(_time_out(body.time_out_s), _retry(body.retry), body.at_once, container))
    return Wish(
        environment=body.environment,
        build=body.build,
        given=body.configuration,
        terms=terms or (),
        limits=limits or Limits(),
        refused=problems.found,
        is_watched=body.watch,
    )


def promotion_of(parts: Parts, body: NewPromotion, *, key: str) -> Promotion:
    """As `wish_of`."""
    problems, schedules = Problems(), body.schedules
    terms = None
    if schedules is not None:
        terms = problems.gather(lambda: terms_of(parts, schedules, key=key)) or []
    return Promotion(
        source=body.source,
        target=body.target,
        given=body.configuration,
        terms=terms,
        limits=lambda source: Limits(
            _time_out(body.time_out_s) if "time_out_s" in body.model_fields_set else source.time_out,
            source.retry if body.retry is None else _retry(body.retry),
            body.at_once if "at_once" in body.model_fields_set else source.at_once,
            source.container if body.container is None else Container(**body.container.model_dump()),
        ),
        refused=problems.found,
        is_watched=body.watch,
    )


def card_body(card: Card) -> CardBody:
    return CardBody(
        environment=environment_body(card.environment),
        deployment=deployment_body(card.deployment) if card.deployment else None,
        next_due_at=card.next_due_at,
        running=card.running,
        last=execution_body(card.last) if card.last else None,
        strip=[execution_body(execution) for execution in card.strip],
    )


def deployment_body(deployment: Deployment) -> DeploymentBody:
    release, limits = deployment.release, deployment.limits
    plain = {name: ValueBody(value=value, is_secret=False) for name, value in deployment.values.items()}
    secret = {name: ValueBody(value=None, is_secret=True) for name in deployment.secret_names}
    return DeploymentBody(
        id=deployment.id,
        number=deployment.number,
        environment=deployment.environment,
        release=release_body(release),
        settings=[setting_body(setting) for setting in release.build.settings],
        configuration=plain | secret,
        schedules=[schedule_body(each, is_paused=deployment.pause is not None) for each in deployment.schedules],
        time_out_s=limits.time_out.total_seconds() if limits.time_out is not None else None,
        retry=_retry_body(limits.retry),
        at_once=limits.at_once,
        container=ContainerBody(**asdict(limits.container)),
        status=deployment.status.value,
        pause=pause_body(deployment.pause),
        created_at=deployment.created_at,
        created_by=deployment.created_by,
        rolled_back_to=deployment.rolled_back_to,
        watch=WatchBody(state=deployment.watch.value, back_to=deployment.back_to) if deployment.watch else None,
    )


def release_body(release: Release) -> ReleaseBody:
    build = release.build
    return ReleaseBody(id=release.id, build=build.number, digest=build.digest or "", commit=commit_body(build.commit))


def pause_body(pause: Pause | None) -> PauseBody | None:
    return PauseBody.model_validate(pause, from_attributes=True) if pause else None


def environment_body(environment: Environment) -> EnvironmentBody:
    return EnvironmentBody.model_validate(environment, from_attributes=True)


def _time_out(seconds: float | None) -> timedelta | None:
    if seconds is None:
        return None
    try:
        return timedelta(seconds=seconds)
    except (OverflowError, ValueError):
        sentence = "Choose a time-out between 0.1 seconds and 30 days, or none."
        raise Invalid(sentence, {"time_out_s": sentence}) from None


def _retry(body: RetryBody) -> Retry:
    delay = _delay("delay_s", body.delay_s)
    longest = None if body.max_delay_s is None else _delay("max_delay_s", body.max_delay_s)
    try:
        return Retry(body.attempts, delay, Backoff(body.backoff), longest)
    except InvalidPolicy as error:
        field = {"delay": "delay_s", "max_delay": "max_delay_s"}.get(error.field, error.field)
        raise Invalid(error.sentence, {f"retry.{field}": error.sentence}) from None


def _delay(field: str, seconds: float) -> timedelta:
    try:
        return timedelta(seconds=seconds)
    except (OverflowError, ValueError):
        sentence = "Write a number of seconds, at most a year."
        raise Invalid(sentence, {f"retry.{field}": sentence}) from None


def _retry_body(retry: Retry) -> RetryBody:
    return RetryBody(
        attempts=retry.attempts,
        delay_s=retry.delay.total_seconds(),
        backoff=retry.backoff.value,
        max_delay_s=retry.max_delay.total_seconds() if retry.max_delay is not None else None,
    )
