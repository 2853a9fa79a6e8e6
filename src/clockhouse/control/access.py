"""Who may ask for what: the check that each request begins with."""

from __future__ import annotations

from clockhouse.errors import Forbidden
from clockhouse.model.actor import Actor, Permission

_WORDS = {
    Permission.READ: "look at this",
    Permission.DEVELOP: "change projects, components, source and builds",
    Permission.OPERATE: "deploy, run, pause or stop",
    Permission.ADMINISTER: "administer this installation",
}


def require(actor: Actor, permission: Permission) -> None:
    """Raises Forbidden when the actor's role does not grant it."""
    if not actor.may(permission):
        sentence = f"The role {actor.role} may not {_WORDS[permission]}. Ask an administrator."
        raise Forbidden(sentence, actor=actor.id, permission=str(permission))
