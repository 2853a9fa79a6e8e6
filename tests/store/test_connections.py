"""Connected repositories: their branches are looked at in turn by one server at a time, and deployed once."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa
from tests.support.ledger import MINUTE, built

from clockhouse.errors import Conflict, Invalid, NotFound
from clockhouse.kit.declared import Entry
from clockhouse.model.build import Commit
from clockhouse.model.source import MOST_TRACKS, Automation, Connection, CredentialKind, Track
from clockhouse.store import builds, components, connections, tracks
from clockhouse.store.tables.sources import connections as connections_table
from clockhouse.store.tables.sources import tracks as tracks_table

SHA = "c" * 40
MAIN = Track("main", Automation(deploy=True))
RELEASE = Track("release/1", Automation(build=False, environment_id="elsewhere"), seen="b" * 40)


@pytest.fixture
def connection(ledger):
    made = Connection(
        component_id=ledger.component.id,
        url="https://example.com/x.git",
        directory="jobs",
        kind=None,
        credential_kind=CredentialKind.NONE,
        user="",
        sealed=None,
        sealed_hook="v1:x",
        known_hosts="",
        tracks=(MAIN,),
    )
    with ledger.database.begin() as tx:
        connections.add(tx, made)
    return made


def build_for(ledger, branch):
    """A build that succeeded."""
    with ledger.database.begin() as tx:
        made = builds.add(tx, ledger.component, Commit(SHA, "m", "n", tx.now), requested_by="x", branch=branch)
        builds.claim(tx, "here", 1, tx.now)
        builds.succeed(tx, made, digest="d", entry=Entry("main.py"), settings=())
        return made.number


def found(ledger):
    with ledger.database.read() as tx:
        return connections.of(tx, ledger.component)


def test_a_connection_comes_back_as_it_was_given(ledger, connection):
    assert found(ledger) == connection
    with ledger.database.read() as tx:
        assert components.get(tx, "shop", "health-check").is_connected


def test_its_tracks_are_in_the_order_in_which_they_were_added(ledger, connection):
    ledger.advance(MINUTE)
    with ledger.database.begin() as tx:
        tracks.add(tx, connection.component_id, RELEASE)
    assert found(ledger).tracks == (MAIN, RELEASE)
    assert found(ledger).track(None) == MAIN
    assert found(ledger).track("release/1") == RELEASE
    with pytest.raises(NotFound, match="Followed are: main, release/1"):
        found(ledger).track("next")


def test_a_branch_is_followed_once_and_not_too_many_are(ledger, connection):
    with pytest.raises(Invalid, match="followed already"):
        connection.check_new("main")
    many = replace(connection, tracks=tuple(Track(str(number)) for number in range(MOST_TRACKS)))
    with pytest.raises(Invalid, match="No more than"):
        many.check_new("main")
    with ledger.database.begin() as tx, pytest.raises(Conflict):
        tracks.add(tx, connection.component_id, MAIN)


def test_the_only_track_stays(ledger, connection):
    with ledger.database.begin() as tx:
        with pytest.raises(Conflict, match="the only branch"):
            tracks.remove(tx, connection.component_id, "main")
        tracks.add(tx, connection.component_id, RELEASE)
        tracks.remove(tx, connection.component_id, "main")
    assert found(ledger).tracks == (RELEASE,)


def test_what_is_due_is_claimed_once_and_again_when_nobody_finished(ledger, connection):
    with ledger.database.begin() as tx:
        assert tracks.claim_due(tx, 10) == [(connection.component_id, MAIN)]
        assert tracks.claim_due(tx, 10) == []
        assert tracks.next_look(tx) == tx.now + 10 * MINUTE
    ledger.advance(11 * MINUTE)
    with ledger.database.begin() as tx:
        assert tracks.claim_due(tx, 10) == [(connection.component_id, MAIN)]


def test_the_trouble_of_one_branch_is_not_that_of_another(ledger, connection):
    with ledger.database.begin() as tx:
        tracks.add(tx, connection.component_id, RELEASE)
        tracks.claim_due(tx, 10)
        tracks.record_trouble(tx, connection, replace(RELEASE, failures=4), "Gone.", jitter=0)
        tracks.record_seen(tx, connection, MAIN, "a" * 40, jitter=0)
    ledger.advance(2 * MINUTE)
    with ledger.database.begin() as tx:
        assert [track.branch for _, track in tracks.claim_due(tx, 10)] == ["main"]
    assert [(each.trouble, each.failures) for each in found(ledger).tracks] == [(None, 0), ("Gone.", 5)]


def test_a_look_that_was_overtaken_by_a_change_records_nothing(ledger, connection):
    with ledger.database.begin() as tx:
        connections.change(tx, replace(connection, directory="other"))
        tracks.begin_anew(tx, connection.component_id)
        assert not tracks.record_seen(tx, connection, MAIN, "a" * 40, jitter=0)
        assert not tracks.record_trouble(tx, connection, MAIN, "Gone.", jitter=0)
    assert (found(ledger).track(None).seen, found(ledger).track(None).trouble) == (None, None)


def test_a_look_at_a_branch_that_is_not_followed_any_more_records_nothing(ledger, connection):
    with ledger.database.begin() as tx:
        assert not tracks.record_seen(tx, connection, RELEASE, "a" * 40, jitter=0)


def test_who_is_asked_to_look_meanwhile_looks_again(ledger, connection):
    with ledger.database.begin() as tx:
        tracks.claim_due(tx, 10)
        tracks.look_soon(tx, connection.component_id)  # by a webhook, for what was pushed after it looked
        tracks.record_seen(tx, connection, MAIN, "a" * 40, jitter=0)
        [(_, seen)] = tracks.claim_due(tx, 10)
        assert seen.seen == "a" * 40
        tracks.record_seen(tx, connection, seen, "a" * 40, jitter=0)
        assert tracks.claim_due(tx, 10) == []


def test_a_change_leaves_the_secret_that_somebody_renewed_meanwhile(ledger, connection):
    with ledger.database.begin() as tx:
        connections.renew_hook(tx, connection.component_id, "v1:new")
        connections.change(tx, replace(connection, user="ada"))
    assert (found(ledger).sealed_hook, found(ledger).user) == ("v1:new", "ada")


def test_the_newest_good_build_of_a_branch_is_decided_about_once(ledger, connection):
    build_for(ledger, "other")
    number = build_for(ledger, "main")
    build_for(ledger, "release/1")
    with ledger.database.begin() as tx:
        [ready] = tracks.to_deploy(tx)
        assert (ready.project, ready.component, ready.track, ready.number) == ("shop", "health-check", MAIN, number)
        tracks.record_deployed(tx, ready, "Not now.")
        assert list(tracks.to_deploy(tx)) == list(tracks.to_deploy(tx, ready)) == []
    assert found(ledger).track(None).note == "Not now."


def test_deploying_by_itself_begins_with_the_next_build(ledger, connection):
    with ledger.database.begin() as tx:
        tracks.add(tx, connection.component_id, RELEASE)
    build_for(ledger, "release/1")
    wanted = Automation(deploy=True)
    with ledger.database.begin() as tx:
        tracks.automate(tx, connection.component_id, RELEASE, wanted)
        assert list(tracks.to_deploy(tx)) == []
    number = build_for(ledger, "release/1")
    with ledger.database.begin() as tx:
        assert [(each.track.automation, each.number) for each in tracks.to_deploy(tx)] == [(wanted, number)]


def test_a_commit_is_built_for_each_branch_that_it_is_on(ledger, connection):
    build_for(ledger, "main")
    with ledger.database.read() as tx:
        assert builds.of_commit(tx, ledger.component, SHA, branch="main")
        assert builds.of_commit(tx, ledger.component, SHA)
        assert builds.of_commit(tx, ledger.component, SHA, branch="release/1") is None
        assert builds.branch_of(tx, ledger.component.id, SHA) == "main"
        assert builds.page(tx, ledger.component, before=None, limit=9, branch="release/1") == []


def test_what_a_server_of_before_tracks_connects_is_followed(ledger, connection):
    with ledger.database.begin() as tx:
        tx.execute(sa.delete(tracks_table))
        tx.execute(sa.update(connections_table).values(branch="trunk", auto_build=True))
        assert tracks.claim_due(tx, 10) == [(connection.component_id, Track("trunk"))]


def test_a_server_of_before_tracks_does_nothing_that_is_done_here(ledger, connection):
    with ledger.database.begin() as tx:
        tx.execute(sa.update(connections_table).values(auto_build=True, auto_deploy=True))
        tracks.add(tx, connection.component_id, RELEASE)
        row = tx.execute(sa.select(connections_table)).one()
    assert (row.auto_build, row.auto_deploy) == (False, False)


def test_a_component_that_is_kept_here_has_none(ledger):
    built(ledger.database, ledger.component)
    with ledger.database.read() as tx, pytest.raises(Conflict, match="kept by Clockhouse"):
        connections.required(tx, ledger.component)


def test_what_was_said_of_a_build_is_over_once_it_is_deployed(ledger, connection):
    said = {
        "Build 1 is not deployed by itself: deploy one to Development first, which says when and how.": None,
        "What is deployed to Development has to be approved: request 7 asks for build 1.": None,
        "Build 11 is not deployed by itself: a schedule in Development cannot be read. Deploy it.": "kept",
        "The newest commit changes nothing in jobs: it is not built.": "kept",
    }
    for note, then in said.items():
        with ledger.database.begin() as tx:
            tx.execute(tracks_table.update().values(note=note))
            tracks.note_deployed(tx, connection.component_id, "elsewhere", 1)
            assert tx.execute(sa.select(tracks_table.c.note)).scalar() == note
            tracks.note_deployed(tx, connection.component_id, ledger.development.id, 1)
            assert tx.execute(sa.select(tracks_table.c.note)).scalar() == (then and note)
