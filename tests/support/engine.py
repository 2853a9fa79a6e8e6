"""The engine in a test: a real artifact, the process data plane, and the services that drive them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from textwrap import dedent

from tests.support.ledger import Ledger
from tests.support.waiting import comes

from clockhouse.builders.base import Built, Order
from clockhouse.builders.python import PythonBuilder
from clockhouse.engine.dispatcher import Dispatcher
from clockhouse.engine.feed import Feed
from clockhouse.engine.journal import Journal
from clockhouse.engine.ledger import LedgerFeed
from clockhouse.keepers.base import Keepers
from clockhouse.kit.declared import Setting
from clockhouse.model.assignment import LEASE
from clockhouse.model.deployment import Limits
from clockhouse.model.execution import Execution, State
from clockhouse.model.schedule import Terms
from clockhouse.runtimes.process import ProcessRuntime
from clockhouse.store import executions, logs
from clockhouse.task import Retry, SystemClock
from clockhouse.vault import Vault

# A task that does whatever its configuration says: one artifact is enough for all tests.
SOURCE = """
from clockhouse.kit import TaskConfig, setting

class Config(TaskConfig):
    code: str = setting("Python to run")

def main(config: Config) -> None:
    exec(config.code, {"__name__": "task"})
"""
SETTINGS = (Setting("code", "text", description="Python to run", line=5),)
WORKER = "tests:1"


def build(folder: Path) -> Path:
    """The artifact of that task, as a builder makes it."""

    def check_out(source: Path) -> None:
        source.mkdir()
        (source / "main.py").write_text(SOURCE)

    async def made() -> list[object]:
        builder = PythonBuilder(SystemClock(), folder / "cache")
        return [event async for event in builder.build(Order("b1", check_out, folder / "artifact"))]

    assert isinstance(asyncio.run(made())[-1], Built)
    return folder / "artifact"


@dataclass(slots=True)
class Engine:
    """A dispatcher at work on a ledger, and short words for tests."""

    ledger: Ledger
    journal: Journal
    dispatcher: Dispatcher
    runtime: ProcessRuntime
    service: asyncio.Task[None]

    def start(
        self, code: str, *, time_out: float | None = None, retry: Retry | None = None, count: int = 1
    ) -> list[str]:
        """Deploys that code and starts it; the ids of the executions."""
        limits = Limits(timedelta(seconds=time_out) if time_out else None, retry or Retry())
        deployment = self.ledger.deploy(limits=limits, values={"code": dedent(code)})
        return [self.ledger.run_now(deployment) for _ in range(count)]

    def schedule(self, code: str, *terms: Terms) -> None:
        self.ledger.deploy(*terms, values={"code": dedent(code)})

    async def run(self, code: str, *, time_out: float | None = None, retry: Retry | None = None) -> Execution:
        """Deploys that code, starts it and waits for its end."""
        [execution_id] = self.start(code, time_out=time_out, retry=retry)
        return await self.ended(execution_id)

    async def ended(self, execution_id: str) -> Execution:
        return await comes(lambda: self._seen(execution_id, lambda found: not found.state.is_open))

    async def started(self, execution_id: str) -> Execution:
        return await comes(lambda: self._seen(execution_id, lambda found: found.started_at is not None))

    async def says(self, execution_id: str, text: str) -> None:
        """Waits for a line of its log, which comes while it runs."""
        await comes(lambda: text in self.log(execution_id))

    def log(self, execution_id: str) -> list[str]:
        with self.ledger.database.read() as tx:
            return [line.text for line in logs.after(tx, execution_id, 0, 1_000_000)]

    def tries(self, execution_id: str) -> list[State]:
        with self.ledger.database.read() as tx:
            before = executions.attempts_of(tx, execution_id)
        return [*(attempt.outcome.state for attempt in before), self.ledger.get(execution_id).state]

    def _seen(self, execution_id: str, is_so: Callable[[Execution], bool]) -> Execution | None:
        found = self.ledger.get(execution_id)
        return found if is_so(found) else None


@dataclass(frozen=True, slots=True)
class Always:
    """One artifact for all builds."""

    artifact: Path

    async def folder(self, _build: str) -> Path:
        return self.artifact


@asynccontextmanager
async def engine(
    ledger: Ledger,
    artifact: Path,
    folder: Path,
    *,
    room: int = 8,
    worker: str = WORKER,
    lease: timedelta = LEASE,
    feed: Feed | None = None,
    keepers: Keepers | None = None,
) -> AsyncIterator[Engine]:
    """A dispatcher with the process data plane, fed by the ledger itself; every build of it is `artifact`."""
    (folder / "executions").mkdir(parents=True)
    journal = Journal(ledger.database)
    runtime = ProcessRuntime(ledger.clock, folder / "executions")
    hints, vault = ledger.database.changes, Vault(folder / "vault.key")
    dispatcher = Dispatcher(
        room=room,
        feed=feed or LedgerFeed(journal, hints, ledger.clock, vault, worker=worker, lease=lease),
        runtime=runtime,
        artifacts=Always(artifact),
        clock=ledger.clock,
        heartbeat=lease / 3,
        keepers=keepers,
    )
    service = asyncio.create_task(dispatcher.run())
    try:
        yield Engine(ledger, journal, dispatcher, runtime, service)
    finally:
        service.cancel()
        await asyncio.wait([service])
        await journal.close()
        await runtime.close()
        if not service.cancelled():
            service.result()  # it goes on until it is cancelled: why did it not?
