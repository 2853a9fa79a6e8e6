"""Adoption: what outlived its server is neither lost nor run twice while nobody can say what became of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from datetime import timedelta

import pytest
from tests.support.engine import Always
from tests.support.ledger import LEASE

from clockhouse.engine.adoption import Adoption
from clockhouse.engine.dispatcher import HEARTBEAT, Dispatcher
from clockhouse.engine.janitor import Janitor
from clockhouse.engine.journal import Journal
from clockhouse.engine.ledger import LedgerFeed
from clockhouse.engine.service import waking
from clockhouse.model.assignment import LASTING
from clockhouse.model.execution import State
from clockhouse.runtimes.base import Event, Exited, Held, Started
from clockhouse.vault import Vault

WORKER = f"{LASTING}tests"
PATIENCE = 5 * LEASE


class Away:
    """A lasting runtime that does not answer until it is `back`; what it has ends well as soon as it is followed."""

    def __init__(self, ledger, execution: str) -> None:
        self.is_back = False
        self.asked = 0
        self._ledger = ledger
        self._execution = execution

    async def held(self) -> list[Held]:
        self.asked += 1
        if not self.is_back:
            raise ConnectionError("nobody is there")
        return [Held(self._execution, 1)]

    async def adopt(self, _work, *, told) -> AsyncGenerator[Event, None]:
        yield Started(self._ledger.now, 1)
        yield Exited(self._ledger.now, 0, None, None, None)

    async def stop(self, _execution: str, *, grace: timedelta) -> bool:
        return False

    async def forget(self, _execution: str) -> None:
        pass

    async def close(self) -> None:
        pass


@pytest.fixture
def execution_id(ledger):
    found = ledger.run_now(ledger.deploy())
    ledger.claim(worker=WORKER)
    return found


def play(ledger, tmp_path, execution_id, story):
    """Runs `story(runtime, pass_time)` beside a server that was just started."""

    async def played():
        journal, hints = Journal(ledger.database), ledger.database.changes
        vault, runtime = Vault(tmp_path / "vault.key"), Away(ledger, execution_id)
        dispatcher = Dispatcher(
            room=4,
            feed=LedgerFeed(journal, hints, ledger.clock, vault, worker=WORKER),
            runtime=runtime,
            artifacts=Always(tmp_path),
            clock=ledger.clock,
            adoption=Adoption(journal, vault, ledger.clock, runtime, worker=WORKER, patience=PATIENCE),
        )
        janitor = Janitor(journal, hints, ledger.clock, tmp_path, worker="tests:2")
        async with asyncio.TaskGroup() as tasks, waking(hints, [], ledger.clock) as wake:

            async def pass_time(duration: timedelta) -> None:
                for _ in range(duration // HEARTBEAT):
                    ledger.advance(HEARTBEAT)
                    await dispatcher.look(tasks, wake)
                    await janitor.sweep()

            await story(runtime, pass_time)
        await journal.close()

    asyncio.run(played())


def test_what_cannot_be_asked_about_is_kept_until_it_can_be_and_goes_on_then(ledger, tmp_path, execution_id):
    async def story(runtime, pass_time):
        await pass_time(4 * LEASE)
        assert runtime.asked == 12
        assert ledger.get(execution_id).state is State.STARTED
        runtime.is_back = True
        await pass_time(HEARTBEAT)

    play(ledger, tmp_path, execution_id, story)
    execution = ledger.get(execution_id)
    assert (execution.state, execution.attempt) == (State.SUCCEEDED, 1)


def test_what_cannot_be_asked_about_for_too_long_is_lost(ledger, tmp_path, execution_id):
    async def story(_runtime, pass_time):
        await pass_time(PATIENCE)
        assert ledger.get(execution_id).state is State.STARTED
        await pass_time(LEASE + 2 * HEARTBEAT)

    play(ledger, tmp_path, execution_id, story)
    assert ledger.get(execution_id).state is State.LOST


def test_what_is_not_there_any_more_is_lost_at_once(ledger, tmp_path, execution_id):
    async def story(runtime, pass_time):
        runtime.is_back = True
        runtime._execution = "another"
        await pass_time(HEARTBEAT)

    play(ledger, tmp_path, execution_id, story)
    assert ledger.get(execution_id).state is State.LOST
