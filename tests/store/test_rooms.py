"""Environments that limit how many executions run in them at once."""

from __future__ import annotations

import pytest
from tests.store.test_backfills import backfill
from tests.store.test_races import together
from tests.support.ledger import LEASE, MINUTE, SECOND, SUCCESS, Ledger, every

from clockhouse.model.assignment import Reach
from clockhouse.model.deployment import Limits
from clockhouse.model.environment import Plane
from clockhouse.store import changes, claims, environments, executions


@pytest.fixture(autouse=True)
def unlimited(ledger):
    """The environments are there from the beginning, also for the next test."""
    yield
    limit(ledger, None)


def limit(ledger: Ledger, number: int | None) -> None:
    with ledger.database.begin() as tx:
        environments.set_at_once(tx, ledger.development, number)


def test_no_more_run_at_once_than_the_environment_lets(ledger):
    limit(ledger, 2)
    other, release = ledger.add_component("other")
    first, second = ledger.deploy(), ledger.deploy(component=other, release=release)
    elsewhere = ledger.deploy(environment=ledger.production)
    ids = [ledger.run_now(first), ledger.run_now(first)]
    ledger.advance(SECOND)  # at one instant, none comes before another
    ids += [ledger.run_now(second, other), ledger.run_now(first)]
    free = ledger.run_now(elsewhere)
    running = ledger.claim(room=4)
    assert {each.id for each in running} == {*ids[:2], free}
    assert ledger.claim() == []
    ledger.finish(running[0])
    assert len(ledger.claim()) == 1


def test_a_backfill_takes_no_turn_where_there_is_no_room_for_it(ledger):
    limit(ledger, 1)
    deployment = ledger.deploy(every(MINUTE))
    ledger.run_now(deployment)
    [running] = ledger.claim()
    backfill(ledger, deployment, -400, -300, at_once=2)
    assert ledger.claim() == []
    regular = ledger.run_now(deployment)
    ledger.finish(running)
    assert [each.id for each in ledger.claim()] == [regular]


def test_a_backfill_takes_no_turn_where_others_claim(ledger):
    move(ledger, Plane.AGENTS)
    deployment = ledger.deploy(every(MINUTE), environment=ledger.production)
    backfill(ledger, deployment, -400, -300, at_once=2)
    assert ledger.claim() == []
    regular = ledger.run_now(deployment)
    assert claim(ledger, Reach(ON_AGENTS), room=1) == [regular]
    move(ledger, Plane.PROCESS)


def test_nobody_wakes_up_for_what_waits_for_room_and_the_end_of_another_hints_at_it(ledger):
    limit(ledger, 1)
    deployment = ledger.deploy()
    for _ in range(2):
        ledger.run_now(deployment)
    [running] = ledger.claim()
    with ledger.database.read() as tx:
        assert claims.next_ready(tx) is None
    heard = set()
    with ledger.database.changes.listening([changes.QUEUE], heard.update):
        ledger.finish(running)
    assert changes.QUEUE in heard
    with ledger.database.read() as tx:
        assert claims.next_ready(tx) is not None


def test_a_limit_that_is_lifted_lets_all_start(ledger):
    limit(ledger, 1)
    deployment = ledger.deploy()
    for _ in range(3):
        ledger.run_now(deployment)
    assert len(ledger.claim()) == 1
    limit(ledger, None)
    assert len(ledger.claim()) == 2


def test_many_who_claim_at_once_keep_to_the_limit(ledger, another):
    limit(ledger, 3)
    deployment = ledger.deploy()
    for _ in range(12):
        ledger.run_now(deployment)

    def claim(database):
        with database.begin() as tx:
            return len(claims.claim(tx, str(id(database)), 5, tx.now + LEASE))

    claimed = together([ledger.database, another(), another(), another()], claim)
    assert sum(claimed) == 3


ON_AGENTS = frozenset({Plane.AGENTS})


@pytest.fixture
def on_agents(ledger):
    """Production, which runs on agents, has one that waits; development has one that waits for the servers."""
    move(ledger, Plane.AGENTS)
    yield [ledger.run_now(ledger.deploy(environment=each)) for each in (ledger.production, ledger.development)]
    move(ledger, Plane.PROCESS)


def move(ledger: Ledger, plane: Plane) -> None:
    with ledger.database.begin() as tx:
        environments.set_plane(tx, ledger.production, plane)


def claim(ledger: Ledger, reach: Reach, room: int = 5) -> list[str]:
    with ledger.database.begin() as tx:
        return [each.id for each in claims.claim(tx, "worker", room, tx.now + LEASE, reach)]


def test_a_worker_claims_within_its_reach(ledger, on_agents):
    theirs, ours = on_agents
    assert claim(ledger, Reach(ON_AGENTS, ledger.development.id)) == []
    assert claim(ledger, Reach()) == [ours]
    assert claim(ledger, Reach(ON_AGENTS, ledger.production.id)) == [theirs]


def test_nobody_wakes_up_for_what_others_run(ledger, on_agents):
    claim(ledger, Reach())
    with ledger.database.read() as tx:
        assert claims.next_ready(tx, Reach()) is None
        assert claims.next_ready(tx, Reach(ON_AGENTS)) is not None


def test_a_limit_holds_for_agents_too(ledger, on_agents):
    with ledger.database.begin() as tx:
        environments.set_at_once(tx, ledger.production, 1)
    ledger.advance(SECOND)  # at one instant, none comes before another
    ledger.run_now(ledger.deploy(environment=ledger.production))
    assert claim(ledger, Reach(ON_AGENTS)) == on_agents[:1]
    assert claim(ledger, Reach(ON_AGENTS)) == []
    with ledger.database.begin() as tx:
        environments.set_at_once(tx, ledger.production, None)
    assert len(claim(ledger, Reach(ON_AGENTS))) == 1


def test_what_is_released_for_others_is_hinted_at(ledger):
    """What one waits for has ended: whoever looks next queues it, and those who may run it must hear of that."""
    move(ledger, Plane.AGENTS)
    deployment = ledger.deploy(limits=Limits(at_once=1), environment=ledger.production)
    for _ in range(2):
        ledger.run_now(deployment)
    reach = Reach(ON_AGENTS)
    [first] = claim(ledger, reach)
    with ledger.database.begin() as tx:
        executions.finish(tx, first, 1, SUCCESS, tx.now)
    heard = set()
    with ledger.database.changes.listening([changes.QUEUE], heard.update):
        assert claim(ledger, Reach()) == []
    assert changes.QUEUE in heard
    assert len(claim(ledger, reach)) == 1
    move(ledger, Plane.PROCESS)
