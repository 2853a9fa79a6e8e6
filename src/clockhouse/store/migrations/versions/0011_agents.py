"""Agents run what an environment has on machines of their own, and have tokens for that."""

import sqlalchemy as sa
from alembic import op

revision = "0011_agents"
down_revision = "0010_shared"

_INSTANT = sa.String(27).with_variant(sa.DateTime(timezone=True), "postgresql")
_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _string(length: int) -> sa.types.TypeEngine[str]:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def upgrade() -> None:
    environment = sa.ForeignKey("environments.id", name="fk_agents_environment_id", ondelete="CASCADE")
    op.create_table(
        "agents",
        sa.Column("id", _string(26), nullable=False),
        sa.Column("environment_id", _string(26), environment, nullable=False),
        sa.Column("name", _string(60), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("created_by", _TEXT, nullable=False),
        sa.Column("seen_at", _INSTANT),
        sa.Column("version", _string(40)),
        sa.Column("host", _TEXT),
        sa.Column("room", sa.Integer()),
        sa.Column("withdrawn_at", _INSTANT),
        sa.PrimaryKeyConstraint("id", name="pk_agents"),
    )
    there = sa.text("withdrawn_at IS NULL")
    op.create_index("uq_agents_name", "agents", ["name"], unique=True, sqlite_where=there, postgresql_where=there)
    op.add_column("tokens", sa.Column("agent_id", _string(26)))
