"""The audit trail, and for how long it is kept."""

from __future__ import annotations

import sqlalchemy as sa

from clockhouse.store.tables.columns import INSTANT, TEXT, index_of_some, metadata, own_id, string

# Who did what to which object. The database itself refuses to change a row, and to delete one that is to be kept.
# project and environment are slugs: the rows outlive both. by_way: a browser, a token, the system itself.
audit = sa.Table(
    "audit",
    metadata,
    own_id(),
    sa.Column("at", INSTANT, nullable=False, index=True),
    sa.Column("actor", TEXT, nullable=False),
    sa.Column("action", string(60), nullable=False),
    sa.Column("object", TEXT, nullable=False),
    sa.Column("facts", sa.JSON, nullable=False),
    sa.Column("actor_id", string(26)),
    sa.Column("project", string(60)),
    sa.Column("environment", string(60)),
    sa.Column("from_address", TEXT),
    sa.Column("by_way", TEXT),
    sa.Column("outcome", string(20), server_default="succeeded", nullable=False),
    sa.Index("ix_audit_actor", "actor", "id"),
    sa.Index("ix_audit_action", "action", "id"),
    sa.Index("ix_audit_object", "object", "id"),
    sa.Index("ix_audit_project", "project", "id"),
    index_of_some("ix_audit_outcome", "outcome", "id", where="outcome <> 'succeeded'"),
)

# For how long rows of the audit trail are kept: one row. The triggers read it.
audit_rules = sa.Table(
    "audit_rules",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("keep_days", sa.Integer),  # None: for ever
)
