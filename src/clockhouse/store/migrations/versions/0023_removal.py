"""An environment that is being removed is nobody's any more from the first moment on, while its history goes."""

import sqlalchemy as sa
from alembic import op

revision = "0023_removal"
down_revision = "0022_audit"

_INSTANT = sa.String(27).with_variant(sa.DateTime(timezone=True), "postgresql")


def upgrade() -> None:
    op.add_column("environments", sa.Column("removed_at", _INSTANT))
