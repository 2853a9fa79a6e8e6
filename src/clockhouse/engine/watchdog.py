"""The watchdog: reads only the ledger and the clock, and tells what no engine would tell of itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Event

from clockhouse.errors import ClockhouseError, Unavailable
from clockhouse.model.engine import Engine
from clockhouse.model.execution import words
from clockhouse.store import signs
from clockhouse.store.database import Database
from clockhouse.store.signs import Signs, Waiting
from clockhouse.task.clock import Clock
from clockhouse.telemetry import logger

log = logger("watchdog")

UNREADABLE = "ledger.unreadable"  # the kind of the finding that there is nothing else to be found
_JUMP = timedelta(seconds=5)  # of the wall clock against the monotonic one: it was set, or the machine slept


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the watchdog looks on before it says something."""

    undecided: timedelta = timedelta(minutes=1)  # an occurrence is due, and no engine decided about it
    unstarted: timedelta = timedelta(minutes=5)  # one waits in the queue, and no engine takes any
    silent: timedelta = timedelta(minutes=1)  # an engine says nothing; it speaks every 15 seconds
    stopped: timedelta = timedelta(hours=1)  # all were stopped in good order, and something is due
    apart: timedelta = timedelta(seconds=5)  # two clocks differ


@dataclass(frozen=True, slots=True)
class Finding:
    """Something is wrong. The same trouble, seen again, has the same `kind` and `subject`."""

    kind: str
    sentence: str
    subject: str = ""
    facts: Mapping[str, str | int | float] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str]:
        return self.kind, self.subject


def judge(found: Signs, patience: Patience, *, here: datetime) -> list[Finding]:
    """What is wrong with what was found; `here` is this machine's own time at that moment."""
    return [
        *_clocks(found, patience, here),
        *_silent(found, patience),
        *_forgotten(found, patience),
        *_neglected(found, patience),
        *_unattended(found, patience),
    ]


def _clocks(found: Signs, patience: Patience, here: datetime) -> Iterator[Finding]:
    if found.newest is not None and found.newest - found.now > patience.apart:
        ahead = found.newest - found.now
        yield Finding(
            "clock.set-back",
            f"The ledger has entries that lie {_words(ahead)} in the future. A clock was set back, or two machines "
            "that use this database have different times. Check their time service.",
            facts={"newest": _iso(found.newest), "now": _iso(found.now)},
        )
    if abs(here - found.now) > patience.apart:
        yield Finding(
            "clock.here",
            f"The clock of this machine is {_apart(here - found.now)} the database's. Check the time service of both.",
            facts={"here": _iso(here), "database": _iso(found.now)},
        )
    for engine in found.engines:
        if _is_heard(engine, found.now, patience) and abs(engine.ahead) > patience.apart:
            yield Finding(
                "clock.engine",
                f"The clock of the machine of {engine.id} is {_apart(engine.ahead)} the database's. Executions start "
                "at the right time, but what they read from that clock is wrong. Check its time service.",
                engine.id,
                {"engine": engine.id, "ahead_s": engine.ahead.total_seconds()},
            )


def _silent(found: Signs, patience: Patience) -> Iterator[Finding]:
    for engine in found.engines:
        if engine.ended_at is None and not _is_heard(engine, found.now, patience):
            yield Finding(
                "engine.silent",
                f"The server {engine.id} has said nothing for {_words(found.now - engine.seen_at)}. It has ended "
                "without a word, hangs, or cannot write to the database. Look at its log, and start it again.",
                engine.id,
                {"engine": engine.id, "seen_at": _iso(engine.seen_at)},
            )


def _forgotten(found: Signs, patience: Patience) -> Iterator[Finding]:
    """A stop on purpose is nobody's trouble, until it lasts and people wait for what is due."""
    stopped_at = _stopped_at(found)
    late = found.undecided
    if stopped_at is not None and late is not None and found.now - stopped_at > patience.stopped:
        yield Finding(
            "engine.stopped",
            f"All servers were stopped {_words(found.now - stopped_at)} ago, and executions have fallen due since "
            f"{late.since:%Y-%m-%d %H:%M:%S} UTC. Start a server.",
            facts={"stopped_at": _iso(stopped_at), **_facts(late)},
        )


def _neglected(found: Signs, patience: Patience) -> Iterator[Finding]:
    if _stopped_at(found) is not None:
        return
    # A server that has just begun is given the time to look.
    began_at = max((engine.began_at for engine in found.engines), default=None)
    if began_at is not None and timedelta() <= found.now - began_at <= patience.undecided:
        return
    late, queued = found.undecided, found.unstarted
    if late is not None and not found.is_catching_up:
        yield Finding(
            "executions.undecided",
            f"{_count(late)} fell due, the first at {late.since:%Y-%m-%d %H:%M:%S} UTC, and no server took note. "
            "Look at the server's log, and start it again.",
            facts=_facts(late),
        )
    if queued is not None and not _claims(found, patience):
        yield Finding(
            "executions.unstarted",
            f"{_count(queued)} in the queue, the first since {queued.since:%Y-%m-%d %H:%M:%S} UTC, and no server has "
            f"started any for {_words(patience.unstarted)}. All places may be taken by executions that do not end: "
            "stop some, give them a time-out, or start the server with more --executions.",
            facts=_facts(queued),
        )


