"""The ledger as a feed from afar: an agent's way to the servers over HTTP."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from clockhouse import __version__
from clockhouse.client import Servers
from clockhouse.engine.feed import NOTHING, Looked, Rest
from clockhouse.engine.service import Wake, pause
from clockhouse.errors import ClockhouseError, Conflict, Forbidden, Internal, Outage, Unauthenticated, Unavailable
from clockhouse.kit import Secret
from clockhouse.kit.declared import Entry
from clockhouse.model.agent import Presence
from clockhouse.model.assignment import Assignment, Stray, Tended
from clockhouse.model.execution import Outcome, Reason
from clockhouse.model.log import LogLine
from clockhouse.store.timekeeping import SharedClock
from clockhouse.telemetry import logger

log = logger("remote")

T = TypeVar("T")

TRY_AGAIN = timedelta(seconds=1)
_MOST_BYTES = 1024 * 1024  # of lines in one request, about
_MOST_REPORTS = 500  # in one request
_LINE_BYTES = 100  # of a line beside its text


class Link:
    """One agent process's connection. `refused` is set to the reason when no server lets the agent in any more."""

    def __init__(self, servers: Servers) -> None:
        self.servers = servers
        self.refused: asyncio.Future[ClockhouseError] = asyncio.get_running_loop().create_future()
        self._is_away = False

    async def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """Raises what went wrong, and Outage when no server answers: its beginning and its end are in the log."""
        try:
            answer = await self.servers.post(path, body)
        except (Unauthenticated, Forbidden) as error:
            self.refuse(error)
            raise
        except Unavailable as error:
            self._note_away(error)
            raise Outage(error.sentence, **error.facts) from error
        self._note_back()
        return answer

    async def insist(self, path: str, body: Mapping[str, Any]) -> Any:
        """As `post`, until a server answers."""
        while True:
            try:
                return await self.post(path, body)
            except Unavailable:
                await pause(TRY_AGAIN)

    def refuse(self, error: ClockhouseError) -> None:
        if not self.refused.done():
            self.refused.set_result(error)

    def _note_away(self, error: Unavailable) -> None:
        if not self._is_away:
            log.error("server.unreachable", sentence=error.sentence, **error.facts)
        self._is_away = True

    def _note_back(self) -> None:
        if self._is_away:
            log.warning("server.answers", address=self.servers.address)
        self._is_away = False


class RemoteFeed:
    """What one process of an agent claims and tells. `process` is its name, kept from one start to the next.

    `clock` follows the servers' time from their answers: however wrong this machine's clock is, what is told has their
    time.
    """

    def __init__(self, link: Link, clock: SharedClock, *, process: str, host: str, room: int) -> None:
        self._link = link
        self._clock = clock
        self._process = process
        self._presence = Presence(__version__, host, room)
        self._outbox = _Outbox(link, process)

    @asynccontextmanager
    async def waking(self) -> AsyncIterator[Wake]:
        wake = Wake(self._clock)
        following = asyncio.create_task(self._follow_hints(wake))
        try:
            yield wake
        finally:
            following.cancel()
            await asyncio.wait([following])

    async def greet(self) -> None:
        """Asks for nothing yet, until a server answers."""
        while True:
            try:
                await self.look({}, 0, tends=False)
            except Unavailable:
                await pause(TRY_AGAIN)
            else:
                return

    async def look(self, attempts: Mapping[str, int], room: int, *, tends: bool) -> Looked:
        body = {
            "process": self._process,
            "attempts": attempts,
            "room": room,
            "tends": tends,
            "version": self._presence.version,
            "host": self._presence.host,
            "most": self._presence.room,
        }
        asked_at = self._clock.monotonic()
        found = await self._link.post("/agent/look", body)
        self._clock.heard(datetime.fromisoformat(found["now"]), since=asked_at)
        self._check(found["version"])
        next_at = found["next_at"]
        return Looked(
            [_assignment(each) for each in found["assignments"]],
            None if next_at is None else datetime.fromisoformat(next_at),
            None if found["tended"] is None else _tended(found["tended"]),
        )

    async def lose(self, stray: Stray, reason: Reason) -> None:
        told = {"kind": "strayed", "id": stray.id, "attempt": stray.attempt, "reason": _reason(reason)}
        await self._link.post("/agent/reports", {"process": self._process, "reports": [told]})

    async def mark_started(self, execution: str, attempt: int, at: datetime) -> None:
        await self._outbox.deliver({"kind": "started", "id": execution, "attempt": attempt, "at": at.isoformat()})

    async def append(self, execution: str, attempt: int, lines: Sequence[LogLine]) -> bool:
        for some in _portions(lines):
            told = {"kind": "logged", "id": execution, "attempt": attempt, "lines": [_line(line) for line in some]}
            if not await self._outbox.deliver(told, size=sum(map(_size, some))):
                return False
        return True

    async def finish(self, execution: str, attempt: int, outcome: Outcome, at: datetime, rest: Rest = NOTHING) -> bool:
        told = {
            "kind": "finished",
            "id": execution,
            "attempt": attempt,
            "at": at.isoformat(),
            "started_at": None if rest.started_at is None else rest.started_at.isoformat(),
            "lines": [_line(line) for line in rest.lines],
            "state": str(outcome.state),
            "reason": None if outcome.reason is None else _reason(outcome.reason),
            "exit_code": outcome.exit_code,
            "signal": outcome.signal,
            "cpu_s": outcome.usage.cpu_s,
            "peak_bytes": outcome.usage.peak_bytes,
        }
        return await self._outbox.deliver(told, size=sum(map(_size, rest.lines)))

    async def close(self) -> None:
        await self._outbox.close()

    async def _follow_hints(self, wake: Wake) -> None:
        while True:
            try:
                async with aclosing(self._link.servers.events("/agent/hints")) as events:
                    async for name, data in events:
                        if name == "hint":
                            wake.hint(frozenset(json.loads(data)))
            except ClockhouseError as error:  # the looks tell more of it
                log.debug("hints.cut", sentence=error.sentence)
            except Exception:
                log.exception("hints.broke")
            await pause(TRY_AGAIN)

    def _check(self, version: str) -> None:
        """A newer server may speak otherwise."""
        if version.partition(".")[0] != __version__.partition(".")[0]:
            error = Conflict(
                f"The server at {self._link.servers.address} has version {version}, and this agent {__version__}. "
                "Start the agent with the server's version."
            )
            self._link.refuse(error)
            raise error


