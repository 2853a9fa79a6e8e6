"""Where people are told of what happens in a project."""

from __future__ import annotations

import sqlalchemy as sa

from clockhouse.store.tables.columns import INSTANT, TEXT, metadata, own_id, refers, string

channels = sa.Table(
    "channels",
    metadata,
    own_id(),
    refers("project_id", "projects"),
    sa.Column("name", string(60), nullable=False),
    sa.Column("kind", string(60), nullable=False),
    sa.Column("host", TEXT),
    sa.Column("sealed", TEXT, nullable=False),  # the address
    sa.Column("fingerprint", string(8), nullable=False),
    sa.Column("created_at", INSTANT, nullable=False),
    sa.Column("created_by", TEXT, nullable=False),
    sa.Column("set_at", INSTANT, nullable=False),
    sa.Column("set_by", TEXT, nullable=False),
    sa.UniqueConstraint("project_id", "name"),
)
