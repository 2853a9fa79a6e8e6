"""Databases of older versions with what those versions themselves wrote into them, at one moment of a busy day.

Each file of `tests/store/older` is named after the last migration that its version knew. Executions have succeeded,
failed, been tried again and skipped; one runs, others wait; one deployment is paused, one superseded; a build has
failed, another one is queued. The key of the vault is `KEY`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from clockhouse.store.database import Database
from clockhouse.store.migrations.run import upgrade

FOLDER = Path(__file__).parent.parent / "store" / "older"
KEY = b"k" * 32

Row = Mapping[str, Any]

# In an order in which each row finds those that it refers to.
_TABLES = (
    *("actors", "tokens", "projects", "components", "builds", "releases", "deployments", "schedules", "secrets"),
    *("executions", "attempts", "log_lines", "engines", "audit"),
)
_JSON = frozenset(("steps", "problem", "settings", "entry", "configuration", "limits", "trigger", "catch_up", "facts"))


@dataclass(frozen=True, slots=True)
class Older:
    """What a version had written, as SQLite keeps it: instants and JSON are text."""

    version: str
    now: datetime
    tables: Mapping[str, list[Row]]


@cache
def read(version: str) -> Older:
    found = json.loads((FOLDER / f"{version}.json").read_text(encoding="utf-8"))
    return Older(version, datetime.fromisoformat(found["now"]), found["tables"])


def versions() -> list[str]:
    return sorted(file.stem for file in FOLDER.glob("*.json"))


def fill(database: Database, older: Older) -> None:
    """Makes the empty database one of that version. In PostgreSQL the server reads instants and JSON from text."""
    with database.begin() as tx:
        upgrade(tx.connection, older.version)
    with database.begin() as tx:
        for name in _TABLES:
            for row in older.tables.get(name, []):
                columns = [sa.column(column) for column in row]
                tx.execute(sa.insert(sa.table(name, *columns)).values(dict(row)))


def kept(database: Database, older: Older) -> dict[str, list[Row]]:
    """The rows that it has now, as far as that version knew their columns, written as in the file."""
    with database.read() as tx:
        return {
            name: [
                _as_text(row)
                for row in tx.execute(
                    sa.select(*map(sa.column, rows[0])).select_from(sa.table(name)).order_by(*_order(rows[0]))
                ).mappings()
            ]
            for name, rows in older.tables.items()
            if rows
        }


def expected(older: Older) -> dict[str, list[Row]]:
    return {
        name: sorted(map(_as_text, rows), key=lambda row: tuple(str(row[column.name]) for column in _order(row)))
        for name, rows in older.tables.items()
        if rows
    }


def _order(row: Row) -> list[sa.ColumnClause[Any]]:
    first, second, *_ = row
    return [sa.column(first), sa.column(second)]


def _as_text(row: Row) -> Row:
    return {name: _plain(name, value) for name, value in row.items()}


def _plain(name: str, value: object) -> object:
    if isinstance(value, datetime):
        return f"{value.replace(tzinfo=None).isoformat(timespec='microseconds')}Z"
    if name in _JSON and isinstance(value, str):
        return json.loads(value)
    if name == "is_example":
        return bool(value)
    return value
