"""The ledger of executions, and the conditions by which few of its rows are found among very many."""

from __future__ import annotations

import sqlalchemy as sa

from clockhouse.store.tables.columns import INSTANT, TEXT, index_of_some, metadata, own_id, refers, string

# The ledger. A row exists before it is due; (schedule, due time) is unique, which is what makes double firing
# impossible. project_id to environment_id repeat what the deployment says, so that no list needs a join to filter.
executions = sa.Table(
    "executions",
    metadata,
    own_id(),
    refers("project_id", "projects"),
    refers("component_id", "components"),
    refers("environment_id", "environments"),
    refers("deployment_id", "deployments"),
    refers("schedule_id", "schedules", optional=True),
    sa.Column("state", string(20), nullable=False),
    sa.Column("origin", string(20), nullable=False),
    sa.Column("due_at", INSTANT, nullable=False),
    # When a queued one may be claimed: due, after a retry's delay, or when it is its turn (`turns.HELD` until then).
    sa.Column("ready_at", INSTANT, nullable=False),
    sa.Column("queued_at", INSTANT),
    sa.Column("claimed_at", INSTANT),
    sa.Column("started_at", INSTANT),
    sa.Column("finished_at", INSTANT),
    sa.Column("duration_s", sa.Float),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("exit_code", sa.Integer),
    sa.Column("signal", sa.Integer),
    sa.Column("reason_code", string(40)),
    sa.Column("reason", TEXT),
    sa.Column("requested_by", TEXT),
    sa.Column("arguments", sa.JSON(none_as_null=True)),  # values by name, for this one alone
    sa.Column("repeats", string(26)),  # the execution that this one does again; no key, for that one may be removed
    sa.Column("backfill_id", string(26)),
    sa.Column("stop_requested_by", TEXT),
    sa.Column("worker", TEXT),
    sa.Column("ran_on", TEXT),  # by what name people know the worker
    sa.Column("lease_until", INSTANT),
    sa.Column("cpu_s", sa.Float),
    sa.Column("peak_bytes", sa.BigInteger),
    sa.Column("at_once", sa.Integer),  # of one that waits for its turn: how many may run at once, it included
    sa.Column("stop_code", string(40)),  # why it is to stop, when that is not somebody's wish
    sa.Column("is_tallied", sa.Boolean, server_default=sa.false(), nullable=False),  # once it has ended
    sa.UniqueConstraint("schedule_id", "due_at"),
    sa.Index("ix_executions_due", "due_at", "id"),
    sa.Index("ix_executions_component", "component_id", "environment_id", "state", "due_at"),
    sa.Index("ix_executions_component_due", "component_id", "due_at", "id"),
    sa.Index("ix_executions_project_due", "project_id", "due_at", "id"),
    sa.Index("ix_executions_deployment", "deployment_id", "state"),
    # The open executions are few beside the ended ones: what the engine asks every moment reads only these.
    index_of_some("ix_executions_open", "state", "ready_at", where="state IN ('planned', 'queued', 'started')"),
    # What is not in the tallies: few rows, too.
    index_of_some("ix_executions_untallied", "due_at", "id", where="NOT is_tallied AND state <> 'planned'"),
    # What people look for among very many that went well.
    index_of_some(
        "ix_executions_troubled",
        "state",
        "due_at",
        "id",
        where="state NOT IN ('planned', 'queued', 'started', 'succeeded')",
    ),
    index_of_some("ix_executions_unscheduled", "origin", "due_at", "id", where="origin <> 'schedule'"),
    index_of_some("ix_executions_repeats", "repeats", where="repeats IS NOT NULL"),
    # Within a backfill, too, each due time has one execution.
    index_of_some("uq_executions_backfill", "backfill_id", "due_at", where="backfill_id IS NOT NULL", is_unique=True),
)
# In the words of the indexes: SQLite takes one only where a statement has this very condition, with no value bound, and
# reads every row there is elsewhere.
IS_OPEN = sa.text("executions.state IN ('planned', 'queued', 'started')")
UNTALLIED = sa.text("NOT executions.is_tallied AND executions.state <> 'planned'")
TROUBLED = sa.text("executions.state NOT IN ('planned', 'queued', 'started', 'succeeded')")
UNSCHEDULED = sa.text("executions.origin <> 'schedule'")
ENDED = executions.c.state.not_in(["planned", "queued", "started"])

attempts = sa.Table(
    "attempts",
    metadata,
    sa.Column("execution_id", sa.ForeignKey("executions.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("state", string(20), nullable=False),
    sa.Column("claimed_at", INSTANT, nullable=False),
    sa.Column("started_at", INSTANT),
    sa.Column("finished_at", INSTANT, nullable=False),
    sa.Column("exit_code", sa.Integer),
    sa.Column("signal", sa.Integer),
    sa.Column("reason_code", string(40)),
    sa.Column("reason", TEXT),
    sa.Column("cpu_s", sa.Float),
    sa.Column("peak_bytes", sa.BigInteger),
    sa.Column("ran_on", TEXT),
)
