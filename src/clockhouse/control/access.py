"""Who may ask for what: the check that each request begins with."""

from __future__ import annotations

from clockhouse.errors import Forbidden, NotFound
from clockhouse.model.actor import Actor, Permission
from clockhouse.model.environment import Environment

_WORDS = {
    Permission.READ: "look at this",
    Permission.DEVELOP: "change projects, components, source and builds",
    Permission.OPERATE: "deploy, run, pause or stop",
    Permission.ADMINISTER: "administer this",
}


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
