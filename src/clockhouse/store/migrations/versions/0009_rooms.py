"""Environments limit how many executions run in them at once."""

import sqlalchemy as sa
from alembic import op

revision = "0009_rooms"
down_revision = "0008_tallies"


def upgrade() -> None:
    op.add_column("environments", sa.Column("at_once", sa.Integer()))
