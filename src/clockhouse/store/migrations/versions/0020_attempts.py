"""Wrong passwords are counted for a while, by login and by address."""

import sqlalchemy as sa
from alembic import op

revision = "0020_attempts"
down_revision = "0019_requests"

_INSTANT = sa.String(27).with_variant(sa.DateTime(timezone=True), "postgresql")
_KEY = sa.String(64).with_variant(sa.String(64, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "sign_in_attempts",
        sa.Column("key", _KEY, nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", _INSTANT, nullable=False),
        sa.Column("until", _INSTANT),
        sa.PrimaryKeyConstraint("key", name="pk_sign_in_attempts"),
    )
    op.create_index("ix_sign_in_attempts_last_at", "sign_in_attempts", ["last_at"])
