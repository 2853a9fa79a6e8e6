"""An event loop that wakes on time: to some microseconds, where epoll rounds up to the next millisecond."""

from __future__ import annotations

import asyncio
import select
import selectors

_MOST = 1024  # descriptors that select(2) can watch


def new_event_loop() -> asyncio.AbstractEventLoop:
    """An event loop for a process that starts things on time."""
    if not hasattr(selectors, "EpollSelector"):  # kqueue counts nanoseconds
        return asyncio.new_event_loop()
    return asyncio.SelectorEventLoop(_Punctual())


class _Punctual(selectors.EpollSelector):
    """Waits for its own descriptor by select, which knows microseconds; then asks what has come."""

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is not None and timeout > 0 and self.fileno() < _MOST:
            select.select([self.fileno()], (), (), timeout)
            timeout = 0
        return super().select(timeout)
