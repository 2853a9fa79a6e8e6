"""The tables, as SQLAlchemy Core sees them; the migrations make them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

_POSTGRESQL = "postgresql"


class _InstantText(sa.types.TypeDecorator[datetime]):
    """An aware datetime, stored as UTC text of one width, so that order of text is order of time."""

    impl = sa.String(27)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> str | None:  # noqa: ARG002
        if value is None:
            return None
        instant = value if value.tzinfo is UTC else value.astimezone(UTC)
        return f"{instant.isoformat(timespec='microseconds')[:26]}Z"  # strftime does not pad a year before 1000

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002
        return None if value is None else datetime.fromisoformat(value)


class _InstantItself(sa.types.TypeDecorator[datetime]):
    """An aware datetime, stored as PostgreSQL's own kind of instant."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002
        return None if value is None else value.astimezone(UTC)


class _String(sa.types.TypeDecorator[str]):
    """Text in PostgreSQL, which cannot hold the character 0; in the order of its characters, as in SQLite."""

    impl = sa.String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:  # noqa: ARG002
        return value.replace("\0", "\ufffd") if value and "\0" in value else value


class _Text(_String):
    impl = sa.Text


def _string(length: int) -> sa.String:
    return sa.String(length).with_variant(_String(length, collation="C"), _POSTGRESQL)


INSTANT = _InstantText().with_variant(_InstantItself(), _POSTGRESQL)


def as_text(column: sa.Column[Any]) -> sa.Label[str]:
    """A column of JSON as it is written: what is the same text need be understood only once."""
    return sa.cast(column, sa.Text).label(column.name)


_TEXT = sa.Text().with_variant(_Text(collation="C"), _POSTGRESQL)

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _id() -> sa.Column[str]:
    return sa.Column("id", _string(26), primary_key=True)


def _refers(name: str, table: str, *, optional: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.ForeignKey(f"{table}.id", ondelete="CASCADE"), nullable=optional)


# Who may sign in, or holds a token. role: for servers of before grants alone. subject: what an OpenID provider calls
# them, after its address.
actors = sa.Table(
    "actors",
    metadata,
    _id(),
    sa.Column("name", _TEXT, nullable=False),
    sa.Column("role", _string(20), nullable=False),
    sa.Column("created_at", INSTANT, nullable=False),
    sa.Column("kind", _string(20), server_default="person", nullable=False),  # or service
    sa.Column("login", _string(200)),  # an address for mail, or a short name; in small letters
    sa.Column("password", _TEXT),  # its Argon2 digest
    sa.Column("subject", _string(500)),
    sa.Column("disabled_at", INSTANT),
    sa.Column("signed_in_at", INSTANT),
    sa.Column("created_by", _TEXT),
    sa.Index("uq_actors_login", "login", unique=True),
    sa.Index("uq_actors_subject", "subject", unique=True),
)

# What an actor may: a role in a project, in an environment, in both, or everywhere.
grants = sa.Table(
    "grants",
    metadata,
    _id(),
    _refers("actor_id", "actors"),
    sa.Column("role", _string(20), nullable=False),
    _refers("project_id", "projects", optional=True),
    _refers("environment_id", "environments", optional=True),
    sa.Column("production", sa.Boolean, nullable=False),
    sa.Column("created_at", INSTANT, nullable=False),
    sa.Column("created_by", _TEXT, nullable=False),
    sa.Index("ix_grants_actor_id", "actor_id"),
)

# Only a digest of a token is kept. kind: sign_in (used once), session (a browser's), tool (a program's),
# agent.
tokens = sa.Table(
    "tokens",
    metadata,
    sa.Column("digest", _string(64), primary_key=True),
    _refers("actor_id", "actors"),
    sa.Column("kind", _string(20), nullable=False),
    sa.Column("created_at", INSTANT, nullable=False),
    sa.Column("expires_at", INSTANT),
    sa.Column("agent_id", _string(26)),  # whose it is, if it is an agent's; the actor is who let that in
    sa.Column("id", _string(26)),  # by which it is named without being told
    sa.Column("name", _TEXT),
    sa.Column("role", _string(20)),  # the most that it is good for; None: what its actor may
    sa.Column("project_id", _string(26)),  # the only one that it is good for; no key: it may be removed
    sa.Column("used_at", INSTANT),
    sa.Column("seen_from", _TEXT),  # the address that it was last used from
    sa.Column("seen_with", _TEXT),  # and by which program
    sa.Index("uq_tokens_id", "id", unique=True),
)

