"""SQL databases: PostgreSQL, MySQL and MariaDB, SQLite."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from clockhouse.connectors import libraries
from clockhouse.connectors.errors import ConnectorError
from clockhouse.connectors.web import plain
from clockhouse.kit import Secret

if TYPE_CHECKING:
    import sqlalchemy
else:
    sqlalchemy = libraries.found("sqlalchemy", "sql")

TITLE = "SQL database"
GROUP = "Data"

Row = dict[str, Any]
Values = Mapping[str, Any]

_DRIVERS = {
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mysql+pymysql",
    "sqlite": "sqlite",
}
_AT_ONCE = 1000  # rows of one statement


@dataclass(frozen=True)
class Client:
    """A database of PostgreSQL, MySQL, MariaDB or SQLite."""

    url: Secret | str
    """postgresql://user:password@host/name, mysql://user:password@host/name, or sqlite:///path/of/file.db."""
    timeout_seconds: float = 30.0
    """How long a connection and a statement may take; with SQLite, how long to wait for who is writing."""

    @cached_property
    def _engine(self) -> sqlalchemy.Engine:
        return _opened(plain(self.url), self.timeout_seconds)

    def query(self, statement: str, values: Values | None = None, *, limit: int | None = None) -> list[Row]:
        """The rows of a SELECT, each by the names of its columns.

        `values` stand where the statement has their names, as in WHERE day = :day; never put values into the text.
        `limit` is how many rows are read at most.
        """
        with self.transaction() as transaction:
            return transaction.query(statement, values, limit=limit)

    def one(self, statement: str, values: Values | None = None) -> Row | None:
        """The first row of a SELECT; None when there is none. `values` stand where the statement has :names."""
        found = self.query(statement, values, limit=1)
        return found[0] if found else None

    def value(self, statement: str, values: Values | None = None) -> Any:
        """The first value of the first row, such as a count. `values` stand where the statement has :names.

        None when there is no row.
        """
        found = self.one(statement, values)
        return None if found is None else next(iter(found.values()))

    def execute(self, statement: str, values: Values | None = None) -> int:
        """Does an INSERT, UPDATE, DELETE or another statement, and gives how many rows it changed.

        `values` stand where the statement has :names.
        """
        with self.transaction() as transaction:
            return transaction.execute(statement, values)

    def insert(self, table: str, rows: Sequence[Values]) -> int:
        """Adds rows to a table, all or none, and gives how many. `rows` have the same columns."""
        with self.transaction() as transaction:
            return transaction.insert(table, rows)

    def upsert(self, table: str, rows: Sequence[Values], *, key: Sequence[str]) -> int:
        """Adds rows, or changes those that are there, all or none, and gives how many rows it was given.

        `rows` have the same columns. `key` are the columns by which a row is known: the table has a unique index on
        them.
        """
        with self.transaction() as transaction:
            return transaction.upsert(table, rows, key=key)

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Several statements that happen all or none: `with database.transaction() as transaction:`."""
        with _told(self.timeout_seconds), self._engine.begin() as connection:
            yield Transaction(connection)


@dataclass(frozen=True, slots=True)
class Transaction:
    """Statements that happen together; see the methods of Client."""

    _connection: sqlalchemy.Connection

    def query(self, statement: str, values: Values | None = None, *, limit: int | None = None) -> list[Row]:
        found = self._connection.execute(sqlalchemy.text(statement), dict(values or {}))
        rows = found.mappings()
        return [dict(row) for row in (rows.fetchall() if limit is None else rows.fetchmany(limit))]

    def execute(self, statement: str, values: Values | None = None) -> int:
        return max(0, self._connection.execute(sqlalchemy.text(statement), dict(values or {})).rowcount)

    def insert(self, table: str, rows: Sequence[Values]) -> int:
        return self._written(table, rows, "")

    def upsert(self, table: str, rows: Sequence[Values], *, key: Sequence[str]) -> int:
        if not rows:
            return 0
        if not key or not set(key) <= set(rows[0]):
            raise ConnectorError("The key must be columns of the rows.")
        names, others = map(self._quoted, key), [self._quoted(name) for name in rows[0] if name not in key]
        if self._connection.dialect.name == "mysql":
            kept = others or [self._quoted(key[0])]
            end = "ON DUPLICATE KEY UPDATE " + ", ".join(f"{name} = VALUES({name})" for name in kept)
        else:
            changed = ", ".join(f"{name} = excluded.{name}" for name in others)
            end = f"ON CONFLICT ({', '.join(names)}) DO " + (f"UPDATE SET {changed}" if others else "NOTHING")
        return self._written(table, rows, end)

    def _written(self, table: str, rows: Sequence[Values], end: str) -> int:
        if not rows:
            return 0
        columns = list(rows[0])
        if any(list(row) != columns for row in rows):
            raise ConnectorError("All rows must have the same columns, in the same order.")
        names = ", ".join(map(self._quoted, columns))
        marks = ", ".join(f":v{number}" for number in range(len(columns)))
        place = ".".join(map(self._quoted, table.split(".")))
        statement = sqlalchemy.text(f"INSERT INTO {place} ({names}) VALUES ({marks}) {end}")  # noqa: S608  # quoted
        for start in range(0, len(rows), _AT_ONCE):
            part = rows[start : start + _AT_ONCE]
            self._connection.execute(
                statement, [{f"v{at}": row[name] for at, name in enumerate(columns)} for row in part]
            )
        return len(rows)

    def _quoted(self, name: str) -> str:
        return self._connection.dialect.identifier_preparer.quote_identifier(name).replace(":", "\\:")


def _opened(address: str, timeout_seconds: float) -> sqlalchemy.Engine:
    kind, mark, rest = address.partition("://")
    if not mark or kind not in _DRIVERS:
        raise ConnectorError(f"A database's address begins with one of {', '.join(f'{each}://' for each in _DRIVERS)}.")
    try:
        return sqlalchemy.create_engine(
            f"{_DRIVERS[kind]}://{rest}",
            connect_args=_limits(kind, timeout_seconds),
            poolclass=sqlalchemy.NullPool,  # a task that is done has nothing open
            hide_parameters=True,
        )
    except (sqlalchemy.exc.ArgumentError, ValueError):
        raise ConnectorError(
            "The database's address can't be read. Write it as kind://user:password@host/name."
        ) from None
    except ModuleNotFoundError as error:
        raise ConnectorError(f"The library {error.name} is not installed: pip install 'clockhouse[sql]'") from None


def _limits(kind: str, timeout_seconds: float) -> dict[str, Any]:
    whole = max(1, round(timeout_seconds))
    if kind == "sqlite":
        return {"timeout": timeout_seconds}
    if kind.startswith("postgres"):
        return {"connect_timeout": whole, "options": f"-c statement_timeout={round(timeout_seconds * 1000)}"}
    return {"connect_timeout": whole, "read_timeout": whole, "write_timeout": whole}


@contextmanager
def _told(timeout_seconds: float) -> Iterator[None]:
    """Turns what the library raises into words, without the statement's values or the address."""
    try:
        yield
    except sqlalchemy.exc.DBAPIError as error:
        said = _words(error.orig)
        if "statement timeout" in said or "timed out" in said or "database is locked" in said:
            raise ConnectorError(f"The database took longer than {timeout_seconds:g} seconds: {said}.") from None
        if isinstance(error, sqlalchemy.exc.IntegrityError):
            raise ConnectorError(f"The database refused the rows: {said}.") from None
        if isinstance(error, sqlalchemy.exc.OperationalError) and error.statement is None:
            raise ConnectorError(f"The database can't be reached: {said}. Check its address and the network.") from None
        raise ConnectorError(f"The database refused the statement: {said}.") from None
    except sqlalchemy.exc.SQLAlchemyError as error:
        raise ConnectorError(f"The statement can't be used: {str(error).splitlines()[0]}") from None


def _words(error: BaseException | None) -> str:
    """The first line of what the driver says; MySQL's begins with a number."""
    if error is None:
        return "it did not say why"
    said = error.args[-1] if error.args and isinstance(error.args[-1], str) else str(error)
    return said.strip().splitlines()[0].rstrip(".") if said.strip() else type(error).__name__
