"""Who may ask for what: the check that each request begins with."""

from __future__ import annotations

from dataclasses import dataclass, replace

from clockhouse.control.parts import Parts
from clockhouse.errors import Forbidden, NotFound
from clockhouse.model.actor import Actor, Permission
from clockhouse.model.component import Component
from clockhouse.model.environment import Environment
from clockhouse.model.source import Automation
from clockhouse.store import deployments, environments
from clockhouse.store.database import Tx
from clockhouse.store.filters import Filter

_WORDS = {
    Permission.READ: "look at this",
    Permission.DEVELOP: "change projects, components, source and builds",
    Permission.OPERATE: "deploy, run, pause or stop",
    Permission.ADMINISTER: "administer this",
}


@dataclass(frozen=True, slots=True)
class Reach:
    """What one role of somebody's is good for: in a project (None: in all, and for what belongs to none).

    To operate is meant in these environments, by their slugs; everything else wherever it may be.
    """

    project: str | None
    permissions: tuple[Permission, ...]
    environments: tuple[str, ...]


def reach(parts: Parts, actor: Actor) -> list[Reach]:
    """All that the actor may, a role at a time."""
    with parts.database.read() as tx:
        places = environments.every(tx)
    return [
        Reach(
            grant.project,
            tuple(each for each in Permission if grant.gives(each)),
            tuple(place.slug for place in places if grant.gives(Permission.OPERATE) and grant.reaches(place)),
        )
        for grant in actor.grants
    ]


def require(
    actor: Actor, permission: Permission, *, project: str | None = None, environment: Environment | None = None
) -> None:
    """Raises Forbidden when no grant of the actor's covers it, NotFound for a project that the actor may not see.

    `project` is a slug; without one it is about the whole installation. What is changed in an environment is asked for
    twice: before anything is looked at, and again with the environment once that is known.
    """
    if actor.may(permission, project, environment):
        return
    if project is not None and not actor.may(Permission.READ, project):
        raise NotFound(f"There is no project “{project}”.", project=project)
    where = "" if project is None else f" in the project “{project}”"
    there = "" if environment is None else f" in {environment.name}"
    sentence = f"You may not {_WORDS[permission]}{where}{there}. Ask an administrator for a role that may."
    raise Forbidden(sentence, actor=actor.id, permission=str(permission))


def require_there(tx: Tx, actor: Actor, permission: Permission, *, project: str, environment: str) -> None:
    """The second asking, with an environment by its slug. Where there is no such, whoever needs it tells that."""
    for each in environments.every(tx):
        if each.slug == environment:
            require(actor, permission, project=project, environment=each)


def require_everywhere(tx: Tx, actor: Actor, permission: Permission, sentence: str) -> None:
    """Raises Forbidden with the sentence unless the actor may in all projects and in each environment."""
    if not all(actor.may(permission, environment=each) for each in environments.every(tx)):
        raise Forbidden(sentence, actor=actor.id, permission=str(permission))


def require_where_deployed(tx: Tx, actor: Actor, component: Component) -> None:
    """Raises Forbidden unless the actor may stop the component wherever it is deployed, as its removal does."""
    for each in environments.every(tx):
        if deployments.active(tx, component, each) is not None:
            require(actor, Permission.OPERATE, project=component.project, environment=each)


def require_deploying(tx: Tx, actor: Actor, project: str, automation: Automation) -> None:
    """The same for where builds are to be deployed by themselves."""
    places = [each for each in environments.every(tx) if automation.environment_id in (None, each.id)]
    require(actor, Permission.OPERATE, project=project, environment=places[0] if places else None)


def require_somewhere(actor: Actor, permission: Permission) -> None:
    """Raises Forbidden when no grant of the actor's covers it anywhere: for what is needed before there is a place."""
    if not any(grant.gives(permission) for grant in actor.grants):
        require(actor, permission)


def narrowed(actor: Actor, chosen: Filter) -> Filter:
    """The filter, let through only what the actor may see. Raises NotFound for a project that is not of it."""
    require(actor, Permission.READ, project=chosen.project)
    return replace(chosen, within=actor.projects())
