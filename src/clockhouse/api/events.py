"""Hints that something changed, as server-sent events: a page asks again for what it shows of these topics."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

from sse_starlette import EventSourceResponse, ServerSentEvent

from clockhouse.api import routes
from clockhouse.api.auth import ActorOf, PartsOf
from clockhouse.api.streams import LOOK_AGAIN_S, Streams, StreamsOf, WatcherOf
from clockhouse.control import watching
from clockhouse.control.parts import Parts
from clockhouse.control.watching import Watcher
from clockhouse.errors import ClockhouseError, Forbidden, Unauthenticated
from clockhouse.model.actor import Actor

router = routes.router(tags=["events"])
_PING_S = 15
_GATHER_S = 0.25  # so that a busy second is a few hints, not hundreds


@router.get("/events", response_class=EventSourceResponse)
async def follow_events(parts: PartsOf, actor: ActorOf, streams: StreamsOf, watcher: WatcherOf) -> EventSourceResponse:
    """Server-sent events: `change`, with the topics that changed."""
    watcher.check()
    return EventSourceResponse(_hints(streams, parts, actor, watcher), ping=_PING_S)


async def _hints(streams: Streams, parts: Parts, actor: Actor, watcher: Watcher) -> AsyncIterator[ServerSentEvent]:
    changed: set[str] = set()
    loop = asyncio.get_running_loop()
    with streams.waking() as wake:

        def note(topics: frozenset[str]) -> None:
            loop.call_soon_threadsafe(changed.update, topics)
            wake.hint()

        with watching.everything(parts, actor, note):
            while not wake.is_last:
                await wake.until(LOOK_AGAIN_S)
                if not await asyncio.to_thread(_may_go_on, watcher):
                    return
                if changed and not wake.is_last:
                    await _gather()
                    topics = sorted(changed)
                    changed.clear()
                    yield ServerSentEvent(json.dumps({"topics": topics}), event="change")


def _may_go_on(watcher: Watcher) -> bool:
    try:
        watcher.check()
    except (Unauthenticated, Forbidden):
        return False
    except ClockhouseError:  # the database does not answer: who may look is not known to have changed
        return True
    return True


async def _gather() -> None:
    try:
        async with asyncio.timeout(_GATHER_S):
            await asyncio.Event().wait()
    except TimeoutError:
        pass
