"""Builds keep the author's e-mail address of their commit: who made it does not approve of it alone."""

import sqlalchemy as sa
from alembic import op

revision = "0029_commit_email"
down_revision = "0028_alerts"

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column("builds", sa.Column("commit_email", _TEXT))
