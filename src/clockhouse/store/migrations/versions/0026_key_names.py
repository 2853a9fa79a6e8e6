"""Servers say which keys they have, so that another key can take the place of theirs while they run."""

import sqlalchemy as sa
from alembic import op

revision = "0026_key_names"
down_revision = "0025_seen_requests"

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column("engines", sa.Column("key_names", _TEXT))
