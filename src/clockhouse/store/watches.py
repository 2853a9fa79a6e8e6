"""Deployments whose first occurrence is watched, and what that came to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from clockhouse.model.deployment import Deployment, Status, Watch
from clockhouse.model.execution import FAILURES, PROMISED, State
from clockhouse.store import changes
from clockhouse.store.database import Tx
from clockhouse.store.prepared import Prepared
from clockhouse.store.tables.deployments import deployments
from clockhouse.store.tables.executions import executions

# What never ran, or was lost with its server, tells nothing of the release: the next one decides.
_TELLS_NOTHING = [str(state) for state in (State.PLANNED, State.SKIPPED, State.MISSED, State.CANCELLED, State.LOST)]
_is_watched = sa.text("deployments.watch = 'waiting'")  # in the words of the index
_watched = Prepared(
    sa.select(deployments.c.id)
    .where(_is_watched, deployments.c.status == str(Status.ACTIVE))
    .order_by(deployments.c.id)
)
_other = executions.alias("other")


def _tells(source: sa.FromClause) -> list[sa.ColumnElement[bool]]:
    """Whether an execution of a deployment tells how its release does."""
    return [
        source.c.schedule_id.is_not(None),
        source.c.origin.in_([str(origin) for origin in PROMISED]),
        source.c.state.not_in(_TELLS_NOTHING),
    ]


_may_go_back = sa.exists().where(
    deployments.c.id == executions.c.deployment_id,
    deployments.c.watch.in_([str(each) for each in (Watch.WAITING, Watch.WENT_BACK, Watch.PAUSED)]),
)
_is_first = ~sa.exists().where(
    _other.c.deployment_id == executions.c.deployment_id,
    sa.tuple_(_other.c.due_at, _other.c.id) < sa.tuple_(executions.c.due_at, executions.c.id),
    *_tells(_other),
)
# One after the other: the last is asked of few, and would read all of a deployment for each of the others.
failed_at_first = sa.case(
    (executions.c.state.not_in([str(state) for state in FAILURES]), sa.false()),
    (sa.not_(sa.and_(*_tells(executions))), sa.false()),
    (~_may_go_back, sa.false()),
    else_=_is_first,
)
"""Whether an execution that has ended is the failure by which its deployment goes back, as `verdict` has it."""

_first = (
    sa.select(executions.c.id, executions.c.state, executions.c.due_at, executions.c.reason)
    .where(
        executions.c.deployment_id == sa.bindparam("deployment"),
        *_tells(executions),
    )
    .order_by(executions.c.due_at, executions.c.id)
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """How the first occurrence that ran to an end did; `reason` says why it failed."""

    execution_id: str
    due_at: datetime
    succeeded: bool
    reason: str


def watched(tx: Tx) -> list[str]:
    """The ids of the deployments whose first occurrence is waited for."""
    return [row.id for row in tx.run(_watched).rows]


def verdict(tx: Tx, deployment_id: str) -> Verdict | None:
    """None while the first occurrence has not fallen due, waits or runs."""
    row = tx.execute(_first, {"deployment": deployment_id}).first()
    if row is None or State(row.state).is_open:
        return None
    return Verdict(row.id, row.due_at, State(row.state) is State.SUCCEEDED, row.reason or "")


def conclude(tx: Tx, deployment: Deployment, outcome: Watch) -> bool:
    """Ends the watch; False when somebody else has."""
    waiting = deployments.update().where(deployments.c.id == deployment.id, _is_watched)
    tx.changed(changes.DEPLOYMENTS)
    return tx.execute(waiting.values(watch=str(outcome))).rowcount == 1
