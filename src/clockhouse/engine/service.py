"""How services wait: for a hint that something changed, and no longer than until the next thing is due."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Protocol

from clockhouse.errors import ClockhouseError, Outage
from clockhouse.store.changes import Changes
from clockhouse.task.clock import Clock
from clockhouse.telemetry import logger

log = logger("engine")

# A hint may be lost and a wall clock may be set: no wait is longer than this.
LONGEST_WAIT = timedelta(seconds=5)
_AFTER_TROUBLE = timedelta(seconds=1)


class Service(Protocol):
    """A duty that goes on until it is cancelled."""

    async def run(self) -> None: ...


class Wake:
    """Waits for hints, from whichever thread they come."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._event = asyncio.Event()
        self._topics: set[str] = set()
        self._loop = asyncio.get_running_loop()

    def hint(self, topics: frozenset[str] = frozenset()) -> None:
        """Ends the present wait, or the next one at once. Safe from any thread."""
        if self._event.is_set() and topics <= self._topics:
            return  # who waits has yet to look, and will see what this is about
        if asyncio._get_running_loop() is self._loop:
            self._note(topics)
        else:
            self._loop.call_soon_threadsafe(self._note, topics)

    async def until(self, instant: datetime | None = None, *, longest: timedelta = LONGEST_WAIT) -> frozenset[str]:
        """Returns the topics hinted at: at a hint, at `instant`, or after `longest`, whichever comes first."""
        wait = longest if instant is None else min(longest, instant - self._clock.now())
        try:
            async with asyncio.timeout(max(0.0, wait.total_seconds())):
                await self._event.wait()
        except TimeoutError:
            pass
        self._event.clear()
        topics = frozenset(self._topics)
        self._topics.clear()
        return topics

    def _note(self, topics: frozenset[str]) -> None:
        self._topics.update(topics)
        self._event.set()


@asynccontextmanager
async def waking(changes: Changes, topics: Iterable[str], clock: Clock) -> AsyncIterator[Wake]:
    """A wake that hints of these topics end."""
    wake = Wake(clock)
    with changes.listening(topics, wake.hint):
        yield wake


async def after_trouble(wake: Wake, event: str, error: Exception) -> frozenset[str]:
    """Says what went wrong, and waits a moment: neither a full disk nor a fault of ours is a reason to end.

    Returns the topics hinted at meanwhile.
    """
    if isinstance(error, Outage):
        log.debug(event, sentence=error.sentence)
    elif isinstance(error, ClockhouseError):
        log.error(event, sentence=error.sentence, **error.facts)
    else:
        log.error(event, exc_info=error)
    return await wake.until(longest=_AFTER_TROUBLE)


async def pause(duration: timedelta) -> None:
    """A wait that only time ends."""
    try:
        async with asyncio.timeout(duration.total_seconds()):
            await asyncio.Event().wait()
    except TimeoutError:
        pass
