"""Executions and their attempts say by name where they ran."""

import sqlalchemy as sa
from alembic import op

revision = "0014_ran_on"
down_revision = "0013_retired"

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    for table in ("executions", "attempts"):
        op.add_column(table, sa.Column("ran_on", _TEXT))