@dataclass(slots=True)
class _Entry:
    report: Mapping[str, Any]
    size: int
    done: asyncio.Future[bool]


class _Outbox:
    """Reports on their way: while one request is under way, the next one gathers. None is given up."""

    def __init__(self, link: Link, process: str) -> None:
        self._link = link
        self._process = process
        self._waiting: deque[_Entry] = deque()
        self._sending: asyncio.Task[None] | None = None

    async def deliver(self, report: Mapping[str, Any], *, size: int = 0) -> bool:
        """Whether it counts, once a server has written it. Raises Internal when the servers cannot write it."""
        entry = _Entry(report, size, asyncio.get_running_loop().create_future())
        self._waiting.append(entry)
        if self._sending is None:
            self._sending = asyncio.create_task(self._send_all())
        return await asyncio.shield(entry.done)

    async def close(self) -> None:
        """Sends nothing more: what no server has answered by now is left to be found lost."""
        if self._sending is not None:
            self._sending.cancel()
            await asyncio.wait([self._sending])

    async def _send_all(self) -> None:
        try:
            while self._waiting:
                entries = list(self._next())
                await self._send(entries)
        finally:
            self._sending = None

    def _next(self) -> Iterator[_Entry]:
        size = 0
        for _ in range(_MOST_REPORTS):
            if not self._waiting or (size and size + self._waiting[0].size > _MOST_BYTES):
                return
            size += self._waiting[0].size
            yield self._waiting.popleft()

    async def _send(self, entries: list[_Entry]) -> None:
        body = {"process": self._process, "reports": [entry.report for entry in entries]}
        counts: list[bool | None] = [None]
        try:
            counts = _counts(await self._link.insist("/agent/reports", body), len(entries))
        except (Unauthenticated, Forbidden):  # the agent is ending
            await asyncio.Event().wait()
        except Exception as error:
            if len(entries) > 1:  # one of them spoils it for all: each for itself, then
                for entry in entries:
                    await self._send([entry])
                return
            log.error("report.refused", execution=entries[0].report["id"], exc_info=error)
        for entry, counted in zip(entries, counts, strict=True):
            _settle(entry.done, counted)


def _counts(answer: Any, number: int) -> list[bool | None]:
    """Of each report. Raises Internal for what is no answer to so many, which would leave somebody waiting for ever."""
    counts = answer.get("counts") if isinstance(answer, dict) else None
    if not isinstance(counts, list) or len(counts) != number:
        raise Internal("The server's answer does not fit what it was told; it may be of another version.")
    return counts


def _settle(done: asyncio.Future[bool], counted: bool | None) -> None:
    if done.done():
        return
    if counted is None:
        done.set_exception(Internal("The server could not write what became of an execution; its log has the details."))
        done.exception()  # a caller that went away does not make it an error nobody looked at
    else:
        done.set_result(counted)


def _portions(lines: Sequence[LogLine]) -> Iterator[Sequence[LogLine]]:
    """The lines in turn, as many at once as one request takes."""
    begin, size = 0, 0
    for index, line in enumerate(lines):
        if index > begin and size + _size(line) > _MOST_BYTES:
            yield lines[begin:index]
            begin, size = index, 0
        size += _size(line)
    yield lines[begin:]


def _size(line: LogLine) -> int:
    return len(line.text) + _LINE_BYTES


def _line(line: LogLine) -> dict[str, Any]:
    return {"seq": line.seq, "at": line.at.isoformat(), "stream": line.stream, "level": line.level, "text": line.text}


def _reason(reason: Reason) -> dict[str, str]:
    return {"code": reason.code, "sentence": reason.sentence}


def _assignment(said: Mapping[str, Any]) -> Assignment:
    limit = said["time_out_s"]
    return Assignment(
        id=said["id"],
        attempt=said["attempt"],
        build_id=said["build"],
        entry=Entry(said["entry"]["path"], said["entry"]["call"]),
        time_out=None if limit is None else timedelta(seconds=limit),
        variables=said["variables"],
        secrets={name: Secret(value) for name, value in said["secrets"].items()},
        files=said.get("files", {}),
        last_line=said["last_line"],
        problem=said["problem"],
    )


def _tended(said: Mapping[str, Any]) -> Tended:
    return Tended(
        stops={each: Reason(why["code"], why["sentence"]) for each, why in said["stops"].items()},
        taken=frozenset(said["taken"]),
        stray=tuple(Stray(each["id"], each["attempt"]) for each in said["stray"]),
    )
