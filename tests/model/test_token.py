"""What a token lets through: never more than its actor has, nor than it is good for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from clockhouse.model.actor import Actor, Grant, Permission, Role
from clockhouse.model.environment import Environment, Plane
from clockhouse.model.patience import HERE, LOGIN, Patience
from clockhouse.model.person import covers
from clockhouse.model.token import Bounds, narrowed, tightened

PROJECTS = ("shop", "bank")
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def environment(slug: str, *, is_production: bool = False) -> Environment:
    return Environment(
        id=slug, slug=slug, name=slug, position=0, is_production=is_production, data_plane=Plane.PROCESS, at_once=None
    )


ENVIRONMENTS = (environment("development"), environment("production", is_production=True))
ASKED = list(product(Permission, (None, *PROJECTS), (None, *ENVIRONMENTS)))

roles = st.sampled_from(Role)
grants = st.builds(
    Grant,
    roles,
    st.sampled_from([None, *PROJECTS]),
    st.sampled_from([None, *(each.slug for each in ENVIRONMENTS)]),
    st.booleans(),
)
bounds = st.builds(
    Bounds,
    st.none() | roles,
    st.sampled_from([None, *PROJECTS]),
    st.none() | st.integers(1, 100).map(lambda days: NOON + timedelta(days=days)),
)


def may(held: tuple[Grant, ...]) -> set[int]:
    actor = Actor("1", "Ada", held)
    return {number for number, asked in enumerate(ASKED) if actor.may(*asked)}


@given(st.lists(grants, max_size=4).map(tuple), bounds)
def test_a_token_never_gives_more_than_its_actor_has(held, bound):
    assert may(narrowed(held, bound)) <= may(held)


@given(st.lists(grants, max_size=4).map(tuple), roles)
def test_a_token_never_gives_more_than_its_role(held, role):
    everything = (Grant(role, production=True),)

    assert may(narrowed(held, Bounds(role))) <= may(everything)


@given(st.lists(grants, max_size=4).map(tuple), st.sampled_from(PROJECTS))
def test_a_token_of_a_project_is_good_for_nothing_in_another(held, project):
    actor = Actor("1", "Ada", narrowed(held, Bounds(project=project)))

    assert not any(actor.may(each, other) for each in Permission for other in PROJECTS if other != project)
    assert actor.projects() is not None


@given(st.lists(grants, max_size=4).map(tuple))
def test_an_unbounded_token_gives_all_that_its_actor_has(held):
    assert narrowed(held, Bounds()) == held


@given(st.lists(grants, max_size=4).map(tuple), bounds, bounds)
def test_a_token_made_with_another_has_no_more_than_that_one(held, asked, by):
    made = tightened(asked, by)

    if made is None:
        assert None not in (asked.project, by.project)
        return
    assert may(narrowed(held, made)) <= may(narrowed(held, by))
    assert may(narrowed(held, made)) <= may(narrowed(held, asked))
    assert made.expires_at == min(filter(None, (asked.expires_at, by.expires_at)), default=None)


@given(st.lists(grants, max_size=4), grants)
def test_what_is_covered_gives_nothing_that_is_not_held(held, wanted):
    if covers(held, wanted, production=frozenset({"production"})):
        assert may((wanted,)) <= may(tuple(held))


@given(st.lists(grants, max_size=4), grants)
def test_whoever_gives_production_has_it(held, wanted):
    changes = (Permission.OPERATE, wanted.project or "shop", ENVIRONMENTS[1])
    if covers(held, wanted, production=frozenset({"production"})) and Actor("1", "Ada", (wanted,)).may(*changes):
        assert Actor("1", "Ada", tuple(held)).may(*changes)


@given(st.lists(grants, max_size=4), bounds, grants)
def test_whoever_shows_a_token_gives_no_more_than_they_could_without(held, bound, wanted):
    if covers(narrowed(held, bound), wanted, production=frozenset({"production"})):
        assert covers(held, wanted, production=frozenset({"production"}))


@given(grants)
def test_an_administrator_of_everything_covers_everything(wanted):
    assert covers([Grant(Role.ADMIN)], wanted, production=frozenset({"production"}))


@given(st.integers(0, 2000))
def test_the_wait_grows_and_never_gets_long(failures):
    for each in (HERE, LOGIN, Patience(0, timedelta(seconds=1))):
        assert timedelta(0) <= each.wait_after(failures) <= each.wait_after(failures + 1) <= each.longest


def test_the_first_ones_are_free():
    assert [HERE.wait_after(each).total_seconds() for each in (1, 5, 6, 7, 8)] == [0, 0, 2, 4, 8]
