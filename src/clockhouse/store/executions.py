"""The ledger of executions: every transition is conditional on the state before it, and says whether it happened."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence, Set
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from clockhouse.errors import NotFound
from clockhouse.model import execution as model
from clockhouse.model import identifier
from clockhouse.model.component import Component
from clockhouse.model.deployment import Deployment, Status, Value
from clockhouse.model.execution import RETRIED, Attempt, Execution, Origin, Outcome, Reason, State, Usage
from clockhouse.store import changes, logs, turns
from clockhouse.store import deployments as deployments_store
from clockhouse.store import schedules as schedules_store
from clockhouse.store.database import Tx, one
from clockhouse.store.prepared import Prepared
from clockhouse.store.tables.builds import builds, releases
from clockhouse.store.tables.columns import as_text
from clockhouse.store.tables.deployments import deployments
from clockhouse.store.tables.environments import environments
from clockhouse.store.tables.executions import attempts, executions
from clockhouse.store.tables.projects import components, projects
from clockhouse.store.tables.schedules import schedules
from clockhouse.task import Retry

_LATELY = 20
_LISTED = [str(state) for state in State if state is not State.PLANNED]

_selected = (
    sa.select(
        executions,
        projects.c.slug.label("project"),
        components.c.slug.label("component"),
        environments.c.slug.label("environment"),
        deployments.c.number.label("deployment"),
        builds.c.number.label("build"),
        builds.c.commit_sha.label("commit"),
    )
    .join_from(executions, deployments, executions.c.deployment_id == deployments.c.id)
    .join(projects, executions.c.project_id == projects.c.id)
    .join(components, executions.c.component_id == components.c.id)
    .join(environments, executions.c.environment_id == environments.c.id)
    .join(releases, deployments.c.release_id == releases.c.id)
    .join(builds, releases.c.build_id == builds.c.id)
)
# What each execution passes is put together once: putting a statement together takes five times as long as running it.
_later = deployments.alias("later")
_was_stopped = sa.exists().where(  # its deployment, or one that took its place
    _later.c.component_id == deployments.c.component_id,
    _later.c.environment_id == deployments.c.environment_id,
    _later.c.number >= deployments.c.number,
    _later.c.status == str(Status.STOPPED),
)
_other = executions.alias("other")
_has_follower = sa.exists().where(  # one that waits until it is over
    _other.c.component_id == executions.c.component_id,
    _other.c.environment_id == executions.c.environment_id,
    _other.c.state == str(State.QUEUED),
    _other.c.ready_at == turns.HELD,
)
_most_here = sa.select(environments.c.at_once).where(environments.c.id == executions.c.environment_id)
_end_after = sa.select(schedules.c.end_after_failures).where(schedules.c.id == executions.c.schedule_id)
_with_status = Prepared(
    sa.select(
        executions.c.id,
        executions.c.state,
        executions.c.attempt,
        executions.c.claimed_at,
        executions.c.ran_on,
        executions.c.started_at,
        executions.c.stop_requested_by,
        executions.c.backfill_id,
        executions.c.schedule_id,
        as_text(deployments.c.limits),
        _was_stopped.label("was_stopped"),
        _has_follower.label("has_follower"),
        _end_after.scalar_subquery().label("end_after_failures"),
        _most_here.scalar_subquery().label("most_here"),
    )
    .join_from(executions, deployments, executions.c.deployment_id == deployments.c.id)
    .where(executions.c.id == sa.bindparam("which"))
    .with_for_update(key_share=True, of=executions)
)
_repeated = (
    sa.select(
        executions.c.project_id,
        executions.c.component_id,
        executions.c.environment_id,
        executions.c.deployment_id,
        executions.c.due_at,
        executions.c.arguments,
        deployments.c.limits,
    )
    .join_from(executions, deployments, executions.c.deployment_id == deployments.c.id)
    .where(executions.c.id == sa.bindparam("which"))
)
_held = sa.select(executions.c.id).where(executions.c.id == sa.bindparam("which")).with_for_update(key_share=True)
_here = sa.and_(
    executions.c.component_id == sa.bindparam("component"), executions.c.environment_id == sa.bindparam("environment")
)
_count_running = sa.select(sa.func.count()).where(_here, executions.c.state == str(State.STARTED))
# No index is in the order of the ends; of each state, one tells which were due last, and the last end is among these.
_ended_lately = sa.union_all(
    *(
        sa.select(
            sa.select(executions.c.id, executions.c.finished_at)
            .where(_here, executions.c.state == str(state))
            .order_by(executions.c.due_at.desc())
            .limit(_LATELY)
            .subquery(f"lately_{state}")
        )
        for state in State
        if not state.is_open
    )
).subquery("lately")
_last_ended = (
    sa.select(_ended_lately.c.id).order_by(_ended_lately.c.finished_at.desc(), _ended_lately.c.id.desc()).limit(1)
)
_queued = Prepared(
    executions.update().where(executions.c.id == sa.bindparam("which"), executions.c.state == str(State.QUEUED))
)
_running = Prepared(
    executions.update().where(
        executions.c.id == sa.bindparam("which"),
        executions.c.state == str(State.STARTED),
        executions.c.attempt == sa.bindparam("which_attempt"),
    )
)


def add_manual(
    tx: Tx, component: Component, deployment: Deployment, *, by: str, arguments: Mapping[str, Value] | None = None
) -> str:
    """Queues a start that a person asked for; its id. Where only so many may run at once, it waits for its turn.

    `arguments` take the place of what is configured, for this start alone.
    """
    execution_id = identifier.new(tx.now)
    tx.execute(
        executions.insert().values(
            project_id=component.project_id,
            component_id=component.id,
            environment_id=deployment.environment_id,
            deployment_id=deployment.id,
            due_at=tx.now,
            arguments=dict(arguments) if arguments else None,
            **_asked_for(tx, execution_id, Origin.MANUAL, deployment.limits.at_once, by),
        )
    )
    tx.changed(changes.EXECUTIONS, changes.QUEUE)
    return execution_id


def add_again(tx: Tx, execution: Execution, *, by: str) -> str:
    """Queues the same once more: its deployment, its arguments, its due time; the id of the new one."""
    execution_id = identifier.new(tx.now)
    [row] = tx.execute(_repeated, {"which": execution.id}).all()
    at_once = deployments_store.limits_of(row.limits).at_once
    same = {name: value for name, value in row._mapping.items() if name != "limits"}
    asked = _asked_for(tx, execution_id, Origin.AGAIN, at_once, by)
    tx.execute(executions.insert().values(**same, **asked, repeats=execution.id))
    tx.changed(changes.EXECUTIONS, changes.QUEUE)
    return execution_id


def _asked_for(tx: Tx, execution_id: str, origin: Origin, at_once: int | None, by: str) -> dict[str, Any]:
    waits = None if at_once is None else model.WAITS
    return {
        "id": execution_id,
        "state": str(State.QUEUED),
        "origin": str(origin),
        "ready_at": turns.HELD if waits else tx.now,
        "at_once": at_once,
        "reason_code": waits.code if waits else None,
        "reason": waits.sentence if waits else None,
        "queued_at": tx.now,
        "attempt": 1,
        "requested_by": by,
    }


def mark_started(tx: Tx, execution_id: str, attempt: int, at: datetime) -> None:
    """Records the instant right before the first line of user code."""
    _change_running(tx, execution_id, attempt, {"started_at": at})
    tx.changed(changes.EXECUTIONS, changes.log_of(execution_id))


def finish(
    tx: Tx,
    execution_id: str,
    attempt: int,
    outcome: Outcome,
    at: datetime,
    retry: Retry | None = None,
    *,
    started_at: datetime | None = None,
) -> bool:
    """Ends an attempt: the execution with it, or, when the policy leaves a try, back to the queue for the next one.

    The policy is the deployment's unless another one is given. `started_at` is when it started, if that was not marked
    before. False when the attempt was over already.
    """
    row = tx.run(_with_status, {"which": execution_id}).first()
    if row is None:
        logs.remove(tx, execution_id)  # what came in since its component was removed
        return False
    if row.state != str(State.STARTED) or row.attempt != attempt:
        return False
    row = row if started_at is None else row._replace(started_at=started_at)
    tx.changed(changes.EXECUTIONS, changes.log_of(execution_id))
    delay = _policy(row, retry).delay_after(attempt) if _is_retried(row, outcome) else None
    if delay is None:
        _change_running(
            tx, execution_id, attempt, {**_ended(outcome, at, row.started_at), "started_at": row.started_at}
        )
        if row.has_follower or row.backfill_id is not None or row.most_here is not None:
            tx.changed(changes.QUEUE)
        if row.end_after_failures is not None:
            schedules_store.note_end(tx, row.schedule_id, outcome.state)
        return True
    tx.changed(changes.QUEUE)
    _record_attempt(tx, row, outcome, at)
    again = {
        "state": str(State.QUEUED),
        "attempt": attempt + 1,
        "ready_at": tx.now + delay,
        "queued_at": tx.now,
        **dict.fromkeys(("claimed_at", "started_at", "worker", "ran_on", "lease_until")),
    }
    return _change_running(tx, execution_id, attempt, again)


def _policy(row: Any, given: Retry | None) -> Retry:
    return deployments_store.limits_of(json.loads(row.limits)).retry if given is None else given


def _is_retried(row: Any, outcome: Outcome) -> bool:
    """Whether the policy is asked at all: not about what somebody stopped, be it with its whole deployment."""
    return outcome.state in RETRIED and row.stop_requested_by is None and not row.was_stopped


def end_unclaimed(tx: Tx, execution_id: str, outcome: Outcome) -> None:
    """Ends one that is queued."""
    tx.run(_queued, {"which": execution_id, **_ended(outcome, tx.now, None)})
    tx.changed(changes.EXECUTIONS, changes.QUEUE, changes.log_of(execution_id))


def request_stop(tx: Tx, execution: Execution, by: str) -> bool:
    """Cancels an execution that waits, and asks the worker of one that runs to end it; False when it is over."""
    tx.execute(_held, {"which": execution.id})  # it may not change its state between the two questions
    waiting = executions.update().where(executions.c.id == execution.id, executions.c.state == str(State.QUEUED))
    ended = _ended(Outcome(State.CANCELLED, model.stopped_by(by)), tx.now, None)
    tx.changed(changes.EXECUTIONS, changes.STOPS, changes.QUEUE, changes.log_of(execution.id))
    if tx.execute(waiting.values(**ended, stop_requested_by=by)).rowcount:
        return True
    running = executions.update().where(executions.c.id == execution.id, executions.c.state == str(State.STARTED))
    return tx.execute(running.values(stop_requested_by=by)).rowcount == 1


def cancel_waiting(tx: Tx, deployment: Deployment, reason: Reason) -> None:
    """Cancels what a deployment and those before it in its place have queued and nobody has claimed."""
    waiting = executions.update().where(
        executions.c.component_id == deployment.component_id,
        executions.c.environment_id == deployment.environment_id,
        executions.c.state == str(State.QUEUED),
    )
    tx.execute(waiting.values(**_ended(Outcome(State.CANCELLED, reason), tx.now, None)))
    tx.changed(changes.EXECUTIONS)


def stops_wanted(tx: Tx, worker: str) -> dict[str, Reason]:
    """What `worker` runs and is wanted stopped: why, by execution id."""
    rows = tx.execute(
        sa.select(executions.c.id, executions.c.stop_requested_by, executions.c.stop_code).where(
            executions.c.state == str(State.STARTED),
            executions.c.worker == worker,
            executions.c.stop_requested_by.is_not(None),
        )
    )
    return {row.id: model.stop_reason(row.stop_code, row.stop_requested_by) for row in rows}


def get(tx: Tx, execution_id: str, *, within: Set[str] | None = None) -> Execution:
    """Raises NotFound also for one of a project that is not among these, by their slugs; None: all."""
    wanted = _selected.where(executions.c.id == execution_id)
    rows = tx.execute(wanted if within is None else wanted.where(projects.c.slug.in_(within)))
    return _execution(one(rows, NotFound("There is no such execution.")))


def of_ids(tx: Tx, ids: Sequence[str]) -> list[Execution]:
    """The latest due first."""
    chosen = _selected.where(executions.c.id.in_(ids))
    rows = tx.execute(chosen.order_by(executions.c.due_at.desc(), executions.c.id.desc()))
    return [_execution(row) for row in rows]


def attempts_of(tx: Tx, execution_id: str) -> list[Attempt]:
    """The tries before the present one, first to last."""
    rows = tx.execute(sa.select(attempts).where(attempts.c.execution_id == execution_id).order_by(attempts.c.number))
    return [
        Attempt(
            row.number,
            Outcome(State(row.state), _reason(row), row.exit_code, row.signal, Usage(row.cpu_s, row.peak_bytes)),
            row.claimed_at,
            row.started_at,
            row.finished_at,
            row.ran_on,
        )
        for row in rows
    ]


def recent(tx: Tx, component_id: str, environment_id: str, limit: int) -> list[Execution]:
    """The executions that were due last, oldest first."""
    rows = tx.execute(
        _selected.where(
            executions.c.component_id == component_id,
            executions.c.environment_id == environment_id,
            executions.c.state.in_(_LISTED),
        )
        .order_by(executions.c.due_at.desc(), executions.c.id.desc())
        .limit(limit)
    ).all()
    return [_execution(row) for row in reversed(rows)]


def last_ended(tx: Tx, component_id: str, environment_id: str) -> Execution | None:
    """The one that ended last, of those of each state that were due last."""
    row = tx.execute(_last_ended, {"component": component_id, "environment": environment_id}).first()
    return None if row is None else get(tx, row.id)


def running(tx: Tx, component_id: str, environment_id: str) -> int:
    """How many run at present."""
    found: int = tx.execute(_count_running, {"component": component_id, "environment": environment_id}).scalar_one()
    return found


def _change_running(tx: Tx, execution_id: str, attempt: int, values: Mapping[str, Any]) -> bool:
    return tx.run(_running, {"which": execution_id, "which_attempt": attempt, **values}).rowcount == 1


def _ended(outcome: Outcome, at: datetime, started_at: datetime | None) -> dict[str, Any]:
    took = model.duration(outcome.state, started_at, at)
    return {
        **_written(outcome),
        "finished_at": at,
        "duration_s": None if took is None else took.total_seconds(),
        "lease_until": None,
    }


def _written(outcome: Outcome) -> dict[str, Any]:
    return {
        "state": str(outcome.state),
        "reason_code": outcome.reason.code if outcome.reason else None,
        "reason": outcome.reason.sentence if outcome.reason else None,
        "exit_code": outcome.exit_code,
        "signal": outcome.signal,
        "cpu_s": outcome.usage.cpu_s,
        "peak_bytes": outcome.usage.peak_bytes,
    }


def _record_attempt(tx: Tx, row: Any, outcome: Outcome, at: datetime) -> None:
    tried = {"execution_id": row.id, "number": row.attempt, "claimed_at": row.claimed_at, "started_at": row.started_at}
    tx.execute(attempts.insert().values(**tried, ran_on=row.ran_on, finished_at=at, **_written(outcome)))


def _reason(row: Any) -> Reason | None:
    return Reason(row.reason_code, row.reason) if row.reason_code else None


def _execution(row: Any) -> Execution:
    return Execution(
        id=row.id,
        project=row.project,
        component=row.component,
        environment=row.environment,
        deployment_id=row.deployment_id,
        deployment=row.deployment,
        schedule_id=row.schedule_id,
        build=row.build,
        commit=row.commit,
        state=State(row.state),
        origin=Origin(row.origin),
        due_at=row.due_at,
        queued_at=row.queued_at,
        claimed_at=row.claimed_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        attempt=row.attempt,
        exit_code=row.exit_code,
        signal=row.signal,
        reason=_reason(row),
        requested_by=row.requested_by,
        arguments=row.arguments or {},
        repeats=row.repeats,
        backfill_id=row.backfill_id,
        stop_requested_by=row.stop_requested_by,
        usage=Usage(row.cpu_s, row.peak_bytes),
        ran_on=row.ran_on,
    )
