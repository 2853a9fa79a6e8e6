"""A real database with a component that can be deployed, and short words for what tests do to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import sqlalchemy as sa
from tests.support.statements import shared

from clockhouse.kit.declared import Entry, Setting
from clockhouse.model.assignment import Claimed
from clockhouse.model.build import Build, Commit, Release
from clockhouse.model.component import Component
from clockhouse.model.configuration import Snapshot
from clockhouse.model.deployment import Deployment, Limits, Pause, Status
from clockhouse.model.environment import Environment
from clockhouse.model.execution import Execution, Outcome, Reason, State
from clockhouse.model.project import Project
from clockhouse.model.schedule import Terms
from clockhouse.store import (
    builds,
    claims,
    components,
    deployments,
    environments,
    executions,
    occurrences,
    projects,
)
from clockhouse.store.database import Database
from clockhouse.store.sqlite import SQLite
from clockhouse.store.tables.executions import executions as executions_table
from clockhouse.task import Clock, IntervalTrigger, Retry
from clockhouse.task.testing import ManualClock

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
LEASE = timedelta(seconds=30)
WORKER = "here:1:aa"

SUCCESS = Outcome(State.SUCCEEDED, None, 0)
FAILURE = Outcome(State.FAILED, Reason("exit_code", "The task ended with exit code 3."), 3)


def every(interval: timedelta, start: datetime = NOON, **terms: Any) -> Terms:
    return Terms(IntervalTrigger(interval, start), **terms)


def offsets(instants: Sequence[datetime], since: datetime = NOON) -> list[float]:
    """Seconds after noon: what a person can read in a failing test."""
    return [(each - since).total_seconds() for each in instants]


@dataclass(frozen=True, slots=True)
class Ledger:
    """A database and the component “shop/health-check” in it."""

    database: Database
    clock: Clock
    project: Project
    component: Component
    release: Release
    development: Environment
    production: Environment

    @property
    def now(self) -> datetime:
        return self.clock.now()

    def advance(self, by: timedelta) -> None:
        assert isinstance(self.clock, ManualClock)
        self.clock.advance(by)

    def deploy(
        self,
        *terms: Terms,
        limits: Limits | None = None,
        environment: Environment | None = None,
        values: Mapping[str, Any] | None = None,
        sealed: Mapping[str, str] | None = None,
        references: Mapping[str, str] | None = None,
        files: Mapping[str, str] | None = None,
        component: Component | None = None,
        release: Release | None = None,
    ) -> Deployment:
        with self.database.begin() as tx:
            return deployments.add(
                tx,
                component or self.component,
                environment or self.development,
                release or self.release,
                configured=Snapshot(values or {}, sealed or {}, references=references or {}, files=files or {}),
                limits=limits or Limits(),
                terms=terms,
                by="ada",
            )

    def end(self, deployment: Deployment) -> None:
        with self.database.begin() as tx:
            deployments.end(tx, deployment, Status.STOPPED)

    def pause(self, deployment: Deployment, note: str = "", until: datetime | None = None) -> None:
        with self.database.begin() as tx:
            deployments.set_pause(tx, deployment, Pause(tx.now, "ada", note, until))

    def resume(self, deployment: Deployment) -> None:
        with self.database.begin() as tx:
            deployments.set_pause(tx, deployment, None)

    def settle(self) -> int:
        """Until nothing is due any more; how many calls it took."""
        calls = 0
        while True:
            with self.database.begin() as tx:
                if not occurrences.settle_due(tx):
                    return calls
            calls += 1

    def run_now(self, deployment: Deployment, component: Component | None = None) -> str:
        with self.database.begin() as tx:
            return executions.add_manual(tx, component or self.component, deployment, by="ada")

    def claim(self, room: int = 100, worker: str = WORKER, *, name: str | None = None) -> list[Claimed]:
        with self.database.begin() as tx:
            return claims.claim(tx, worker, room, tx.now + LEASE, name=name)

    def start(self, claimed: Claimed) -> None:
        with self.database.begin() as tx:
            executions.mark_started(tx, claimed.id, claimed.attempt, tx.now)

    def finish(self, claimed: Claimed, outcome: Outcome = SUCCESS, retry: Retry | None = None) -> bool:
        with self.database.begin() as tx:
            chosen = retry or claimed.limits.retry
            return executions.finish(tx, claimed.id, claimed.attempt, outcome, tx.now, chosen)

    def request_stop(self, execution_id: str) -> bool:
        with self.database.begin() as tx:
            return executions.request_stop(tx, executions.get(tx, execution_id), "ada")

    def get(self, execution_id: str) -> Execution:
        with self.database.read() as tx:
            return executions.get(tx, execution_id)

    def rows(self, *states: State) -> list[Any]:
        """The ledger's rows in order of their due times, planned ones too; all states unless some are named."""
        with self.database.read() as tx:
            found = tx.execute(sa.select(executions_table).order_by(executions_table.c.due_at)).all()
        return [row for row in found if not states or State(row.state) in states]

    def states(self) -> list[tuple[float, str]]:
        """Due (seconds after noon) and state of every row."""
        return [((row.due_at - NOON).total_seconds(), row.state) for row in self.rows()]

    def add_component(self, slug: str, settings: Sequence[Setting] = ()) -> tuple[Component, Release]:
        with self.database.begin() as tx:
            component = components.add(tx, self.project, slug=slug, name=slug, description="", template="blank")
        return component, built(self.database, component, settings=settings)


def ledger(path: Path, clock: Clock | None = None, *, settings: Sequence[Setting] = ()) -> Ledger:
    """A new database at `path`; its time begins at noon and stands still unless a clock is given."""
    clock = clock or ManualClock(NOON)
    path.write_bytes(_empty())
    return furnished(shared(SQLite(path, clock)), clock, settings=settings)


def furnished(database: Database, clock: Clock, *, settings: Sequence[Setting] = ()) -> Ledger:
    """The ledger in an empty database, whose clock is this one."""
    database.migrate()
    with database.begin() as tx:
        project = projects.add(tx, slug="shop", name="Shop", description="")
        component = components.add(
            tx, project, slug="health-check", name="Health check", description="", template="health-check"
        )
        development, production = environments.every(tx)
    release = built(database, component, settings=settings)
    return Ledger(database, clock, project, component, release, development, production)


@cache
def _empty() -> bytes:
    """A database of this version with nothing in it: migrating one takes longer than most tests."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "clockhouse.db"
        database = SQLite(path, ManualClock(NOON))
        database.migrate()
        database.close()
        return path.read_bytes()


@contextmanager
def refusing(database: Database, said: str = "database or disk is full") -> Iterator[list[str]]:
    """Lets no transaction begin meanwhile, as a full disk does; what was refused so far."""
    refused: list[str] = []

    def refuse(_connection: sa.Connection) -> None:
        refused.append(said)
        raise sa.exc.OperationalError("BEGIN", None, Exception(said))

    sa.event.listen(database._engine, "begin", refuse)
    try:
        yield refused
    finally:
        sa.event.remove(database._engine, "begin", refuse)


def built(database: Database, component: Component, *, settings: Sequence[Setting] = ()) -> Release:
    """A build of the component that has succeeded, as its release."""
    build = queued_build(database, component)
    with database.begin() as tx:
        builds.succeed(tx, build, digest="d" * 64, entry=Entry("main.py", "main"), settings=settings)
        return builds.release_of(tx, builds.by_id(tx, build.id))


def queued_build(database: Database, component: Component, sha: str = "a" * 40) -> Build:
    with database.begin() as tx:
        return builds.add(tx, component, Commit(sha, "Start", "Ada", tx.now), requested_by="ada")
