"""Deployments, the requests for them, and what they are configured with."""

from __future__ import annotations

import sqlalchemy as sa

from clockhouse.store.tables.columns import INSTANT, TEXT, index_of_some, metadata, own_id, refers, string

deployments = sa.Table(
    "deployments",
    metadata,
    own_id(),
    refers("component_id", "components"),
    refers("environment_id", "environments"),
    refers("release_id", "releases"),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("configuration", sa.JSON, nullable=False),
    sa.Column("limits", sa.JSON, nullable=False),
    sa.Column("status", string(20), nullable=False),
    sa.Column("paused_at", INSTANT),
    sa.Column("paused_by", TEXT),
    sa.Column("pause_note", TEXT),
    sa.Column("pause_until", INSTANT),  # from then on it counts as not paused, whether or not somebody has looked
    sa.Column("created_at", INSTANT, nullable=False),
    sa.Column("created_by", TEXT, nullable=False),
    sa.Column("handover", sa.JSON(none_as_null=True)),  # references of secrets, and paths of files; None: neither
    sa.Column("rolled_back_to", sa.Integer),  # the number of the earlier one that this one repeats
    sa.Column("watch", string(20)),  # what became of its first occurrence, where that is watched
    sa.Column("back_to", sa.Integer),  # the number of the one to go back to then; None: there is none
    sa.UniqueConstraint("component_id", "environment_id", "number"),
    index_of_some("ix_deployments_watch", "id", where="watch = 'waiting'"),
    # When the next pause is over is asked at every tick.
    index_of_some("ix_deployments_pause_until", "pause_until", where="pause_until IS NOT NULL"),
    # At most one deployment of a component is active in an environment, whoever races.
    index_of_some("uq_deployments_active", "component_id", "environment_id", where="status = 'active'", is_unique=True),
)

# Sealed by the vault, whose key is not in the database.
secrets = sa.Table(
    "secrets",
    metadata,
    sa.Column("deployment_id", sa.ForeignKey("deployments.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("name", string(100), primary_key=True),
    sa.Column("sealed", TEXT, nullable=False),
    sa.Column("fingerprint", string(16)),  # None: of before there were any
)

# Deployments that somebody asks for where they have to be approved: all that they are to be. requester_id: no key, for
# people may be removed. deployment: the number of what it became.
requests = sa.Table(
    "requests",
    metadata,
    own_id(),
    refers("component_id", "components"),
    refers("environment_id", "environments"),
    refers("release_id", "releases"),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("source", string(60)),  # the environment that it is promoted from, if it is
    sa.Column("configuration", sa.JSON, nullable=False),
    sa.Column("handover", sa.JSON(none_as_null=True)),
    sa.Column("limits", sa.JSON, nullable=False),
    sa.Column("schedules", sa.JSON, nullable=False),
    sa.Column("is_watched", sa.Boolean, nullable=False),
    sa.Column("note", TEXT, nullable=False),
    sa.Column("status", string(20), nullable=False),
    sa.Column("requester_id", string(26), nullable=False),
    sa.Column("requested_by", TEXT, nullable=False),
    sa.Column("created_at", INSTANT, nullable=False),
    sa.Column("expires_at", INSTANT, nullable=False),
    sa.Column("decided_at", INSTANT),
    sa.Column("decided_by", TEXT),
    sa.Column("comment", TEXT),
    sa.Column("problem", TEXT),  # why what was approved could not be deployed
    sa.Column("deployment", sa.Integer),
    sa.Column("seen_at", INSTANT),  # when who asked saw what was decided
    sa.UniqueConstraint("component_id", "number"),
    sa.Index("ix_requests_requester_id", "requester_id", "id"),
    # At most one request is open for a component and an environment, whoever races.
    index_of_some("uq_requests_open", "component_id", "environment_id", where="status = 'open'", is_unique=True),
)

# Sealed as `secrets` are; gone once the request is decided.
request_secrets = sa.Table(
    "request_secrets",
    metadata,
    sa.Column("request_id", sa.ForeignKey("requests.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("name", string(100), primary_key=True),
    sa.Column("sealed", TEXT, nullable=False),
    sa.Column("fingerprint", string(16)),
)

# What is set for a component, and used by its next deployment: for one environment, or for all. Either a value, or a
# secret, which is sealed or kept elsewhere.
configuration = sa.Table(
    "configuration",
    metadata,
    own_id(),
    refers("component_id", "components"),
    refers("environment_id", "environments", optional=True),
    sa.Column("name", string(100), nullable=False),
    sa.Column("value", sa.JSON(none_as_null=True)),
    sa.Column("sealed", TEXT),
    sa.Column("fingerprint", string(16)),
    sa.Column("reference", TEXT),
    sa.Column("is_short", sa.Boolean, server_default=sa.false(), nullable=False),  # too short to be masked in logs
    sa.Column("file", TEXT),
    sa.Column("set_at", INSTANT, nullable=False),
    sa.Column("set_by", TEXT, nullable=False),
    sa.Index("ix_configuration_environment_id", "environment_id"),
    index_of_some(
        "uq_configuration_here",
        "component_id",
        "environment_id",
        "name",
        where="environment_id IS NOT NULL",
        is_unique=True,
    ),
    index_of_some(
        "uq_configuration_everywhere", "component_id", "name", where="environment_id IS NULL", is_unique=True
    ),
)
