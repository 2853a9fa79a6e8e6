"""What may be asked of executions and their logs."""

from __future__ import annotations

from dataclasses import dataclass

from clockhouse.control import access, waiting
from clockhouse.control.parts import Parts
from clockhouse.errors import Conflict, NotFound
from clockhouse.model.actor import Actor, Permission
from clockhouse.model.execution import Attempt, Execution, State
from clockhouse.model.log import LogLine
from clockhouse.store import audit, builds, deployments, executions, listing, logs
from clockhouse.store.database import Tx
from clockhouse.store.filters import Filter

__all__ = ["UNTOLD", "Filter", "Page", "again", "failure", "get", "log", "page", "stop"]

UNTOLD = (
    "This execution has told nothing of where it failed: it did not fail in its own Python files, it runs in a "
    "container, or the server was told not to ask for that."
)


@dataclass(frozen=True, slots=True)
class Page:
    """Executions, the latest due first; `next` is where the next page begins; `counts` are of all pages."""

    items: list[Execution]
    next: str | None
    counts: dict[State, int]


def page(parts: Parts, actor: Actor, chosen: Filter, *, before: str | None, limit: int) -> Page:
    chosen = access.narrowed(actor, chosen)
    with parts.database.read() as tx:
        found, following = listing.page(tx, chosen, before=before, limit=limit)
        return Page(waiting.explained(tx, found), following, listing.counts(tx, chosen))


def get(parts: Parts, actor: Actor, execution_id: str) -> tuple[Execution, list[Attempt]]:
    """The execution and its attempts before the present one, first to last."""
    access.require(actor, Permission.READ)
    with parts.database.read() as tx:
        return _get(tx, actor, execution_id), executions.attempts_of(tx, execution_id)


def stop(parts: Parts, actor: Actor, execution_id: str) -> tuple[Execution, list[Attempt]]:
    """Ends an execution that waits or runs. Raises Conflict when it is over already."""
    access.require(actor, Permission.READ)
    with parts.database.begin() as tx:
        execution = _to_operate(tx, actor, execution_id)
        if not executions.request_stop(tx, execution, actor.name):
            raise Conflict(f"There is nothing to stop: the execution is {execution.state}.")
        audit.note(tx, actor, "execution.stopped", f"{execution.project}/{execution.component}", id=execution.id)
        return executions.get(tx, execution_id), executions.attempts_of(tx, execution_id)


def again(parts: Parts, actor: Actor, execution_id: str) -> Execution:
    """Queues it once more as it was: release, configuration, arguments and due time, whatever is deployed by now.

    Raises Conflict while it is not over, and when its build is retired.
    """
    access.require(actor, Permission.READ)
    with parts.database.begin() as tx:
        execution = _to_operate(tx, actor, execution_id)
        if execution.state.is_open:
            raise Conflict(f"It cannot be run again yet: it is {execution.state}. Wait for its end, or stop it.")
        builds.hold(tx, deployments.get(tx, execution.deployment_id).release.build)
        made = executions.add_again(tx, execution, by=actor.name)
        thing = f"{execution.project}/{execution.component}"
        audit.note(tx, actor, "execution.repeated", thing, environment=execution.environment, id=made, of=execution_id)
        return executions.get(tx, made)


def log(parts: Parts, actor: Actor, execution_id: str, *, after: int, limit: int) -> tuple[Execution, list[LogLine]]:
    """The execution, and at most `limit` lines of its log that follow line `after`."""
    access.require(actor, Permission.READ)
    with parts.database.read() as tx:
        return _get(tx, actor, execution_id), logs.after(tx, execution_id, after, limit)


def _get(tx: Tx, actor: Actor, execution_id: str) -> Execution:
    [found] = waiting.explained(tx, [executions.get(tx, execution_id, within=actor.projects())])
    return found


def _to_operate(tx: Tx, actor: Actor, execution_id: str) -> Execution:
    found = executions.get(tx, execution_id, within=actor.projects())
    place = {"project": found.project, "environment": found.environment}
    access.require_there(tx, actor, Permission.OPERATE, **place)
    return found


def failure(parts: Parts, actor: Actor, execution_id: str) -> str:
    """Where its last failed attempt failed, as JSON that the task has written. Raises NotFound when it told nothing."""
    access.require(actor, Permission.READ)
    with parts.database.read() as tx:
        found = logs.last_failure(tx, executions.get(tx, execution_id, within=actor.projects()).id)
    if found is None:
        raise NotFound(UNTOLD)
    return found
