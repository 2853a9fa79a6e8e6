"""What tables are made of: their metadata, and columns that SQLite and PostgreSQL keep alike."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

_POSTGRESQL = "postgresql"


class _InstantText(sa.types.TypeDecorator[datetime]):
    """An aware datetime, stored as UTC text of one width, so that order of text is order of time."""

    impl = sa.String(27)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> str | None:  # noqa: ARG002
        if value is None:
            return None
        instant = value if value.tzinfo is UTC else value.astimezone(UTC)
        return f"{instant.isoformat(timespec='microseconds')[:26]}Z"  # strftime does not pad a year before 1000

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002
        return None if value is None else datetime.fromisoformat(value)


class _InstantItself(sa.types.TypeDecorator[datetime]):
    """An aware datetime, stored as PostgreSQL's own kind of instant."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002
        return None if value is None else value.astimezone(UTC)


class _String(sa.types.TypeDecorator[str]):
    """Text in PostgreSQL, which cannot hold the character 0; in the order of its characters, as in SQLite."""

    impl = sa.String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:  # noqa: ARG002
        return value.replace("\0", "\ufffd") if value and "\0" in value else value


class _Text(_String):
    impl = sa.Text


def string(length: int) -> sa.String:
    return sa.String(length).with_variant(_String(length, collation="C"), _POSTGRESQL)


INSTANT = _InstantText().with_variant(_InstantItself(), _POSTGRESQL)


def as_text(column: sa.Column[Any]) -> sa.Label[str]:
    """A column of JSON as it is written: what is the same text need be understood only once."""
    return sa.cast(column, sa.Text).label(column.name)


TEXT = sa.Text().with_variant(_Text(collation="C"), _POSTGRESQL)

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def own_id() -> sa.Column[str]:
    return sa.Column("id", string(26), primary_key=True)


def refers(name: str, table: str, *, optional: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.ForeignKey(f"{table}.id", ondelete="CASCADE"), nullable=optional)


def index_of_some(name: str, *columns: str, where: str, is_unique: bool = False) -> sa.Index:
    """An index of the rows alone that a condition holds for, which are few."""
    condition = sa.text(where)
    return sa.Index(name, *columns, unique=is_unique, sqlite_where=condition, postgresql_where=condition)
