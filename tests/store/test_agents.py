"""Agents in the database: who they are, and what each of them may touch, on each database."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.support.ledger import SECOND, SUCCESS, WORKER

from clockhouse.errors import Conflict, NotFound
from clockhouse.model.agent import Presence
from clockhouse.store import actors, agents
from clockhouse.store.actors import TokenKind

HERE = Presence("1.0.0", "here", 8)


@pytest.fixture(autouse=True)
def emptied(ledger):
    """Nobody is left for the next test."""
    yield
    with ledger.database.begin() as tx:
        for each in agents.every(tx):
            agents.withdraw(tx, each)


def add(ledger, name="rack-1", environment=None):
    with ledger.database.begin() as tx:
        return agents.add(tx, name, environment or ledger.development, actors.administrator(tx))


def read(ledger, function, *args):
    with ledger.database.read() as tx:
        return function(tx, *args)


def test_a_token_names_its_agent_and_no_actor(ledger):
    agent, token = add(ledger)
    assert read(ledger, agents.by_token, token) == agent
    assert read(ledger, agents.by_token, "another") is None
    with ledger.database.begin() as tx:
        assert actors.by_token(tx, token, *set(TokenKind) - {TokenKind.AGENT}) is None
        tool = actors.give_token(tx, actors.administrator(tx), TokenKind.TOOL)
    assert read(ledger, agents.by_token, tool) is None


def test_a_name_is_taken_until_its_agent_is_removed(ledger):
    agent, token = add(ledger)
    with pytest.raises(Conflict):
        add(ledger, environment=ledger.production)
    with ledger.database.begin() as tx:
        agents.withdraw(tx, agent)
        assert not agents.note(tx, agent, HERE)
    assert read(ledger, agents.by_token, token) is None
    with pytest.raises(NotFound):
        read(ledger, agents.get, "rack-1")
    again, _ = add(ledger)
    assert read(ledger, agents.every) == [again]


def test_when_an_agent_was_there_is_noted_now_and_then(ledger):
    agent, _ = add(ledger)
    began = ledger.now
    seen = []
    for _ in range(3):
        with ledger.database.begin() as tx:
            assert agents.note(tx, agent, HERE)
        found = read(ledger, agents.get, "rack-1")
        seen.append(found.seen_at - began)
        ledger.advance(3 * SECOND)
    assert seen == [timedelta(), timedelta(), 6 * SECOND]
    assert (found.version, found.host, found.room) == ("1.0.0", "here", 8)


def test_what_the_processes_of_an_agent_run_is_counted(ledger):
    agent, _ = add(ledger)
    other, _ = add(ledger, "rack-2")
    deployment = ledger.deploy()
    for worker in (agent.worker("a"), agent.worker("b"), WORKER):
        ledger.run_now(deployment)
        ledger.claim(worker=worker)
    assert [each.running for each in read(ledger, agents.every)] == [2, 0]
    assert other.running == 0


def test_a_process_holds_what_it_claimed_until_that_is_over(ledger):
    agent, _ = add(ledger)
    deployment = ledger.deploy()
    ids = [ledger.run_now(deployment) for _ in range(2)]
    mine, over = ledger.claim(worker=agent.worker("a"))
    ledger.finish(over)
    with ledger.database.begin() as tx:
        assert agents.held(tx, agent.worker("a"), ids) == {mine.id: 1}
        assert agents.held(tx, agent.worker("b"), ids) == {}
        assert agents.held(tx, agent.worker("a"), []) == {}


def test_a_build_is_needed_while_it_is_deployed_or_something_of_it_is_open(ledger):
    build = ledger.release.build.id

    def needed(environment):
        return read(ledger, agents.needed, environment.id, [build, "unknown"])

    assert needed(ledger.development) == set()
    deployment = ledger.deploy()
    ledger.run_now(deployment)
    assert (needed(ledger.development), needed(ledger.production)) == ({build}, set())
    [claimed] = ledger.claim()
    ledger.end(deployment)
    assert needed(ledger.development) == {build}
    ledger.finish(claimed, SUCCESS)
    assert needed(ledger.development) == set()
