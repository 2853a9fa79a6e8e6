"""Administrators of projects keep production, which their role alone gives no longer."""

from alembic import op

revision = "0024_grants"
down_revision = "0023_removal"


def upgrade() -> None:
    op.execute("UPDATE grants SET production = true WHERE role = 'admin' AND environment_id IS NULL")
