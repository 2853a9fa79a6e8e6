"""What may be asked of the past of deployments: which there were, and what was otherwise in each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clockhouse.control import access
from clockhouse.control.parts import Parts
from clockhouse.model import difference
from clockhouse.model.actor import Actor, Permission
from clockhouse.model.deployment import Deployment
from clockhouse.model.difference import Change
from clockhouse.store import components, deployments
from clockhouse.store.database import Tx


@dataclass(frozen=True, slots=True)
class Entry:
    """A deployment, and what it has otherwise than the one before it there; None for the first one."""

    deployment: Deployment
    changes: Sequence[Change] | None


def entries(parts: Parts, actor: Actor, project: str, slug: str, *, environment: str | None, limit: int) -> list[Entry]:
    """Newest first."""
    access.require(actor, Permission.READ, project=project)
    with parts.database.read() as tx:
        found = deployments.history(tx, components.get(tx, project, slug), environment=environment, limit=limit)
        known = {(each.environment_id, each.number): each for each in found}
        return [Entry(each, _changes(tx, each, known)) for each in found]


def _changes(tx: Tx, deployment: Deployment, known: dict[tuple[str, int], Deployment]) -> list[Change] | None:
    before = known.get((deployment.environment_id, deployment.number - 1)) or deployments.preceding(tx, deployment)
    return None if before is None else difference.between(before, deployment)
