"""Who may sign in or holds a token, and what they may."""

from __future__ import annotations

import sqlalchemy as sa

from clockhouse.store.tables.columns import INSTANT, TEXT, metadata, own_id, refers, string

# Who may sign in, or holds a token. role: for servers of before grants alone. subject: what an OpenID provider calls
# them, after its address.
actors = sa.Table(
    "actors",
    metadata,
    own_id(),
    sa.Column("name", TEXT, nullable=False),
    sa.Column("role", string(20), nullable=False),
    sa.Column("created_at", INSTANT, nullable=False),
    sa.Column("kind", string(20), server_default="person", nullable=False),  # or service
    sa.Column("login", string(200)),  # an address for mail, or a short name; in small letters
    sa.Column("password", TEXT),  # its Argon2 digest
    sa.Column("subject", string(500)),
    sa.Column("disabled_at", INSTANT),
    sa.Column("signed_in_at", INSTANT),
    sa.Column("created_by", TEXT),
    sa.Index("uq_actors_login", "login", unique=True),
    sa.Index("uq_actors_subject", "subject", unique=True),
)

# What an actor may: a role in a project, in an environment, in both, or everywhere.
grants = sa.Table(
    "grants",
    metadata,
    own_id(),
    refers("actor_id", "actors"),
    sa.Column("role", string(20), nullable=False),
    refers("project_id", "projects", optional=True),
    refers("environment_id", "environments", optional=True),
    sa.Column("production", sa.Boolean, nullable=False),
    sa.Column("created_at", INSTANT, nullable=False),
    sa.Column("created_by", TEXT, nullable=False),
    sa.Index("ix_grants_actor_id", "actor_id"),
)

# Only a digest of a token is kept. kind: sign_in (used once), session (a browser's), tool (a program's),
# agent.
tokens = sa.Table(
    "tokens",
    metadata,
    sa.Column("digest", string(64), primary_key=True),
    refers("actor_id", "actors"),
    sa.Column("kind", string(20), nullable=False),
    sa.Column("created_at", INSTANT, nullable=False),
    sa.Column("expires_at", INSTANT),
    sa.Column("agent_id", string(26)),  # whose it is, if it is an agent's; the actor is who let that in
    sa.Column("id", string(26)),  # by which it is named without being told
    sa.Column("name", TEXT),
    sa.Column("role", string(20)),  # the most that it is good for; None: what its actor may
    sa.Column("project_id", string(26)),  # the only one that it is good for; no key: it may be removed
    sa.Column("used_at", INSTANT),
    sa.Column("seen_from", TEXT),  # the address that it was last used from
    sa.Column("seen_with", TEXT),  # and by which program
    sa.Index("uq_tokens_id", "id", unique=True),
)

# Who was refused how often, for an hour. The key is a digest of what it counts: a login, an address, or both.
sign_in_attempts = sa.Table(
    "sign_in_attempts",
    metadata,
    sa.Column("key", string(64), primary_key=True),
    sa.Column("failures", sa.Integer, nullable=False),  # in a row
    sa.Column("last_at", INSTANT, nullable=False),
    sa.Column("until", INSTANT),  # before which no other try is looked at
    sa.Index("ix_sign_in_attempts_last_at", "last_at"),
)
