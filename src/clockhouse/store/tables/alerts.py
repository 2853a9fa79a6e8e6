"""Alerts of projects, what came of them, and what is to be told about it."""

from __future__ import annotations

import sqlalchemy as sa

from clockhouse.store.tables.columns import INSTANT, TEXT, index_of_some, metadata, own_id, refers, string

# A rule of a project, for one component or all (none), in one environment or all (none). kind, failures, limit_s: its
# condition. since: what ended before is nothing to it. declared_by: the component whose file says it.
alerts = sa.Table(
    "alerts",
    metadata,
    own_id(),
    refers("project_id", "projects"),
    refers("component_id", "components", optional=True),
    refers("environment_id", "environments", optional=True),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("kind", string(20), nullable=False),
    sa.Column("failures", sa.Integer),
    sa.Column("limit_s", sa.Float),
    sa.Column("tells_end", sa.Boolean, nullable=False),
    sa.Column("is_on", sa.Boolean, nullable=False),
    sa.Column("since", INSTANT, nullable=False),
    sa.Column("created_at", INSTANT, nullable=False),
    sa.Column("created_by", TEXT, nullable=False),
    sa.Column("declared_by", string(26)),
    sa.UniqueConstraint("project_id", "number"),
    sa.Index("ix_alerts_component_id", "component_id"),
    sa.Index("ix_alerts_environment_id", "environment_id"),
)

# Whom an alert tells.
alert_channels = sa.Table(
    "alert_channels",
    metadata,
    sa.Column("alert_id", sa.ForeignKey("alerts.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("channel_id", sa.ForeignKey("channels.id", ondelete="CASCADE"), primary_key=True),
    sa.Index("ix_alert_channels_channel_id", "channel_id"),
)

# How an alert stands in a place without an incident: how many bad ones in a row there are since `first_at`, and from
# when on a silence counts there. A place that was always well has no row.
alert_standings = sa.Table(
    "alert_standings",
    metadata,
    sa.Column("alert_id", sa.ForeignKey("alerts.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("component_id", sa.ForeignKey("components.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("environment_id", sa.ForeignKey("environments.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("bad", sa.Integer, nullable=False, server_default="0"),
    sa.Column("first_at", INSTANT),
    sa.Column("since", INSTANT),
    sa.Column("rests", sa.Boolean, nullable=False, server_default=sa.false()),  # nothing is to run: nothing is late
    sa.Index("ix_alert_standings_component_id", "component_id"),
    sa.Index("ix_alert_standings_environment_id", "environment_id"),
)

# opened_by, ended_by: executions; no keys, for those go with their age. key: what opened it, so that nothing opens two.
# sentence: the condition, as it was then. quiet: why it ended without being told.
incidents = sa.Table(
    "incidents",
    metadata,
    own_id(),
    refers("alert_id", "alerts"),
    refers("component_id", "components"),
    refers("environment_id", "environments"),
    sa.Column("key", string(40), nullable=False),
    sa.Column("sentence", TEXT, nullable=False),
    sa.Column("began_at", INSTANT, nullable=False),
    sa.Column("noticed_at", INSTANT, nullable=False),
    sa.Column("opened_by", string(26)),
    sa.Column("due_at", INSTANT),
    sa.Column("reason", TEXT, nullable=False),
    sa.Column("is_settled", sa.Boolean, nullable=False),
    sa.Column("over_at", INSTANT),
    sa.Column("ended_by", string(26)),
    sa.Column("quiet", TEXT),
    sa.UniqueConstraint("alert_id", "component_id", "environment_id", "key"),
    sa.Index("ix_incidents_component_id", "component_id"),
    sa.Index("ix_incidents_environment_id", "environment_id"),
    # At most one is open for an alert in a place, whoever races.
    index_of_some(
        "uq_incidents_open", "alert_id", "component_id", "environment_id", where="over_at IS NULL", is_unique=True
    ),
    index_of_some("ix_incidents_over", "over_at", where="over_at IS NOT NULL"),
)

# What is to be told, and what became of it: written with the incident, sent afterwards.
messages = sa.Table(
    "messages",
    metadata,
    own_id(),
    refers("incident_id", "incidents"),
    refers("channel_id", "channels"),
    sa.Column("side", string(10), nullable=False),
    sa.Column("state", string(10), nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("error", TEXT),
    sa.Column("created_at", INSTANT, nullable=False),
    sa.Column("settled_at", INSTANT),
    sa.UniqueConstraint("incident_id", "channel_id", "side"),
    index_of_some("ix_messages_waiting", "channel_id", "id", where="state = 'waiting'"),
    sa.Index("ix_messages_channel_id", "channel_id"),
)

# The one who sends to a channel at a time, and when it may be tried again.
deliveries = sa.Table(
    "deliveries",
    metadata,
    sa.Column("channel_id", sa.ForeignKey("channels.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("next_at", INSTANT, nullable=False),
    sa.Column("failures", sa.Integer, nullable=False, server_default="0"),  # in a row
    sa.Column("lease", string(26)),
    sa.Column("lease_until", INSTANT),
)
