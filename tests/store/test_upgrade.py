"""A database that an older version has filled goes on with this one."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
import sqlalchemy as sa
from tests.support import engine as support
from tests.support import older as olders
from tests.support.engine import engine
from tests.support.ledger import NOON, Ledger
from tests.support.older import KEY, Older
from tests.support.waiting import comes

from clockhouse.control import builds as asked_builds
from clockhouse.control import components as asked_components
from clockhouse.control import deployments as asked_deployments
from clockhouse.control import executions as asked_executions
from clockhouse.control import keys, projects
from clockhouse.control.parts import Parts
from clockhouse.engine.janitor import Janitor
from clockhouse.engine.ticker import Ticker
from clockhouse.errors import Invalid
from clockhouse.kit import Secret
from clockhouse.model.actor import Grant, Role
from clockhouse.model.execution import State
from clockhouse.store import actors, builds, components, configuration, deployments, environments
from clockhouse.store import projects as stored_projects
from clockhouse.store.migrations.run import upgrade
from clockhouse.store.postgresql import PostgreSQL
from clockhouse.store.sqlite import SQLite
from clockhouse.task import SystemClock

pytestmark = pytest.mark.slow


class ClockFrom(SystemClock):
    """Stands at an instant, however long the preparations take, and goes on from there as fast as the machine's."""

    def __init__(self, start: datetime) -> None:
        self._start = start
        self._ahead: timedelta | None = None

    def go(self) -> None:
        self._ahead = self._start - super().now()

    def now(self) -> datetime:
        return self._start if self._ahead is None else super().now() + self._ahead


@pytest.fixture(params=olders.versions())
def older(request):
    return olders.read(request.param)


@pytest.fixture
def clock(older):
    return ClockFrom(older.now)


@pytest.fixture
def database(kind, older, clock, tmp_path, request):
    """Of the older version, before anything else."""
    if kind == "sqlite":
        made = SQLite(tmp_path / "clockhouse.db", clock)
    else:
        made = PostgreSQL(Secret(request.getfixturevalue("postgres").new_database()), clock)
    olders.fill(made, older)
    yield made
    made.close()


@pytest.fixture
def parts(database, tmp_path):
    database.migrate()
    (tmp_path / "vault.key").write_bytes(KEY)
    return Parts(database, keys.unlock(database, tmp_path / "vault.key"))


def test_every_row_is_as_it_was(database, older: Older):
    before = olders.kept(database, older)
    database.migrate()
    assert olders.kept(database, older) == before == olders.expected(older)


def test_all_of_it_is_shown(parts, older: Older):
    with parts.database.begin() as tx:
        actor = actors.administrator(tx)
    assert [(project.slug, count) for project, count in projects.every(parts, actor)] == [("shop", 2)]
    summaries = asked_components.of_project(parts, actor, "shop")
    assert [each.component.slug for each in summaries] == ["health-check", "nightly"]
    [card] = [card for card in summaries[1].cards if card.deployment is not None]
    assert card.deployment.pause.note == "holidays"
    history = asked_deployments.history(parts, actor, "shop", "health-check", environment=None, limit=10)
    assert len(history) == 3
    statuses = [
        str(each.status) for each in asked_builds.page(parts, actor, "shop", "health-check", before=None, limit=9)
    ]
    assert sorted(statuses) == ["failed", "succeeded"]
    found = [asked_executions.get(parts, actor, row["id"]) for row in older.tables["executions"]]
    assert len(found) == len(older.tables["executions"])


def test_what_is_deployed_counts_as_set_for_its_environment(parts, older: Older):
    active = [row for row in older.tables["deployments"] if row["status"] == "active"]
    secrets = {row["deployment_id"]: row["name"] for row in older.tables["secrets"]}
    with parts.database.read() as tx:
        for row in active:
            [component] = [
                each
                for slug in ("health-check", "nightly")
                if (each := components.get(tx, "shop", slug)).id == row["component_id"]
            ]
            [environment] = [each for each in environments.every(tx) if each.id == row["environment_id"]]
            found = configuration.at(tx, component, environment)
            defaults = {each.name: each.default for each in deployments.get(tx, row["id"]).release.build.settings}
            kept = {name: each.value for name, each in found.items() if not each.is_secret}
            assert {**defaults, **kept} == {**defaults, **json.loads(row["configuration"])}
            if row["id"] in secrets:
                purpose = f"{component.id}/{secrets[row['id']]}"
                assert parts.vault.open(found[secrets[row["id"]]].sealed, purpose)


