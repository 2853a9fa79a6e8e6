"""A story from its beginning to its verdict, on PostgreSQL with many processes or on SQLite with one."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from random import Random

import psycopg
from tests.chaos import monkey, world
from tests.chaos.fleet import Fleet, fleet
from tests.chaos.monkey import Blow
from tests.chaos.verdict import OPEN, Query, Verdict, verdict
from tests.chaos.world import World
from tests.support.postgres import Postgres
from tests.support.waiting import eventually

from clockhouse.client import Client

# What was committed outlives a crash of the database; the machine's own crash is not part of it.
LASTING = ("synchronous_commit=on", "max_connections=150")
WRONG_BY_S = 30.0
_OPEN_STATES = ", ".join(f"'{state}'" for state in OPEN)


@dataclass(frozen=True, slots=True)
class Story:
    """How much of everything. `lease_s`: None means the product's own, which is 30 s."""

    servers: int
    agents: int
    deployments: int
    schedules: int
    lasts_s: float
    crashes: int = 0
    lease_s: float | None = None
    seed: int = 4

    def plan(self, fleet: Fleet) -> list[Blow]:
        if len(fleet.members) == 1:
            return monkey.kills(Random(self.seed), *fleet.members, lasts_s=self.lasts_s)
        lease_s = self.lease_s or 30.0
        members = list(fleet.members)
        return monkey.planned(Random(self.seed), members, lasts_s=self.lasts_s, lease_s=lease_s, crashes=self.crashes)


def _quiet(_text: str) -> None: ...


def on_postgresql(
    story: Story, folder: Path, database: Postgres, *, tell: Callable[[str], None] = _quiet
) -> tuple[Verdict, str]:
    """What became of it, and where the processes' logs are. What goes wrong is told when it does."""
    address = database.new_database()
    with fleet(folder) as processes:
        for number in range(story.servers):
            wrong = WRONG_BY_S if number == 1 else 0
            processes.add_server(f"server-{number}", database=address, ahead_s=wrong, lease_s=story.lease_s)
        first, *_ = processes.members.values()
        processes.start([first.name])
        with first.client() as client:
            made = World.made(client, folder / "notes", story.deployments)
            on_agents = _on_agents(story, made)
            with psycopg.connect(address) as connection:
                for statement in world.add_environments(made.environments, set(on_agents)):
                    connection.execute(statement)
            for number, environment in enumerate(on_agents):
                token = client.post("/agents", {"name": f"agent-{number}", "environment": environment})["token"]
                wrong = 0 if number else -WRONG_BY_S
                processes.add_agent(f"agent-{number}", token, ahead_s=wrong, lease_s=story.lease_s)
            processes.start()
            made.deploy(client, Random(story.seed), story.schedules)
            monkey.let_loose(story.plan(processes), processes, database, lasts_s=story.lasts_s, tell=tell)
            processes.start()
            _stop(made, client, tell)
        with psycopg.connect(address) as connection:
            found = _over(processes, lambda text: connection.execute(text), made)
    return found, str(processes.logs)


def _on_agents(story: Story, made: World) -> list[str]:
    """For each agent the environment that it works for; the first two share one."""
    return [made.environments[1 + 2 * (number // 2)] for number in range(story.agents)]


def on_sqlite(story: Story, folder: Path, *, tell: Callable[[str], None] = _quiet) -> tuple[Verdict, str]:
    """The same with one server, which is killed again and again."""
    with fleet(folder) as processes:
        server = processes.add_server("server")
        processes.start()
        with server.client() as client:
            made = World.made(client, folder / "notes", story.deployments)
            server.kill()
            with closing(sqlite3.connect(server.data / "clockhouse.db")) as connection, connection:
                for statement in world.add_environments(made.environments):
                    connection.execute(statement)
            processes.start()
            made.deploy(client, Random(story.seed), story.schedules)
            monkey.let_loose(story.plan(processes), processes, None, lasts_s=story.lasts_s, tell=tell)
            processes.start()
            _stop(made, client, tell)
        with closing(sqlite3.connect(server.data / "clockhouse.db")) as connection:
            found = _over(processes, connection.execute, made)
            assert list(connection.execute("PRAGMA integrity_check")) == [("ok",)]
    return found, str(processes.logs)


def _stop(made: World, client: Client, tell: Callable[[str], None]) -> None:
    began = time.monotonic()
    made.stop(client)
    tell(f"All was stopped within {time.monotonic() - began:.1f} s.")


def _over(processes: Fleet, query: Query, made: World) -> Verdict:
    """Waits until nothing is open, stops everybody in good order, and looks at what is left."""
    eventually(lambda: not _open(query), within=150)
    codes = {name: member.stop() for name, member in processes.members.items()}
    left = processes.left_over()
    found = verdict(query, made.runs())
    if any(codes.values()):
        found.faults.append(f"Not all ended well: {codes}")
    found.faults += [f"It outlived its server: {each}" for each in left]
    return found


def _open(query: Query) -> int:
    [(number,)] = query(f"SELECT count(*) FROM executions WHERE state IN ({_OPEN_STATES})")
    return int(number)
