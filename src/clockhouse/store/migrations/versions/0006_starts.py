"""What a person gave for one start, and which execution another one does again."""

import sqlalchemy as sa
from alembic import op

revision = "0006_starts"
down_revision = "0005_ends"

_ID = sa.String(26).with_variant(sa.String(26, collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column("executions", sa.Column("arguments", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("executions", sa.Column("repeats", _ID, nullable=True))
