"""Components may have their source in a connected repository."""

import sqlalchemy as sa
from alembic import op

revision = "0012_connections"
down_revision = "0011_agents"

_INSTANT = sa.String(27).with_variant(sa.DateTime(timezone=True), "postgresql")
_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _string(length: int) -> sa.types.TypeEngine[str]:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def upgrade() -> None:
    component = sa.ForeignKey("components.id", name="fk_connections_component_id", ondelete="CASCADE")
    op.create_table(
        "connections",
        sa.Column("component_id", _string(26), component, nullable=False),
        sa.Column("url", _TEXT, nullable=False),
        sa.Column("branch", _TEXT, nullable=False),
        sa.Column("directory", _TEXT, nullable=False),
        sa.Column("kind", _string(20)),
        sa.Column("credential_kind", _string(20), nullable=False),
        sa.Column("credential_user", _TEXT, nullable=False),
        sa.Column("sealed", _TEXT),
        sa.Column("sealed_hook", _TEXT, nullable=False),
        sa.Column("known_hosts", _TEXT, nullable=False),
        sa.Column("auto_build", sa.Boolean(), nullable=False),
        sa.Column("auto_deploy", sa.Boolean(), nullable=False),
        sa.Column("seen_sha", _string(40)),
        sa.Column("looked_at", _INSTANT),
        sa.Column("next_look_at", _INSTANT, nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("trouble", _TEXT),
        sa.Column("note", _TEXT),
        sa.Column("built_number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("component_id", name="pk_connections"),
    )
    op.create_index("ix_connections_next_look_at", "connections", ["next_look_at"])
