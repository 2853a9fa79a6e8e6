"""Retired builds: what nobody needs is removed, and nothing that somebody needs."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from tests.support.ledger import MINUTE, built, every

from clockhouse.errors import Conflict
from clockhouse.store import builds, changes, executions
from clockhouse.store.tables.builds import builds as table


def retire(ledger, keep=2):
    """The numbers of what is retired now."""
    with ledger.database.begin() as tx:
        builds.retire(tx, keep=keep)
    with ledger.database.read() as tx:
        found = tx.execute(sa.select(table.c.number).where(table.c.retired_at.is_not(None)).order_by(table.c.number))
        return list(found.scalars())


def test_the_newest_are_kept_and_what_is_deployed(ledger):
    releases = [ledger.release, *(built(ledger.database, ledger.component) for _ in range(5))]
    ledger.deploy(release=releases[1])
    assert retire(ledger) == [1, 3, 4]
    ledger.deploy(release=releases[5])
    assert retire(ledger) == [1, 2, 3, 4]
    ids = [release.build.id for release in releases]
    with ledger.database.read() as tx:
        assert builds.without_artifact(tx, ids) == set(ids[:4])
        assert builds.latest_succeeded(tx, ledger.component).number == 6


def test_nobody_is_told_of_nothing(ledger):
    """It is asked every ten seconds, and who is told looks again."""
    heard = []
    built(ledger.database, ledger.component)
    with ledger.database.changes.listening([changes.BUILDS], heard.append):
        assert (retire(ledger), heard) == ([], [])
        assert retire(ledger, keep=1) == [1]
    assert heard


def test_what_an_execution_waits_for_is_kept_until_it_is_over(ledger):
    ledger.run_now(ledger.deploy(every(MINUTE)))
    newer = [built(ledger.database, ledger.component) for _ in range(3)]
    ledger.deploy(release=newer[-1])
    assert 1 not in retire(ledger)
    for claimed in ledger.claim():
        ledger.finish(claimed)
    assert 1 in retire(ledger)


def test_the_builds_of_other_components_do_not_count(ledger):
    ledger.add_component("other")
    built(ledger.database, ledger.component)
    assert retire(ledger) == []


def test_what_is_retired_is_neither_deployed_nor_run_again(ledger):
    execution_id = ledger.run_now(ledger.deploy())
    for claimed in ledger.claim():
        ledger.finish(claimed)
    newer = [built(ledger.database, ledger.component) for _ in range(2)]
    ledger.deploy(release=newer[-1])
    assert retire(ledger) == [1]
    with pytest.raises(Conflict, match="Build its commit again"):
        ledger.deploy(release=ledger.release)
    with ledger.database.begin() as tx, pytest.raises(Conflict):
        builds.hold(tx, builds.by_id(tx, ledger.release.build.id))
    with ledger.database.read() as tx:
        assert executions.get(tx, execution_id).build == 1


def test_a_build_that_is_being_deployed_is_not_retired(ledger, kind, another):
    if kind == "sqlite":
        pytest.skip("SQLite lets one transaction write at a time.")
    for _ in range(2):
        built(ledger.database, ledger.component)
    with another().begin() as deploying:
        builds.hold(deploying, ledger.release.build)
        assert retire(ledger) == []
    assert retire(ledger) == [1]
