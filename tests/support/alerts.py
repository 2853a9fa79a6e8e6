"""Short words for tests of alerts: rules, ends of executions, and what came of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from tests.support.ledger import NOON, Ledger

from clockhouse.model import identifier
from clockhouse.model.alert import Alert, Condition, Wish
from clockhouse.model.channel import Channel
from clockhouse.model.deployment import Deployment
from clockhouse.model.execution import Origin, Reason, State
from clockhouse.store import alerts, channels, components, environments, incidents, tallies
from clockhouse.store.tables.alerts import incidents as incidents_table
from clockhouse.store.tables.alerts import messages as messages_table
from clockhouse.store.tables.executions import executions

WHY = Reason("exit_code", "The task ended with exit code 3.")
STATES = {"S": State.SUCCEEDED, "F": State.FAILED, "L": State.LOST, "M": State.MISSED, "C": State.CANCELLED}


def add_channel(ledger: Ledger, name: str = "ops", sealed: str = "sealed") -> Channel:
    with ledger.database.begin() as tx:
        made = Channel(
            id=identifier.new(tx.now),
            project=ledger.project.slug,
            name=name,
            kind="webhook",
            host="hooks.example.com",
            sealed=sealed,
            fingerprint="0123abcd",
            created_at=tx.now,
            created_by="ada",
            set_at=tx.now,
            set_by="ada",
        )
        channels.add(tx, made)
    return made


def add_alert(
    ledger: Ledger, condition: Condition, *, channels: Iterable[str] = ("ops",), tells_end: bool = True, **where: str
) -> Alert:
    """Of all components and environments, unless their slugs are given."""
    wish = Wish(condition, tuple(channels), where.get("component"), where.get("environment"), tells_end)
    with ledger.database.begin() as tx:
        component = components.get(tx, ledger.project.slug, wish.component) if wish.component else None
        environment = environments.get(tx, wish.environment) if wish.environment else None
        return alerts.add(tx, ledger.project, wish, component=component, environment=environment, by="ada")


def ended(ledger: Ledger, deployment: Deployment, state: State, *, at: datetime | None = None, **values: Any) -> str:
    """An execution of the ledger's component that ended so, now unless it is said when; its id."""
    finished_at = at or ledger.now
    execution_id = identifier.new(ledger.now)
    reason = WHY if state is State.FAILED else None
    row = {
        "id": execution_id,
        "project_id": ledger.project.id,
        "component_id": deployment.component_id,
        "environment_id": deployment.environment_id,
        "deployment_id": deployment.id,
        "state": str(state),
        "origin": str(Origin.SCHEDULE),
        "due_at": finished_at,
        "ready_at": finished_at,
        "finished_at": finished_at,
        "attempt": 1,
        "reason_code": reason and reason.code,
        "reason": reason and reason.sentence,
    }
    with ledger.database.begin() as tx:
        tx.execute(executions.insert().values(**{**row, **values}))
    return execution_id


def look(ledger: Ledger, room: int = 1000) -> int:
    """As the bookkeeper does, once; how many executions were looked at."""
    with ledger.database.begin() as tx:
        ids = tallies.take(tx, room)
        incidents.look(tx, ids)
    return len(ids)


def found(ledger: Ledger) -> list[Any]:
    """The rows of incidents, the first first."""
    with ledger.database.read() as tx:
        return list(tx.execute(sa.select(incidents_table).order_by(incidents_table.c.began_at)).all())


def to_tell(ledger: Ledger) -> list[tuple[str, str]]:
    """Side and state of every message, in the order in which they came."""
    order = messages_table.c.created_at, messages_table.c.side, messages_table.c.id
    with ledger.database.read() as tx:
        return [(row.side, row.state) for row in tx.execute(sa.select(messages_table).order_by(*order))]


def since_noon(instant: datetime | None) -> timedelta | None:
    return None if instant is None else instant - NOON
