"""Projects have channels, by which people are told of what happens."""

import sqlalchemy as sa
from alembic import op

revision = "0027_channels"
down_revision = "0026_key_names"

_INSTANT = sa.String(27).with_variant(sa.DateTime(timezone=True), "postgresql")
_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _string(length: int) -> sa.types.TypeEngine[str]:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def upgrade() -> None:
    project = sa.ForeignKey("projects.id", name="fk_channels_project_id", ondelete="CASCADE")
    op.create_table(
        "channels",
        sa.Column("id", _string(26), nullable=False),
        sa.Column("project_id", _string(26), project, nullable=False),
        sa.Column("name", _string(60), nullable=False),
        sa.Column("kind", _string(60), nullable=False),
        sa.Column("host", _TEXT),
        sa.Column("sealed", _TEXT, nullable=False),
        sa.Column("fingerprint", _string(8), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("created_by", _TEXT, nullable=False),
        sa.Column("set_at", _INSTANT, nullable=False),
        sa.Column("set_by", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_channels"),
        sa.UniqueConstraint("project_id", "name", name="uq_channels_project_id_name"),
    )
