"""Fills a database with what would take people years: components that are deployed, and executions that have ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from clockhouse.model import identifier
from clockhouse.model.execution import Origin, State
from clockhouse.store import tallies
from clockhouse.store.database import Database, Tx
from clockhouse.store.tables.deployments import deployments
from clockhouse.store.tables.executions import executions
from clockhouse.store.tables.projects import components
from clockhouse.store.tables.schedules import schedules
from clockhouse.task import IntervalTrigger
from clockhouse.task.spec import to_spec

DAY = timedelta(days=1)
_AT_ONCE = 2_000  # rows of a transaction
_OUTCOMES = (*(State.SUCCEEDED,) * 96, State.FAILED, State.TIMED_OUT, State.SKIPPED, State.MISSED)

Row = Mapping[str, Any]


def deploy(database: Database, count: int, due_at: Callable[[int], datetime]) -> None:
    """Adds copies of the one component that is deployed, each with a daily schedule first due at that instant."""
    with database.read() as tx:
        component, deployment, schedule, planned = (_only(tx, each) for each in _TABLES)
    for first in range(0, count, _AT_ONCE):
        made: list[list[Row]] = [[], [], [], []]
        for number in range(first, min(first + _AT_ONCE, count)):
            at = due_at(number)
            ids = {
                "component_id": identifier.new(at),
                "deployment_id": identifier.new(at),
                "schedule_id": identifier.new(at),
            }
            made[0].append({**component, "id": ids["component_id"], "slug": f"copy-{number}", "name": f"Copy {number}"})
            made[1].append({**deployment, **_known(deployments, ids), "id": ids["deployment_id"]})
            trigger = to_spec(IntervalTrigger(DAY, at))
            made[2].append({**schedule, **_known(schedules, ids), "id": ids["schedule_id"], "trigger": trigger})
            due = {"id": identifier.new(at), "due_at": at, "ready_at": at}
            made[3].append({**planned, **ids, **due})
        with database.begin() as tx:
            for table, rows in zip(_TABLES, made, strict=True):
                tx.execute(table.insert(), rows)


def queue(database: Database, count: int) -> None:
    """Adds so many executions of the one deployment, which wait for a worker."""
    with database.read() as tx:
        planned = _only(tx, executions)
    waits = {"schedule_id": None, "state": str(State.QUEUED), "origin": str(Origin.MANUAL)}
    for first in range(0, count, _AT_ONCE):
        with database.begin() as tx:
            rows = [
                {**planned, **waits, "id": identifier.new(tx.now), "due_at": tx.now, "ready_at": tx.now}
                for _ in range(min(_AT_ONCE, count - first))
            ]
            tx.execute(executions.insert(), rows)


def end(database: Database, count: int, *, since: datetime) -> None:
    """Adds so many executions that ended, one a minute of each deployment, of every outcome; all are in the tallies."""
    with database.read() as tx:
        places = [row._asdict() for row in tx.execute(sa.select(executions)).all()]
    for first in range(0, count, _AT_ONCE):
        rows = [
            _ended(places[number % len(places)], number, since + timedelta(minutes=number // len(places)))
            for number in range(first, min(first + _AT_ONCE, count))
        ]
        with database.begin() as tx:
            tx.execute(executions.insert(), rows)
            while tallies.add_up(tx, _AT_ONCE) == _AT_ONCE:
                pass


_TABLES = (components, deployments, schedules, executions)


def _ended(place: Row, number: int, at: datetime) -> Row:
    state = _OUTCOMES[number * 7919 % len(_OUTCOMES)]
    ran = state in (State.SUCCEEDED, State.FAILED, State.TIMED_OUT)
    started = {"started_at": at, "claimed_at": at, "duration_s": 0.5} if ran else {}
    ended = {"state": str(state), "queued_at": at, "finished_at": at + timedelta(milliseconds=500)}
    return {**place, **started, **ended, "id": identifier.new(at), "due_at": at, "ready_at": at}


def _only(tx: Tx, table: sa.Table) -> Row:
    return tx.execute(sa.select(table)).one()._asdict()


def _known(table: sa.Table, values: Row) -> Row:
    return {name: value for name, value in values.items() if name in table.c}