def _unattended(found: Signs, patience: Patience) -> Iterator[Finding]:
    """Where agents are there, a long queue is theirs to work through."""
    if _stopped_at(found) is not None:
        return  # no agent can reach them
    for each in found.on_agents:
        if each.seen_at is not None and found.now - each.seen_at <= patience.silent:
            continue
        seen = (
            "none was ever there" if each.seen_at is None else f"none was there for {_words(found.now - each.seen_at)}"
        )
        yield Finding(
            "agents.silent",
            f"{_count(each.waiting)} in the queue of {each.environment}, the first since "
            f"{each.waiting.since:%Y-%m-%d %H:%M:%S} UTC. Agents run them, and {seen}. Start an agent of this "
            "environment, or look at its log.",
            each.environment,
            {"environment": each.environment, **_facts(each.waiting)},
        )


def _claims(found: Signs, patience: Patience) -> bool:
    """Whether an engine has taken something from the queue lately: then it is long, but it moves."""
    claims = (engine.claimed_at for engine in found.engines if engine.claimed_at is not None)
    last = max(claims, default=None)
    return last is not None and found.now - last <= patience.unstarted


def _is_heard(engine: Engine, now: datetime, patience: Patience) -> bool:
    return engine.ended_at is None and now - engine.seen_at <= patience.silent


def _stopped_at(found: Signs) -> datetime | None:
    """Since when all engines are stopped; None when one should be there, or when none ever was."""
    ends = [engine.ended_at for engine in found.engines]
    if not ends or None in ends:
        return None
    return max(end for end in ends if end is not None)


def _count(waiting: Waiting) -> str:
    some = ", ".join(waiting.components)
    count = "One execution" if waiting.count == 1 else f"{waiting.count} executions"
    return f"{count} ({some}{', …' if waiting.count > len(waiting.components) else ''})"


def _facts(waiting: Waiting) -> dict[str, str | int | float]:
    return {"count": waiting.count, "since": _iso(waiting.since), "components": ", ".join(waiting.components)}


def _apart(ahead: timedelta) -> str:
    return f"{_words(abs(ahead))} {'ahead of' if ahead > timedelta() else 'behind'}"


def _words(duration: timedelta) -> str:
    return words(timedelta(seconds=round(duration.total_seconds())))


def _iso(instant: datetime) -> str:
    return instant.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Watchdog:
    """Looks at the ledger from outside. `wall` is this machine's clock; `ping` is called whenever all is well."""

    def __init__(
        self, database: Database, wall: Clock, patience: Patience, ping: Callable[[], None] | None = None
    ) -> None:
        self._database = database
        self._wall = wall
        self._patience = patience
        self._ping = ping
        self._told: dict[tuple[str, str], Finding] = {}
        self._unpinged = False
        self._apart = self._offset()
        self._trusts_at = wall.monotonic()

    def look(self) -> list[Finding]:
        """What is wrong at present. Raises Unavailable when the ledger cannot be read."""
        with self._database.read() as tx:
            found = signs.read(tx, undecided_for=self._patience.undecided, unstarted_for=self._patience.unstarted)
            # PostgreSQL has its own clock, which its answers told; SQLite has this machine's.
            here = found.now + (self._wall.now() - self._database.clock.now())
        return judge(found, self._patience, here=here)

    def round(self) -> list[Finding]:
        """Looks, tells what began and what is over since the last round, and pings if all is well."""
        try:
            found = self.look()
        except ClockhouseError as error:
            return self._in_the_dark(error.sentence)
        except Exception as error:  # whatever it is: nobody else watches
            log.debug("watchdog.failed", exc_info=error)
            return self._in_the_dark(f"The ledger cannot be read: {error}")
        if self._is_awake():
            self._tell({finding.key: finding for finding in found})
        if not found:
            self._say_all_is_well()
        return found

    def run(self, stop: Event, every: timedelta) -> None:
        """A round at once and then again and again, until `stop` is set."""
        self.round()
        while not stop.wait(every.total_seconds()):
            self.round()

    def _in_the_dark(self, sentence: str) -> list[Finding]:
        """What was wrong before may still be."""
        finding = Finding(UNREADABLE, sentence)
        self._tell({**self._told, finding.key: finding})
        return [finding]

    def _say_all_is_well(self) -> None:
        if self._ping is None:
            return
        try:
            self._ping()
        except Unavailable as error:
            if not self._unpinged:
                log.error("ping.unanswered", sentence=error.sentence, **error.facts)
            self._unpinged = True
        else:
            if self._unpinged:
                log.info("ping.answered")
            self._unpinged = False

    def _tell(self, now: dict[tuple[str, str], Finding]) -> None:
        for key, finding in now.items():
            if key not in self._told:
                log.error(finding.kind, is_new=True, sentence=finding.sentence, **finding.facts)
        for key, finding in self._told.items():
            if key not in now:
                log.info(finding.kind, is_over=True, **({"of": finding.subject} if finding.subject else {}))
        self._told = now

    def _is_awake(self) -> bool:
        """False for a while after the clock was set or the machine slept: a server here has to come round, too."""
        apart, before = self._offset(), self._apart
        self._apart = apart
        if abs(apart - before) > _JUMP.total_seconds():
            self._trusts_at = self._wall.monotonic() + self._patience.silent.total_seconds()
        return self._wall.monotonic() >= self._trusts_at

    def _offset(self) -> float:
        return self._wall.now().timestamp() - self._wall.monotonic()
