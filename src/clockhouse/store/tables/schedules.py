"""When deployments are executed: their schedules, and backfills of the past."""

from __future__ import annotations

import sqlalchemy as sa

from clockhouse.store.tables.columns import INSTANT, TEXT, metadata, own_id, refers, string

schedules = sa.Table(
    "schedules",
    metadata,
    own_id(),
    refers("deployment_id", "deployments"),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("trigger", sa.JSON, nullable=False),
    sa.Column("overlap", string(20), nullable=False),
    sa.Column("catch_up", sa.JSON, nullable=False),
    sa.Column("end_after_failures", sa.Integer),
    sa.Column("failures", sa.Integer, nullable=False, server_default="0"),  # in a row, where that is asked
    sa.Column("max_count", sa.Integer),
    sa.Column("count", sa.Integer, nullable=False, server_default="0"),  # of executions so far, where that is asked
    sa.Column("ended_at", INSTANT),
    sa.Column("ended_code", string(40)),
    sa.Column("ended_reason", TEXT),
)

backfills = sa.Table(
    "backfills",
    metadata,
    own_id(),
    refers("component_id", "components"),
    refers("environment_id", "environments"),
    refers("deployment_id", "deployments"),
    refers("schedule_id", "schedules"),
    sa.Column("start_at", INSTANT, nullable=False),
    sa.Column("end_at", INSTANT, nullable=False),
    sa.Column("scope", string(20), nullable=False),
    sa.Column("at_once", sa.Integer, nullable=False),
    sa.Column("requested_by", TEXT, nullable=False),
    sa.Column("created_at", INSTANT, nullable=False),
    sa.Column("cancelled_at", INSTANT),
    sa.Column("cancelled_by", TEXT),
    sa.Index("ix_backfills_component", "component_id", "id"),
)
