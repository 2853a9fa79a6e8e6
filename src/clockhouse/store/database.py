"""The database as a seam: what a transaction is, and what each kind of database gives."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa

from clockhouse.errors import ClockhouseError, Invalid, Outage, Unavailable
from clockhouse.store.changes import Changes
from clockhouse.store.prepared import Answer, Many, Parameters, Prepared
from clockhouse.task.clock import Clock
from clockhouse.telemetry import logger

log = logger("database")

T = TypeVar("T")

_VERSIONS = Path(__file__).parent / "migrations" / "versions"
_POSTGRESQL = "postgresql"
_TELL_AGAIN_S = 60
_TRIES = 3  # at once, of what another transaction was in the way of
_try_turn = sa.text("SELECT pg_try_advisory_xact_lock(hashtextextended(:name, 0))")
_take_turn = sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")

_wait_at_most = sa.text("SELECT set_config('lock_timeout', :wait, true)")


class Contended(Unavailable):
    """Another transaction was in the way. Nothing of this one has happened: to do all of it again is safe."""


@dataclass(frozen=True, slots=True)
class Tx:
    """A transaction: one connection and the one instant at which everything in it happens."""

    connection: sa.Connection
    now: datetime
    is_writing: bool = True
    topics: set[str] = field(default_factory=set)
    clock: Callable[[], datetime] | None = None  # where others may write while it waits: the present instant

    def later(self) -> Tx:
        """The same transaction at the present instant, after a wait for others: what they did is in its past."""
        return self if self.clock is None else replace(self, now=self.clock())

    def changed(self, *topics: str) -> None:
        """Hints at these topics once the transaction is committed."""
        self.topics.update(topics)

    def execute(self, statement: sa.Executable, parameters: Any = None) -> sa.CursorResult[Any]:
        return self.connection.execute(statement, parameters)

    def run(self, prepared: Prepared, parameters: Parameters | Many | None = None) -> Answer:
        """As `execute`, of what is asked again and again; all rows at once."""
        return prepared.run(self.connection, parameters)

    def insert_missing(self, table: sa.Table, rows: list[dict[str, Any]]) -> None:
        """Inserts the rows whose keys are not there yet."""
        self.run(_insert_missing(table, self.connection.dialect.name), rows)

    def insert_or_add(self, table: sa.Table, rows: list[dict[str, Any]], columns: Iterable[str]) -> None:
        """Inserts the rows; where a key is there, adds the numbers of these columns to those that it has."""
        if rows:
            self.run(_insert_or_add(table, tuple(columns), self.connection.dialect.name), rows)

    def insert_missing_rows(self, table: sa.Table, names: tuple[str, ...], rows: Iterable[Sequence[Any]]) -> None:
        """As `insert_missing`, of very many rows: their values are in the order of `names`, which is the table's."""
        _insert_missing(table, self.connection.dialect.name).run_rows(self.connection, names, rows)

    def take_turn(self, name: str) -> None:
        """Waits until no other transaction has the turn of this name, and keeps it to the end.

        For what is read before it is written, where there is no row to lock. A transaction that only reads takes none,
        and SQLite lets one transaction write at a time anyway.
        """
        if self.is_writing and self.connection.dialect.name == _POSTGRESQL:
            self.execute(_take_turn, {"name": name})

    def yield_to_others(self, wait_s: float) -> None:
        """From now on, what waits longer for a row gives up: Contended. Others wait for theirs as long as ever.

        Shorter than the second after which PostgreSQL looks for a deadlock, it is this one that makes way, no other.
        """
        if self.connection.dialect.name == _POSTGRESQL:
            self.execute(_wait_at_most, {"wait": f"{round(wait_s * 1000)}ms"})

    def try_turn(self, name: str) -> bool:
        """Takes the turn of this name, if no other transaction has it; whether it did."""
        if self.connection.dialect.name != _POSTGRESQL:
            return True
        return bool(self.execute(_try_turn, {"name": name}).scalar())


def _insert(table: sa.Table, dialect: str) -> Any:
    """An insert in the words of one dialect: SQLAlchemy loads every driver it knows of with each of them."""
    if dialect == _POSTGRESQL:
        from sqlalchemy.dialects import postgresql

        return postgresql.insert(table)
    from sqlalchemy.dialects import sqlite

    return sqlite.insert(table)


