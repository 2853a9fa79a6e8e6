"""Builds, what they made, and the releases of it."""

from __future__ import annotations

import sqlalchemy as sa

from clockhouse.store.tables.columns import INSTANT, TEXT, metadata, own_id, refers, string

builds = sa.Table(
    "builds",
    metadata,
    own_id(),
    refers("component_id", "components"),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("commit_sha", string(40), nullable=False),
    sa.Column("commit_message", TEXT, nullable=False),
    sa.Column("commit_author", TEXT, nullable=False),
    sa.Column("commit_at", INSTANT, nullable=False),
    sa.Column("status", string(20), nullable=False, index=True),
    sa.Column("steps", sa.JSON, nullable=False),
    sa.Column("problem", sa.JSON(none_as_null=True)),
    sa.Column("settings", sa.JSON, nullable=False),
    sa.Column("entry", sa.JSON(none_as_null=True)),
    sa.Column("digest", TEXT),
    sa.Column("requested_by", TEXT, nullable=False),
    sa.Column("worker", TEXT),
    sa.Column("lease_until", INSTANT),
    sa.Column("cancel_requested_by", TEXT),
    sa.Column("created_at", INSTANT, nullable=False),
    sa.Column("started_at", INSTANT),
    sa.Column("finished_at", INSTANT),
    sa.Column("retired_at", INSTANT),  # what it made was removed
    sa.Column("recipe", sa.JSON(none_as_null=True)),  # what it was made by
    sa.Column("saw", TEXT),  # what its source was found to be
    sa.Column("branch", string(200)),  # of a connected repository, for which it was built
    sa.Column("declaration", TEXT),  # the clockhouse.yaml of its source, as text
    sa.Column("commit_email", TEXT),  # of its author, as the commit says
    sa.UniqueConstraint("component_id", "number"),
)

releases = sa.Table(
    "releases",
    metadata,
    own_id(),
    refers("component_id", "components"),
    refers("build_id", "builds"),
    sa.Column("created_at", INSTANT, nullable=False),
    sa.UniqueConstraint("build_id"),
)

# What a build made, for the servers that did not make it: the row is there once all of its chunks are.
artifacts = sa.Table(
    "artifacts",
    metadata,
    sa.Column("build_id", sa.ForeignKey("builds.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("size_bytes", sa.BigInteger, nullable=False),
    sa.Column("sha256", string(64), nullable=False),
    sa.Column("created_at", INSTANT, nullable=False),
)

artifact_chunks = sa.Table(
    "artifact_chunks",
    metadata,
    sa.Column("build_id", sa.ForeignKey("builds.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
)
