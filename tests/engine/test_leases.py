"""Several servers at one database: what one of them loses, another takes over, and nobody runs it twice for long."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.support import engine as support
from tests.support.databases import empty_address, kind, migrated_address
from tests.support.engine import engine
from tests.support.ledger import LEASE, furnished
from tests.support.waiting import comes

from clockhouse.engine.janitor import Janitor
from clockhouse.errors import Unavailable
from clockhouse.kit import Secret
from clockhouse.model.execution import BROKEN, SERVER_LOST, State
from clockhouse.store import changes, claims, executions
from clockhouse.store.database import Database
from clockhouse.store.postgresql import PostgreSQL
from clockhouse.store.sqlite import SQLite
from clockhouse.task import Retry, SystemClock

__all__ = ["empty_address", "kind", "migrated_address"]
pytestmark = pytest.mark.slow

TWICE = Retry(2, timedelta())
FOREVER = "import signal; print('waiting', flush=True); signal.pause()"
# Says where it runs, and goes on until it is told to end; then it says one thing more, and that all is well.
POLITE = """
    import signal, sys
    signal.signal(signal.SIGTERM, lambda *_: (print("last words", flush=True), sys.exit(0)))
    print("waiting", flush=True)
    signal.pause()
"""


@pytest.fixture
def opened(kind, tmp_path, request):
    """The database, opened as often as it is asked for, as by as many servers."""
    made: list[Database] = []

    def open_one() -> Database:
        if kind == "sqlite":
            made.append(SQLite(tmp_path / "shared.db", SystemClock()))
        else:
            made.append(PostgreSQL(Secret(request.getfixturevalue("empty_address"))))
        return made[-1]

    yield open_one
    for database in made:
        database.close()


@pytest.fixture
def shared(opened):
    database = opened()
    return furnished(database, database.clock, settings=support.SETTINGS)


@pytest.fixture
def servers(shared, opened, artifact, tmp_path):
    """`servers(story)` tells it with two of them; the second has no room until it is given some."""

    def told(story):
        async def whole():
            async with (
                engine(shared, artifact, tmp_path / "one", worker="one") as first,
                engine(replace(shared, database=opened()), artifact, tmp_path / "two", worker="two", room=0) as second,
            ):
                return await story(first, second)

        return asyncio.run(whole())

    return told


async def take_over(server) -> int:
    """What a janitor does once the leases of all others are over; how many executions that were."""
    database = server.ledger.database
    janitor = Janitor(server.journal, database.changes, database.clock, server.runtime._folder, worker="janitor")
    return await janitor.sweep_all()


def tend(server) -> None:
    """As a heartbeat does."""
    server.ledger.database.changes.publish([changes.STOPS])


def attempts(server, execution_id):
    with server.ledger.database.read() as tx:
        return executions.attempts_of(tx, execution_id)


def test_a_worker_that_lost_its_lease_ends_its_process_and_writes_nothing_more(servers):
    async def story(first, second):
        [execution_id] = first.start(POLITE, retry=TWICE)
        await first.says(execution_id, "waiting")
        first.dispatcher._room = 0
        second.dispatcher._room = 1
        assert await take_over(second) == 1
        await comes(lambda: second.log(execution_id) == ["waiting", "waiting"])
        tend(first)
        await comes(lambda: first.dispatcher.running == 0)
        [before] = attempts(second, execution_id)
        assert (before.outcome.state, before.outcome.reason) == (State.LOST, SERVER_LOST)
        [row] = second.ledger.rows()
        assert (row.state, row.attempt, row.worker) == (State.STARTED, 2, "two")
        assert second.log(execution_id) == ["waiting", "waiting"]
        second.ledger.request_stop(execution_id)
        tend(second)
        await second.ended(execution_id)
        return second.tries(execution_id), second.log(execution_id)

    assert servers(story) == ([State.LOST, State.CANCELLED], ["waiting", "waiting", "last words"])


def test_a_worker_that_logs_after_it_lost_its_lease_is_stopped_at_once(servers, tmp_path):
    go = tmp_path / "go"
    code = f"""
        import pathlib, signal
        print("waiting", flush=True)
        while not pathlib.Path({str(go)!r}).exists():
            signal.sigtimedwait([], 0.02)
        print("going on", flush=True)
        signal.pause()
    """

    async def story(first, second):
        [execution_id] = first.start(code)
        await first.says(execution_id, "waiting")
        await take_over(second)
        go.touch()
        await comes(lambda: first.dispatcher.running == 0, within=8)  # a heartbeat takes longer
        return second.ledger.get(execution_id), second.log(execution_id)

    execution, lines = servers(story)
    assert (execution.state, execution.reason, lines) == (State.LOST, SERVER_LOST, ["waiting"])


@pytest.mark.parametrize("hint", [changes.QUEUE, changes.STOPS], ids=["by itself", "with the heartbeat"])
def test_an_attempt_that_comes_back_to_the_same_worker_waits_for_the_one_before(servers, tmp_path, hint):
    flag = tmp_path / "flag"
    code = f"""
        import os, pathlib, signal
        flag = pathlib.Path({str(flag)!r})
        if flag.exists():
            os.kill(int(flag.read_text()), 0) if pathlib.Path("/proc", flag.read_text()).exists() else print("alone")
        else:
            flag.write_text(str(os.getpid()))
            print("waiting", flush=True)
            signal.pause()
    """

    async def story(first, second):
        [execution_id] = first.start(code, retry=TWICE)
        await first.says(execution_id, "waiting")
        await take_over(second)
        first.ledger.database.changes.publish([hint])
        await first.ended(execution_id)
        await comes(lambda: first.dispatcher.running == 0)
        return first.tries(execution_id), first.log(execution_id)

    assert servers(story) == ([State.LOST, State.SUCCEEDED], ["waiting", "alone"])


def test_an_end_in_the_midst_of_two_attempts_of_one_execution_is_an_end(servers):
    stubborn = """
        import signal
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        print("waiting", flush=True)
        while True:
            signal.pause()
    """

    async def story(first, second):
        [execution_id] = first.start(stubborn, retry=TWICE)
        await first.says(execution_id, "waiting")
        await take_over(second)
        first.ledger.database.changes.publish([changes.QUEUE])
        await comes(lambda: first.dispatcher._running[execution_id].assignment.attempt == 2)
        first.service.cancel()
        await asyncio.wait([first.service])
        return first.service.cancelled()

    assert servers(story)


@contextmanager
def unheard(database: Database, monkeypatch, *, once) -> Iterator[None]:
    """The answer to a commit gets lost: the first one after which `once` is so."""
    begin, lost = database.begin, []

    @contextmanager
    def deaf():
        with begin() as tx:
            yield tx
        if not lost and once():
            lost.append(1)
            raise Unavailable("The database does not answer.")

    with monkeypatch.context() as patch:
        patch.setattr(database, "begin", deaf)
        yield


def test_a_claim_whose_answer_was_lost_is_ended_and_tried_again(servers, monkeypatch):
    async def story(first, second):
        with unheard(first.ledger.database, monkeypatch, once=lambda: second.ledger.rows(State.STARTED)):
            [execution_id] = first.start("print('here')", retry=TWICE)
            await first.ended(execution_id)
        [before] = attempts(first, execution_id)
        return before.outcome, before.started_at, first.tries(execution_id), first.log(execution_id)

    outcome, started_at, tries, lines = servers(story)
    assert (outcome.state, outcome.reason, started_at) == (State.LOST, BROKEN, None)
    assert (tries, lines) == ([State.LOST, State.SUCCEEDED], ["here"])


def test_what_a_worker_holds_and_does_not_run_is_ended_one_by_one(servers, monkeypatch):
    finish, bad = executions.finish, []

    def refuse(tx, execution_id, *rest):
        if execution_id in bad:
            raise ValueError("it cannot be ended")
        return finish(tx, execution_id, *rest)

    monkeypatch.setattr(executions, "finish", refuse)

    async def story(first, second):
        [running] = first.start(FOREVER)
        await first.says(running, "waiting")
        first.dispatcher._room = 1
        strays = first.start(FOREVER, count=2)
        bad.append(strays[0])
        with first.ledger.database.begin() as tx:
            claims.claim(tx, "one", 2, tx.now + LEASE)
        tend(first)
        assert (await first.ended(strays[1])).reason == BROKEN
        assert first.ledger.get(strays[0]).state is State.STARTED
        bad.clear()
        tend(first)
        assert (await first.ended(strays[0])).reason == BROKEN
        assert first.ledger.get(running).state is State.STARTED
        assert first.dispatcher.running == 1

    servers(story)
