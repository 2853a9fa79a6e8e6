"""The database as a whole: its transactions, its version, its one writer."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any

import sqlalchemy as sa

from clockhouse.errors import ClockhouseError, Invalid, Unavailable
from clockhouse.store.changes import Changes
from clockhouse.task.clock import Clock

_VERSIONS = Path(__file__).parent / "migrations" / "versions"
_WAIT_S = 30  # for another process that writes; within this one, writers queue on a lock


@dataclass(frozen=True, slots=True)
class Tx:
    """A transaction: one connection and the one instant at which everything in it happens."""

    connection: sa.Connection
    now: datetime
    topics: set[str] = field(default_factory=set)

    def changed(self, *topics: str) -> None:
        """Hints at these topics once the transaction is committed."""
        self.topics.update(topics)

    def execute(self, statement: sa.Executable, parameters: Any = None) -> sa.CursorResult[Any]:
        return self.connection.execute(statement, parameters)


class Database:
    """SQLite in a file. Writers take turns; readers never wait."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self.changes = Changes()
        self._clock = clock
        self._turn = Lock()
        self._path = path
        self._engine = sa.create_engine(f"sqlite:///{path}", pool_size=8, max_overflow=64, hide_parameters=True)
        sa.event.listen(self._engine, "connect", _prepare)
        sa.event.listen(self._engine, "begin", _begin)

    @contextmanager
    def begin(self) -> Iterator[Tx]:
        """A transaction that may write: committed at the end, rolled back when an error leaves it."""
        with self._turn, _explained(self._path), self._engine.connect() as connection:
            writing = connection.execution_options(clockhouse_writes=True)
            with writing.begin():
                tx = Tx(writing, self._clock.now())
                yield tx
        self.changes.publish(tx.topics)

    @contextmanager
    def read(self) -> Iterator[Tx]:
        """A transaction that sees one state of the database and writes nothing."""
        with _explained(self._path), self._engine.connect() as connection, connection.begin():
            yield Tx(connection, self._clock.now())

    def migrate(self) -> None:
        """Brings the schema to this version's. Raises Invalid when the database is of a newer version."""
        known = sorted(file.stem for file in _VERSIONS.glob("[0-9]*.py"))
        found = self._version()
        if found == known[-1]:
            return  # Alembic takes longer to import than the rest of a start
        if found is not None and found not in known:
            raise Invalid(
                f"The database {self._path} was made by a newer version of Clockhouse ({found}). "
                "Start that version, or choose another data directory with --data."
            )
        from clockhouse.store.migrations.run import upgrade

        with _explained(self._path), self._engine.connect() as connection:
            upgrade(connection.execution_options(clockhouse_writes=True))

    def now(self) -> datetime:
        """The instant that a transaction would have if it began now."""
        return self._clock.now()

    def close(self) -> None:
        self._engine.dispose()

    def _version(self) -> str | None:
        with _explained(self._path), self._engine.connect() as connection, connection.begin():
            if not sa.inspect(connection).has_table("alembic_version"):
                return None
            version: str | None = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
            return version


def _prepare(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # transactions begin where we say, not where the driver guesses
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        f"busy_timeout = {_WAIT_S * 1000}",
        "cache_size = -16000",
        "temp_store = MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get("clockhouse_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Turns what the database driver says of the disk into a sentence for a person."""
    try:
        yield
    except sa.exc.IntegrityError:
        raise
    except sa.exc.DatabaseError as error:
        sentence = _sentence(str(error.orig), path)
        if sentence is None:
            raise
        raise Unavailable(sentence) from error


_SAID = {
    "full": "There is no room left for the database {path}. Free some disk space; Clockhouse goes on by itself.",
    "unable to open": "The database {path} cannot be opened. Check that the folder exists and may be written to.",
    "readonly": "The database {path} may not be written to. Check the permissions of the file and its folder.",
    "read-only": "The database {path} may not be written to. Check the permissions of the file and its folder.",
    "disk I/O error": "The disk that holds the database {path} reported an error.",
    "not a database": "The file {path} is not a database. Move it away, or choose another data directory.",
    "malformed": "The database {path} is damaged. Restore it from a backup.",
    "locked": "The database {path} is held by another program for too long.",
}


def _sentence(said: str, path: Path) -> str | None:
    return next((sentence.format(path=path) for words, sentence in _SAID.items() if words in said), None)


def one(rows: Iterable[Any], missing: ClockhouseError) -> Any:
    """The only row; raises `missing` when there is none."""
    found = next(iter(rows), None)
    if found is None:
        raise missing
    return found
