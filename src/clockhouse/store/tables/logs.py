"""What executions and builds print."""

from __future__ import annotations

import sqlalchemy as sa

from clockhouse.store.tables.columns import INSTANT, TEXT, metadata, string

# source: the execution or the build that the line is of.
log_lines = sa.Table(
    "log_lines",
    metadata,
    sa.Column("source", string(26), primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", INSTANT, nullable=False),
    sa.Column("stream", string(40), nullable=False),
    sa.Column("level", string(10)),
    sa.Column("text", TEXT, nullable=False),
    sqlite_with_rowid=False,
)
