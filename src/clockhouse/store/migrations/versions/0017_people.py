"""Actors sign in by themselves and have roles per project and environment; their tokens have names and bounds."""

import sqlalchemy as sa
from alembic import op

revision = "0017_people"
down_revision = "0016_tracks"

_INSTANT = sa.String(27).with_variant(sa.DateTime(timezone=True), "postgresql")
_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _string(length: int) -> sa.types.TypeEngine[str]:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def _key(table: str, column: str, of: str) -> sa.ForeignKey:
    return sa.ForeignKey(f"{of}.id", name=f"fk_{table}_{column}", ondelete="CASCADE")


def upgrade() -> None:
    for column in (
        sa.Column("kind", _string(20), server_default="person", nullable=False),
        sa.Column("login", _string(200)),
        sa.Column("password", _TEXT),
        sa.Column("subject", _string(500)),
        sa.Column("disabled_at", _INSTANT),
        sa.Column("signed_in_at", _INSTANT),
        sa.Column("created_by", _TEXT),
    ):
        op.add_column("actors", column)
    op.create_index("uq_actors_login", "actors", ["login"], unique=True)
    op.create_index("uq_actors_subject", "actors", ["subject"], unique=True)
    op.create_table(
        "grants",
        sa.Column("id", _string(26), nullable=False),
        sa.Column("actor_id", _string(26), _key("grants", "actor_id", "actors"), nullable=False),
        sa.Column("role", _string(20), nullable=False),
        sa.Column("project_id", _string(26), _key("grants", "project_id", "projects")),
        sa.Column("environment_id", _string(26), _key("grants", "environment_id", "environments")),
        sa.Column("production", sa.Boolean(), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("created_by", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_grants"),
    )
    op.create_index("ix_grants_actor_id", "grants", ["actor_id"])
    op.execute(
        "INSERT INTO grants (id, actor_id, role, production, created_at, created_by)"
        " SELECT id, id, role, true, created_at, 'Clockhouse' FROM actors"
    )
    for column in (
        sa.Column("id", _string(26)),
        sa.Column("name", _TEXT),
        sa.Column("role", _string(20)),
        sa.Column("project_id", _string(26)),
        sa.Column("used_at", _INSTANT),
        sa.Column("seen_from", _TEXT),
        sa.Column("seen_with", _TEXT),
    ):
        op.add_column("tokens", column)
    op.create_index("uq_tokens_id", "tokens", ["id"], unique=True)