# Who was refused how often, for an hour. The key is a digest of what it counts: a login, an address, or both.
sign_in_attempts = sa.Table(
    "sign_in_attempts",
    metadata,
    sa.Column("key", _string(64), primary_key=True),
    sa.Column("failures", sa.Integer, nullable=False),  # in a row
    sa.Column("last_at", INSTANT, nullable=False),
    sa.Column("until", INSTANT),  # before which no other try is looked at
    sa.Index("ix_sign_in_attempts_last_at", "last_at"),
)

projects = sa.Table(
    "projects",
    metadata,
    _id(),
    sa.Column("slug", _string(60), nullable=False, unique=True),
    sa.Column("name", _TEXT, nullable=False),
    sa.Column("description", _TEXT, nullable=False),
    sa.Column("is_example", sa.Boolean, nullable=False),
    sa.Column("created_at", INSTANT, nullable=False),
)

components = sa.Table(
    "components",
    metadata,
    _id(),
    _refers("project_id", "projects"),
    sa.Column("slug", _string(60), nullable=False),
    sa.Column("name", _TEXT, nullable=False),
    sa.Column("description", _TEXT, nullable=False),
    sa.Column("kind", _string(20), nullable=False),
    sa.Column("template", _string(60), nullable=False),
    sa.Column("created_at", INSTANT, nullable=False),
    sa.Column("recipe", sa.JSON(none_as_null=True)),  # what was chosen of how it is built; None: nothing
    sa.Column("declaration", _TEXT),  # the clockhouse.yaml that was applied to it, as text
    sa.Column("declared_at", INSTANT),
    sa.Column("declared_by", _TEXT),
    sa.UniqueConstraint("project_id", "slug"),
)

