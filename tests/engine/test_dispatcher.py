"""The dispatcher: how much at once, how it stops, what it keeps alive, and what it survives."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from tests.support.engine import SETTINGS, WORKER, engine
from tests.support.ledger import LEASE, SECOND, refusing
from tests.support.ledger import ledger as new_ledger
from tests.support.waiting import comes

from clockhouse.engine import dispatcher as module
from clockhouse.engine.janitor import Janitor
from clockhouse.engine.service import waking
from clockhouse.kit import Secret
from clockhouse.kit.declared import Setting
from clockhouse.model.execution import SERVER_STOPPED, State
from clockhouse.store import changes
from clockhouse.task import Retry
from clockhouse.vault import Vault

pytestmark = pytest.mark.slow

FOREVER = "import signal; print('waiting', flush=True); signal.pause()"
PATIENT = timedelta(seconds=20)


@pytest.fixture
def tell(live, artifact, tmp_path):
    """Runs a story with an engine: `tell(story)`."""

    def told(story, **options):
        async def whole():
            async with engine(live, artifact, tmp_path, **options) as running:
                return await story(running)

        return asyncio.run(whole())

    return told


def until_exists(path) -> str:
    return f"""
        import pathlib, signal
        print("waiting", flush=True)
        while not pathlib.Path({str(path)!r}).exists():
            signal.sigtimedwait([], 0.02)
    """


def test_no_more_run_at_once_than_there_is_room_for(tell):
    async def story(engine):
        ids = engine.start(FOREVER, count=5)
        await comes(lambda: len(engine.ledger.rows(State.STARTED)) == 2)
        for execution_id in ids[:2]:
            await engine.says(execution_id, "waiting")
        assert (engine.dispatcher.running, len(engine.ledger.rows(State.QUEUED))) == (2, 3)
        engine.ledger.request_stop(ids[0])
        await engine.says(ids[2], "waiting")
        assert (engine.dispatcher.running, len(engine.ledger.rows(State.QUEUED))) == (2, 2)

    tell(story, room=2)


def test_a_drain_waits_for_what_runs_and_claims_nothing_more(tell, tmp_path):
    go = tmp_path / "go"

    async def story(engine):
        [execution_id] = engine.start(until_exists(go))
        await engine.says(execution_id, "waiting")
        draining = asyncio.create_task(engine.dispatcher.drain(PATIENT, asyncio.Event()))
        await comes(lambda: engine.dispatcher._is_closing)
        [late] = engine.start("print('too late')")
        go.touch()
        assert await draining == 0
        return engine.ledger.get(execution_id).state, engine.ledger.get(late).state

    assert tell(story) == (State.SUCCEEDED, State.QUEUED)


def test_a_drain_with_nothing_under_way_is_over_at_once(tell):
    async def story(engine):
        return await engine.dispatcher.drain(PATIENT, asyncio.Event())

    assert tell(story) == 0


@pytest.mark.parametrize("hurries", [True, False], ids=["hurried", "out of patience"])
def test_a_drain_ends_what_it_cannot_wait_for(tell, hurries):
    async def story(engine):
        [execution_id] = engine.start(FOREVER)
        await engine.says(execution_id, "waiting")
        hurry = asyncio.Event()
        if hurries:
            hurry.set()
        left = await engine.dispatcher.drain(PATIENT if hurries else timedelta(seconds=0.1), hurry)
        return left, engine.ledger.get(execution_id)

    left, execution = tell(story)
    assert (left, execution.state, execution.reason) == (1, State.LOST, SERVER_STOPPED)


def test_what_a_drain_ends_is_tried_again_where_the_policy_says_so(tell):
    async def story(engine):
        [execution_id] = engine.start(FOREVER, retry=Retry(2, timedelta()))
        await engine.says(execution_id, "waiting")
        await engine.dispatcher.drain(timedelta(), asyncio.Event())
        return engine.tries(execution_id)

    assert tell(story) == [State.LOST, State.QUEUED]


def test_a_drain_counts_what_is_being_claimed(live, artifact, tmp_path):
    """The claim waits for its turn to write when the drain begins: it is not to be left without a worker."""

    async def story():
        async with engine(live, artifact, tmp_path) as running, asyncio.TaskGroup() as tasks:
            running.service.cancel()
            await asyncio.wait([running.service])
            [execution_id] = running.start("print('claimed')")
            async with waking(live.database.changes, [], live.clock) as wake:
                with live.database._turn:
                    looking = asyncio.create_task(running.dispatcher.look(tasks, wake))
                    draining = asyncio.create_task(running.dispatcher.drain(PATIENT, asyncio.Event()))
                    await asyncio.wait([looking, draining], timeout=0.05)
                assert await draining == 0
            return live.get(execution_id).state

    assert asyncio.run(story()) is State.SUCCEEDED


def test_a_drain_ends_though_the_database_does_not_answer(tell, monkeypatch):
    monkeypatch.setattr(module, "_TO_RECORD", timedelta(seconds=0.5))

    async def story(engine):
        [execution_id] = engine.start(FOREVER)
        await engine.says(execution_id, "waiting")
        with refusing(engine.ledger.database):
            assert await engine.dispatcher.drain(timedelta(), asyncio.Event()) == 1
            engine.service.cancel()
            await asyncio.wait([engine.service])
        return engine.ledger.get(execution_id).state

    assert tell(story) is State.STARTED  # the next start finds it


def test_it_goes_on_when_the_database_answers_again(tell):
    async def story(engine):
        [execution_id] = engine.start(FOREVER)
        await engine.says(execution_id, "waiting")
        with refusing(engine.ledger.database) as refused:
            engine.ledger.database.changes.publish([changes.QUEUE])
            await comes(lambda: len(refused) >= 2)
        engine.ledger.request_stop(execution_id)
        await comes(lambda: not engine.ledger.get(execution_id).state.is_open, within=8)  # a heartbeat takes longer
        return await engine.run("print('on it goes')")

    assert tell(story).state is State.SUCCEEDED


def test_an_end_that_cannot_be_written_is_written_later(tell, tmp_path):
    go = tmp_path / "go"

    async def story(engine):
        [execution_id] = engine.start(until_exists(go) + "\n        print('the end')")
        await engine.says(execution_id, "waiting")
        with refusing(engine.ledger.database) as refused:
            go.touch()
            await comes(lambda: not engine.runtime._executions and refused)
        return await engine.ended(execution_id), engine.log(execution_id)

    execution, lines = tell(story)
    assert (execution.state, lines) == (State.SUCCEEDED, ["waiting", "the end"])


def test_what_runs_keeps_its_lease_and_outlives_a_sleep_of_the_machine(artifact, tmp_path):
    ledger = new_ledger(tmp_path / "manual.db", settings=SETTINGS)

    async def story():
        async with engine(ledger, artifact, tmp_path) as running:
            hints = ledger.database.changes
            [execution_id] = running.start(FOREVER)
            await running.says(execution_id, "waiting")
            ledger.advance(10 * SECOND)
            hints.publish([changes.QUEUE])
            await comes(lambda: ledger.rows()[0].lease_until == ledger.now + LEASE)
            ledger.advance(timedelta(hours=8))  # the machine slept
            ours = Janitor(running.journal, hints, ledger.clock, tmp_path, worker=WORKER)
            assert await ours.sweep() == 0
            ledger.request_stop(execution_id)
            await running.ended(execution_id)

    asyncio.run(story())
    ledger.database.close()


def test_secrets_are_opened_for_the_task_and_masked_in_its_log(tell, live, tmp_path):
    settings = (*SETTINGS, Setting("token", "secret"))

    async def story(engine):
        component, release = live.add_component("secretive", settings)
        sealed = Vault(tmp_path / "vault.key").seal(Secret("s3cr3t-value"), f"{component.id}/token")
        code = "import os; print(len(os.environ['TASK_TOKEN']), os.environ['TASK_TOKEN'])"
        deployment = live.deploy(component=component, release=release, values={"code": code}, sealed={"token": sealed})
        execution_id = live.run_now(deployment, component)
        execution = await engine.ended(execution_id)
        return execution.state, engine.log(execution_id)

    state, [line] = tell(story)
    assert state is State.SUCCEEDED
    assert line.startswith("12 ")
    assert "s3cr3t" not in line


def test_a_secret_that_cannot_be_opened_fails_the_execution_and_nothing_else(tell, live, tmp_path):
    settings = (*SETTINGS, Setting("token", "secret"))

    async def story(engine):
        component, release = live.add_component("secretive", settings)
        sealed = Vault(tmp_path / "another.key").seal(Secret("s3cr3t-value"), f"{component.id}/token")
        deployment = live.deploy(component=component, release=release, values={"code": ""}, sealed={"token": sealed})
        execution = await engine.ended(live.run_now(deployment, component))
        return execution, await engine.run("print('fine')")

    execution, other = tell(story)
    assert (execution.state, execution.reason.code) == (State.FAILED, "not_started")
    assert "A secret cannot be opened" in execution.reason.sentence
    assert other.state is State.SUCCEEDED
