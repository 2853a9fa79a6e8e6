"""How an environment goes: at one moment it is nobody's any more, and afterwards its history goes in small steps.

Who wants to use it and who removes it wait for each other at its row: whichever comes first has it, and the other is
told. A removal that was cut off goes on later.
"""

from __future__ import annotations

import sqlalchemy as sa

from clockhouse.model.actor import SYSTEM
from clockhouse.model.environment import Environment
from clockhouse.store import audit, changes, retention, tallies
from clockhouse.store.database import Tx
from clockhouse.store.environments import being_removed, contents, get, take_turn
from clockhouse.store.tables.deployments import requests
from clockhouse.store.tables.environments import environments
from clockhouse.store.tables.executions import executions
from clockhouse.store.tables.logs import log_lines


def begin(tx: Tx, slug: str) -> Environment:
    """Takes it away from everybody. Raises Conflict with the reasons where something of it is still in use."""
    take_turn(tx)  # before its row, as every other removal does
    present = get(tx, slug)
    contents(tx, present).check_removable(present)
    tx.execute(requests.delete().where(requests.c.environment_id == present.id))
    tx.execute(environments.update().where(_row(present)).values(removed_at=tx.now))
    tx.changed(*changes.REMOVAL)
    return present


def go_on(tx: Tx, environment: Environment, limit: int) -> bool:
    """Removes about `limit` rows at most of its history, or all the rest where little is left; whether more is to do.

    A server of an earlier version may have used it meanwhile: then it stays, and is everybody's again.
    """
    if retention.remove_some_in(tx, environment, limit):
        return True
    take_turn(tx)
    if environment.id not in {each.id for each in being_removed(tx)}:
        return False
    if contents(tx, environment).is_in_use:
        tx.execute(environments.update().where(_row(environment)).values(removed_at=None))
        audit.note(tx, SYSTEM, "environment.kept", environment.slug)
    else:
        # What others had in their hands until now, with its log: those have no key that would take them along.
        sources = sa.select(executions.c.id).where(executions.c.environment_id == environment.id)
        tx.execute(log_lines.delete().where(log_lines.c.source.in_(sources)))
        tallies.remove_environment(tx, environment.id)
        tx.execute(environments.delete().where(_row(environment)))
    tx.changed(*changes.REMOVAL)
    return False


def _row(environment: Environment) -> sa.ColumnElement[bool]:
    is_it: sa.ColumnElement[bool] = environments.c.id == environment.id
    return is_it
