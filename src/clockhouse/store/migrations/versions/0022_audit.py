"""The audit trail tells from where and with which outcome, and the database itself keeps it from being changed."""

import sqlalchemy as sa
from alembic import op

revision = "0022_audit"
down_revision = "0021_declarations"

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_CHANGED = "The audit trail is append-only: its rows are never changed."
_KEPT = "The audit trail is append-only: this row has to be kept for now."


def _string(length: int) -> sa.types.TypeEngine[str]:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def upgrade() -> None:
    for column in (
        sa.Column("actor_id", _string(26)),
        sa.Column("project", _string(60)),
        sa.Column("environment", _string(60)),
        sa.Column("from_address", _TEXT),
        sa.Column("by_way", _TEXT),
        sa.Column("outcome", _string(20), server_default="succeeded", nullable=False),
    ):
        op.add_column("audit", column)
    for name in ("actor", "action", "object", "project"):
        op.create_index(f"ix_audit_{name}", "audit", [name, "id"])
    bad = sa.text("outcome <> 'succeeded'")
    op.create_index("ix_audit_outcome", "audit", ["outcome", "id"], sqlite_where=bad, postgresql_where=bad)
    op.create_table(
        "audit_rules",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("keep_days", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name="pk_audit_rules"),
    )
    op.execute("INSERT INTO audit_rules (id, keep_days) VALUES (1, 365)")
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    _tell_projects(is_postgresql=is_postgresql)
    for statement in _POSTGRESQL if is_postgresql else _SQLITE:
        op.execute(statement)


def _tell_projects(*, is_postgresql: bool) -> None:
    """Of what was noted before, as far as the object says it."""
    place = "strpos(object, '/')" if is_postgresql else "instr(object, '/')"
    op.execute(f"UPDATE audit SET project = substr(object, 1, {place} - 1) WHERE {place} BETWEEN 2 AND 61")  # noqa: S608
    op.execute("UPDATE audit SET project = object WHERE action LIKE 'project.%' AND length(object) <= 60")
    op.execute("UPDATE audit SET environment = object WHERE action LIKE 'environment.%' AND length(object) <= 60")


_SQLITE = (
    f"""
    CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
    BEGIN SELECT RAISE(ABORT, '{_CHANGED}'); END
    """,
    f"""
    CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit
    WHEN OLD.at >= strftime(
        '%Y-%m-%dT%H:%M:%f', 'now',
        '-' || coalesce((SELECT max(keep_days, 30) FROM audit_rules WHERE id = 1), 365000) || ' days'
    )
    BEGIN SELECT RAISE(ABORT, '{_KEPT}'); END
    """,  # noqa: S608  nothing of it is from outside
)
_POSTGRESQL = (
    f"""
    CREATE FUNCTION audit_is_never_changed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION '{_CHANGED}'; END $$
    """,
    f"""
    CREATE FUNCTION audit_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE days integer;
    BEGIN
        SELECT greatest(keep_days, 30) INTO days FROM audit_rules WHERE id = 1 AND keep_days IS NOT NULL;
        IF days IS NULL OR OLD.at >= clock_timestamp() - make_interval(days => days) THEN
            RAISE EXCEPTION '{_KEPT}';
        END IF;
        RETURN OLD;
    END $$
    """,  # noqa: S608
    "CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit"
    " FOR EACH ROW EXECUTE FUNCTION audit_is_never_changed()",
    "CREATE TRIGGER audit_is_never_emptied BEFORE TRUNCATE ON audit"
    " FOR EACH STATEMENT EXECUTE FUNCTION audit_is_never_changed()",
    "CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_is_kept()",
)
