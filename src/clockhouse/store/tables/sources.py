"""Where the source of a component is, and what of it is here."""

from __future__ import annotations

import sqlalchemy as sa

from clockhouse.store.tables.columns import INSTANT, TEXT, metadata, string

# Of a component whose source is somebody else's repository. What a track has, too, is here for servers of before
# tracks alone.
connections = sa.Table(
    "connections",
    metadata,
    sa.Column("component_id", sa.ForeignKey("components.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("url", TEXT, nullable=False),
    sa.Column("branch", TEXT, nullable=False),
    sa.Column("directory", TEXT, nullable=False),
    sa.Column("kind", string(20)),
    sa.Column("credential_kind", string(20), nullable=False),
    sa.Column("credential_user", TEXT, nullable=False),
    sa.Column("sealed", TEXT),
    sa.Column("sealed_hook", TEXT, nullable=False),
    sa.Column("known_hosts", TEXT, nullable=False),
    sa.Column("auto_build", sa.Boolean, nullable=False),
    sa.Column("auto_deploy", sa.Boolean, nullable=False),
    sa.Column("seen_sha", string(40)),
    sa.Column("looked_at", INSTANT),
    sa.Column("next_look_at", INSTANT, nullable=False, index=True),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("trouble", TEXT),
    sa.Column("note", TEXT),
    sa.Column("built_number", sa.Integer, nullable=False),
)

# A branch that a connected component follows. environment_id: where its builds are deployed by themselves, nothing for
# the first; no key, for it may be removed. seen_sha: the newest commit that a look found; built_number: up to which
# build it was decided whether to deploy by itself.
tracks = sa.Table(
    "tracks",
    metadata,
    sa.Column("component_id", sa.ForeignKey("connections.component_id", ondelete="CASCADE"), primary_key=True),
    sa.Column("branch", string(200), primary_key=True),
    sa.Column("auto_build", sa.Boolean, nullable=False),
    sa.Column("auto_deploy", sa.Boolean, nullable=False),
    sa.Column("environment_id", string(26)),
    sa.Column("seen_sha", string(40)),
    sa.Column("looked_at", INSTANT),
    sa.Column("next_look_at", INSTANT, nullable=False, index=True),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("trouble", TEXT),
    sa.Column("note", TEXT),
    sa.Column("built_number", sa.Integer, nullable=False),
    sa.Column("created_at", INSTANT, nullable=False),
)

# The source of a component: where its branch main is, and the Git objects, whose content is compressed.
repositories = sa.Table(
    "repositories",
    metadata,
    sa.Column("component_id", sa.ForeignKey("components.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("head", string(40)),
)

# kind: as Git numbers them (1 commit, 2 tree, 3 blob, 4 tag).
git_objects = sa.Table(
    "git_objects",
    metadata,
    sa.Column("component_id", sa.ForeignKey("repositories.component_id", ondelete="CASCADE"), primary_key=True),
    sa.Column("sha", string(40), primary_key=True),
    sa.Column("kind", sa.Integer, nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
)
