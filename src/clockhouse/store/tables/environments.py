"""Environments, and the agents that work for them."""

from __future__ import annotations

import sqlalchemy as sa

from clockhouse.store.tables.columns import INSTANT, TEXT, index_of_some, metadata, own_id, refers, string

environments = sa.Table(
    "environments",
    metadata,
    own_id(),
    sa.Column("slug", string(60), nullable=False, unique=True),
    sa.Column("name", TEXT, nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("is_production", sa.Boolean, nullable=False),
    sa.Column("data_plane", string(20), nullable=False),
    sa.Column("keep_days", sa.Integer, server_default="30"),  # what has ended; None: for ever
    sa.Column("keep_last", sa.Integer, server_default="100", nullable=False),  # of each component, however old
    sa.Column("at_once", sa.Integer),  # how many may run at once; None: any number
    sa.Column("approval", sa.JSON(none_as_null=True)),  # who may approve what is deployed there; None: nobody has to
    sa.Column("removed_at", INSTANT),  # from then on it is nobody's any more, while its history goes
)

# Programs on other machines that run what an environment has.
agents = sa.Table(
    "agents",
    metadata,
    own_id(),
    refers("environment_id", "environments"),
    sa.Column("name", string(60), nullable=False),
    sa.Column("created_at", INSTANT, nullable=False),
    sa.Column("created_by", TEXT, nullable=False),
    sa.Column("seen_at", INSTANT),
    sa.Column("version", string(40)),
    sa.Column("host", TEXT),
    sa.Column("room", sa.Integer),
    sa.Column("withdrawn_at", INSTANT),
    index_of_some("uq_agents_name", "name", where="withdrawn_at IS NULL", is_unique=True),
)
