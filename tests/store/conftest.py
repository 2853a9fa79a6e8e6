"""Every test of the store runs on each database; a test that is about one of them makes it itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.support.databases import emptied, empty_address, kind, migrated_address
from tests.support.ledger import NOON, Ledger, furnished
from tests.support.ledger import ledger as sqlite_ledger

from clockhouse.kit import Secret
from clockhouse.store.database import Database
from clockhouse.store.postgresql import PostgreSQL
from clockhouse.store.sqlite import SQLite
from clockhouse.task import Clock
from clockhouse.task.testing import ManualClock

__all__ = ["empty_address", "kind", "migrated_address"]
Another = Callable[[], Database]


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
