"""What servers share is in the database: sources, artifacts, and a value that tells whether a key is the right one."""

import sqlalchemy as sa
from alembic import op

revision = "0010_shared"
down_revision = "0009_rooms"

_INSTANT = sa.String(27).with_variant(sa.DateTime(timezone=True), "postgresql")
_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _string(length: int) -> sa.types.TypeEngine[str]:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def _key(name: str, owner: str, of: str) -> sa.Column[str]:
    foreign = sa.ForeignKey(owner, name=f"fk_{of}_{name}", ondelete="CASCADE")
    return sa.Column(name, _string(26), foreign, nullable=False)


def upgrade() -> None:
    op.create_table(
        "repositories",
        _key("component_id", "components.id", "repositories"),
        sa.Column("head", _string(40), nullable=True),
        sa.PrimaryKeyConstraint("component_id", name="pk_repositories"),
    )
    op.create_table(
        "git_objects",
        _key("component_id", "repositories.component_id", "git_objects"),
        sa.Column("sha", _string(40), nullable=False),
        sa.Column("kind", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("component_id", "sha", name="pk_git_objects"),
    )
    op.create_table(
        "artifacts",
        _key("build_id", "builds.id", "artifacts"),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", _string(64), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("build_id", name="pk_artifacts"),
    )
    op.create_table(
        "artifact_chunks",
        _key("build_id", "builds.id", "artifact_chunks"),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("build_id", "seq", name="pk_artifact_chunks"),
    )
    op.create_table(
        "key_checks",
        sa.Column("name", _string(20), nullable=False),
        sa.Column("sealed", _TEXT, nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_key_checks"),
    )