def test_its_secrets_tell_which_key_is_right(database, tmp_path):
    database.migrate()
    (tmp_path / "other.key").write_bytes(b"x" * 32)
    with pytest.raises(Invalid):
        keys.unlock(database, tmp_path / "other.key")


@pytest.fixture(scope="session")
def artifact(tmp_path_factory):
    return support.build(tmp_path_factory.mktemp("artifact"))


def test_what_was_planned_and_waits_runs_when_it_is_due(clock, parts, older: Older, artifact, tmp_path):
    ledger = opened(parts)
    waits = [row["id"] for row in older.tables["executions"] if row["state"] == "queued"]
    at_50 = [row["id"] for row in older.tables["executions"] if row["due_at"].startswith("2026-11-22T12:00:50")]

    async def story():
        clock.go()
        async with engine(ledger, artifact, tmp_path, worker="new") as running:
            janitor = Janitor(running.journal, ledger.database.changes, ledger.clock, tmp_path / "a", worker="new")
            await janitor.begin(alone=True)
            ticker = asyncio.create_task(Ticker(running.journal, ledger.database.changes, ledger.clock).run())
            ended = [await running.ended(each) for each in waits + at_50]
            await comes(lambda: any(row.due_at > ledger.now for row in ledger.rows(State.PLANNED)))
            ticker.cancel()
            return ended, [running.log(each.id) for each in ended]

    ended, said = asyncio.run(story())
    assert [each.state for each in ended] == [State.SUCCEEDED] * len(ended)
    assert {line for lines in said for line in lines if line not in ("hello ∞", "ERROR: oh")} == {"hello"}
    [left] = [row for row in older.tables["executions"] if row["state"] == "started"]
    assert ledger.get(left["id"]).reason.code == "server_lost"
    due = sorted({row.due_at for row in ledger.rows() if row.schedule_id == schedule_of(older)})
    assert {later - earlier for earlier, later in pairwise(due)} == {timedelta(seconds=10)}
    assert due[-1] > ledger.now


def schedule_of(older: Older) -> str:
    """The one of every ten seconds."""
    [found] = [row["id"] for row in older.tables["schedules"] if '"every_s": 10.0' in row["trigger"]]
    return str(found)


def opened(parts: Parts) -> Ledger:
    with parts.database.read() as tx:
        [(project, _)] = stored_projects.every(tx)
        component = components.get(tx, "shop", "health-check")
        release = builds.release_of(tx, builds.latest_succeeded(tx, component))
        development, production = environments.every(tx)
    return Ledger(parts.database, parts.database.clock, project, component, release, development, production)


def test_administrators_of_projects_of_before_keep_production(tmp_path):
    database = SQLite(tmp_path / "clockhouse.db", ClockFrom(NOON))
    with database.begin() as tx:
        upgrade(tx.connection, "0023_removal")
    at = {"at": "2026-11-22T12:00:00.000000Z"}
    with database.begin() as tx:
        for statement in (
            "INSERT INTO projects (id, slug, name, description, is_example, created_at)"
            " VALUES ('shop', 'shop', 'Shop', '', false, :at)",
            "INSERT INTO actors (id, name, role, created_at) VALUES ('a', 'Ann', '', :at), ('b', 'Ben', '', :at)",
            "INSERT INTO grants (id, actor_id, role, project_id, production, created_at, created_by)"
            " VALUES ('a', 'a', 'admin', 'shop', false, :at, 'x'), ('b', 'b', 'operator', 'shop', false, :at, 'x')",
        ):
            tx.execute(sa.text(statement), at)
    database.migrate()
    with database.read() as tx:
        kept = [actors.grants_of(tx, each) for each in ("a", "b")]
    database.close()
    assert kept == [(Grant(Role.ADMIN, "shop", production=True),), (Grant(Role.OPERATOR, "shop"),)]
