"""SQLite: its schema, and what it says when the disk does not go along."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
import structlog
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from structlog.testing import LogCapture
from tests.support.ledger import MINUTE, NOON, SECOND, refusing
from tests.support.ledger import ledger as new_ledger

from clockhouse.errors import Outage, Unavailable
from clockhouse.store import database as store_database
from clockhouse.store import projects
from clockhouse.store.sqlite import SQLite
from clockhouse.store.tables.columns import INSTANT, metadata
from clockhouse.store.tables.projects import projects as projects_table
from clockhouse.task.testing import ManualClock


@pytest.fixture
def database(path):
    made = new_ledger(path).database
    yield made
    made.close()


@pytest.fixture
def told(monkeypatch):
    """What the log says of the database, whatever the level that another test has set."""
    lines, level = LogCapture(), structlog.make_filtering_bound_logger("debug")
    monkeypatch.setattr(store_database, "log", structlog.wrap_logger(None, [lines], level))
    return lines.entries


@pytest.fixture
def path(tmp_path):
    return tmp_path / "clockhouse.db"


@pytest.mark.slow
def test_the_migrations_make_exactly_the_tables_that_the_code_knows(path):
    database = SQLite(path, ManualClock(NOON))
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


def test_the_order_of_instants_is_the_order_of_their_text(database):
    old, new = datetime(999, 12, 31, 23, 59, 59, tzinfo=UTC), NOON
    texts = [INSTANT.process_bind_param(each, database._engine.dialect) for each in (old, new)]
    assert texts == ["0999-12-31T23:59:59.000000Z", "2026-11-22T12:00:00.000000Z"]
    assert [INSTANT.process_result_value(text, database._engine.dialect) for text in texts] == [old, new]


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


def test_an_outage_is_told_when_it_begins_and_when_it_is_over_and_not_each_time_it_is_met(database, told):
    _fail(database, times=3)
    outage = database.outage
    _write(database)
    assert "There is no room left" in outage.sentence
    assert database.outage is None
    assert [line["event"] for line in told] == ["database.unavailable", "database.available"]
    assert told[0]["sentence"] == outage.sentence


def test_an_outage_that_comes_and_goes_is_told_once_in_a_while(database, told):
    for _ in range(10):  # something small finds room on a full disk now and then
        _fail(database)
        _write(database)
        database.clock.advance(SECOND)
    database.clock.advance(MINUTE)
    _fail(database)
    events = ["database.unavailable", "database.available", "database.unavailable"]
    assert [line["event"] for line in told] == events


def test_an_outage_of_another_kind_is_told_at_once(database, told):
    _fail(database)
    _fail(database, said="disk I/O error")
    assert [line["sentence"].partition(" ")[0] for line in told] == ["There", "The"]


def _fail(database: SQLite, *, times: int = 1, said: str = "database or disk is full") -> None:
    with refusing(database, said):
        for _ in range(times):
            with pytest.raises(Outage), database.begin():
                pass


def _write(database: SQLite) -> None:
    with database.begin() as tx:
        tx.execute(projects_table.update().values(description="x"))


def _limit_pages(database: SQLite, pages: int) -> None:
    """On every connection that the database has, or will have."""
    limit = f"PRAGMA max_page_count = {pages}"
    sa.event.listen(database._engine, "begin", lambda connection: connection.exec_driver_sql(limit))


def test_a_file_that_is_no_database_is_a_sentence(path):
    path.write_bytes(b"this is no database " * 100)
    database = SQLite(path, ManualClock(NOON))
    with pytest.raises(Unavailable, match="is not a database"):
        database.migrate()
    database.close()


def test_a_folder_that_is_not_there_is_a_sentence(tmp_path):
    database = SQLite(tmp_path / "none" / "clockhouse.db", ManualClock(NOON))
    with pytest.raises(Unavailable, match="cannot be opened"):
        database.migrate()
    database.close()


def test_a_database_that_may_not_be_written_to_is_a_sentence(database):
    with database.begin() as tx:
        tx.execute(sa.text("PRAGMA query_only = ON"))
    with pytest.raises(Unavailable, match="may not be written to"), database.begin() as tx:
        projects.add(tx, slug="new", name="New", description="")


def test_what_is_written_is_read_from_the_pages_of_one_connection(database):
    with database.begin() as tx:
        first = tx.connection.connection.driver_connection
    with database.begin() as tx:
        assert tx.connection.connection.driver_connection is first


def test_a_writer_that_the_disk_refused_is_replaced(database):
    with database.begin() as tx:
        broken = tx.connection.connection.driver_connection
        tx.execute(sa.text("PRAGMA query_only = ON"))
    with pytest.raises(Unavailable), database.begin() as tx:
        projects.add(tx, slug="bar", name="Bar", description="")
    with database.read() as tx:  # it went back to the pool, last in and so first out
        assert tx.connection.connection.driver_connection is broken
        tx.execute(sa.text("PRAGMA query_only = OFF"))
    with database.begin() as tx:
        projects.add(tx, slug="bar", name="Bar", description="")
