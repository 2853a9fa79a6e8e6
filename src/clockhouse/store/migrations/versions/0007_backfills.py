"""Backfills, and which of them an execution belongs to."""

import sqlalchemy as sa
from alembic import op

revision = "0007_backfills"
down_revision = "0006_starts"

_INSTANT = sa.String(27).with_variant(sa.DateTime(timezone=True), "postgresql")
_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _string(length: int) -> sa.types.TypeEngine[str]:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def _refers(name: str, table: str) -> sa.Column[str]:
    key = sa.ForeignKey(f"{table}.id", name=f"fk_backfills_{name}", ondelete="CASCADE")
    return sa.Column(name, _string(26), key, nullable=False)


def upgrade() -> None:
    op.create_table(
        "backfills",
        sa.Column("id", _string(26), nullable=False),
        _refers("component_id", "components"),
        _refers("environment_id", "environments"),
        _refers("deployment_id", "deployments"),
        _refers("schedule_id", "schedules"),
        sa.Column("start_at", _INSTANT, nullable=False),
        sa.Column("end_at", _INSTANT, nullable=False),
        sa.Column("scope", _string(20), nullable=False),
        sa.Column("at_once", sa.Integer(), nullable=False),
        sa.Column("requested_by", _TEXT, nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("cancelled_at", _INSTANT, nullable=True),
        sa.Column("cancelled_by", _TEXT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_backfills"),
    )
    op.create_index("ix_backfills_component", "backfills", ["component_id", "id"])
    op.add_column("executions", sa.Column("backfill_id", _string(26), nullable=True))
    op.create_index(
        "uq_executions_backfill",
        "executions",
        ["backfill_id", "due_at"],
        unique=True,
        sqlite_where=sa.text("backfill_id IS NOT NULL"),
        postgresql_where=sa.text("backfill_id IS NOT NULL"),
    )
