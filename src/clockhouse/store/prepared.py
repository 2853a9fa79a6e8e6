"""Prepared statements: compiled at their first use, and given to the driver as text with values ever after.

For what the engine asks again and again. SQLAlchemy takes 0.1 ms and more to find the compiled form of a statement,
to bind it and to make its result, which is several times what SQLite takes to answer.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

Processor = Callable[[Any], Any]
Parameters = Mapping[str, Any]
Many = list[dict[str, Any]] | tuple[dict[str, Any], ...]  # what is not one of these is the parameters of one


@dataclass(frozen=True, slots=True)
class Answer:
    """All rows that a statement gave (none where it gives none), and how many it changed."""

    rows: Sequence[Any]
    rowcount: int

    def __iter__(self) -> Iterator[Any]:
        return iter(self.rows)

    def all(self) -> Sequence[Any]:
        return self.rows

    def first(self) -> Any | None:
        return self.rows[0] if self.rows else None

    def scalar(self) -> Any:
        """The first value of the first row; None when there is none."""
        return self.rows[0][0] if self.rows else None


class Prepared:
    """A statement of SQLAlchemy Core whose values are all bound by name; `Tx.run` runs it.

    An insert or update writes the columns that are named in the parameters besides those that it asks about. Lists of
    values (`expanding`) cannot be bound.
    """

    def __init__(self, statement: sa.Select[Any] | sa.Insert | sa.Update | sa.Delete) -> None:
        self.statement = statement
        self._compiled: dict[tuple[str, tuple[str, ...]], _Compiled] = {}

    def run(self, connection: sa.Connection, parameters: Parameters | Many | None) -> Answer:
        """Runs it within the connection's transaction: once, or for each of several parameters."""
        given = parameters or {}
        one = given[0] if isinstance(given, list | tuple) else given
        names = () if isinstance(self.statement, sa.Select) else tuple(one)
        compiled = self._compiled_for(connection.dialect, names)
        return self._tried(compiled, connection, lambda driver: compiled.run(driver, given))

    def run_rows(self, connection: sa.Connection, names: tuple[str, ...], rows: Iterable[Sequence[Any]]) -> Answer:
        """Runs it for each of very many rows, whose values are in the order of `names`."""
        compiled = self._compiled_for(connection.dialect, names)
        return self._tried(compiled, connection, lambda driver: compiled.run_rows(driver, names, rows))

    def _compiled_for(self, dialect: sa.Dialect, names: tuple[str, ...]) -> _Compiled:
        key = (dialect.name, names)
        compiled = self._compiled.get(key)
        if compiled is None:
            compiled = self._compiled[key] = _Compiled(self.statement, dialect, names)
        return compiled

    @staticmethod
    def _tried(compiled: _Compiled, connection: sa.Connection, run: Callable[[Any], Answer]) -> Answer:
        try:
            return run(connection.connection.driver_connection)
        except connection.dialect.loaded_dbapi.Error as error:
            base = connection.dialect.loaded_dbapi.Error
            raise sa.exc.DBAPIError.instance(
                compiled.text, None, error, base, hide_parameters=True, dialect=connection.dialect
            ) from error


class _Compiled:
    """A statement in the words of one driver."""

    def __init__(self, statement: Any, dialect: sa.Dialect, names: Sequence[str]) -> None:
        compiled = statement.compile(dialect=dialect, column_keys=list(names) or None)
        self.text = str(compiled)
        self._dialect = dialect
        self._is_positional: bool = compiled.positional
        self._bound: list[tuple[str, Processor | None]] = []  # in the order of the text
        self._given: list[tuple[Any, str, Processor | None]] = []  # where each goes: a position or a name
        fixed: dict[str, Any] = {}  # as the driver takes them
        for position, name in enumerate(compiled.positiontup or compiled.params):
            process = compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect)
            self._bound.append((name, process))
            if compiled.binds[name].required:
                self._given.append((position if self._is_positional else name, name, process))
            else:
                value = compiled.params[name]
                fixed[name] = value if process is None else process(value)
        self._template: Any = [fixed.get(name) for name, _ in self._bound] if self._is_positional else fixed
        columns = statement.exported_columns
        self._types = [column.type for column in columns]
        self._row: Any = namedtuple("Row", columns.keys(), rename=True) if self._types else None
        self._readers: list[tuple[int, Processor]] | None = None  # until the driver has told its types

    def run(self, driver: Any, given: Parameters | Many) -> Answer:
        cursor = driver.cursor()
        try:
            if not isinstance(given, list | tuple):
                cursor.execute(self.text, self._values(given))
            else:
                cursor.executemany(self.text, list(map(self._values, given)))
            rows = () if self._row is None else self._read(cursor)
            return Answer(rows, cursor.rowcount)
        finally:
            cursor.close()

    def run_rows(self, driver: Any, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> Answer:
        processors = dict(self._bound)
        columns = [
            _processed(column, processors[name]) for name, column in zip(names, zip(*rows, strict=True), strict=True)
        ]
        found: Iterable[Any] = zip(*columns, strict=True)
        if not self._is_positional:
            found = (dict(zip(names, values, strict=True)) for values in found)
        elif [name for name, _ in self._bound] != list(names):
            raise ValueError(f"The values are bound in another order: {[name for name, _ in self._bound]}")
        cursor = driver.cursor()
        try:
            cursor.executemany(self.text, list(found))
            return Answer((), cursor.rowcount)
        finally:
            cursor.close()

    def _values(self, given: Any) -> Any:
        values = self._template.copy()
        for place, name, process in self._given:
            values[place] = given[name] if process is None else process(given[name])
        return values

    def _read(self, cursor: Any) -> Sequence[Any]:
        if self._readers is None:
            self._readers = list(self._readers_of(cursor.description))
        row, readers = self._row._make, self._readers
        if not readers:
            return [row(values) for values in cursor.fetchall()]
        rows = []
        for found in cursor.fetchall():
            values = list(found)
            for position, process in readers:
                values[position] = process(values[position])
            rows.append(row(values))
        return rows

    def _readers_of(self, described: Sequence[Sequence[Any]]) -> Iterator[tuple[int, Processor]]:
        for position, (kind, column) in enumerate(zip(self._types, described, strict=True)):
            process = kind.dialect_impl(self._dialect).result_processor(self._dialect, column[1])
            if process is not None:
                yield position, process


def _processed(column: Sequence[Any], process: Processor | None) -> Sequence[Any]:
    """The values as the driver takes them; what is the same as the one before is not processed again."""
    if process is None:
        return column
    found: list[Any] = []
    last, processed = None, process(None)
    for value in column:
        if value is not last:
            last, processed = value, process(value)
        found.append(processed)
    return found
