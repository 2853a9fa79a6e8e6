"""What runs while things go wrong: one build, deployed many times, with schedules and policies of all kinds."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from random import Random
from typing import Any

from tests.stories import prepared
from tests.support.waiting import eventually

from clockhouse.client import Client
from clockhouse.errors import Unavailable

PROJECT, COMPONENT = "chaos", "task"
PATH = f"/projects/{PROJECT}/components/{COMPONENT}"
MOST_SCHEDULES = 20  # of one deployment
SHORTEST_S, LONGEST_S = 0.5, 5.0
MARK = "chaos"

# It notes that it runs, and signs each line: who writes to the log of an attempt that is not its own is found.
SOURCE = f"""
import os
import signal
import time

from clockhouse.kit import TaskConfig, setting


class Config(TaskConfig):
    notes: str = setting("File that notes each run")
    lines: int = setting("Lines to write", default=0)
    lasts_s: float = setting("Seconds", default=0.0)


def main(config: Config) -> None:
    notes = os.open(config.notes, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(notes, b".")
    me = f"{{os.getpid()}}-{{time.monotonic_ns()}}"
    for number in range(config.lines):
        print("{MARK}", me, number, flush=True)
        signal.sigtimedwait([], config.lasts_s / config.lines)
"""


@dataclass(frozen=True, slots=True)
class Way:
    """How a deployment behaves."""

    overlap: str = "allow"
    catch_up: str = "all"
    tries: int = 3
    lines: int = 0
    lasts_s: float = 0.0
    at_once: int | None = None


WAYS = (
    Way(),
    Way(lines=8, lasts_s=0.8, catch_up="last"),
    Way(tries=1, catch_up="none"),
    Way("skip", catch_up="last", lines=2, lasts_s=0.2),
    Way("buffer_one", lines=1, lasts_s=0.1, catch_up="last"),
    Way(at_once=2, lines=1, lasts_s=0.1),
    Way("cancel_other", catch_up="last", lines=3, lasts_s=0.3),
    Way("buffer_all"),
)


@dataclass(frozen=True, slots=True)
class World:
    """Deployments of one component, each in an environment of its own; `notes` has a file for each."""

    environments: tuple[str, ...]
    notes: Path

    @classmethod
    def made(cls, client: Client, notes: Path, deployments: int) -> World:
        """The component, built; the environments are the caller's to make."""
        notes.mkdir()
        path = prepared.saved(client, PROJECT, COMPONENT, {"main.py": SOURCE})
        assert path == PATH
        build = prepared.built(client, path)
        assert build["status"] == "succeeded", build
        return cls(places(deployments), notes)

    def deploy(self, client: Client, random: Random, schedules: int) -> None:
        """So many schedules in all, shared out among the deployments."""
        left = schedules
        for environment, way in zip(self.environments, cycle(WAYS), strict=False):
            number = min(MOST_SCHEDULES, left, -(-schedules // len(self.environments)))
            left -= number
            wish = {
                "environment": environment,
                "configuration": {
                    "notes": str(self.notes / environment),
                    "lines": way.lines,
                    "lasts_s": way.lasts_s,
                },
                "schedules": [_schedule(random, way) for _ in range(number)],
                "retry": {"attempts": way.tries, "delay_s": 0},
                "time_out_s": 30,
                "at_once": way.at_once,
            }
            client.post(f"{PATH}/deployments", wish)
        assert left == 0

    def stop(self, client: Client) -> None:
        """Ends the deployments, as soon as the server gets to it."""
        for environment in self.environments:
            eventually(lambda environment=environment: _stopped(client, environment), within=60)

    def runs(self) -> Mapping[str, int]:
        """How often the task noted that it ran, by environment."""
        return {each: _size(self.notes / each) for each in self.environments}


def places(number: int) -> tuple[str, ...]:
    """The slugs of so many environments."""
    return tuple(f"place-{each}" for each in range(number))


def add_environments(slugs: tuple[str, ...], on_agents: Collection[str] = ()) -> Iterator[str]:
    """As plain SQL, which both databases understand; these run on agents, the others on the servers."""
    for position, slug in enumerate(slugs):
        plane = "agents" if slug in on_agents else "process"
        values = f"'{slug:0>26}', '{slug}', '{slug}', {position + 10}, false, '{plane}'"
        yield f"INSERT INTO environments (id, slug, name, position, is_production, data_plane) VALUES ({values})"


def _schedule(random: Random, way: Way) -> dict[str, Any]:
    if random.random() < 0.2:
        trigger = {"kind": "cron", "expression": f"*/{random.choice([1, 2, 3, 4, 5])} * * * * *"}
    else:
        trigger = {"kind": "interval", "every_s": round(random.uniform(SHORTEST_S, LONGEST_S), 3)}
    return {"trigger": trigger, "overlap": way.overlap, "catch_up": {"mode": way.catch_up}}


def _stopped(client: Client, environment: str) -> bool:
    with suppress(Unavailable):
        client.post(f"{PATH}/environments/{environment}/stop")
    with suppress(Unavailable):
        cards = client.get(f"{PATH}/environments")
        return all(each["deployment"] is None for each in cards if each["environment"]["slug"] == environment)
    return False


def _size(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0
