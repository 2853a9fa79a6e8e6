"""Builds may be retired: what they made is removed when nobody needs it any more."""

import sqlalchemy as sa
from alembic import op

revision = "0013_retired"
down_revision = "0012_connections"

_INSTANT = sa.String(27).with_variant(sa.DateTime(timezone=True), "postgresql")


def upgrade() -> None:
    op.add_column("builds", sa.Column("retired_at", _INSTANT))
