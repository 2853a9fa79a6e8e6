"""The warm parents that are kept: one for each build in use."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

from clockhouse.kit.declared import Entry
from clockhouse.runtimes.base import StartFailed
from clockhouse.runtimes.warm import Confined, WarmParent, unconfined

Key = tuple[Path, Entry]


class Parents:
    """Starts a build's parent when it is first asked for and gives it back when it was not for a while."""

    def __init__(
        self,
        *,
        idle: timedelta,
        at_most: int,
        start_within: timedelta,
        memory_bytes: int | None = None,
        confined: Confined = unconfined,
    ) -> None:
        self._idle = idle
        self._at_most = at_most
        self._start_within = start_within
        self._memory_bytes = memory_bytes
        self._confined = confined
        self._starts: dict[Key, asyncio.Task[WarmParent]] = {}  # the least recently used first
        self._expiries: dict[Key, asyncio.TimerHandle] = {}
        self._closing: set[asyncio.Task[None]] = set()
        self._is_closed = False

    async def of(self, artifact: Path, entry: Entry) -> WarmParent:
        """A living parent of this build; those who ask at the same time share its start. Raises StartFailed."""
        key = (artifact, entry)
        while True:
            if self._is_closed:
                raise StartFailed("The runtime is closed.")
            start = self._starts.pop(key, None) or self._begin(key)
            self._starts[key] = start
            try:
                parent = await asyncio.shield(start)
            except BaseException:
                if start.done():  # else it is the asker who is cancelled, and others may wait for it
                    self._forget(key, start)
                raise
            if parent.is_alive:
                self._expect_expiry(key)
                return parent
            self._forget(key, start)

    async def close(self) -> None:
        """Ends all of them, and with them their children."""
        self._is_closed = True
        for key, start in list(self._starts.items()):
            self._forget(key, start)
        while self._closing:
            await asyncio.wait(self._closing)

    def _begin(self, key: Key) -> asyncio.Task[WarmParent]:
        excess = len(self._starts) - self._at_most + 1
        idle = [(other, start) for other, start in self._starts.items() if _is_idle(start)]
        for other, start in idle[: max(excess, 0)]:
            self._forget(other, start)
        artifact, entry = key
        starting = WarmParent.start(
            artifact, entry, within=self._start_within, memory_bytes=self._memory_bytes, confined=self._confined
        )
        return asyncio.create_task(starting)

    def _expect_expiry(self, key: Key) -> None:
        if key in self._expiries:
            self._expiries[key].cancel()
        loop = asyncio.get_running_loop()
        self._expiries[key] = loop.call_later(self._idle.total_seconds(), self._expire, key)

    def _expire(self, key: Key) -> None:
        start = self._starts[key]
        if _is_idle(start):
            self._forget(key, start)
        else:
            self._expect_expiry(key)

    def _forget(self, key: Key, start: asyncio.Task[WarmParent]) -> None:
        """Nobody is given this parent any more, and it ends."""
        if self._starts.get(key) is not start:
            return
        del self._starts[key]
        expiry = self._expiries.pop(key, None)
        if expiry is not None:
            expiry.cancel()
        closing = asyncio.create_task(_close(start))
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)


def _is_idle(start: asyncio.Task[WarmParent]) -> bool:
    return start.done() and not start.cancelled() and start.exception() is None and start.result().is_idle


async def _close(start: asyncio.Task[WarmParent]) -> None:
    try:
        parent = await start
    except Exception:
        return  # it has cleaned up after itself, and told whoever waited
    await parent.close()
