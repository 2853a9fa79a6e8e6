"""Schedules that end after so many executions, or so many failures in a row, and say why they have ended."""

import sqlalchemy as sa
from alembic import op

revision = "0005_ends"
down_revision = "0004_pause_until"


def upgrade() -> None:
    code = sa.String(40).with_variant(sa.String(40, collation="C"), "postgresql")
    text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.add_column("schedules", sa.Column("end_after_failures", sa.Integer()))
    op.add_column("schedules", sa.Column("failures", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("schedules", sa.Column("max_count", sa.Integer()))
    op.add_column("schedules", sa.Column("count", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("schedules", sa.Column("ended_code", code))
    op.add_column("schedules", sa.Column("ended_reason", text))
