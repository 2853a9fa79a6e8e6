"""Components say how they are built, and builds how they were."""

import sqlalchemy as sa
from alembic import op

revision = "0015_recipes"
down_revision = "0014_ran_on"

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column("components", sa.Column("recipe", sa.JSON(none_as_null=True)))
    op.add_column("builds", sa.Column("recipe", sa.JSON(none_as_null=True)))
    op.add_column("builds", sa.Column("saw", _TEXT))
