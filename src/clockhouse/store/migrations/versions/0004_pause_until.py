"""Pauses that end by themselves."""

import sqlalchemy as sa
from alembic import op

revision = "0004_pause_until"
down_revision = "0003_engines"

_INSTANT = sa.String(27).with_variant(sa.DateTime(timezone=True), "postgresql")


def upgrade() -> None:
    op.add_column("deployments", sa.Column("pause_until", _INSTANT, nullable=True))
    op.create_index(
        "ix_deployments_pause_until",
        "deployments",
        ["pause_until"],
        sqlite_where=sa.text("pause_until IS NOT NULL"),
        postgresql_where=sa.text("pause_until IS NOT NULL"),
    )
