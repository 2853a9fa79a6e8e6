"""What a role may do."""

from __future__ import annotations

from itertools import pairwise

from clockhouse.model.actor import SYSTEM, Actor, Grant, Permission, Role, of_installation
from clockhouse.model.environment import Environment


def granted(role: Role) -> set[Permission]:
    return {permission for permission in Permission if Actor("1", "ada", of_installation(role)).may(permission)}


def test_every_role_may_more_than_the_one_before_it():
    for less, more in pairwise([Role.VIEWER, Role.DEVELOPER, Role.OPERATOR, Role.ADMIN]):
        assert granted(less) < granted(more)
    assert granted(Role.VIEWER) == {Permission.READ}
    assert granted(Role.ADMIN) == set(Permission)
    assert {permission for permission in Permission if SYSTEM.may(permission)} == set(Permission)


def an_environment(slug: str, *, is_production: bool = False) -> Environment:
    return Environment(slug, slug, slug, 1, is_production, "process")


DEVELOPMENT, PRODUCTION = an_environment("development"), an_environment("production", is_production=True)


def test_a_role_in_a_project_is_none_in_another_and_none_in_the_installation():
    ada = Actor("1", "Ada", (Grant(Role.ADMIN, project="shop"),))

    assert ada.may(Permission.ADMINISTER, "shop")
    assert not ada.may(Permission.READ, "bank")
    assert not ada.may(Permission.ADMINISTER)
    assert ada.may(Permission.READ)  # what belongs to no project
    assert ada.projects() == {"shop"}


def test_production_is_changed_only_where_a_grant_says_so():
    without, by_flag = Grant(Role.OPERATOR, "shop"), Grant(Role.OPERATOR, "shop", production=True)
    by_name = Grant(Role.OPERATOR, "shop", "production")

    reached = [changes_production(grant) for grant in (without, by_flag, by_name)]
    assert reached == [False, True, True]
    assert Actor("1", "Ada", (without,)).may(Permission.OPERATE, "shop", DEVELOPMENT)


def changes_production(*grants: Grant) -> bool:
    return Actor("1", "Ada", grants).may(Permission.OPERATE, "shop", PRODUCTION)


def test_an_administrator_of_the_installation_has_production_and_one_of_a_project_only_if_told_so():
    assert changes_production(Grant(Role.ADMIN))
    assert changes_production(Grant(Role.ADMIN, "shop", production=True))
    assert not changes_production(Grant(Role.ADMIN, "shop"))
    assert changes_production(Grant(Role.ADMIN, "shop"), Grant(Role.OPERATOR, production=True))  # they add up
    assert Actor("1", "Ada", (Grant(Role.ADMIN, "shop"),)).may(Permission.ADMINISTER, "shop")


def test_a_role_in_an_environment_operates_there_and_develops_nowhere():
    ada = Actor("1", "Ada", (Grant(Role.OPERATOR, environment="production"),))

    assert ada.may(Permission.OPERATE, "shop", PRODUCTION)
    assert not ada.may(Permission.OPERATE, "shop", DEVELOPMENT)
    assert not ada.may(Permission.DEVELOP, "shop")
    assert ada.may(Permission.READ, "shop", DEVELOPMENT)  # what one may operate, one may look at


def test_without_any_grant_nothing_may_be_read():
    nobody = Actor("1", "Mallory", ())

    assert not any(nobody.may(permission, place) for permission in Permission for place in (None, "shop"))
    assert nobody.projects() == frozenset()
