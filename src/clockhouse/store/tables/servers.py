"""What servers leave for one another to see."""

from __future__ import annotations

import sqlalchemy as sa

from clockhouse.store.tables.columns import INSTANT, TEXT, metadata, string

# Something known that the vault's key has sealed: a server with another key finds that it does not open.
key_checks = sa.Table(
    "key_checks",
    metadata,
    sa.Column("name", string(20), primary_key=True),
    sa.Column("sealed", TEXT, nullable=False),
    sa.Column("created_at", INSTANT, nullable=False),
)

# Who is at work. A row is written again every few seconds: whoever watches from outside sees who went quiet.
engines = sa.Table(
    "engines",
    metadata,
    sa.Column("id", string(200), primary_key=True),
    sa.Column("began_at", INSTANT, nullable=False),
    sa.Column("seen_at", INSTANT, nullable=False),
    sa.Column("ended_at", INSTANT),
    sa.Column("claimed_at", INSTANT),
    sa.Column("ahead_s", sa.Float, nullable=False),
    sa.Column("key_names", TEXT),  # of the keys that it opens with, the one that it seals with first
)
