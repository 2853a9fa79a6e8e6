"""Connected components may follow several branches, and builds tell for which of them they were made."""

import sqlalchemy as sa
from alembic import op

revision = "0016_tracks"
down_revision = "0015_recipes"

_INSTANT = sa.String(27).with_variant(sa.DateTime(timezone=True), "postgresql")
_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _string(length: int) -> sa.types.TypeEngine[str]:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def upgrade() -> None:
    connection = sa.ForeignKey("connections.component_id", name="fk_tracks_component_id", ondelete="CASCADE")
    op.create_table(
        "tracks",
        sa.Column("component_id", _string(26), connection, nullable=False),
        sa.Column("branch", _string(200), nullable=False),
        sa.Column("auto_build", sa.Boolean(), nullable=False),
        sa.Column("auto_deploy", sa.Boolean(), nullable=False),
        sa.Column("environment_id", _string(26)),
        sa.Column("seen_sha", _string(40)),
        sa.Column("looked_at", _INSTANT),
        sa.Column("next_look_at", _INSTANT, nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("trouble", _TEXT),
        sa.Column("note", _TEXT),
        sa.Column("built_number", sa.Integer(), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("component_id", "branch", name="pk_tracks"),
    )
    op.create_index("ix_tracks_next_look_at", "tracks", ["next_look_at"])
    op.add_column("builds", sa.Column("branch", _string(200)))
    op.execute(
        "INSERT INTO tracks (component_id, branch, auto_build, auto_deploy, seen_sha, looked_at, next_look_at,"
        " failures, trouble, note, built_number, created_at)"
        " SELECT c.component_id, c.branch, c.auto_build, c.auto_deploy, c.seen_sha, c.looked_at, c.next_look_at,"
        " c.failures, c.trouble, c.note, c.built_number, k.created_at"
        " FROM connections AS c JOIN components AS k ON k.id = c.component_id"
    )
    # All that was built of a connected repository was built for its one branch.
    op.execute(
        "UPDATE builds SET branch = (SELECT c.branch FROM connections AS c WHERE c.component_id = builds.component_id)"
        " WHERE component_id IN (SELECT component_id FROM connections)"
    )
