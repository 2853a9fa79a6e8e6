"""Who asked for a deployment is told what was decided until they have seen it; what was decided so far is no news."""

import sqlalchemy as sa
from alembic import op

revision = "0025_seen_requests"
down_revision = "0024_grants"

_INSTANT = sa.String(27).with_variant(sa.DateTime(timezone=True), "postgresql")


def upgrade() -> None:
    op.add_column("requests", sa.Column("seen_at", _INSTANT))
    op.execute("UPDATE requests SET seen_at = decided_at WHERE status <> 'open'")
    op.create_index("ix_requests_requester_id", "requests", ["requester_id", "id"])