@cache
def _insert_missing(table: sa.Table, dialect: str) -> Prepared:
    return Prepared(_insert(table, dialect).on_conflict_do_nothing())


@cache
def _insert_or_add(table: sa.Table, columns: tuple[str, ...], dialect: str) -> Prepared:
    insert = _insert(table, dialect)
    more = {name: table.c[name] + insert.excluded[name] for name in columns}
    return Prepared(insert.on_conflict_do_update(index_elements=list(table.primary_key.columns), set_=more))


@dataclass(frozen=True, slots=True)
class _Told:
    """What the log says of an outage since the moment `at` of the monotonic clock."""

    sentence: str
    at: float
    is_over: bool = False


class Database(ABC):
    """What keeps the rows. `clock` tells the time that its transactions have, `changes` what they changed.

    `outage` is what keeps it from being written to at present: set by whoever meets it first, gone once somebody has
    written again.
    """

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.changes = Changes()
        self.outage: Outage | None = None
        self._told: _Told | None = None
        self._has_written = False

    @abstractmethod
    def begin(self) -> AbstractContextManager[Tx]:
        """A transaction that may write: committed at the end, rolled back when an error leaves it.

        Raises Unavailable when the database does not go along; Contended when another transaction is the reason.
        """

    def write(self, do: Callable[[Tx], T], *, tries: int = _TRIES) -> T:
        """What `do` returns, committed. Where it was only in another's way, it is done again, a few times."""
        for left in reversed(range(tries)):
            try:
                with self.begin() as tx:
                    return do(tx)
            except Contended:
                if not left:
                    raise
        raise AssertionError  # the last try returned or raised

    @abstractmethod
    def read(self) -> AbstractContextManager[Tx]:
        """A transaction that sees one state of the database and writes nothing."""

    @abstractmethod
    def listen(self) -> None:
        """From now on, until `close`, `changes` also hints at what other processes change."""

    @abstractmethod
    def close(self) -> None: ...

    def migrate(self) -> None:
        """Brings the schema to this version's. Raises Invalid when the database is of a newer version."""
        known = sorted(file.stem for file in _VERSIONS.glob("[0-9]*.py"))
        with self.read() as tx:
            found = _version(tx)
        if found == known[-1]:
            return  # Alembic takes longer to import than the rest of a start
        if found is not None and found not in known:
            raise Invalid(
                f"The database {self} was made by a newer version of Clockhouse ({found}). "
                f"Start that version, or choose another {self._choice}."
            )
        from clockhouse.store.migrations.run import upgrade

        with self.begin() as tx:
            self._prepare_migration(tx)
            upgrade(tx.connection)

    def now(self) -> datetime:
        """The instant that a transaction would have if it began now."""
        return self.clock.now()

    def _met(self, outage: Outage) -> Outage:
        """Takes note of an outage. It is worth a line in the log when it is new, or comes back after a while.

        One before the first write prevents a start, whose error says so already.
        """
        self.outage = outage
        if not self._has_written:
            return outage
        now, known = self.clock.monotonic(), self._told
        if known is None or known.sentence != outage.sentence or (known.is_over and now - known.at > _TELL_AGAIN_S):
            self._told = _Told(outage.sentence, now)
            log.error("database.unavailable", sentence=outage.sentence)
        return outage

    def _written(self) -> None:
        """Takes note that somebody has written: on a full disk, something small may now and then."""
        self._has_written = True
        if self.outage is None:
            return
        self.outage, known = None, self._told
        if known is not None and not known.is_over:
            self._told = replace(known, is_over=True)
            log.warning("database.available", after_s=round(self.clock.monotonic() - known.at, 1))

    @abstractmethod
    def __str__(self) -> str:
        """Where it is, for a person; nothing secret."""

    @property
    @abstractmethod
    def _choice(self) -> str:
        """What a person chooses when another database is wanted."""

    @abstractmethod
    def _prepare_migration(self, tx: Tx) -> None:
        """What comes before the first statement of a migration, in its transaction."""


def _version(tx: Tx) -> str | None:
    if not sa.inspect(tx.connection).has_table("alembic_version"):
        return None
    version: str | None = tx.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
    return version


def one(rows: Iterable[Any], missing: ClockhouseError) -> Any:
    """The only row; raises `missing` when there is none."""
    found = next(iter(rows), None)
    if found is None:
        raise missing
    return found
