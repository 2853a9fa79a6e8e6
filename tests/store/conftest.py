"""Every test of the store runs on each database; a test that is about one of them makes it itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from tests.support.ledger import NOON, Ledger, furnished
from tests.support.ledger import ledger as sqlite_ledger
from tests.support.postgres import Postgres

from clockhouse.kit import Secret
from clockhouse.store.database import Database
from clockhouse.store.postgresql import PostgreSQL
from clockhouse.store.sqlite import SQLite
from clockhouse.task import Clock
from clockhouse.task.testing import ManualClock

ON_POSTGRESQL = pytest.param("postgresql", marks=[pytest.mark.postgres, pytest.mark.slow])
Another = Callable[[], Database]


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
        for table in ("projects", "actors", "log_lines", "audit", "engines"):
            connection.execute(f"DELETE FROM {table}")


@pytest.fixture(params=["sqlite", ON_POSTGRESQL])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def clock() -> Clock:
    return ManualClock(NOON)


@pytest.fixture
def ledger(kind: str, clock: Clock, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Ledger]:
    if kind == "sqlite":
        made = sqlite_ledger(tmp_path / "clockhouse.db", clock)
    else:
        made = furnished(PostgreSQL(Secret(request.getfixturevalue("empty_address")), clock), clock)
    yield made
    made.database.close()


@pytest.fixture
def new_ledger(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> Callable[[], Ledger]:
    """A ledger for each example of a property; the one before is closed by the test."""
    address = None if kind == "sqlite" else request.getfixturevalue("migrated_address")

    def make() -> Ledger:
        if address is None:
            return sqlite_ledger(tmp_path / "clockhouse.db")
        emptied(address)
        clock = ManualClock(NOON)
        return furnished(PostgreSQL(Secret(address), clock), clock)

    return make


@pytest.fixture
def another(
    ledger: Ledger, kind: str, clock: Clock, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Another]:
    """Opens the ledger's database once more, as another process does."""
    opened: list[Database] = []

    def opening() -> Database:
        if kind == "sqlite":
            opened.append(SQLite(tmp_path / "clockhouse.db", clock))
        else:
            opened.append(PostgreSQL(Secret(request.getfixturevalue("empty_address")), clock))
        return opened[-1]

    yield opening
    for database in opened:
        database.close()
