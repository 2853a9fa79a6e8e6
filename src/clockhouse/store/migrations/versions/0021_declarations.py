"""Builds know the clockhouse.yaml of their source, and components the one that was applied to them."""

import sqlalchemy as sa
from alembic import op

revision = "0021_declarations"
down_revision = "0020_attempts"

_INSTANT = sa.String(27).with_variant(sa.DateTime(timezone=True), "postgresql")
_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column("builds", sa.Column("declaration", _TEXT))
    op.add_column("components", sa.Column("declaration", _TEXT))
    op.add_column("components", sa.Column("declared_at", _INSTANT))
    op.add_column("components", sa.Column("declared_by", _TEXT))
