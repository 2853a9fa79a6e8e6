"""What goes wrong, and when: a plan that a seed determines, and its execution."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import Random

from tests.chaos.fleet import Fleet
from tests.support.postgres import Postgres


class Kind(StrEnum):
    KILL = "kill"
    START = "start"
    FREEZE = "freeze"
    THAW = "thaw"
    CRASH = "crash"  # of the database, which is started again at once


@dataclass(frozen=True, slots=True, order=True)
class Blow:
    """One thing that happens, so many seconds after the beginning; `member` is empty for the database."""

    at_s: float
    kind: Kind
    member: str = ""

    def __str__(self) -> str:
        return f"{self.at_s:6.1f} s  {self.kind} {self.member or 'database'}"


def planned(random: Random, members: Sequence[str], *, lasts_s: float, lease_s: float, crashes: int) -> list[Blow]:
    """Each member is killed or frozen again and again, one of them beyond its lease each time; in order of time."""
    blows = [Blow(lasts_s * (number + 1) / (crashes + 1), Kind.CRASH) for number in range(crashes)]
    for position, member in enumerate(members):
        # One after the other, so that somebody is there to take over what runs on the lease.
        long_from = lasts_s * (position + 0.5) / len(members)
        at, is_long_done = random.uniform(1, 8), False
        while at < lasts_s:
            is_long = not is_long_done and at >= long_from
            is_long_done = is_long_done or is_long
            is_kill = not is_long and random.random() < 0.5
            down_s = lease_s * 1.3 if is_long else random.uniform(0.3, 4)
            before, after = (Kind.KILL, Kind.START) if is_kill else (Kind.FREEZE, Kind.THAW)
            blows += [Blow(at, before, member), Blow(at + down_s, after, member)]
            at += down_s + random.uniform(3, 14)
    return sorted(blow for blow in blows if blow.at_s <= lasts_s)


def kills(random: Random, member: str, *, lasts_s: float) -> list[Blow]:
    """It is killed every few seconds, sometimes while it still starts."""
    blows, at = [], random.uniform(1, 3)
    while at < lasts_s:
        again = at + random.uniform(0.1, 1)
        blows += [Blow(at, Kind.KILL, member), Blow(again, Kind.START, member)]
        at = again + random.uniform(1, 6)
    return [blow for blow in blows if blow.at_s <= lasts_s]


def let_loose(
    blows: Sequence[Blow], fleet: Fleet, database: Postgres | None, *, lasts_s: float, tell: Callable[[str], None]
) -> None:
    """Carries the plan out and tells of it; afterwards all members run, and so does the database."""
    began, never = time.monotonic(), threading.Event()
    for blow in blows:
        never.wait(max(0.0, began + blow.at_s - time.monotonic()))
        tell(str(blow))
        _strike(blow, fleet, database)
    never.wait(max(0.0, began + lasts_s - time.monotonic()))
    for member in fleet.members.values():
        member.thaw()
        member.start()


def _strike(blow: Blow, fleet: Fleet, database: Postgres | None) -> None:
    if blow.kind is Kind.CRASH:
        assert database is not None
        database.stop(crash=True)
        database.start()
        return
    member = fleet.members[blow.member]
    deeds: dict[Kind, Callable[[], None]] = {
        Kind.KILL: member.kill,
        Kind.START: member.start,
        Kind.FREEZE: member.freeze,
        Kind.THAW: member.thaw,
    }
    deeds[blow.kind]()
