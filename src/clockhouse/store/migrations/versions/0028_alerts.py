"""Alerts, what came of them, and what is told about it."""

import sqlalchemy as sa
from alembic import op

revision = "0028_alerts"
down_revision = "0027_channels"

_INSTANT = sa.String(27).with_variant(sa.DateTime(timezone=True), "postgresql")
_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _string(length: int) -> sa.types.TypeEngine[str]:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def _refers(table: str, name: str, to: str) -> sa.ForeignKey:
    return sa.ForeignKey(f"{to}.id", name=f"fk_{table}_{name}", ondelete="CASCADE")


def upgrade() -> None:
    _add_alerts()
    _add_standings()
    _add_incidents()
    _add_messages()


def _add_alerts() -> None:
    op.create_table(
        "alerts",
        sa.Column("id", _string(26), nullable=False),
        sa.Column("project_id", _string(26), _refers("alerts", "project_id", "projects"), nullable=False),
        sa.Column("component_id", _string(26), _refers("alerts", "component_id", "components")),
        sa.Column("environment_id", _string(26), _refers("alerts", "environment_id", "environments")),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", _string(20), nullable=False),
        sa.Column("failures", sa.Integer()),
        sa.Column("limit_s", sa.Float()),
        sa.Column("tells_end", sa.Boolean(), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("since", _INSTANT, nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("created_by", _TEXT, nullable=False),
        sa.Column("declared_by", _string(26)),
        sa.PrimaryKeyConstraint("id", name="pk_alerts"),
        sa.UniqueConstraint("project_id", "number", name="uq_alerts_project_id_number"),
    )
    op.create_index("ix_alerts_component_id", "alerts", ["component_id"])
    op.create_index("ix_alerts_environment_id", "alerts", ["environment_id"])
    op.create_table(
        "alert_channels",
        sa.Column("alert_id", _string(26), _refers("alert_channels", "alert_id", "alerts"), nullable=False),
        sa.Column("channel_id", _string(26), _refers("alert_channels", "channel_id", "channels"), nullable=False),
        sa.PrimaryKeyConstraint("alert_id", "channel_id", name="pk_alert_channels"),
    )
    op.create_index("ix_alert_channels_channel_id", "alert_channels", ["channel_id"])


def _add_standings() -> None:
    name = "alert_standings"
    op.create_table(
        name,
        sa.Column("alert_id", _string(26), _refers(name, "alert_id", "alerts"), nullable=False),
        sa.Column("component_id", _string(26), _refers(name, "component_id", "components"), nullable=False),
        sa.Column("environment_id", _string(26), _refers(name, "environment_id", "environments"), nullable=False),
        sa.Column("bad", sa.Integer(), server_default="0", nullable=False),
        sa.Column("first_at", _INSTANT),
        sa.Column("since", _INSTANT),
        sa.Column("rests", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.PrimaryKeyConstraint("alert_id", "component_id", "environment_id", name="pk_alert_standings"),
    )
    op.create_index("ix_alert_standings_component_id", name, ["component_id"])
    op.create_index("ix_alert_standings_environment_id", name, ["environment_id"])


def _add_incidents() -> None:
    name = "incidents"
    op.create_table(
        name,
        sa.Column("id", _string(26), nullable=False),
        sa.Column("alert_id", _string(26), _refers(name, "alert_id", "alerts"), nullable=False),
        sa.Column("component_id", _string(26), _refers(name, "component_id", "components"), nullable=False),
        sa.Column("environment_id", _string(26), _refers(name, "environment_id", "environments"), nullable=False),
        sa.Column("key", _string(40), nullable=False),
        sa.Column("sentence", _TEXT, nullable=False),
        sa.Column("began_at", _INSTANT, nullable=False),
        sa.Column("noticed_at", _INSTANT, nullable=False),
        sa.Column("opened_by", _string(26)),
        sa.Column("due_at", _INSTANT),
        sa.Column("reason", _TEXT, nullable=False),
        sa.Column("is_settled", sa.Boolean(), nullable=False),
        sa.Column("over_at", _INSTANT),
        sa.Column("ended_by", _string(26)),
        sa.Column("quiet", _TEXT),
        sa.PrimaryKeyConstraint("id", name="pk_incidents"),
        sa.UniqueConstraint(
            "alert_id",
            "component_id",
            "environment_id",
            "key",
            name="uq_incidents_alert_id_component_id_environment_id_key",
        ),
    )
    op.create_index("ix_incidents_component_id", name, ["component_id"])
    op.create_index("ix_incidents_environment_id", name, ["environment_id"])
    place = ["alert_id", "component_id", "environment_id"]
    _index_of_some("uq_incidents_open", name, place, "over_at IS NULL", is_unique=True)
    _index_of_some("ix_incidents_over", name, ["over_at"], "over_at IS NOT NULL")


def _add_messages() -> None:
    op.create_table(
        "messages",
        sa.Column("id", _string(26), nullable=False),
        sa.Column("incident_id", _string(26), _refers("messages", "incident_id", "incidents"), nullable=False),
        sa.Column("channel_id", _string(26), _refers("messages", "channel_id", "channels"), nullable=False),
        sa.Column("side", _string(10), nullable=False),
        sa.Column("state", _string(10), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("error", _TEXT),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("settled_at", _INSTANT),
        sa.PrimaryKeyConstraint("id", name="pk_messages"),
        sa.UniqueConstraint("incident_id", "channel_id", "side", name="uq_messages_incident_id_channel_id_side"),
    )
    _index_of_some("ix_messages_waiting", "messages", ["channel_id", "id"], "state = 'waiting'")
    op.create_index("ix_messages_channel_id", "messages", ["channel_id"])
    op.create_table(
        "deliveries",
        sa.Column("channel_id", _string(26), _refers("deliveries", "channel_id", "channels"), nullable=False),
        sa.Column("next_at", _INSTANT, nullable=False),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("lease", _string(26)),
        sa.Column("lease_until", _INSTANT),
        sa.PrimaryKeyConstraint("channel_id", name="pk_deliveries"),
    )


def _index_of_some(name: str, table: str, columns: list[str], where: str, *, is_unique: bool = False) -> None:
    condition = sa.text(where)
    op.create_index(name, table, columns, unique=is_unique, sqlite_where=condition, postgresql_where=condition)
