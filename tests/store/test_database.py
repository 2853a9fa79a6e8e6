"""The database as a whole: versions, transactions, and what it says when the disk does not go along."""

from __future__ import annotations

import sqlite3
import threading
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from tests.support.ledger import NOON

from clockhouse.errors import Invalid, Unavailable
from clockhouse.model.log import LogLine
from clockhouse.store import changes, environments, logs, projects
from clockhouse.store.database import Database
from clockhouse.store.tables import Instant, metadata
from clockhouse.store.tables import projects as projects_table
from clockhouse.task.testing import ManualClock


@pytest.fixture
def database(ledger):
    return ledger.database


@pytest.fixture
def path(tmp_path):
    return tmp_path / "clockhouse.db"


@pytest.mark.slow
def test_the_migrations_make_exactly_the_tables_that_the_code_knows(path):
    database = Database(path, ManualClock(NOON))
    database.migrate()
    with database.read() as tx:
        context = MigrationContext.configure(tx.connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    database.close()
    with sqlite3.connect(path) as connection:
        migrated = _schema(connection)
    connection.close()
    fresh = sa.create_engine(f"sqlite:///{path.with_name('fresh.db')}")
    metadata.create_all(fresh)
    with fresh.connect() as made:
        assert migrated == _schema(made.connection.dbapi_connection)
    fresh.dispose()


def _schema(connection):
    """What compare_metadata does not look at, too: partial indexes, unique ones, foreign keys and what they cascade."""
    found = {}
    for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        if table == "alembic_version" or table.startswith("sqlite_"):
            continue
        keys = {row[2:] for row in connection.execute(f"PRAGMA foreign_key_list({table})")}
        columns = {row[1:] for row in connection.execute(f"PRAGMA table_info({table})")}
        indexes = set()
        for _, name, is_unique, origin, is_partial in connection.execute(f"PRAGMA index_list({table})"):
            members = tuple(row[2] for row in connection.execute(f"PRAGMA index_info({name})"))
            named = "" if name.startswith("sqlite_") else name
            indexes.add((named, members, is_unique, origin, is_partial))
        found[table] = (keys, columns, indexes)
    return found


def test_migrating_again_changes_nothing(database):
    database.migrate()
    with database.read() as tx:
        assert [each.slug for each in environments.every(tx)] == ["development", "production"]


def test_a_database_of_a_newer_version_is_refused_with_what_to_do(database, path):
    with database.begin() as tx:
        tx.execute(sa.text("UPDATE alembic_version SET version_num = '9999_future'"))
    with pytest.raises(Invalid) as refused:
        Database(path, ManualClock(NOON)).migrate()
    assert refused.value.sentence == (
        f"The database {path} was made by a newer version of Clockhouse (9999_future). "
        "Start that version, or choose another data directory with --data."
    )


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


def test_the_order_of_instants_is_the_order_of_their_text(ledger):
    old, new = datetime(999, 12, 31, 23, 59, 59, tzinfo=UTC), NOON
    texts = [Instant().process_bind_param(each, ledger.database._engine.dialect) for each in (old, new)]
    assert texts == ["0999-12-31T23:59:59.000000Z", "2026-11-22T12:00:00.000000Z"]
    assert [Instant().process_result_value(text, ledger.database._engine.dialect) for text in texts] == [old, new]


def test_what_the_database_refuses_is_told_without_the_values(database):
    with database.begin() as tx, pytest.raises(sa.exc.IntegrityError) as refused:
        projects.add(tx, slug="other", name=None, description="correct-horse")
    assert "correct-horse" not in str(refused.value)


def test_a_transaction_has_one_instant(ledger):
    with ledger.database.begin() as tx:
        ledger.advance(timedelta(seconds=5))
        assert tx.now == NOON


def test_writers_of_many_threads_lose_nothing(database, path):
    """They read, then write what follows from it: in turn, within this process and beside another one."""
    other = Database(path, ManualClock(NOON))
    with database.begin() as tx:
        logs.append(tx, "counter", [LogLine(1, NOON, "x", None, "0")])

    def count(at: Database) -> None:
        for _ in range(10):
            with at.begin() as tx:
                number = int(logs.after(tx, "counter", 0, 1)[0].text)
                tx.execute(sa.text("UPDATE log_lines SET text = :text"), {"text": str(number + 1)})

    threads = [threading.Thread(target=count, args=(at,)) for at in [database, other] * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as tx:
        assert logs.after(tx, "counter", 0, 1)[0].text == "80"
    other.close()


def test_a_full_disk_is_a_sentence_and_writing_goes_on_when_there_is_room_again(database):
    with database.begin() as tx:
        pages = tx.execute(sa.text("PRAGMA page_count")).scalar()
    _limit_pages(database, pages + 2)
    with pytest.raises(Unavailable, match="no room left"), database.begin() as tx:
        tx.execute(projects_table.update().values(description="x" * 500_000))
    _limit_pages(database, 1_000_000)
    with database.begin() as tx:
        tx.execute(projects_table.update().values(description="x" * 500_000))
    with database.read() as tx:
        assert len(projects.get(tx, "shop").description) == 500_000


def _limit_pages(database: Database, pages: int) -> None:
    """On every connection that the database has, or will have."""
    limit = f"PRAGMA max_page_count = {pages}"
    sa.event.listen(database._engine, "begin", lambda connection: connection.exec_driver_sql(limit))


def test_a_file_that_is_no_database_is_a_sentence(path):
    path.write_bytes(b"this is no database " * 100)
    database = Database(path, ManualClock(NOON))
    with pytest.raises(Unavailable, match="is not a database"):
        database.migrate()
    database.close()


def test_a_folder_that_is_not_there_is_a_sentence(tmp_path):
    database = Database(tmp_path / "none" / "clockhouse.db", ManualClock(NOON))
    with pytest.raises(Unavailable, match="cannot be opened"):
        database.migrate()
    database.close()


def test_a_database_that_may_not_be_written_to_is_a_sentence(database):
    with database.read() as tx:
        tx.execute(sa.text("PRAGMA query_only = ON"))
    with pytest.raises(Unavailable, match="may not be written to"), database.begin() as tx:
        projects.add(tx, slug="new", name="New", description="")


def test_what_contradicts_a_rule_of_the_schema_is_no_trouble_of_the_disk(database):
    with pytest.raises(sa.exc.IntegrityError), database.begin() as tx:
        tx.execute(projects_table.insert().values(id="1", slug="full", name="", description="", is_example=False))
