"""Waits for a condition with a deadline: looks, again and again, and never just sleeps."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

BETWEEN_LOOKS_S = 0.02


def eventually(look: Callable[[], T], *, within: float = 15.0) -> T:
    """The first truthy answer of `look`; fails when there is none within so many seconds."""
    never, deadline = threading.Event(), time.monotonic() + within
    while not (found := look()):
        if time.monotonic() > deadline:
            raise AssertionError(f"It did not come true within {within:g} s; at last it was {found!r}.")
        never.wait(BETWEEN_LOOKS_S)
    return found


async def comes(look: Callable[[], T], *, within: float = 15.0) -> T:
    """As `eventually`, while the event loop goes on."""
    deadline = time.monotonic() + within
    while not (found := look()):
        if time.monotonic() > deadline:
            raise AssertionError(f"It did not come true within {within:g} s; at last it was {found!r}.")
        await asyncio.to_thread(threading.Event().wait, BETWEEN_LOOKS_S)
    return found
