"""The first occurrence: where it is watched, it decides whether its deployment stays."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from clockhouse.engine.service import after_trouble, pause, waking
from clockhouse.errors import Conflict
from clockhouse.model.actor import SYSTEM
from clockhouse.model.component import Component
from clockhouse.model.deployment import Deployment, Pause, Status, Watch
from clockhouse.model.environment import Environment
from clockhouse.model.execution import UNDEPLOYED
from clockhouse.store import (
    audit,
    changes,
    components,
    declared_alerts,
    deployments,
    environments,
    executions,
    rollback,
    secret_uses,
    watches,
)
from clockhouse.store.changes import Changes
from clockhouse.store.database import Database, Tx
from clockhouse.store.watches import Verdict
from clockhouse.task.clock import Clock
from clockhouse.telemetry import logger
from clockhouse.vault import Vault

log = logger("watch")

_ACTIONS = {Watch.KEPT: "kept", Watch.WENT_BACK: "went-back", Watch.PAUSED: "paused"}
_GATHER = timedelta(milliseconds=200)  # what ends meanwhile is looked at together


class FirstOccurrence:
    """Keeps a deployment whose first occurrence succeeds; otherwise the one before comes back, paused.

    Each is decided in a transaction of its own, which waits for people as another person would. Of two servers that
    decide about the same one, the later finds it decided.
    """

    def __init__(self, database: Database, hints: Changes, clock: Clock, vault: Vault) -> None:
        self._database = database
        self._hints = hints
        self._clock = clock
        self._vault = vault

    async def decide(self) -> int:
        """How many deployments were decided about."""
        return await asyncio.to_thread(self._decide_all)

    async def run(self) -> None:
        async with (
            waking(self._hints, [changes.DEPLOYMENTS], self._clock) as placed,
            waking(self._hints, [changes.EXECUTIONS], self._clock) as ended,
        ):
            while True:
                try:
                    await self.decide()
                    if await asyncio.to_thread(self._watched):
                        await ended.until()
                        await pause(_GATHER)
                    else:
                        await placed.until()
                except Exception as error:  # the duty goes on
                    await after_trouble(placed, "watch.failed", error)

    def _watched(self) -> list[str]:
        with self._database.read() as tx:
            return watches.watched(tx)

    def _decide_all(self) -> int:
        with self._database.read() as tx:
            due = [each for each in watches.watched(tx) if watches.verdict(tx, each) is not None]
        return sum(self._database.write(lambda tx, each=each: self._decide(tx, each)) for each in due)  # type: ignore[misc]

    def _decide(self, tx: Tx, deployment_id: str) -> bool:
        """Whether this was who decided."""
        found = deployments.get(tx, deployment_id)
        component, environment = components.by_id(tx, found.component_id), environments.get(tx, found.environment)
        tx = deployments.held(tx, [component], environment.slug)
        found = deployments.get(tx, deployment_id)
        verdict = watches.verdict(tx, deployment_id)
        if found.status is not Status.ACTIVE or found.watch is not Watch.WAITING or verdict is None:
            return False
        if verdict.succeeded:
            return self._conclude(tx, component, found, Watch.KEPT)
        return self._go_back(tx, component, environment, found, verdict)

    def _go_back(
        self, tx: Tx, component: Component, environment: Environment, found: Deployment, verdict: Verdict
    ) -> bool:
        since = found.pause.at if found.pause else tx.now
        said = f"Deployment {found.number} failed at its first occurrence, due {verdict.due_at:%Y-%m-%d %H:%M:%S} UTC."
        deployments.set_pause(tx, found, Pause(since, SYSTEM.name, f"{said} {verdict.reason}".strip(), None))
        executions.cancel_waiting(tx, found, UNDEPLOYED)
        problem = self._try_to_go_back(tx, component, environment, found)
        if problem is None:
            return self._conclude(tx, component, found, Watch.WENT_BACK, back_to=found.back_to)
        told = f"{said} {problem} {verdict.reason}".strip()
        deployments.set_pause(tx, found, Pause(since, SYSTEM.name, told, None))
        return self._conclude(tx, component, found, Watch.PAUSED, problem=problem)

    def _try_to_go_back(self, tx: Tx, component: Component, environment: Environment, found: Deployment) -> str | None:
        """Why it could not; None when it did."""
        if found.back_to is None:
            return "There is no deployment before it to go back to."
        earlier = deployments.numbered(tx, component.id, environment.id, found.back_to)
        try:
            made = rollback.place_again(tx, component, environment, earlier, by=SYSTEM.name, opens=self._vault.open)
        except Conflict as error:
            return error.sentence
        secret_uses.note_taken(tx, SYSTEM, made, component)
        declared_alerts.deployed(tx, SYSTEM, component, environment, made.release)
        return None

    def _conclude(
        self,
        tx: Tx,
        component: Component,
        found: Deployment,
        outcome: Watch,
        *,
        back_to: int | None = None,
        problem: str | None = None,
    ) -> bool:
        thing, where, number = f"{component.project}/{component.slug}", found.environment, found.number
        action = f"deployment.{_ACTIONS[outcome]}"
        audit.note(tx, SYSTEM, action, thing, environment=where, number=number, back_to=back_to, problem=problem)
        tell = log.info if outcome is Watch.KEPT else log.warning
        tell(f"watch.{_ACTIONS[outcome]}", component=thing, environment=where, number=number, problem=problem)
        return watches.conclude(tx, found, outcome)
