"""What is set for a component outlives its deployments; deployments keep where secrets are and which are files."""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

from clockhouse.model import identifier
from clockhouse.task.clock import SystemClock

revision = "0018_configuration"
down_revision = "0017_people"

_INSTANT = sa.String(27).with_variant(sa.DateTime(timezone=True), "postgresql")
_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _string(length: int) -> sa.types.TypeEngine[str]:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def _key(column: str, of: str) -> sa.ForeignKey:
    return sa.ForeignKey(f"{of}.id", name=f"fk_configuration_{column}", ondelete="CASCADE")


def upgrade() -> None:
    op.create_table(
        "configuration",
        sa.Column("id", _string(26), nullable=False),
        sa.Column("component_id", _string(26), _key("component_id", "components"), nullable=False),
        sa.Column("environment_id", _string(26), _key("environment_id", "environments")),
        sa.Column("name", _string(100), nullable=False),
        sa.Column("value", sa.JSON()),
        sa.Column("sealed", _TEXT),
        sa.Column("fingerprint", _string(16)),
        sa.Column("reference", _TEXT),
        sa.Column("is_short", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("file", _TEXT),
        sa.Column("set_at", _INSTANT, nullable=False),
        sa.Column("set_by", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_configuration"),
    )
    for name, columns, condition in (
        ("uq_configuration_here", ["component_id", "environment_id", "name"], "environment_id IS NOT NULL"),
        ("uq_configuration_everywhere", ["component_id", "name"], "environment_id IS NULL"),
    ):
        where = sa.text(condition)
        op.create_index(name, "configuration", columns, unique=True, sqlite_where=where, postgresql_where=where)
    op.create_index("ix_configuration_environment_id", "configuration", ["environment_id"])
    op.add_column("deployments", sa.Column("handover", sa.JSON()))
    op.add_column("secrets", sa.Column("fingerprint", _string(16)))
    _take_over()


def _take_over() -> None:
    """What is deployed counts as set for its environment, except what is the code's default anyway."""
    bind, now = op.get_bind(), SystemClock().now()
    found = bind.execute(
        sa.text(
            "SELECT d.id, d.component_id, d.environment_id, d.configuration, d.created_at, d.created_by, b.settings"
            " FROM deployments AS d JOIN releases AS r ON r.id = d.release_id JOIN builds AS b ON b.id = r.build_id"
            " WHERE d.status = 'active'"
        )
    ).all()
    rows: list[dict[str, Any]] = []
    for each in found:
        defaults = {setting["name"]: setting.get("default") for setting in _json(each.settings)}
        common = {
            "component_id": each.component_id,
            "environment_id": each.environment_id,
            "set_at": each.created_at,
            "set_by": each.created_by,
        }
        rows += [
            {**common, "id": identifier.new(now), "name": name, "value": json.dumps(value), "sealed": None}
            for name, value in _json(each.configuration).items()
            if value is not None and (name not in defaults or defaults[name] != value)
        ]
        secrets = bind.execute(sa.text("SELECT name, sealed FROM secrets WHERE deployment_id = :id"), {"id": each.id})
        rows += [
            {**common, "id": identifier.new(now), "name": row.name, "value": None, "sealed": row.sealed}
            for row in secrets
        ]
    if rows:
        columns = ", ".join(rows[0])
        values = ", ".join(f":{name}" for name in rows[0]).replace(":value", "CAST(:value AS JSON)")
        if bind.dialect.name == "sqlite":
            values = values.replace("CAST(:value AS JSON)", ":value")
        bind.execute(sa.text(f"INSERT INTO configuration ({columns}) VALUES ({values})"), rows)  # noqa: S608  our names


def _json(written: Any) -> Any:
    return json.loads(written) if isinstance(written, str) else written
