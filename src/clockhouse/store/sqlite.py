"""The database in a file of one machine: SQLite. Writers take turns; readers never wait."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

import sqlalchemy as sa

from clockhouse.errors import Outage
from clockhouse.store.database import Database, Tx
from clockhouse.task.clock import Clock

# The latter while the files beside the database are made: there was no room for them.
_NO_ROOM = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE)
_WAIT_S = 30  # for another process that writes; within this one, writers queue on a lock


class SQLite(Database):
    """One process uses it at a time, so that its hints need not reach another one."""

    def __init__(self, path: Path, clock: Clock, *, read_only: bool = False) -> None:
        """With `read_only` it writes nothing, makes no file, and may be used beside the process that writes."""
        super().__init__(clock)
        self._turn = Lock()
        self._path = path
        address = f"sqlite:///{path.absolute().as_uri()}?mode=ro&uri=true" if read_only else f"sqlite:///{path}"
        self._engine = sa.create_engine(address, pool_size=8, max_overflow=64, pool_use_lifo=True, hide_parameters=True)
        self._writer: sa.Connection | None = None
        sa.event.listen(self._engine, "connect", _prepare_to_read if read_only else _prepare)
        sa.event.listen(self._engine, "begin", _begin)

    @contextmanager
    def begin(self) -> Iterator[Tx]:
        with self._turn, self._explained(), self._writing() as connection:
            tx = Tx(connection, self.clock.now())
            yield tx
        self._written()
        self.changes.publish(tx.topics)

    @contextmanager
    def read(self) -> Iterator[Tx]:
        with self._explained(), self._engine.connect() as connection, connection.begin():
            yield Tx(connection, self.clock.now(), is_writing=False)

    def listen(self) -> None:
        """Nothing: there is no other process."""

    def close(self) -> None:
        with self._turn:
            self._give_up_writer()
            self._engine.dispose()

    @contextmanager
    def _writing(self) -> Iterator[sa.Connection]:
        """One connection for all that is written: SQLite reads everything anew after another one wrote."""
        if self._writer is None:
            self._writer = self._engine.connect().execution_options(clockhouse_writes=True)
        try:
            with self._writer.begin():
                yield self._writer
        except sa.exc.DBAPIError:
            self._give_up_writer()
            raise

    def _give_up_writer(self) -> None:
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()

    def __str__(self) -> str:
        return str(self._path)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turns what the database driver says of the disk into a sentence for a person."""
        try:
            yield
        except sa.exc.IntegrityError:
            raise
        except sa.exc.DatabaseError as error:
            sentence = _sentence(_said(error), self._path)
            if sentence is None:
                raise
            raise self._met(Outage(sentence)) from error

    @property
    def _choice(self) -> str:
        return "data directory with --data"

    def _prepare_migration(self, tx: Tx) -> None:
        """Nothing: the transaction is the only one that writes."""


def _prepare(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # transactions begin where we say, not where the driver guesses
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        f"busy_timeout = {_WAIT_S * 1000}",
        "cache_size = -16000",
        "wal_autocheckpoint = 4000",  # pages: a commit in a hundred had to wait for one of a thousand
        "temp_store = MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _prepare_to_read(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None
    for pragma in ("query_only = ON", f"busy_timeout = {_WAIT_S * 1000}", "temp_store = MEMORY"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get("clockhouse_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


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


def _said(error: sa.exc.DatabaseError) -> str:
    return "full" if getattr(error.orig, "sqlite_errorcode", None) in _NO_ROOM else str(error.orig)


def _sentence(said: str, path: Path) -> str | None:
    return next((sentence.format(path=path) for words, sentence in _SAID.items() if words in said), None)
