"""Logs over HTTP: by pages, and as a stream that follows what is being written."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import Annotated

from fastapi import Depends, Header, Query
from pydantic import BaseModel
from sse_starlette import EventSourceResponse, ServerSentEvent

from clockhouse.api.bodies import MOST
from clockhouse.api.log_bodies import LogBody, LogLineBody
from clockhouse.api.streams import LOOK_AGAIN_S, Streams
from clockhouse.control import watching
from clockhouse.control.parts import Parts
from clockhouse.control.watching import Watcher
from clockhouse.errors import ClockhouseError
from clockhouse.model.actor import Actor
from clockhouse.model.log import LogLine

_LINES_AT_ONCE = 1000
_PING_S = 15

# What is logged, some of its lines, whether it is over; a reader takes who asks, the line to go on after and the most
# lines.
Found = tuple[BaseModel, Sequence[LogLine], bool]
Read = Callable[[Actor, int, int], Found]


After = Annotated[int, Query(ge=0, le=MOST)]
Limit = Annotated[int, Query(ge=1, le=5000)]


def _resumed(after: After = 0, last_event_id: Annotated[int, Header(ge=0, le=MOST)] = 0) -> int:
    """A browser that connects again asks for the same address, and says in a header how far it came."""
    return max(after, last_event_id)


Resumed = Annotated[int, Depends(_resumed)]


def page(read: Read, actor: Actor, after: int, limit: int) -> LogBody:
    _, lines, is_over = read(actor, after, limit + 1)
    more = len(lines) > limit
    return LogBody(lines=[_line(line) for line in lines[:limit]], complete=is_over and not more, more=more)


def text(read: Read, actor: Actor) -> Iterator[str]:
    """The whole log in parts, a line each: instant, stream, text."""
    after = 0
    while True:
        _, lines, _ = read(actor, after, _LINES_AT_ONCE)
        yield "".join(f"{line.at.isoformat(timespec='milliseconds')} {line.stream} {line.text}\n" for line in lines)
        if len(lines) < _LINES_AT_ONCE:
            return
        after = lines[-1].seq


def stream(
    streams: Streams, parts: Parts, watcher: Watcher, source: str, read: Read, after: int
) -> EventSourceResponse:
    """Server-sent events: `lines` as they are written, then `end` with the body of what was logged."""
    return EventSourceResponse(_events(streams, parts, watcher, source, read, after), ping=_PING_S)


async def _events(
    streams: Streams, parts: Parts, watcher: Watcher, source: str, read: Read, after: int
) -> AsyncIterator[ServerSentEvent]:
    def look() -> Found:
        return read(watcher.actor(), after, _LINES_AT_ONCE)

    with streams.waking() as wake, watching.one(parts, watcher.actor(), source, wake.hint):
        while True:
            try:
                body, lines, is_over = await asyncio.to_thread(look)
            except ClockhouseError:  # it was removed, or whoever reads may no longer: who connects again is told
                return
            if lines:
                after = lines[-1].seq
                data = json.dumps([_line(line).model_dump(mode="json") for line in lines])
                yield ServerSentEvent(data, event="lines", id=str(after))
            elif is_over:
                yield ServerSentEvent(body.model_dump_json(), event="end", id=str(after))
                return
            elif wake.is_last:
                return
            else:
                await wake.until(LOOK_AGAIN_S)


def _line(line: LogLine) -> LogLineBody:
    return LogLineBody.model_validate(line, from_attributes=True)
