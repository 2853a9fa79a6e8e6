"""Executions that wait for their turn, and are stopped when a newer occurrence takes their place."""

import sqlalchemy as sa
from alembic import op

revision = "0002_turns"
down_revision = "0001_first"


def upgrade() -> None:
    code = sa.String(40).with_variant(sa.String(40, collation="C"), "postgresql")
    op.add_column("executions", sa.Column("at_once", sa.Integer()))
    op.add_column("executions", sa.Column("stop_code", code))
