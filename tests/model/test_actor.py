"""What a role may do."""

from __future__ import annotations

from itertools import pairwise

from clockhouse.model.actor import SYSTEM, Actor, Permission, Role


def granted(role: Role) -> set[Permission]:
    return {permission for permission in Permission if Actor("1", "ada", role).may(permission)}


def test_every_role_may_more_than_the_one_before_it():
    for less, more in pairwise([Role.VIEWER, Role.DEVELOPER, Role.OPERATOR, Role.ADMIN]):
        assert granted(less) < granted(more)
    assert granted(Role.VIEWER) == {Permission.READ}
    assert granted(Role.ADMIN) == set(Permission)
    assert granted(SYSTEM.role) == set(Permission)
