"""Deployments may be asked for first, go back to earlier ones, and be watched at their first occurrence."""

import sqlalchemy as sa
from alembic import op

revision = "0019_requests"
down_revision = "0018_configuration"

_INSTANT = sa.String(27).with_variant(sa.DateTime(timezone=True), "postgresql")
_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_IS_OPEN = sa.text("status = 'open'")
_IS_WATCHED = sa.text("watch = 'waiting'")


def _string(length: int) -> sa.types.TypeEngine[str]:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def _key(column: str, of: str) -> sa.ForeignKey:
    return sa.ForeignKey(f"{of}.id", name=f"fk_requests_{column}", ondelete="CASCADE")


def upgrade() -> None:
    op.add_column("environments", sa.Column("approval", sa.JSON()))
    for column in (
        sa.Column("rolled_back_to", sa.Integer()),
        sa.Column("watch", _string(20)),
        sa.Column("back_to", sa.Integer()),
    ):
        op.add_column("deployments", column)
    op.create_index(
        "ix_deployments_watch", "deployments", ["id"], sqlite_where=_IS_WATCHED, postgresql_where=_IS_WATCHED
    )
    op.create_table(
        "requests",
        sa.Column("id", _string(26), nullable=False),
        sa.Column("component_id", _string(26), _key("component_id", "components"), nullable=False),
        sa.Column("environment_id", _string(26), _key("environment_id", "environments"), nullable=False),
        sa.Column("release_id", _string(26), _key("release_id", "releases"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("source", _string(60)),
        sa.Column("configuration", sa.JSON(), nullable=False),
        sa.Column("handover", sa.JSON()),
        sa.Column("limits", sa.JSON(), nullable=False),
        sa.Column("schedules", sa.JSON(), nullable=False),
        sa.Column("is_watched", sa.Boolean(), nullable=False),
        sa.Column("note", _TEXT, nullable=False),
        sa.Column("status", _string(20), nullable=False),
        sa.Column("requester_id", _string(26), nullable=False),
        sa.Column("requested_by", _TEXT, nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("expires_at", _INSTANT, nullable=False),
        sa.Column("decided_at", _INSTANT),
        sa.Column("decided_by", _TEXT),
        sa.Column("comment", _TEXT),
        sa.Column("problem", _TEXT),
        sa.Column("deployment", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name="pk_requests"),
        sa.UniqueConstraint("component_id", "number", name="uq_requests_component_id_number"),
    )
    op.create_index(
        "uq_requests_open",
        "requests",
        ["component_id", "environment_id"],
        unique=True,
        sqlite_where=_IS_OPEN,
        postgresql_where=_IS_OPEN,
    )
    request = sa.ForeignKey("requests.id", name="fk_request_secrets_request_id", ondelete="CASCADE")
    op.create_table(
        "request_secrets",
        sa.Column("request_id", _string(26), request, nullable=False),
        sa.Column("name", _string(100), nullable=False),
        sa.Column("sealed", _TEXT, nullable=False),
        sa.Column("fingerprint", _string(16)),
        sa.PrimaryKeyConstraint("request_id", "name", name="pk_request_secrets"),
    )
