"""A database of each kind, with this version's tables in it."""

from __future__ import annotations

import psycopg
import pytest
from tests.support.ledger import NOON
from tests.support.postgres import Postgres

from clockhouse.kit import Secret
from clockhouse.store.postgresql import PostgreSQL
from clockhouse.task.testing import ManualClock

ON_POSTGRESQL = pytest.param("postgresql", marks=[pytest.mark.postgres, pytest.mark.slow])


@pytest.fixture(scope="session")
def migrated_address(postgres: Postgres) -> str:
    """A PostgreSQL database of this version: migrating one takes longer than most tests."""
    address = postgres.new_database()
    database = PostgreSQL(Secret(address), ManualClock(NOON))
    database.migrate()
    database.close()
    return address


@pytest.fixture
def empty_address(migrated_address: str) -> str:
    """The same, without what the test before left in it."""
    emptied(migrated_address)
    return migrated_address


def emptied(address: str) -> None:
    with psycopg.connect(address) as connection:
        connection.execute("ALTER TABLE audit DISABLE TRIGGER USER")  # which keep it from just this
        for table in ("projects", "actors", "log_lines", "audit", "engines", "tallies", "durations", "key_checks"):
            connection.execute(f"DELETE FROM {table}")
        connection.execute("ALTER TABLE audit ENABLE TRIGGER USER")
        connection.execute("DELETE FROM environments WHERE slug NOT IN ('development', 'production')")
        connection.execute("UPDATE environments SET keep_days = DEFAULT, keep_last = DEFAULT")


@pytest.fixture(params=["sqlite", ON_POSTGRESQL])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)
