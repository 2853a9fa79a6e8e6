"""Statements compiled once for the databases of all tests: to do it in each was a third of what a test takes."""

from __future__ import annotations

from sqlalchemy.engine import Dialect
from sqlalchemy.util import LRUCache

from clockhouse.store.sqlite import SQLite

_first: list[tuple[Dialect, LRUCache]] = []


def shared(database: SQLite) -> SQLite:
    """The same database, which knows what others have compiled, and they what it will."""
    engine = database._engine
    engine.dialect, engine._compiled_cache = _known(engine.dialect)
    return database


def _known(dialect: Dialect) -> tuple[Dialect, LRUCache]:
    if not _first:
        _first.append((dialect, LRUCache(5000)))
    return _first[0]
