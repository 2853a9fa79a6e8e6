"""Hints that something changed, as server-sent events: a page asks again for what it shows of these topics."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

from fastapi import APIRouter
from sse_starlette import EventSourceResponse, ServerSentEvent

from clockhouse.api.auth import ActorOf, PartsOf
from clockhouse.control import watching
from clockhouse.control.parts import Parts
from clockhouse.model.actor import Actor

router = APIRouter(tags=["events"])
_PING_S = 15
_GATHER_S = 0.25  # so that a busy second is a few hints, not hundreds


@router.get("/events", response_class=EventSourceResponse)
async def follow_events(parts: PartsOf, actor: ActorOf) -> EventSourceResponse:
    """Server-sent events: `change`, with the topics that changed."""
    return EventSourceResponse(_hints(parts, actor), ping=_PING_S)


async def _hints(parts: Parts, actor: Actor) -> AsyncIterator[ServerSentEvent]:
    changed: set[str] = set()
    some = asyncio.Event()
    loop = asyncio.get_running_loop()

    def note(topics: frozenset[str]) -> None:
        changed.update(topics)
        some.set()

    with watching.everything(parts, actor, lambda topics: loop.call_soon_threadsafe(note, topics)):
        while True:
            await some.wait()
            await _gather()
            topics = sorted(changed)
            changed.clear()
            some.clear()
            yield ServerSentEvent(json.dumps({"topics": topics}), event="change")


async def _gather() -> None:
    try:
        async with asyncio.timeout(_GATHER_S):
            await asyncio.Event().wait()
    except TimeoutError:
        pass