# Of a component whose source is somebody else's repository. What a track has, too, is here for servers of before
# tracks alone.
connections = sa.Table(
    "connections",
    metadata,
    sa.Column("component_id", sa.ForeignKey("components.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("url", _TEXT, nullable=False),
    sa.Column("branch", _TEXT, nullable=False),
    sa.Column("directory", _TEXT, nullable=False),
    sa.Column("kind", _string(20)),
    sa.Column("credential_kind", _string(20), nullable=False),
    sa.Column("credential_user", _TEXT, nullable=False),
    sa.Column("sealed", _TEXT),
    sa.Column("sealed_hook", _TEXT, nullable=False),
    sa.Column("known_hosts", _TEXT, nullable=False),
    sa.Column("auto_build", sa.Boolean, nullable=False),
    sa.Column("auto_deploy", sa.Boolean, nullable=False),
    sa.Column("seen_sha", _string(40)),
    sa.Column("looked_at", INSTANT),
    sa.Column("next_look_at", INSTANT, nullable=False, index=True),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("trouble", _TEXT),
    sa.Column("note", _TEXT),
    sa.Column("built_number", sa.Integer, nullable=False),
)

# A branch that a connected component follows. environment_id: where its builds are deployed by themselves, nothing for
# the first; no key, for it may be removed. seen_sha: the newest commit that a look found; built_number: up to which
# build it was decided whether to deploy by itself.
tracks = sa.Table(
    "tracks",
    metadata,
    sa.Column("component_id", sa.ForeignKey("connections.component_id", ondelete="CASCADE"), primary_key=True),
    sa.Column("branch", _string(200), primary_key=True),
    sa.Column("auto_build", sa.Boolean, nullable=False),
    sa.Column("auto_deploy", sa.Boolean, nullable=False),
    sa.Column("environment_id", _string(26)),
    sa.Column("seen_sha", _string(40)),
    sa.Column("looked_at", INSTANT),
    sa.Column("next_look_at", INSTANT, nullable=False, index=True),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("trouble", _TEXT),
    sa.Column("note", _TEXT),
    sa.Column("built_number", sa.Integer, nullable=False),
    sa.Column("created_at", INSTANT, nullable=False),
)

environments = sa.Table(
    "environments",
    metadata,
    _id(),
    sa.Column("slug", _string(60), nullable=False, unique=True),
    sa.Column("name", _TEXT, nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("is_production", sa.Boolean, nullable=False),
    sa.Column("data_plane", _string(20), nullable=False),
    sa.Column("keep_days", sa.Integer, server_default="30"),  # what has ended; None: for ever
    sa.Column("keep_last", sa.Integer, server_default="100", nullable=False),  # of each component, however old
    sa.Column("at_once", sa.Integer),  # how many may run at once; None: any number
    sa.Column("approval", sa.JSON(none_as_null=True)),  # who may approve what is deployed there; None: nobody has to
    sa.Column("removed_at", INSTANT),  # from then on it is nobody's any more, while its history goes
)

# Programs on other machines that run what an environment has.
agents = sa.Table(
    "agents",
    metadata,
    _id(),
    _refers("environment_id", "environments"),
    sa.Column("name", _string(60), nullable=False),
    sa.Column("created_at", INSTANT, nullable=False),
    sa.Column("created_by", _TEXT, nullable=False),
    sa.Column("seen_at", INSTANT),
    sa.Column("version", _string(40)),
    sa.Column("host", _TEXT),
    sa.Column("room", sa.Integer),
    sa.Column("withdrawn_at", INSTANT),
)
sa.Index(
    "uq_agents_name",
    agents.c.name,
    unique=True,
    sqlite_where=sa.text("withdrawn_at IS NULL"),
    postgresql_where=sa.text("withdrawn_at IS NULL"),
)

builds = sa.Table(
    "builds",
    metadata,
    _id(),
    _refers("component_id", "components"),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("commit_sha", _string(40), nullable=False),
    sa.Column("commit_message", _TEXT, nullable=False),
    sa.Column("commit_author", _TEXT, nullable=False),
    sa.Column("commit_at", INSTANT, nullable=False),
    sa.Column("status", _string(20), nullable=False, index=True),
    sa.Column("steps", sa.JSON, nullable=False),
    sa.Column("problem", sa.JSON(none_as_null=True)),
    sa.Column("settings", sa.JSON, nullable=False),
    sa.Column("entry", sa.JSON(none_as_null=True)),
    sa.Column("digest", _TEXT),
    sa.Column("requested_by", _TEXT, nullable=False),
    sa.Column("worker", _TEXT),
    sa.Column("lease_until", INSTANT),
    sa.Column("cancel_requested_by", _TEXT),
    sa.Column("created_at", INSTANT, nullable=False),
    sa.Column("started_at", INSTANT),
    sa.Column("finished_at", INSTANT),
    sa.Column("retired_at", INSTANT),  # what it made was removed
    sa.Column("recipe", sa.JSON(none_as_null=True)),  # what it was made by
    sa.Column("saw", _TEXT),  # what its source was found to be
    sa.Column("branch", _string(200)),  # of a connected repository, for which it was built
    sa.Column("declaration", _TEXT),  # the clockhouse.yaml of its source, as text
    sa.UniqueConstraint("component_id", "number"),
)

releases = sa.Table(
    "releases",
    metadata,
    _id(),
    _refers("component_id", "components"),
    _refers("build_id", "builds"),
    sa.Column("created_at", INSTANT, nullable=False),
    sa.UniqueConstraint("build_id"),
)

deployments = sa.Table(
    "deployments",
    metadata,
    _id(),
    _refers("component_id", "components"),
    _refers("environment_id", "environments"),
    _refers("release_id", "releases"),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("configuration", sa.JSON, nullable=False),
    sa.Column("limits", sa.JSON, nullable=False),
    sa.Column("status", _string(20), nullable=False),
    sa.Column("paused_at", INSTANT),
    sa.Column("paused_by", _TEXT),
    sa.Column("pause_note", _TEXT),
    sa.Column("pause_until", INSTANT),  # from then on it counts as not paused, whether or not somebody has looked
    sa.Column("created_at", INSTANT, nullable=False),
    sa.Column("created_by", _TEXT, nullable=False),
    sa.Column("handover", sa.JSON(none_as_null=True)),  # references of secrets, and paths of files; None: neither
    sa.Column("rolled_back_to", sa.Integer),  # the number of the earlier one that this one repeats
    sa.Column("watch", _string(20)),  # what became of its first occurrence, where that is watched
    sa.Column("back_to", sa.Integer),  # the number of the one to go back to then; None: there is none
    sa.UniqueConstraint("component_id", "environment_id", "number"),
)
sa.Index(
    "ix_deployments_watch",
    deployments.c.id,
    sqlite_where=sa.text("watch = 'waiting'"),
    postgresql_where=sa.text("watch = 'waiting'"),
)
# When the next pause is over is asked at every tick.
sa.Index(
    "ix_deployments_pause_until",
    deployments.c.pause_until,
    sqlite_where=sa.text("pause_until IS NOT NULL"),
    postgresql_where=sa.text("pause_until IS NOT NULL"),
)
# At most one deployment of a component is active in an environment, whoever races.
sa.Index(
    "uq_deployments_active",
    deployments.c.component_id,
    deployments.c.environment_id,
    unique=True,
    sqlite_where=deployments.c.status == "active",
    postgresql_where=deployments.c.status == "active",
)

# Sealed by the vault, whose key is not in the database.
secrets = sa.Table(
    "secrets",
    metadata,
    sa.Column("deployment_id", sa.ForeignKey("deployments.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("name", _string(100), primary_key=True),
    sa.Column("sealed", _TEXT, nullable=False),
    sa.Column("fingerprint", _string(16)),  # None: of before there were any
)

# Deployments that somebody asks for where they have to be approved: all that they are to be. requester_id: no key, for
# people may be removed. deployment: the number of what it became.
requests = sa.Table(
    "requests",
    metadata,
    _id(),
    _refers("component_id", "components"),
    _refers("environment_id", "environments"),
    _refers("release_id", "releases"),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("source", _string(60)),  # the environment that it is promoted from, if it is
    sa.Column("configuration", sa.JSON, nullable=False),
    sa.Column("handover", sa.JSON(none_as_null=True)),
    sa.Column("limits", sa.JSON, nullable=False),
    sa.Column("schedules", sa.JSON, nullable=False),
    sa.Column("is_watched", sa.Boolean, nullable=False),
    sa.Column("note", _TEXT, nullable=False),
    sa.Column("status", _string(20), nullable=False),
    sa.Column("requester_id", _string(26), nullable=False),
    sa.Column("requested_by", _TEXT, nullable=False),
    sa.Column("created_at", INSTANT, nullable=False),
    sa.Column("expires_at", INSTANT, nullable=False),
    sa.Column("decided_at", INSTANT),
    sa.Column("decided_by", _TEXT),
    sa.Column("comment", _TEXT),
    sa.Column("problem", _TEXT),  # why what was approved could not be deployed
    sa.Column("deployment", sa.Integer),
    sa.Column("seen_at", INSTANT),  # when who asked saw what was decided
    sa.UniqueConstraint("component_id", "number"),
    sa.Index("ix_requests_requester_id", "requester_id", "id"),
)
# At most one request is open for a component and an environment, whoever races.
sa.Index(
    "uq_requests_open",
    requests.c.component_id,
    requests.c.environment_id,
    unique=True,
    sqlite_where=requests.c.status == "open",
    postgresql_where=requests.c.status == "open",
)

# Sealed as `secrets` are; gone once the request is decided.
request_secrets = sa.Table(
    "request_secrets",
    metadata,
    sa.Column("request_id", sa.ForeignKey("requests.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("name", _string(100), primary_key=True),
    sa.Column("sealed", _TEXT, nullable=False),
    sa.Column("fingerprint", _string(16)),
)

# What is set for a component, and used by its next deployment: for one environment, or for all. Either a value, or a
# secret, which is sealed or kept elsewhere.
configuration = sa.Table(
    "configuration",
    metadata,
    _id(),
    _refers("component_id", "components"),
    _refers("environment_id", "environments", optional=True),
    sa.Column("name", _string(100), nullable=False),
    sa.Column("value", sa.JSON(none_as_null=True)),
    sa.Column("sealed", _TEXT),
    sa.Column("fingerprint", _string(16)),
    sa.Column("reference", _TEXT),
    sa.Column("is_short", sa.Boolean, server_default=sa.false(), nullable=False),  # too short to be masked in logs
    sa.Column("file", _TEXT),
    sa.Column("set_at", INSTANT, nullable=False),
    sa.Column("set_by", _TEXT, nullable=False),
    sa.Index("ix_configuration_environment_id", "environment_id"),
)
sa.Index(
    "uq_configuration_here",
    configuration.c.component_id,
    configuration.c.environment_id,
    configuration.c.name,
    unique=True,
    sqlite_where=sa.text("environment_id IS NOT NULL"),
    postgresql_where=sa.text("environment_id IS NOT NULL"),
)
sa.Index(
    "uq_configuration_everywhere",
    configuration.c.component_id,
    configuration.c.name,
    unique=True,
    sqlite_where=sa.text("environment_id IS NULL"),
    postgresql_where=sa.text("environment_id IS NULL"),
)

schedules = sa.Table(
    "schedules",
    metadata,
    _id(),
    _refers("deployment_id", "deployments"),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("trigger", sa.JSON, nullable=False),
    sa.Column("overlap", _string(20), nullable=False),
    sa.Column("catch_up", sa.JSON, nullable=False),
    sa.Column("end_after_failures", sa.Integer),
    sa.Column("failures", sa.Integer, nullable=False, server_default="0"),  # in a row, where that is asked
    sa.Column("max_count", sa.Integer),
    sa.Column("count", sa.Integer, nullable=False, server_default="0"),  # of executions so far, where that is asked
    sa.Column("ended_at", INSTANT),
    sa.Column("ended_code", _string(40)),
    sa.Column("ended_reason", _TEXT),
)

# The ledger. A row exists before it is due; (schedule, due time) is unique, which is what makes double firing
# impossible. project_id to environment_id repeat what the deployment says, so that no list needs a join to filter.
executions = sa.Table(
    "executions",
    metadata,
    _id(),
    _refers("project_id", "projects"),
    _refers("component_id", "components"),
    _refers("environment_id", "environments"),
    _refers("deployment_id", "deployments"),
    _refers("schedule_id", "schedules", optional=True),
    sa.Column("state", _string(20), nullable=False),
    sa.Column("origin", _string(20), nullable=False),
    sa.Column("due_at", INSTANT, nullable=False),
    # When a queued one may be claimed: due, after a retry's delay, or when it is its turn (`turns.HELD` until then).
    sa.Column("ready_at", INSTANT, nullable=False),
    sa.Column("queued_at", INSTANT),
    sa.Column("claimed_at", INSTANT),
    sa.Column("started_at", INSTANT),
    sa.Column("finished_at", INSTANT),
    sa.Column("duration_s", sa.Float),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("exit_code", sa.Integer),
    sa.Column("signal", sa.Integer),
    sa.Column("reason_code", _string(40)),
    sa.Column("reason", _TEXT),
    sa.Column("requested_by", _TEXT),
    sa.Column("arguments", sa.JSON(none_as_null=True)),  # values by name, for this one alone
    sa.Column("repeats", _string(26)),  # the execution that this one does again; no key, for that one may be removed
    sa.Column("backfill_id", _string(26)),
    sa.Column("stop_requested_by", _TEXT),
    sa.Column("worker", _TEXT),
    sa.Column("ran_on", _TEXT),  # by what name people know the worker
    sa.Column("lease_until", INSTANT),
    sa.Column("cpu_s", sa.Float),
    sa.Column("peak_bytes", sa.BigInteger),
    sa.Column("at_once", sa.Integer),  # of one that waits for its turn: how many may run at once, it included
    sa.Column("stop_code", _string(40)),  # why it is to stop, when that is not somebody's wish
    sa.Column("is_tallied", sa.Boolean, server_default=sa.false(), nullable=False),  # once it has ended
    sa.UniqueConstraint("schedule_id", "due_at"),
    sa.Index("ix_executions_due", "due_at", "id"),
    sa.Index("ix_executions_component", "component_id", "environment_id", "state", "due_at"),
    sa.Index("ix_executions_component_due", "component_id", "due_at", "id"),
    sa.Index("ix_executions_project_due", "project_id", "due_at", "id"),
    sa.Index("ix_executions_deployment", "deployment_id", "state"),
)
# The open executions are few beside the ended ones: what the engine asks every moment reads only these. SQLite
# takes the index only where a statement has this very condition, and reads every row there is elsewhere.
IS_OPEN = sa.text("executions.state IN ('planned', 'queued', 'started')")
sa.Index(
    "ix_executions_open",
    executions.c.state,
    executions.c.ready_at,
    sqlite_where=sa.text("state IN ('planned', 'queued', 'started')"),
    postgresql_where=sa.text("state IN ('planned', 'queued', 'started')"),
)
# What is not in the tallies: few rows, too.
sa.Index(
    "ix_executions_untallied",
    executions.c.due_at,
    executions.c.id,
    sqlite_where=sa.text("NOT is_tallied AND state <> 'planned'"),
    postgresql_where=sa.text("NOT is_tallied AND state <> 'planned'"),
)
# What people look for among very many that went well.
sa.Index(
    "ix_executions_troubled",
    executions.c.state,
    executions.c.due_at,
    executions.c.id,
    sqlite_where=sa.text("state NOT IN ('planned', 'queued', 'started', 'succeeded')"),
    postgresql_where=sa.text("state NOT IN ('planned', 'queued', 'started', 'succeeded')"),
)
sa.Index(
    "ix_executions_unscheduled",
    executions.c.origin,
    executions.c.due_at,
    executions.c.id,
    sqlite_where=sa.text("origin <> 'schedule'"),
    postgresql_where=sa.text("origin <> 'schedule'"),
)
sa.Index(
    "ix_executions_repeats",
    executions.c.repeats,
    sqlite_where=executions.c.repeats.is_not(None),
    postgresql_where=executions.c.repeats.is_not(None),
)
# In the words of the indexes: with values that are bound, SQLite would not know that they serve.
UNTALLIED = sa.text("NOT executions.is_tallied AND executions.state <> 'planned'")
TROUBLED = sa.text("executions.state NOT IN ('planned', 'queued', 'started', 'succeeded')")
UNSCHEDULED = sa.text("executions.origin <> 'schedule'")
ENDED = executions.c.state.not_in(["planned", "queued", "started"])


def _tally_key() -> list[sa.Column[Any]]:
    return [
        sa.Column("scope", _string(26), primary_key=True),
        sa.Column("width", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", INSTANT, primary_key=True),
        sa.Column("environment_id", _string(26), primary_key=True),
    ]


# How many executions were due in the `width` seconds from `at` on and ended so. scope: a component's id, or nothing for
# all. found counts all that there ever were, started those of them that ran, kept those whose rows are there.
tallies = sa.Table(
    "tallies",
    metadata,
    *_tally_key(),
    sa.Column("state", _string(20), primary_key=True),
    sa.Column("origin", _string(20), primary_key=True),
    sa.Column("found", sa.BigInteger, nullable=False),
    sa.Column("started", sa.BigInteger, nullable=False),
    sa.Column("kept", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

# How many of them took so long, by classes of durations.
durations = sa.Table(
    "durations",
    metadata,
    *_tally_key(),
    sa.Column("took", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("found", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

# Within a backfill, too, each due time has one execution.
sa.Index(
    "uq_executions_backfill",
    executions.c.backfill_id,
    executions.c.due_at,
    unique=True,
    sqlite_where=sa.text("backfill_id IS NOT NULL"),
    postgresql_where=sa.text("backfill_id IS NOT NULL"),
)

backfills = sa.Table(
    "backfills",
    metadata,
    _id(),
    _refers("component_id", "components"),
    _refers("environment_id", "environments"),
    _refers("deployment_id", "deployments"),
    _refers("schedule_id", "schedules"),
    sa.Column("start_at", INSTANT, nullable=False),
    sa.Column("end_at", INSTANT, nullable=False),
    sa.Column("scope", _string(20), nullable=False),
    sa.Column("at_once", sa.Integer, nullable=False),
    sa.Column("requested_by", _TEXT, nullable=False),
    sa.Column("created_at", INSTANT, nullable=False),
    sa.Column("cancelled_at", INSTANT),
    sa.Column("cancelled_by", _TEXT),
    sa.Index("ix_backfills_component", "component_id", "id"),
)

attempts = sa.Table(
    "attempts",
    metadata,
    sa.Column("execution_id", sa.ForeignKey("executions.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("state", _string(20), nullable=False),
    sa.Column("claimed_at", INSTANT, nullable=False),
    sa.Column("started_at", INSTANT),
    sa.Column("finished_at", INSTANT, nullable=False),
    sa.Column("exit_code", sa.Integer),
    sa.Column("signal", sa.Integer),
    sa.Column("reason_code", _string(40)),
    sa.Column("reason", _TEXT),
    sa.Column("cpu_s", sa.Float),
    sa.Column("peak_bytes", sa.BigInteger),
    sa.Column("ran_on", _TEXT),
)

# source: the execution or the build that the line is of.
log_lines = sa.Table(
    "log_lines",
    metadata,
    sa.Column("source", _string(26), primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", INSTANT, nullable=False),
    sa.Column("stream", _string(40), nullable=False),
    sa.Column("level", _string(10)),
    sa.Column("text", _TEXT, nullable=False),
    sqlite_with_rowid=False,
)

# The source of a component: where its branch main is, and the Git objects, whose content is compressed.
repositories = sa.Table(
    "repositories",
    metadata,
    sa.Column("component_id", sa.ForeignKey("components.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("head", _string(40)),
)

# kind: as Git numbers them (1 commit, 2 tree, 3 blob, 4 tag).
git_objects = sa.Table(
    "git_objects",
    metadata,
    sa.Column("component_id", sa.ForeignKey("repositories.component_id", ondelete="CASCADE"), primary_key=True),
    sa.Column("sha", _string(40), primary_key=True),
    sa.Column("kind", sa.Integer, nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
)

# What a build made, for the servers that did not make it: the row is there once all of its chunks are.
artifacts = sa.Table(
    "artifacts",
    metadata,
    sa.Column("build_id", sa.ForeignKey("builds.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("size_bytes", sa.BigInteger, nullable=False),
    sa.Column("sha256", _string(64), nullable=False),
    sa.Column("created_at", INSTANT, nullable=False),
)

artifact_chunks = sa.Table(
    "artifact_chunks",
    metadata,
    sa.Column("build_id", sa.ForeignKey("builds.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
)

# Something known that the vault's key has sealed: a server with another key finds that it does not open.
key_checks = sa.Table(
    "key_checks",
    metadata,
    sa.Column("name", _string(20), primary_key=True),
    sa.Column("sealed", _TEXT, nullable=False),
    sa.Column("created_at", INSTANT, nullable=False),
)

# Who is at work. A row is written again every few seconds: whoever watches from outside sees who went quiet.
engines = sa.Table(
    "engines",
    metadata,
    sa.Column("id", _string(200), primary_key=True),
    sa.Column("began_at", INSTANT, nullable=False),
    sa.Column("seen_at", INSTANT, nullable=False),
    sa.Column("ended_at", INSTANT),
    sa.Column("claimed_at", INSTANT),
    sa.Column("ahead_s", sa.Float, nullable=False),
)

# Who did what to which object. The database itself refuses to change a row, and to delete one that is to be kept.
# project and environment are slugs: the rows outlive both. by_way: a browser, a token, the system itself.
audit = sa.Table(
    "audit",
    metadata,
    _id(),
    sa.Column("at", INSTANT, nullable=False, index=True),
    sa.Column("actor", _TEXT, nullable=False),
    sa.Column("action", _string(60), nullable=False),
    sa.Column("object", _TEXT, nullable=False),
    sa.Column("facts", sa.JSON, nullable=False),
    sa.Column("actor_id", _string(26)),
    sa.Column("project", _string(60)),
    sa.Column("environment", _string(60)),
    sa.Column("from_address", _TEXT),
    sa.Column("by_way", _TEXT),
    sa.Column("outcome", _string(20), server_default="succeeded", nullable=False),
    sa.Index("ix_audit_actor", "actor", "id"),
    sa.Index("ix_audit_action", "action", "id"),
    sa.Index("ix_audit_object", "object", "id"),
    sa.Index("ix_audit_project", "project", "id"),
)
sa.Index(
    "ix_audit_outcome",
    audit.c.outcome,
    audit.c.id,
    sqlite_where=sa.text("outcome <> 'succeeded'"),
    postgresql_where=sa.text("outcome <> 'succeeded'"),
)

# For how long rows of the audit trail are kept: one row. The triggers read it.
audit_rules = sa.Table(
    "audit_rules",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("keep_days", sa.Integer),  # None: for ever
)
