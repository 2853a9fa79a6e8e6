"""Why what is queued does not start: nobody who could run it is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from clockhouse.model.execution import Execution, State
from clockhouse.store import agents
from clockhouse.store.database import Tx


def explained(tx: Tx, found: Sequence[Execution]) -> list[Execution]:
    """The same executions; those that wait for agents of which none is there have that for their reason."""
    if not any(_waits(each) for each in found):
        return list(found)
    why = agents.absent(tx)
    return [replace(each, reason=why.get(each.environment)) if _waits(each) else each for each in found]


def _waits(execution: Execution) -> bool:
    return execution.state is State.QUEUED and execution.reason is None
