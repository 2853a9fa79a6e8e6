"""The database as a whole: versions, transactions, and what it says when the disk does not go along."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from datetime import timedelta

import pytest
import sqlalchemy as sa
from tests.support.ledger import NOON

from clockhouse.errors import Invalid
from clockhouse.model.log import LogLine
from clockhouse.store import changes, environments, logs, projects
from clockhouse.store.database import Database
from clockhouse.store.tables.projects import projects as projects_table


@pytest.fixture
def database(ledger):
    return ledger.database


def test_migrating_again_changes_nothing(database):
    database.migrate()
    with database.read() as tx:
        assert [each.slug for each in environments.every(tx)] == ["development", "production"]


def test_a_database_of_a_newer_version_is_refused_with_what_to_do(ledger, kind, another):
    database = another()
    with _version("9999_future", database), pytest.raises(Invalid) as refused:
        database.migrate()
    choice = {"sqlite": "data directory with --data", "postgresql": "database with --database"}[kind]
    assert refused.value.sentence == (
        f"The database {database} was made by a newer version of Clockhouse (9999_future). "
        f"Start that version, or choose another {choice}."
    )


@contextmanager
def _version(version, database):
    """Another test has the same database of PostgreSQL."""
    change = sa.text("UPDATE alembic_version SET version_num = :version")
    with database.begin() as tx:
        before = tx.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
        tx.execute(change, {"version": version})
    try:
        yield
    finally:
        with database.begin() as tx:
            tx.execute(change, {"version": before})


def test_a_transaction_that_an_error_leaves_changes_nothing(database):
    with pytest.raises(ZeroDivisionError), database.begin() as tx:
        _break(projects.add(tx, slug="lost", name="Lost", description=""))
    with database.read() as tx:
        assert [project.slug for project, _ in projects.every(tx)] == ["shop"]


def _break(_what_was_done_before: object) -> None:
    raise ZeroDivisionError


def test_an_error_gives_no_hint_and_a_commit_does(database):
    heard = []
    with database.changes.listening([changes.PROJECTS], heard.append):
        with pytest.raises(ZeroDivisionError), database.begin() as tx:
            _break(tx.changed(changes.PROJECTS))
        assert heard == []
        with database.begin() as tx:
            tx.changed(changes.PROJECTS, changes.QUEUE)
    with database.begin() as tx:
        tx.changed(changes.PROJECTS)
    assert heard == [frozenset({changes.PROJECTS})]


def test_a_listener_that_breaks_spoils_neither_the_commit_nor_the_other_listeners(database):
    """As a browser's does, whose event loop has just been closed."""
    heard = []

    def broken(_topics):
        raise RuntimeError("Event loop is closed")

    listening = database.changes.listening
    with listening([changes.PROJECTS], broken), listening([changes.PROJECTS], heard.append), database.begin() as tx:
        projects.add(tx, slug="new", name="New", description="")
    assert heard
    with database.read() as tx:
        assert projects.get(tx, "new").name == "New"


def test_a_reader_sees_one_state_while_others_write(database):
    with database.read() as tx:
        before = len(projects.every(tx))
        with database.begin() as other:
            projects.add(other, slug="new", name="New", description="")
        assert len(projects.every(tx)) == before


def test_what_the_database_refuses_is_told_without_the_values(database):
    with database.begin() as tx, pytest.raises(sa.exc.IntegrityError) as refused:
        projects.add(tx, slug="other", name=None, description="correct-horse")
    assert "correct-horse" not in str(refused.value)


def test_a_transaction_has_one_instant(ledger):
    with ledger.database.begin() as tx:
        ledger.advance(timedelta(seconds=5))
        assert tx.now == NOON


def test_writers_of_many_threads_lose_nothing(database, another):
    """They read, then write what follows from it: in turn, within this process and beside another one."""
    other = another()
    with database.begin() as tx:
        logs.append(tx, "counter", [LogLine(1, NOON, "x", None, "0")])

    def count(at: Database) -> None:
        for _ in range(10):
            with at.begin() as tx:
                tx.take_turn("counter")
                number = int(logs.after(tx, "counter", 0, 1)[0].text)
                tx.execute(sa.text("UPDATE log_lines SET text = :text"), {"text": str(number + 1)})

    threads = [threading.Thread(target=count, args=(at,)) for at in [database, other] * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as tx:
        assert logs.after(tx, "counter", 0, 1)[0].text == "80"


def test_what_contradicts_a_rule_of_the_schema_is_no_trouble_of_the_disk(database):
    with pytest.raises(sa.exc.IntegrityError), database.begin() as tx:
        tx.execute(projects_table.insert().values(id="1", slug="full", name="", description="", is_example=False))
