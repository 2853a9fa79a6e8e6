"""Several processes at one database: whatever is done by many at once is done by one of them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TypeVar

import pytest
import sqlalchemy as sa
from tests.support.ledger import FAILURE, LEASE, MINUTE, NOON, SECOND, SUCCESS, every, queued_build

from clockhouse.errors import Conflict
from clockhouse.model.execution import State
from clockhouse.model.log import LogLine
from clockhouse.store import (
    actors,
    builds,
    claims,
    components,
    deployments,
    executions,
    logs,
    occurrences,
    projects,
)
from clockhouse.store.database import Database
from clockhouse.store.tables.deployments import deployments as deployments_table
from clockhouse.store.tables.executions import executions as executions_table
from clockhouse.task import Overlap, Retry

T = TypeVar("T")


@pytest.fixture
def databases(ledger, another) -> list[Database]:
    return [ledger.database, another(), another(), another()]


def together(databases: Sequence[Database], act: Callable[[Database], T]) -> list[T | Exception]:
    """What `act` gave on each of them, in threads that begin at the same moment."""
    barrier, answers = threading.Barrier(len(databases)), [None] * len(databases)

    def run(place: int) -> None:
        barrier.wait()
        try:
            answers[place] = act(databases[place])
        except Exception as error:
            answers[place] = error

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(databases))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_no_execution_is_claimed_twice_and_none_is_left(ledger, databases):
    deployment = ledger.deploy()
    ids = {ledger.run_now(deployment) for _ in range(60)}

    def claim(database: Database) -> list[str]:
        claimed = []
        for _ in range(20):
            with database.begin() as tx:
                claimed += [each.id for each in claims.claim(tx, str(id(database)), 3, tx.now + LEASE)]
        return claimed

    claimed = [execution_id for answer in together(databases, claim) for execution_id in answer]
    assert sorted(claimed) == sorted(ids)


def test_no_build_is_claimed_twice(ledger, databases):
    ids = {queued_build(ledger.database, ledger.component).id for _ in range(12)}

    def claim(database: Database) -> list[str]:
        with database.begin() as tx:
            return [build.id for build in builds.claim(tx, "worker", 4, tx.now + LEASE)]

    claimed = [build_id for answer in together(databases, claim) for build_id in answer]
    with ledger.database.begin() as tx:
        claimed += [build.id for build in builds.claim(tx, "worker", 12, tx.now + LEASE)]
    assert sorted(claimed) == sorted(ids)


@pytest.mark.parametrize("retry", [Retry(1), Retry(5, SECOND)])
def test_an_attempt_is_ended_once(ledger, databases, retry):
    ledger.run_now(ledger.deploy())
    [claimed] = ledger.claim()

    def finish(database: Database) -> bool:
        with database.begin() as tx:
            return executions.finish(tx, claimed.id, claimed.attempt, FAILURE, tx.now, retry)

    assert sorted(together(databases, finish)) == [False, False, False, True]
    with ledger.database.read() as tx:
        assert len(executions.attempts_of(tx, claimed.id)) == (retry.attempts > 1)


def test_a_schedule_that_lets_nothing_overlap_queues_one_of_several_that_are_due(ledger, databases):
    ledger.deploy(*[every(MINUTE, NOON + n * SECOND, overlap=Overlap.SKIP) for n in range(6)])
    ledger.advance(2 * MINUTE)

    def settle(database: Database) -> None:
        with database.begin() as tx:
            occurrences.settle_due(tx, limit=2)

    for _ in range(4):
        together(databases, settle)
    ledger.settle()
    assert len(ledger.rows(State.QUEUED)) == 1


def test_an_occurrence_is_there_once_whoever_writes_it(ledger, another):
    ledger.deploy(every(MINUTE))
    [planned] = ledger.rows(State.PLANNED)
    twice = {**planned._mapping, "id": "another"}
    with pytest.raises(sa.exc.IntegrityError), another().begin() as tx:
        tx.execute(executions_table.insert().values(twice))


def test_an_occurrence_falls_due_under_the_old_deployment_or_the_new_one(ledger, databases):
    ledger.deploy(every(SECOND, overlap=Overlap.ALLOW))
    for _ in range(10):
        ledger.advance(SECOND)

        def act(database: Database) -> None:
            if database is databases[0]:
                ledger.deploy(every(SECOND, overlap=Overlap.ALLOW))
            else:
                with database.begin() as tx:
                    occurrences.settle_due(tx)

        assert together(databases, act) == [None] * 4
    ledger.settle()
    due = [row.due_at for row in ledger.rows() if row.state != "planned"]
    assert due == [NOON + n * SECOND for n in range(1, 11)]
    assert len(ledger.rows(State.PLANNED)) == 1


def test_a_component_is_removed_beside_an_engine_that_decides_what_is_due(ledger, databases):
    for n in range(10):
        component, release = ledger.add_component(f"other-{n}")
        ledger.deploy(every(SECOND), component=component, release=release)
        ledger.advance(SECOND)

        def act(database: Database, component=component) -> None:
            with database.begin() as tx:
                if database is databases[0]:
                    components.remove(tx, component)
                else:
                    occurrences.settle_due(tx)

        assert together(databases, act) == [None] * 4
    assert ledger.rows() == []


def test_what_is_stopped_while_it_is_claimed_is_cancelled_or_its_worker_is_asked(ledger, databases):
    deployment = ledger.deploy()
    for _ in range(10):
        execution_id = ledger.run_now(deployment)

        def act(database: Database, execution_id=execution_id) -> bool:
            with database.begin() as tx:
                if database is databases[0]:
                    return executions.request_stop(tx, executions.get(tx, execution_id), "ada")
                return bool(claims.claim(tx, "worker", 1, tx.now + LEASE))

        assert together(databases, act)[0] is True
        ended = ledger.get(execution_id)
        assert ended.state is State.CANCELLED or ended.stop_requested_by == "ada"


def test_of_two_who_take_a_name_at_once_one_is_told_that_it_is_taken(ledger, databases):
    def project(database: Database) -> str:
        with database.begin() as tx:
            return projects.add(tx, slug="new", name="New", description="").slug

    def component(database: Database) -> str:
        with database.begin() as tx:
            return components.add(tx, ledger.project, slug="new", name="New", description="", template="blank").slug

    for act in (project, component):
        answers = together(databases, act)
        assert [type(answer) for answer in answers if answer != "new"] == [Conflict] * 3


def test_builds_and_deployments_are_numbered_without_a_gap(ledger, databases):
    def act(database: Database) -> None:
        queued_build(database, ledger.component)
        ledger.deploy() if database is databases[0] else None

    assert together(databases, act) == [None] * 4
    with ledger.database.read() as tx:
        numbers = [build.number for build in builds.page(tx, ledger.component, before=None, limit=10)]
        assert deployments.active(tx, ledger.component, ledger.development).number == 1
    assert numbers == [5, 4, 3, 2, 1]


def test_servers_that_start_at_once_make_one_administrator(databases):
    def act(database: Database) -> str:
        with database.begin() as tx:
            return actors.administrator(tx).id

    assert len(set(together(databases, act))) == 1


def test_lines_that_are_written_again_are_there_once(ledger, another):
    """As those of a commit that went through, of which the answer was lost."""
    lines = [LogLine(seq, NOON, "stdout", None, str(seq)) for seq in (1, 2, 3)]
    with ledger.database.begin() as tx:
        logs.append(tx, "one", lines[:2])
    with another().begin() as tx:
        logs.append(tx, "one", lines)
    with ledger.database.read() as tx:
        assert logs.after(tx, "one", 0, 10) == lines


def test_an_execution_that_was_finished_elsewhere_is_not_run_again(ledger, another):
    ledger.run_now(ledger.deploy())
    [claimed] = ledger.claim()
    ledger.advance(timedelta(minutes=5))
    with another().begin() as tx:
        assert executions.finish(tx, claimed.id, 1, SUCCESS, tx.now, Retry())
    assert ledger.finish(claimed, FAILURE, Retry(3)) is False
    assert ledger.get(claimed.id).state is State.SUCCEEDED


def test_whoever_decides_ends_and_claims_at_once_is_in_nobodys_way_for_good(ledger, databases):
    """Schedules of a deployment, each of which stops what the others started, and ends after some failures.

    What PostgreSQL breaks up as a deadlock raises Contended.
    """
    terms = {"overlap": Overlap.CANCEL_OTHER, "end_after_failures": 3}

    def work(database: Database) -> None:
        worker = str(id(database))
        for number in range(10):
            with database.begin() as tx:
                occurrences.settle_due(tx)
                claimed = claims.claim(tx, worker, 3, tx.now + LEASE)
            with database.begin() as tx:
                for each in claimed:
                    executions.mark_started(tx, each.id, each.attempt, tx.now)
            with database.begin() as tx:
                occurrences.settle_due(tx)
                for each in claimed:
                    outcome = SUCCESS if number % 3 else FAILURE
                    executions.finish(tx, each.id, each.attempt, outcome, tx.now, Retry(1))

    for _ in range(3):
        ledger.deploy(*[every(SECOND, NOON + n * SECOND / 3, **terms) for n in range(3)])
        for _ in range(3):
            ledger.advance(SECOND)
            assert together(databases, work) == [None] * len(databases)


@pytest.mark.parametrize("overlap", [Overlap.BUFFER_ALL, Overlap.BUFFER_ONE, Overlap.CANCEL_OTHER])
def test_whoever_decides_one_runs_at_a_time(ledger, databases, overlap):
    """Engines that decide what is due, claim and finish at once, as they do."""
    ledger.deploy(every(SECOND, overlap=overlap))
    seen: list[int] = []

    def work(database: Database) -> None:
        worker = str(id(database))
        for _ in range(12):
            with database.begin() as tx:
                occurrences.settle_due(tx)
            with database.begin() as tx:
                claimed = claims.claim(tx, worker, 5, tx.now + LEASE)
            with database.read() as tx:
                seen.append(executions.running(tx, ledger.component.id, ledger.development.id))
            for each in claimed:
                with database.begin() as tx:
                    executions.finish(tx, each.id, each.attempt, SUCCESS, tx.now, Retry(1))

    for _ in range(6):
        ledger.advance(SECOND)
        assert together(databases, work) == [None] * len(databases)
    for _ in range(6):
        for each in ledger.claim():
            ledger.finish(each)
    assert set(seen) <= {0, 1}
    states = {row.state for row in ledger.rows() if row.state != "planned"}
    assert states <= {"succeeded", "skipped", "cancelled"}
    if overlap is Overlap.BUFFER_ALL:
        assert states == {"succeeded"}


def test_nobody_is_let_in_while_another_engine_decides_about_the_place(ledger, kind, another):
    if kind == "sqlite":
        pytest.skip("SQLite lets one transaction write at a time.")
    deployment = ledger.deploy(every(SECOND, overlap=Overlap.BUFFER_ALL))
    for _ in range(2):
        ledger.advance(SECOND)
        ledger.settle()
    ledger.finish(ledger.claim()[0])
    with another().begin() as deciding:
        deployments.hold(deciding, deployments_table.c.id == deployment.id)
        assert ledger.claim() == []
    assert len(ledger.claim()) == 1


def test_a_schedule_ends_while_another_engine_decides_about_its_deployment_or_claims_of_it(ledger, kind, another):
    """It waits for neither: one of them may wait for the execution whose failure ends the schedule."""
    if kind == "sqlite":
        pytest.skip("SQLite lets one transaction write at a time.")
    deployment = ledger.deploy(every(SECOND, overlap=Overlap.ALLOW, end_after_failures=1))
    ledger.advance(SECOND)
    ledger.settle()
    [failing] = ledger.claim()
    ledger.advance(SECOND)
    ledger.settle()
    with another().begin() as claiming, another().begin() as deciding:
        deployments.hold(deciding, deployments_table.c.id == deployment.id)
        [claimed] = claims.claim(claiming, "other", 1, claiming.now + LEASE)
        assert ledger.finish(failing, FAILURE)
    assert ledger.get(claimed.id).state is State.STARTED
    ledger.advance(SECOND)
    ledger.settle()
    assert ledger.states() == [(1.0, "failed"), (2.0, "started")]
