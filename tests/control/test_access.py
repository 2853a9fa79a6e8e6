"""Who may what: the check with which every request begins."""

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from typing import Any

import pytest

from clockhouse import control
from clockhouse.control import access
from clockhouse.errors import Forbidden, NotFound
from clockhouse.model.actor import Actor, Grant, Permission, Role, of_installation
from clockhouse.model.audit import Wanted
from clockhouse.store.filters import Filter

STEPS = ("changing", "deploying", "promoting", "redeploying", "rescheduling")  # of requests that have been let through
UNCHECKED = {
    *(f"deployments.{name}" for name in STEPS),
    "parts.author",
    "sessions.sign_out",  # one's own
}
MODULES = [found.name for found in pkgutil.iter_modules(control.__path__) if found.name != "access"]


@pytest.mark.parametrize(
    ("role", "granted"),
    [
        (Role.VIEWER, {Permission.READ}),
        (Role.DEVELOPER, {Permission.READ, Permission.DEVELOP}),
        (Role.OPERATOR, {Permission.READ, Permission.DEVELOP, Permission.OPERATE}),
        (Role.ADMIN, set(Permission)),
    ],
)
def test_a_role_grants_what_it_grants_and_nothing_else(role: Role, granted: set[Permission]) -> None:
    actor = Actor("1", "Ada", of_installation(role))

    for permission in Permission:
        if permission in granted:
            access.require(actor, permission)
        else:
            with pytest.raises(Forbidden, match="You may not"):
                access.require(actor, permission)


def requests() -> dict[str, Callable[..., Any]]:
    """All functions that somebody asks, by module and name: their parameters begin with the parts or the actor."""
    found = {}
    for module in (importlib.import_module(f"clockhouse.control.{name}") for name in MODULES):
        for name, each in inspect.getmembers(module, inspect.isfunction):
            first, *others = [*inspect.signature(each).parameters, ""]
            is_asked = first == "actor" or (first in ("parts", "_parts") and others[0] == "actor")
            if is_asked and name[0] != "_" and each.__module__ == module.__name__:
                found[f"{module.__name__.rpartition('.')[2]}.{name}"] = each
    return found


@pytest.mark.parametrize("name", sorted(requests().keys() - UNCHECKED))
def test_every_request_refuses_somebody_who_may_nothing(name: str) -> None:
    """Before it looks at anything: the parts are not even there."""
    given = {"actor": Actor("1", "Mallory", ()), "chosen": Filter(), "wanted": Wanted()}
    request = requests()[name]

    with pytest.raises(Forbidden):
        request(**{each: given.get(each) for each in inspect.signature(request).parameters})


def test_a_project_that_one_may_not_see_is_as_if_it_were_not_there():
    ada = Actor("1", "Ada", (Grant(Role.VIEWER, project="shop"),))

    with pytest.raises(NotFound, match="There is no project “bank”"):
        access.require(ada, Permission.OPERATE, project="bank")
    with pytest.raises(Forbidden, match="in the project “shop”"):
        access.require(ada, Permission.OPERATE, project="shop")
