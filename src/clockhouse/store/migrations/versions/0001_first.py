"""The first schema: projects to executions, and the two environments that everybody starts with."""

import sqlalchemy as sa
from alembic import op

revision = "0001_first"
down_revision = None

_ENVIRONMENTS = [
    {"id": "development", "slug": "development", "name": "Development", "position": 1, "is_production": False},
    {"id": "production", "slug": "production", "name": "Production", "position": 2, "is_production": True},
]


# PostgreSQL keeps instants as such, and orders text as SQLite does: by its characters, whatever the server's language.
_INSTANT = sa.String(27).with_variant(sa.DateTime(timezone=True), "postgresql")
_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _string(length: int) -> sa.types.TypeEngine[str]:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "actors",
        sa.Column("id", _string(26), nullable=False),
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("role", _string(20), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=("pk_actors")),
    )
    op.create_table(
        "audit",
        sa.Column("id", _string(26), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("actor", _TEXT, nullable=False),
        sa.Column("action", _string(60), nullable=False),
        sa.Column("object", _TEXT, nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=("pk_audit")),
    )
    op.create_index(("ix_audit_at"), "audit", ["at"], unique=False)
    op.create_table(
        "environments",
        sa.Column("id", _string(26), nullable=False),
        sa.Column("slug", _string(60), nullable=False),
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_production", sa.Boolean(), nullable=False),
        sa.Column("data_plane", _string(20), nullable=False),
        sa.PrimaryKeyConstraint("id", name=("pk_environments")),
        sa.UniqueConstraint("slug", name=("uq_environments_slug")),
    )
    op.create_table(
        "log_lines",
        sa.Column("source", _string(26), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("stream", _string(40), nullable=False),
        sa.Column("level", _string(10), nullable=True),
        sa.Column("text", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("source", "seq", name=("pk_log_lines")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "projects",
        sa.Column("id", _string(26), nullable=False),
        sa.Column("slug", _string(60), nullable=False),
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("description", _TEXT, nullable=False),
        sa.Column("is_example", sa.Boolean(), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=("pk_projects")),
        sa.UniqueConstraint("slug", name=("uq_projects_slug")),
    )
    op.create_table(
        "components",
        sa.Column("id", _string(26), nullable=False),
        sa.Column("project_id", _string(26), nullable=False),
        sa.Column("slug", _string(60), nullable=False),
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("description", _TEXT, nullable=False),
        sa.Column("kind", _string(20), nullable=False),
        sa.Column("template", _string(60), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=("fk_components_project_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=("pk_components")),
        sa.UniqueConstraint("project_id", "slug", name=("uq_components_project_id_slug")),
    )
    op.create_table(
        "tokens",
        sa.Column("digest", _string(64), nullable=False),
        sa.Column("actor_id", _string(26), nullable=False),
        sa.Column("kind", _string(20), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("expires_at", _INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["actor_id"], ["actors.id"], name=("fk_tokens_actor_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("digest", name=("pk_tokens")),
    )
    op.create_table(
        "builds",
        sa.Column("id", _string(26), nullable=False),
        sa.Column("component_id", _string(26), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("commit_sha", _string(40), nullable=False),
        sa.Column("commit_message", _TEXT, nullable=False),
        sa.Column("commit_author", _TEXT, nullable=False),
        sa.Column("commit_at", _INSTANT, nullable=False),
        sa.Column("status", _string(20), nullable=False),
        sa.Column("steps", sa.JSON(), nullable=False),
        sa.Column("problem", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("entry", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("digest", _TEXT, nullable=True),
        sa.Column("requested_by", _TEXT, nullable=False),
        sa.Column("worker", _TEXT, nullable=True),
        sa.Column("lease_until", _INSTANT, nullable=True),
        sa.Column("cancel_requested_by", _TEXT, nullable=True),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("started_at", _INSTANT, nullable=True),
        sa.Column("finished_at", _INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["component_id"], ["components.id"], name=("fk_builds_component_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=("pk_builds")),
        sa.UniqueConstraint("component_id", "number", name=("uq_builds_component_id_number")),
    )
    op.create_index(("ix_builds_status"), "builds", ["status"], unique=False)
    op.create_table(
        "releases",
        sa.Column("id", _string(26), nullable=False),
        sa.Column("component_id", _string(26), nullable=False),
        sa.Column("build_id", _string(26), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["build_id"], ["builds.id"], name=("fk_releases_build_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["component_id"], ["components.id"], name=("fk_releases_component_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=("pk_releases")),
        sa.UniqueConstraint("build_id", name=("uq_releases_build_id")),
    )
    op.create_table(
        "deployments",
        sa.Column("id", _string(26), nullable=False),
        sa.Column("component_id", _string(26), nullable=False),
        sa.Column("environment_id", _string(26), nullable=False),
        sa.Column("release_id", _string(26), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("configuration", sa.JSON(), nullable=False),
        sa.Column("limits", sa.JSON(), nullable=False),
        sa.Column("status", _string(20), nullable=False),
        sa.Column("paused_at", _INSTANT, nullable=True),
        sa.Column("paused_by", _TEXT, nullable=True),
        sa.Column("pause_note", _TEXT, nullable=True),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("created_by", _TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            ["component_id"], ["components.id"], name=("fk_deployments_component_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["environment_id"], ["environments.id"], name=("fk_deployments_environment_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["release_id"], ["releases.id"], name=("fk_deployments_release_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=("pk_deployments")),
        sa.UniqueConstraint(
            "component_id", "environment_id", "number", name=("uq_deployments_component_id_environment_id_number")
        ),
    )
    op.create_index(
        "uq_deployments_active",
        "deployments",
        ["component_id", "environment_id"],
        unique=True,
        sqlite_where=sa.text("status = 'active'"),
        postgresql_where=sa.text("status = 'active'"),
    )
    op.create_table(
        "schedules",
        sa.Column("id", _string(26), nullable=False),
        sa.Column("deployment_id", _string(26), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("trigger", sa.JSON(), nullable=False),
        sa.Column("overlap", _string(20), nullable=False),
        sa.Column("catch_up", sa.JSON(), nullable=False),
        sa.Column("ended_at", _INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["deployment_id"], ["deployments.id"], name=("fk_schedules_deployment_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=("pk_schedules")),
    )
    op.create_table(
        "secrets",
        sa.Column("deployment_id", _string(26), nullable=False),
        sa.Column("name", _string(100), nullable=False),
        sa.Column("sealed", _TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            ["deployment_id"], ["deployments.id"], name=("fk_secrets_deployment_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("deployment_id", "name", name=("pk_secrets")),
    )
    op.create_table(
        "executions",
        sa.Column("id", _string(26), nullable=False),
        sa.Column("project_id", _string(26), nullable=False),
        sa.Column("component_id", _string(26), nullable=False),
        sa.Column("environment_id", _string(26), nullable=False),
        sa.Column("deployment_id", _string(26), nullable=False),
        sa.Column("schedule_id", _string(26), nullable=True),
        sa.Column("state", _string(20), nullable=False),
        sa.Column("origin", _string(20), nullable=False),
        sa.Column("due_at", _INSTANT, nullable=False),
        sa.Column("ready_at", _INSTANT, nullable=False),
        sa.Column("queued_at", _INSTANT, nullable=True),
        sa.Column("claimed_at", _INSTANT, nullable=True),
        sa.Column("started_at", _INSTANT, nullable=True),
        sa.Column("finished_at", _INSTANT, nullable=True),
        sa.Column("duration_s", sa.Float(), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("exit_code", sa.Integer(), nullable=True),
        sa.Column("signal", sa.Integer(), nullable=True),
        sa.Column("reason_code", _string(40), nullable=True),
        sa.Column("reason", _TEXT, nullable=True),
        sa.Column("requested_by", _TEXT, nullable=True),
        sa.Column("stop_requested_by", _TEXT, nullable=True),
        sa.Column("worker", _TEXT, nullable=True),
        sa.Column("lease_until", _INSTANT, nullable=True),
        sa.Column("cpu_s", sa.Float(), nullable=True),
        sa.Column("peak_bytes", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["component_id"], ["components.id"], name=("fk_executions_component_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["deployment_id"], ["deployments.id"], name=("fk_executions_deployment_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["environment_id"], ["environments.id"], name=("fk_executions_environment_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=("fk_executions_project_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["schedule_id"], ["schedules.id"], name=("fk_executions_schedule_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=("pk_executions")),
        sa.UniqueConstraint("schedule_id", "due_at", name=("uq_executions_schedule_id_due_at")),
    )
    op.create_index(
        "ix_executions_component", "executions", ["component_id", "environment_id", "state", "due_at"], unique=False
    )
    op.create_index("ix_executions_component_due", "executions", ["component_id", "due_at", "id"], unique=False)
    op.create_index("ix_executions_deployment", "executions", ["deployment_id", "state"], unique=False)
    op.create_index("ix_executions_due", "executions", ["due_at", "id"], unique=False)
    op.create_index(
        "ix_executions_open",
        "executions",
        ["state", "ready_at"],
        unique=False,
        sqlite_where=sa.text("state IN ('planned', 'queued', 'started')"),
        postgresql_where=sa.text("state IN ('planned', 'queued', 'started')"),
    )
    op.create_index("ix_executions_project_due", "executions", ["project_id", "due_at", "id"], unique=False)
    op.create_table(
        "attempts",
        sa.Column("execution_id", _string(26), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", _string(20), nullable=False),
        sa.Column("claimed_at", _INSTANT, nullable=False),
        sa.Column("started_at", _INSTANT, nullable=True),
        sa.Column("finished_at", _INSTANT, nullable=False),
        sa.Column("exit_code", sa.Integer(), nullable=True),
        sa.Column("signal", sa.Integer(), nullable=True),
        sa.Column("reason_code", _string(40), nullable=True),
        sa.Column("reason", _TEXT, nullable=True),
        sa.Column("cpu_s", sa.Float(), nullable=True),
        sa.Column("peak_bytes", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["execution_id"], ["executions.id"], name=("fk_attempts_execution_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("execution_id", "number", name=("pk_attempts")),
    )
    environments = sa.table("environments", *map(sa.column, (*_ENVIRONMENTS[0], "data_plane")))
    op.bulk_insert(environments, [{**each, "data_plane": "process"} for each in _ENVIRONMENTS])
