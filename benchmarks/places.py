"""Where a server that is measured keeps its rows: a new database of each kind."""

from __future__ import annotations

import atexit
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.support.postgres import Postgres

from clockhouse.kit import Secret
from clockhouse.store.database import Database
from clockhouse.store.postgresql import PostgreSQL
from clockhouse.store.sqlite import SQLite
from clockhouse.task import SystemClock

ROOT = Path(__file__).resolve().parents[1]
SQLITE, POSTGRESQL = "SQLite", "PostgreSQL"
KINDS = (SQLITE, POSTGRESQL)


@dataclass(frozen=True, slots=True)
class Place:
    """A data directory, and the address of the database where that is not a file in it."""

    kind: str
    data: Path
    address: str | None

    @property
    def options(self) -> tuple[str, ...]:
        """Those of `clockhouse serve`."""
        return () if self.address is None else ("--database", self.address)

    @contextmanager
    def database(self) -> Iterator[Database]:
        """The database itself, of this version. For SQLite, no server may use it meanwhile."""
        self.data.mkdir(exist_ok=True)
        clock = SystemClock()
        opened: Database
        if self.address is None:
            opened = SQLite(self.data / "clockhouse.db", clock)
        else:
            opened = PostgreSQL(Secret(self.address))
        try:
            opened.migrate()
            yield opened
        finally:
            opened.close()


@contextmanager
def new_place(kind: str) -> Iterator[Place]:
    """An empty one. That of PostgreSQL is a real server on this machine, which does not wait for the disk."""
    with tempfile.TemporaryDirectory(prefix="clockhouse-bench-") as folder:
        address = _postgres().new_database() if kind == POSTGRESQL else None
        yield Place(kind, Path(folder) / "data", address)


@contextmanager
def bare_sqlite(folder: Path) -> Iterator[sqlite3.Connection]:
    """What the driver itself can do, as durable as ours."""
    connection = sqlite3.connect(folder / "floor.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    try:
        yield connection
    finally:
        connection.close()


@cache
def _postgres() -> Postgres:
    server = Postgres()
    atexit.register(server.close)
    return server
