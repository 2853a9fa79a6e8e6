"""How many executions ended how, counted ahead."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from clockhouse.store.tables.columns import INSTANT, metadata, string


def _tally_key() -> list[sa.Column[Any]]:
    return [
        sa.Column("scope", string(26), primary_key=True),
        sa.Column("width", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", INSTANT, primary_key=True),
        sa.Column("environment_id", string(26), primary_key=True),
    ]


# How many executions were due in the `width` seconds from `at` on and ended so. scope: a component's id, or nothing for
# all. found counts all that there ever were, started those of them that ran, kept those whose rows are there.
tallies = sa.Table(
    "tallies",
    metadata,
    *_tally_key(),
    sa.Column("state", string(20), primary_key=True),
    sa.Column("origin", string(20), primary_key=True),
    sa.Column("found", sa.BigInteger, nullable=False),
    sa.Column("started", sa.BigInteger, nullable=False),
    sa.Column("kept", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

# How many of them took so long, by classes of durations.
durations = sa.Table(
    "durations",
    metadata,
    *_tally_key(),
    sa.Column("took", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("found", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
