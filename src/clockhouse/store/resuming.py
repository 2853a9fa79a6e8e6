"""What a worker needs to go on with an execution that outlived the server which had started it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from clockhouse.kit.declared import Entry, Setting
from clockhouse.model.assignment import Claimed
from clockhouse.model.execution import State
from clockhouse.store import deployments as deployments_store
from clockhouse.store import leases, logs
from clockhouse.store.database import Tx
from clockhouse.store.tables.builds import builds, releases
from clockhouse.store.tables.deployments import deployments
from clockhouse.store.tables.environments import environments
from clockhouse.store.tables.executions import executions
from clockhouse.store.tables.logs import log_lines

_under_way = (
    sa.select(
        executions.c.id,
        executions.c.attempt,
        executions.c.due_at,
        executions.c.component_id,
        executions.c.deployment_id,
        executions.c.arguments,
        executions.c.claimed_at,
        executions.c.started_at,
        deployments.c.configuration,
        deployments.c.handover,
        deployments.c.limits,
        builds.c.id.label("build_id"),
        builds.c.entry,
        builds.c.settings,
        environments.c.slug.label("environment"),
    )
    .join_from(executions, deployments, executions.c.deployment_id == deployments.c.id)
    .join(environments, executions.c.environment_id == environments.c.id)
    .join(releases, deployments.c.release_id == releases.c.id)
    .join(builds, releases.c.build_id == builds.c.id)
    .where(executions.c.state == str(State.STARTED))
)


@dataclass(frozen=True, slots=True)
class Resumed:
    """An attempt that goes on. `told` is how many of its lines are recorded, by stream."""

    claimed: Claimed
    started_at: datetime | None
    told: Mapping[str, int]


def resume(tx: Tx, worker: str, execution_id: str, attempt: int, lease_until: datetime) -> Resumed | None:
    """Renews the lease of what the worker holds, and says how to go on; None when that is not its any more."""
    row = tx.execute(
        _under_way.where(
            executions.c.id == execution_id, executions.c.attempt == attempt, executions.c.worker == worker
        )
    ).first()
    if row is None:
        return None
    leases.renew(tx, worker, [execution_id], lease_until)
    claimed = Claimed(
        id=row.id,
        attempt=row.attempt,
        due_at=row.due_at,
        component_id=row.component_id,
        deployment_id=row.deployment_id,
        build_id=row.build_id,
        entry=Entry(**row.entry),
        settings=tuple(Setting.from_json(setting) for setting in row.settings),
        values={**row.configuration, **(row.arguments or {})},
        limits=deployments_store.limits_of(row.limits),
        sealed=deployments_store.sealed_secrets_of(tx, [row.deployment_id]).get(row.deployment_id, {}),
        last_line=logs.last_seq(tx, row.id),
        environment=row.environment,
        references=(row.handover or {}).get("references", {}),
        files=(row.handover or {}).get("files", {}),
    )
    return Resumed(claimed, row.started_at, _told(tx, execution_id, row.claimed_at))


def held(tx: Tx, worker: str) -> frozenset[str]:
    """The ids of what the ledger says that the worker runs."""
    return frozenset(each.id for each in leases.held(tx, worker))


def _told(tx: Tx, execution_id: str, claimed_at: datetime) -> dict[str, int]:
    """How many lines of each stream are recorded since the attempt was claimed; others are of attempts before."""
    counted = (
        sa.select(log_lines.c.stream, sa.func.count().label("told"))
        .where(log_lines.c.source == execution_id, log_lines.c.at >= claimed_at, log_lines.c.stream != logs.FAILURE)
        .group_by(log_lines.c.stream)
    )
    return {row.stream: row.told for row in tx.execute(counted)}
