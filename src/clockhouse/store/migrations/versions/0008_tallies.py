"""Tallies of what has ended, so that charts need not read every row, and how long an environment keeps the rows."""

import sqlalchemy as sa
from alembic import op

revision = "0008_tallies"
down_revision = "0007_backfills"

_INSTANT = sa.String(27).with_variant(sa.DateTime(timezone=True), "postgresql")


def _string(length: int) -> sa.types.TypeEngine[str]:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def _key() -> list[sa.Column[object]]:
    return [
        sa.Column("scope", _string(26), nullable=False),
        sa.Column("width", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("environment_id", _string(26), nullable=False),
    ]


def upgrade() -> None:
    op.add_column("environments", sa.Column("keep_days", sa.Integer(), server_default="30"))
    op.add_column("environments", sa.Column("keep_last", sa.Integer(), server_default="100", nullable=False))
    op.add_column("executions", sa.Column("is_tallied", sa.Boolean(), server_default=sa.false(), nullable=False))
    untallied = sa.text("NOT is_tallied AND state <> 'planned'")
    op.create_index(
        "ix_executions_untallied",
        "executions",
        ["due_at", "id"],
        unique=False,
        sqlite_where=untallied,
        postgresql_where=untallied,
    )
    troubled = sa.text("state NOT IN ('planned', 'queued', 'started', 'succeeded')")
    op.create_index(
        "ix_executions_troubled",
        "executions",
        ["state", "due_at", "id"],
        unique=False,
        sqlite_where=troubled,
        postgresql_where=troubled,
    )
    unscheduled = sa.text("origin <> 'schedule'")
    op.create_index(
        "ix_executions_unscheduled",
        "executions",
        ["origin", "due_at", "id"],
        unique=False,
        sqlite_where=unscheduled,
        postgresql_where=unscheduled,
    )
    op.create_index(
        "ix_executions_repeats",
        "executions",
        ["repeats"],
        unique=False,
        sqlite_where=sa.text("repeats IS NOT NULL"),
        postgresql_where=sa.text("repeats IS NOT NULL"),
    )
    op.create_table(
        "tallies",
        *_key(),
        sa.Column("state", _string(20), nullable=False),
        sa.Column("origin", _string(20), nullable=False),
        sa.Column("found", sa.BigInteger(), nullable=False),
        sa.Column("started", sa.BigInteger(), nullable=False),
        sa.Column("kept", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("scope", "width", "at", "environment_id", "state", "origin", name=("pk_tallies")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "durations",
        *_key(),
        sa.Column("took", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("found", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("scope", "width", "at", "environment_id", "took", name=("pk_durations")),
        sqlite_with_rowid=False,
    )
