"""Projects, and their components."""

from __future__ import annotations

import sqlalchemy as sa

from clockhouse.store.tables.columns import INSTANT, TEXT, metadata, own_id, refers, string

projects = sa.Table(
    "projects",
    metadata,
    own_id(),
    sa.Column("slug", string(60), nullable=False, unique=True),
    sa.Column("name", TEXT, nullable=False),
    sa.Column("description", TEXT, nullable=False),
    sa.Column("is_example", sa.Boolean, nullable=False),
    sa.Column("created_at", INSTANT, nullable=False),
)

components = sa.Table(
    "components",
    metadata,
    own_id(),
    refers("project_id", "projects"),
    sa.Column("slug", string(60), nullable=False),
    sa.Column("name", TEXT, nullable=False),
    sa.Column("description", TEXT, nullable=False),
    sa.Column("kind", string(20), nullable=False),
    sa.Column("template", string(60), nullable=False),
    sa.Column("created_at", INSTANT, nullable=False),
    sa.Column("recipe", sa.JSON(none_as_null=True)),  # what was chosen of how it is built; None: nothing
    sa.Column("declaration", TEXT),  # the clockhouse.yaml that was applied to it, as text
    sa.Column("declared_at", INSTANT),
    sa.Column("declared_by", TEXT),
    sa.UniqueConstraint("project_id", "slug"),
)
