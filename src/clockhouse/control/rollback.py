"""What may be asked of earlier deployments: that one of them comes back."""

from __future__ import annotations

from clockhouse.control import access
from clockhouse.control.deployments import changing
from clockhouse.control.parts import Parts
from clockhouse.errors import Conflict
from clockhouse.model.actor import Actor, Permission
from clockhouse.model.component import Component
from clockhouse.model.deployment import Deployment, Status
from clockhouse.model.environment import Environment
from clockhouse.store import audit, declared_alerts, deployments, environments, rollback, secret_uses
from clockhouse.store.database import Tx


def roll_back(
    parts: Parts, actor: Actor, project: str, slug: str, environment: str, *, to: int | None = None
) -> Deployment:
    """The deployment of this number once more, as a new one; the one before the present one where none is named.

    Its release, configuration, secrets, schedules and limits come back; a pause of the present one stays, and nothing
    is due before now. Nobody has to approve of what was there before. Raises Conflict with the reason why it cannot
    come back, NotFound for a number that there never was.
    """
    access.require(actor, Permission.OPERATE, project=project)
    with changing(parts, actor, project, slug, environment) as (tx, component):
        there = environments.get(tx, environment)
        earlier = _earlier(tx, component, there, to)
        made = rollback.place_again(tx, component, there, earlier, by=actor.name, opens=parts.vault.open)
        facts = {"number": made.number, "to": earlier.number, "build": made.release.build.number}
        approval = "not asked for" if there.approval is not None else None
        thing = f"{project}/{slug}"
        audit.note(tx, actor, "deployment.rolled-back", thing, environment=environment, approval=approval, **facts)
        secret_uses.note_taken(tx, actor, made, component)
        declared_alerts.deployed(tx, actor, component, there, made.release)
        return made


def _earlier(tx: Tx, component: Component, there: Environment, to: int | None) -> Deployment:
    newest = deployments.previous(tx, component, there)
    if newest is None:
        raise Conflict(f"Nothing was ever deployed to {there.name}, so there is nothing to go back to.")
    is_there = newest.status is Status.ACTIVE
    if to is None:
        to = _before(newest) if is_there else newest.number
        if to < 1:
            raise Conflict(f"There is nothing to go back to: {there.name} had no other deployment before.")
    if is_there and to == newest.number:
        raise Conflict(f"Deployment {to} is what {there.name} has now. Choose an earlier one.")
    return deployments.numbered(tx, component.id, there.id, to)


def _before(newest: Deployment) -> int:
    """Who goes back twice goes back further, and not to what they came from."""
    return (newest.rolled_back_to or newest.number) - 1
