"""Streams that wait for what comes next, and end with the server instead of holding it up."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from fastapi import Depends, Request

from clockhouse.api.auth import ActorOf, actor_of, parts_of
from clockhouse.control.watching import Watcher

LOOK_AGAIN_S = 5.0  # without a hint: at what there is, and at who reads


class Wake:
    """Ends a stream's wait: at a hint from any thread, and for good when the server stops."""

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self.is_last = False  # what there is may still be sent; nothing more is waited for

    def hint(self, _topics: frozenset[str] = frozenset()) -> None:
        self._loop.call_soon_threadsafe(self._event.set)

    def end(self) -> None:
        self.is_last = True
        self._event.set()

    async def until(self, longest_s: float | None = None) -> None:
        """Returns at a hint, at the end, or after `longest_s`."""
        try:
            async with asyncio.timeout(longest_s):
                await self._event.wait()
        except TimeoutError:
            pass
        if not self.is_last:
            self._event.clear()


class Streams:
    """The streams that are being read."""

    def __init__(self) -> None:
        self._open: set[Wake] = set()
        self._is_closed = False

    @contextmanager
    def waking(self) -> Iterator[Wake]:
        wake = Wake()
        if self._is_closed:
            wake.end()
        self._open.add(wake)
        try:
            yield wake
        finally:
            self._open.discard(wake)

    def close(self) -> None:
        """Ends them all, and each that begins from now on."""
        self._is_closed = True
        for wake in self._open:
            wake.end()


def _streams(request: Request) -> Streams:
    found: Streams = request.app.state.streams
    return found


def _watcher(request: Request, actor: ActorOf) -> Watcher:
    return Watcher(parts_of(request), actor, lambda: actor_of(request))


WatcherOf = Annotated[Watcher, Depends(_watcher)]
StreamsOf = Annotated[Streams, Depends(_streams)]
