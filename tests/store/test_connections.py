"""Connected repositories: looked at in turn by one server at a time, and deployed once."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.support.ledger import MINUTE, built

from clockhouse.errors import Conflict
from clockhouse.model.source import Connection, CredentialKind, Place
from clockhouse.store import components, connections


@pytest.fixture
def connection(ledger):
    made = Connection(
        component_id=ledger.component.id,
        place=Place("https://example.com/x.git", "main", "jobs"),
        kind=None,
        credential_kind=CredentialKind.NONE,
        user="",
        sealed=None,
        sealed_hook="v1:x",
        known_hosts="",
        auto_build=True,
        auto_deploy=True,
        seen=None,
        looked_at=None,
        failures=0,
        trouble=None,
        note=None,
    )
    with ledger.database.begin() as tx:
        connections.add(tx, made)
    return made


def test_a_connection_comes_back_as_it_was_given(ledger, connection):
    with ledger.database.read() as tx:
        assert connections.of(tx, ledger.component) == connection
        assert components.get(tx, "shop", "health-check").is_connected


def test_what_is_due_is_claimed_once_and_again_when_nobody_finished(ledger, connection):
    with ledger.database.begin() as tx:
        assert connections.claim_due(tx, 10) == [connection]
        assert connections.claim_due(tx, 10) == []
        assert connections.next_look(tx) == tx.now + 10 * MINUTE
    ledger.advance(11 * MINUTE)
    with ledger.database.begin() as tx:
        assert connections.claim_due(tx, 10) == [connection]


def test_a_look_that_was_overtaken_by_a_change_records_nothing(ledger, connection):
    with ledger.database.begin() as tx:
        connections.change(tx, replace(connection, place=replace(connection.place, branch="next")))
        assert not connections.record_seen(tx, connection, "a" * 40, jitter=0)
        assert not connections.record_trouble(tx, connection, "Gone.", jitter=0)
        found = connections.of(tx, ledger.component)
    assert (found.seen, found.trouble) == (None, None)


def test_who_is_asked_to_look_meanwhile_looks_again(ledger, connection):
    with ledger.database.begin() as tx:
        connections.claim_due(tx, 10)
        connections.look_soon(tx, connection.component_id)  # by a webhook, for what was pushed after it looked
        connections.record_seen(tx, connection, "a" * 40, jitter=0)
        assert [each.seen for each in connections.claim_due(tx, 10)] == ["a" * 40]
        connections.record_seen(tx, connection, "a" * 40, jitter=0)
        assert connections.claim_due(tx, 10) == []


def test_a_change_leaves_the_secret_that_somebody_renewed_meanwhile(ledger, connection):
    with ledger.database.begin() as tx:
        connections.renew_hook(tx, connection.component_id, "v1:new")
        connections.change(tx, replace(connection, user="ada"))
        found = connections.of(tx, ledger.component)
    assert (found.sealed_hook, found.user) == ("v1:new", "ada")


def test_the_newest_good_build_is_decided_about_once(ledger, connection):
    built(ledger.database, ledger.component)
    with ledger.database.begin() as tx:
        [(found, project, component, number)] = connections.to_deploy(tx)
        assert (found, project, component) == (connection, "shop", "health-check")
        connections.record_deployed(tx, found, number, "Not now.")
        assert list(connections.to_deploy(tx)) == []
        assert connections.of(tx, ledger.component).note == "Not now."


def test_deploying_by_itself_begins_with_the_next_build(ledger, connection):
    built(ledger.database, ledger.component)
    with ledger.database.begin() as tx:
        connections.deploy_from_now_on(tx, connection)
        assert list(connections.to_deploy(tx)) == []
    built(ledger.database, ledger.component)
    with ledger.database.begin() as tx:
        assert len(connections.to_deploy(tx)) == 1


def test_a_component_that_is_kept_here_has_none(ledger):
    with ledger.database.read() as tx, pytest.raises(Conflict, match="kept by Clockhouse"):
        connections.required(tx, ledger.component)
