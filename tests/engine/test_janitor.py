"""The janitor: what a worker left behind is recorded as lost, and what no build has is removed."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from tests.support.ledger import LEASE, SECOND, queued_build

from clockhouse.engine.janitor import Janitor
from clockhouse.engine.journal import Journal
from clockhouse.kit.declared import Problem
from clockhouse.model.build import Status
from clockhouse.model.deployment import Limits
from clockhouse.model.execution import SERVER_LOST, State
from clockhouse.store import artifacts, builds, components, executions, leases
from clockhouse.store.tables.builds import builds as builds_table
from clockhouse.task import Retry
from clockhouse.task.testing import ManualClock


@pytest.fixture
def janitor(ledger, tmp_path):
    """`janitor("sweep")` runs one of its passes."""

    def run(name, worker="tests:2", is_used=lambda _artifact: False, **options):
        async def story():
            journal, hints, folder = Journal(ledger.database), ledger.database.changes, tmp_path / "artifacts"
            made = Janitor(journal, hints, ledger.clock, folder, worker=worker, is_used=is_used)
            return await getattr(made, name)(**options)

        return asyncio.run(story())

    return run


def test_what_a_quiet_worker_ran_is_lost_once_its_lease_is_over(ledger, janitor):
    execution_id = ledger.run_now(ledger.deploy())
    ledger.claim()
    ledger.advance(LEASE)
    assert janitor("sweep") == 0
    ledger.advance(SECOND)
    assert janitor("sweep") == 1
    execution = ledger.get(execution_id)
    assert (execution.state, execution.reason, execution.finished_at) == (State.LOST, SERVER_LOST, ledger.now)
    assert janitor("sweep") == 0


def test_what_is_lost_is_tried_again_where_the_policy_says_so(ledger, janitor):
    execution_id = ledger.run_now(ledger.deploy(limits=Limits(retry=Retry(2, 5 * SECOND))))
    ledger.claim()
    ledger.advance(LEASE + SECOND)
    janitor("sweep")
    assert ledger.get(execution_id).state is State.QUEUED
    assert ledger.claim() == []
    ledger.advance(5 * SECOND)
    [again] = ledger.claim()
    assert again.attempt == 2
    with ledger.database.read() as tx:
        [attempt] = executions.attempts_of(tx, execution_id)
    assert (attempt.outcome.state, attempt.outcome.reason) == (State.LOST, SERVER_LOST)


def test_a_machine_that_slept_does_not_lose_what_it_still_runs(ledger, janitor):
    execution_id = ledger.run_now(ledger.deploy())
    ledger.claim(worker="mine")
    ledger.advance(timedelta(hours=8))
    assert janitor("sweep", worker="mine") == 0
    assert ledger.get(execution_id).state is State.STARTED


def test_what_agents_run_is_left_alone_until_they_had_the_time_to_say_that_they_do(ledger, tmp_path):
    execution_id = ledger.run_now(ledger.deploy())
    ledger.claim(worker="agent:1:a")
    ledger.advance(timedelta(hours=1))

    async def story():
        janitor = Janitor(Journal(ledger.database), ledger.database.changes, ledger.clock, tmp_path, worker="tests:2")
        found = [await janitor.begin(alone=True), await janitor.sweep()]
        for pause in (10, 10, 9, 600, 10, 10, 9, 1):  # seconds; the machine slept for ten minutes
            ledger.advance(pause * SECOND)
            found.append(await janitor.sweep())
        return found

    assert asyncio.run(story()) == [*[0] * 9, 1]
    assert ledger.get(execution_id).reason == SERVER_LOST


def test_a_sleep_is_seen_by_the_ledgers_time_though_the_own_clock_slept_too(ledger, tmp_path):
    ledger.run_now(ledger.deploy())
    ledger.claim(worker="agent:1:a")
    own = ManualClock(ledger.now)

    async def story():
        janitor = Janitor(Journal(ledger.database), ledger.database.changes, own, tmp_path, worker="tests:2")
        found = [await janitor.sweep()]
        for step in (10, 10, 10, 600):  # seconds; the last of them it slept through
            ledger.advance(step * SECOND)
            own.advance(10 * SECOND)
            found.append(await janitor.sweep())
        return found

    assert asyncio.run(story()) == [0] * 5


def test_after_an_outage_other_servers_have_the_time_to_say_what_they_run(ledger, tmp_path):
    execution_id = ledger.run_now(ledger.deploy())
    ledger.claim(worker="there")
    queued_build(ledger.database, ledger.component)
    with ledger.database.begin() as tx:
        builds.claim(tx, "there", 1, tx.now + LEASE)

    async def story():
        janitor = Janitor(Journal(ledger.database), ledger.database.changes, ledger.clock, tmp_path, worker="tests:2")
        found = [await janitor.begin(alone=False)]
        for pause in (
            10,
            600,
            10,
            16,
            10,
            10,
            9,
            1,
        ):  # seconds; the database was away for ten minutes, and again for some
            ledger.advance(pause * SECOND)
            found.append(await janitor.sweep())
        return found

    assert asyncio.run(story()) == [*[0] * 8, 2]
    assert ledger.get(execution_id).reason == SERVER_LOST


@pytest.mark.parametrize("step", [timedelta(), timedelta(days=-400), timedelta(days=400)], ids=["now", "back", "on"])
def test_at_a_start_all_that_was_under_way_is_lost_whatever_the_clock_says(ledger, janitor, step):
    execution_id = ledger.run_now(ledger.deploy())
    ledger.claim()
    build = queued_build(ledger.database, ledger.component)
    with ledger.database.begin() as tx:
        builds.claim(tx, "gone", 1, tx.now + LEASE)
    ledger.clock.set_wall(ledger.now + step)
    assert janitor("begin", alone=True) == 2
    assert ledger.get(execution_id).state is State.LOST
    with ledger.database.read() as tx:
        found = builds.by_id(tx, build.id)
    assert (found.status, found.finished_at) == (Status.LOST, ledger.now)
    assert found.problem.message == "The server that ran this build went away. Build the commit again."


def test_at_a_start_beside_other_servers_only_leases_tell_what_is_lost_after_the_time_of_one(ledger, tmp_path):
    for worker in ("gone", "there"):
        ledger.run_now(ledger.deploy())
        ledger.claim(worker=worker)
        queued_build(ledger.database, ledger.component)
        with ledger.database.begin() as tx:
            builds.claim(tx, worker, 1, tx.now + LEASE)
        ledger.advance(SECOND)
    ledger.advance(LEASE)

    async def story():
        janitor = Janitor(Journal(ledger.database), ledger.database.changes, ledger.clock, tmp_path, worker="tests:2")
        found = [await janitor.begin(alone=False), await janitor.sweep()]
        with ledger.database.begin() as tx:  # which it could not do while the database was away
            leases.renew(tx, "there", [ledger.rows()[1].id], tx.now + 2 * LEASE)
            tx.execute(
                builds_table.update().values(lease_until=tx.now + 2 * LEASE).where(builds_table.c.worker == "there")
            )
        for pause in (10, 10, 9, 1):
            ledger.advance(pause * SECOND)
            found.append(await janitor.sweep())
        return found

    assert asyncio.run(story()) == [0, 0, 0, 0, 0, 2]
    assert [(row.worker, row.state) for row in ledger.rows()] == [("gone", "lost"), ("there", "started")]


def test_what_waits_is_left_to_the_queue(ledger, janitor):
    ledger.run_now(ledger.deploy())
    queued_build(ledger.database, ledger.component)
    assert janitor("sweep_all") == 0
    assert len(ledger.rows(State.QUEUED)) == 1


def test_artifacts_of_builds_that_are_no_more_are_removed(ledger, janitor, tmp_path):
    other, release = ledger.add_component("other")
    kept, gone = ledger.release.build.id, release.build.id
    for name in (kept, gone, f"{gone}.part"):
        (tmp_path / "artifacts" / name / "source").mkdir(parents=True)
    with ledger.database.begin() as tx:
        components.remove(tx, other)
    assert janitor("tidy") == 1
    assert sorted(path.name for path in (tmp_path / "artifacts").iterdir()) == sorted([kept, f"{gone}.part"])
    assert janitor("tidy") == 0


def test_an_artifact_that_something_runs_in_is_left_until_that_is_over(ledger, janitor, tmp_path):
    artifact = tmp_path / "artifacts" / ledger.release.build.id
    artifact.mkdir(parents=True)
    with ledger.database.begin() as tx:
        components.remove(tx, ledger.component)
    assert janitor("tidy", is_used=lambda path: path == artifact) == 0
    assert artifact.exists()
    assert janitor("tidy") == 1


@pytest.mark.parametrize("status", [Status.FAILED, Status.CANCELLED, Status.LOST])
def test_an_artifact_of_a_build_that_ended_after_it_was_sealed_is_removed(ledger, janitor, tmp_path, status):
    build, open_build = (queued_build(ledger.database, ledger.component, sha * 40) for sha in "ab")
    for each in (build, open_build):
        (tmp_path / "artifacts" / each.id).mkdir(parents=True)
    with ledger.database.begin() as tx:
        builds.fail(tx, build, status, Problem("It ended."))
    assert janitor("tidy") == 1
    assert [path.name for path in (tmp_path / "artifacts").iterdir()] == [open_build.id]


def test_what_a_failed_build_shared_is_removed(ledger, janitor):
    build = queued_build(ledger.database, ledger.component)
    with ledger.database.begin() as tx:
        builds.claim(tx, "tests:1", 1, tx.now + LEASE)
        artifacts.begin(tx, build.id)
        artifacts.add(tx, build.id, 0, b"half of it")
    janitor("tidy")
    with ledger.database.begin() as tx:
        assert artifacts.piece(tx, build.id, 0) is not None
        builds.fail(tx, build, Status.LOST, Problem("It ended."))
    janitor("tidy")
    with ledger.database.read() as tx:
        assert artifacts.piece(tx, build.id, 0) is None


@pytest.mark.parametrize("alone", [True, False])
def test_at_a_start_what_killed_builds_left_is_removed(ledger, janitor, tmp_path, alone):
    kept = tmp_path / "artifacts" / ledger.release.build.id
    kept.mkdir(parents=True)
    (kept.with_suffix(".part") / "source").mkdir(parents=True)
    janitor("begin", alone=alone)
    assert list((tmp_path / "artifacts").iterdir()) == [kept]


def test_without_artifacts_there_is_nothing_to_tidy(janitor):
    assert janitor("tidy") == 0
