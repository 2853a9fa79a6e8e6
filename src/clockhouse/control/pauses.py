"""What may be asked of pauses: of one deployment, or of all that a project has deployed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from clockhouse.control import access
from clockhouse.control.deployments import changing, deployed
from clockhouse.control.parts import Parts
from clockhouse.errors import Invalid
from clockhouse.model import order
from clockhouse.model.actor import Actor, Permission
from clockhouse.model.component import Component
from clockhouse.model.deployment import Deployment, Pause
from clockhouse.store import audit, components, deployments, environments, projects
from clockhouse.store.database import Tx


def pause(
    parts: Parts, actor: Actor, project: str, slug: str, environment: str, *, note: str, until: datetime | None
) -> Deployment:
    """Until that instant, or until it is resumed, what falls due is skipped, with the note as the reason.

    What runs goes on. What is paused already remains so since when it was, for the new reason and until the new end.
    Raises Invalid for an end that has passed.
    """
    access.require(actor, Permission.OPERATE, project=project)
    with changing(parts, actor, project, slug, environment) as (tx, component):
        _check_end(tx, until)
        _, deployment = deployed(tx, project, slug, environment)
        return _pause(tx, actor, component, deployment, note, until)


def resume(parts: Parts, actor: Actor, project: str, slug: str, environment: str) -> Deployment:
    """The schedule goes on with its next due time."""
    access.require(actor, Permission.OPERATE, project=project)
    with changing(parts, actor, project, slug, environment) as (tx, component):
        _, deployment = deployed(tx, project, slug, environment)
        return deployment if deployment.pause is None else _resume(tx, actor, component, deployment)


def pause_project(
    parts: Parts, actor: Actor, project: str, *, environment: str | None, note: str, until: datetime | None
) -> list[tuple[Component, Deployment]]:
    """Pauses all that the project has deployed, there or everywhere, and says what that was.

    What is paused already stays as it is, with its own note and end. Raises Invalid for an end that has passed.
    """
    access.require(actor, Permission.OPERATE, project=project)
    with _changing_all(parts, project, environment) as tx:
        _check_end(tx, until)
        going = [each for each in _of_project(tx, actor, project, environment) if each[1].pause is None]
        return [(component, _pause(tx, actor, component, found, note, until)) for component, found in going]


def resume_project(
    parts: Parts, actor: Actor, project: str, *, environment: str | None
) -> list[tuple[Component, Deployment]]:
    """Resumes all that is paused of the project, there or everywhere, whoever paused it; what that was."""
    access.require(actor, Permission.OPERATE, project=project)
    with _changing_all(parts, project, environment) as tx:
        paused = [each for each in _of_project(tx, actor, project, environment) if each[1].pause is not None]
        return [(component, _resume(tx, actor, component, found)) for component, found in paused]


@contextmanager
def _changing_all(parts: Parts, slug: str, environment: str | None) -> Iterator[Tx]:
    with parts.database.begin() as tx:
        yield deployments.held(tx, components.of_project(tx, projects.get(tx, slug)), environment)


def _pause(
    tx: Tx, actor: Actor, component: Component, deployment: Deployment, note: str, until: datetime | None
) -> Deployment:
    since = deployment.pause.at if deployment.pause else tx.now
    deployments.set_pause(tx, deployment, Pause(since, actor.name, note, until))
    end = until.isoformat() if until else None
    where = deployment.environment
    audit.note(tx, actor, "deployment.paused", _thing(component), environment=where, note=note, until=end)
    return deployments.get(tx, deployment.id)


def _resume(tx: Tx, actor: Actor, component: Component, deployment: Deployment) -> Deployment:
    deployments.set_pause(tx, deployment, None)
    audit.note(tx, actor, "deployment.resumed", _thing(component), environment=deployment.environment)
    return deployments.get(tx, deployment.id)


def _of_project(tx: Tx, actor: Actor, slug: str, environment: str | None) -> list[tuple[Component, Deployment]]:
    """What it has deployed there, or everywhere. Raises Forbidden if some is where the actor may not operate."""
    held = components.of_project(tx, projects.get(tx, slug))
    found = []
    for place in [environments.get(tx, environment)] if environment is not None else environments.every(tx):
        there = [(component, deployments.active(tx, component, place)) for component in held]
        active = [(component, deployment) for component, deployment in there if deployment is not None]
        if active or environment is not None:
            access.require(actor, Permission.OPERATE, project=slug, environment=place)
        found += active
    return sorted(found, key=lambda each: order.of_name(each[0].name))


def _check_end(tx: Tx, until: datetime | None) -> None:
    if until is not None and until <= tx.now:
        sentence = "This time has passed: choose a later one, or none."
        raise Invalid(sentence, {"until": sentence})


def _thing(component: Component) -> str:
    return f"{component.project}/{component.slug}"
