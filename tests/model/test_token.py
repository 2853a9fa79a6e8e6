"""What a token lets through: never more than its actor has, nor than it is good for."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clockhouse.model.actor import Actor, Grant, Permission, Role
from clockhouse.model.environment import Environment, Plane
from clockhouse.model.patience import HERE, LOGIN, Patience
from clockhouse.model.person import covers
from clockhouse.model.token import Bounds, narrowed, tightened

PROJECTS = ("shop", "bank")
PLACES = (None, *PROJECTS)
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def environment(slug: str, *, is_production: bool = False) -> Environment:
    return Environment(
        id=slug, slug=slug, name=slug, position=0, is_production=is_production, data_plane=Plane.PROCESS, at_once=None
    )


ENVIRONMENTS = (environment("development"), environment("production", is_production=True))
ASKED = list(product(Permission, (None, *PROJECTS), (None, *ENVIRONMENTS)))


def may(held: tuple[Grant, ...]) -> frozenset[int]:
    actor = Actor("1", "Ada", held)
    return frozenset(number for number, asked in enumerate(ASKED) if actor.may(*asked))


EVERY = [Grant(*each) for each in product(Role, PLACES, (None, *(one.slug for one in ENVIRONMENTS)), (False, True))]
GIVES = {grant: may((grant,)) for grant in EVERY}
BOUNDS = [Bounds(*each) for each in product((None, *Role), PLACES)]
PRODUCTION = frozenset({"production"})


def given_by(held: Iterable[Grant]) -> frozenset[int]:
    return frozenset().union(*(GIVES[each] for each in held))


def test_what_one_may_is_what_ones_roles_give_together():
    """So that the others look at one role at a time."""
    for pair in product(EVERY[::5], EVERY[::7]):
        assert may(pair) == given_by(pair)


def test_a_token_gives_what_both_its_actor_has_and_it_is_good_for():
    for held, bound in product(EVERY, BOUNDS):
        most = GIVES[Grant(bound.role or Role.ADMIN, bound.project, production=True)]
        left = narrowed((held,), bound)
        assert given_by(left) == (GIVES[held] & most if left else set())
        assert left or held.project != bound.project


@pytest.mark.parametrize("project", PROJECTS)
def test_a_token_of_a_project_is_good_for_nothing_in_another(project):
    for held in EVERY:
        actor = Actor("1", "Ada", narrowed((held,), Bounds(project=project)))
        assert not any(actor.may(each, other) for each in Permission for other in PROJECTS if other != project)
        assert actor.projects() is not None


def test_an_unbounded_token_gives_all_that_its_actor_has():
    assert narrowed(EVERY, Bounds()) == tuple(EVERY)


def test_a_token_made_with_another_has_no_more_than_that_one():
    for asked, by in product(BOUNDS, BOUNDS):
        made = tightened(asked, by)
        if made is None:
            assert None not in (asked.project, by.project)
            continue
        for held in EVERY:
            left = given_by(narrowed((held,), made))
            assert left <= given_by(narrowed((held,), by))
            assert left <= given_by(narrowed((held,), asked))


@pytest.mark.parametrize(
    ("asked", "by", "made"), [(None, None, None), (3, None, 3), (None, 2, 2), (3, 2, 2), (1, 2, 1)]
)
def test_a_token_made_with_another_lasts_no_longer(asked, by, made):
    ends = [None if days is None else NOON + timedelta(days=days) for days in (asked, by, made)]

    assert tightened(Bounds(expires_at=ends[0]), Bounds(expires_at=ends[1])) == Bounds(expires_at=ends[2])


def test_what_is_covered_gives_nothing_that_is_not_held():
    """Production included. Of each pair: that one of several covers something is for that one to say."""
    wrong = [
        (held, wanted)
        for held, wanted in product(EVERY, EVERY)
        if covers([held], wanted, production=PRODUCTION) and not GIVES[wanted] <= GIVES[held]
    ]
    assert wrong == []


def test_what_is_held_is_covered():
    assert all(covers([each], each, production=PRODUCTION) for each in EVERY)


def test_whoever_shows_a_token_gives_no_more_than_they_could_without():
    shown = {(held, each) for held in EVERY for bound in BOUNDS for each in narrowed((held,), bound)}
    more = [
        (held, left, wanted)
        for held, left in shown
        for wanted in EVERY
        if covers([left], wanted, production=PRODUCTION) and not covers([held], wanted, production=PRODUCTION)
    ]
    assert more == []


def test_an_administrator_of_everything_covers_everything():
    assert all(covers([Grant(Role.ADMIN)], wanted, production=PRODUCTION) for wanted in EVERY)


@given(st.integers(0, 2000))
def test_the_wait_grows_and_never_gets_long(failures):
    for each in (HERE, LOGIN, Patience(0, timedelta(seconds=1))):
        assert timedelta(0) <= each.wait_after(failures) <= each.wait_after(failures + 1) <= each.longest


def test_the_first_ones_are_free():
    assert [HERE.wait_after(each).total_seconds() for each in (1, 5, 6, 7, 8)] == [0, 0, 2, 4, 8]
