"""Who may what: the check with which every request begins."""

import inspect
from types import ModuleType

import pytest

from clockhouse.control import (
    access,
    backfills,
    builds,
    components,
    deployments,
    executions,
    metrics,
    pauses,
    projects,
    schedules,
    source,
    trials,
)
from clockhouse.errors import Forbidden, NotFound
from clockhouse.model.actor import Actor, Grant, Permission, Role, of_installation

# What is asked before anybody is known, or by whom the token itself proves it.
# What requests have in common, and those that ask who somebody is.
SHARED = {"cards_of", "changing", "commit_of", "deployed", "empty", "secrets_of"}
UNCHECKED = SHARED | {"sign_in", "sign_out", "of_session", "of_tool", "first_tokens"}
MODULES = [backfills, builds, components, deployments, executions, metrics, pauses, projects, schedules, source, trials]


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


def requests_of(module: ModuleType) -> list[str]:
    functions = inspect.getmembers(module, inspect.isfunction)
    ours = [name for name, each in functions if each.__module__ == module.__name__ and not name.startswith("_")]
    return [name for name in ours if name not in UNCHECKED]


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__.rpartition(".")[2])
def test_every_request_refuses_somebody_who_may_nothing(module: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before it looks at anything: the parts are not even there."""
    monkeypatch.setattr("clockhouse.model.actor._GRANTED", dict.fromkeys(Role, frozenset()))
    nobody = Actor("1", "Mallory", of_installation(Role.VIEWER))

    for name in requests_of(module):
        request = getattr(module, name)
        parameters = list(inspect.signature(request).parameters.values())[2:]
        named = {each.name: None for each in parameters if each.kind is each.KEYWORD_ONLY}
        placed = [None for each in parameters if each.kind is not each.KEYWORD_ONLY]
        with pytest.raises(Forbidden):
            request(None, nobody, *placed, **named)


def test_a_project_that_one_may_not_see_is_as_if_it_were_not_there():
    ada = Actor("1", "Ada", (Grant(Role.VIEWER, project="shop"),))

    with pytest.raises(NotFound, match="There is no project “bank”"):
        access.require(ada, Permission.OPERATE, project="bank")
    with pytest.raises(Forbidden, match="in the project “shop”"):
        access.require(ada, Permission.OPERATE, project="shop")
