"""Errands: slow work elsewhere, for which a request waits only so long, and which the next one finds under way."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from datetime import timedelta
from threading import Event, Lock, Thread
from typing import Any, TypeVar

from clockhouse.errors import Unavailable, Unfinished
from clockhouse.task.clock import Clock, SystemClock

T = TypeVar("T")

PATIENCE = timedelta(seconds=20)
_KEPT_S = 120  # what nobody has received yet


class Errands:
    """Runs at most `room` of them at once, each in a thread of its own."""

    def __init__(self, clock: Clock | None = None, *, room: int = 8, patience: timedelta = PATIENCE) -> None:
        self._clock = clock or SystemClock()
        self._room = room
        self._patience_s = patience.total_seconds()
        self._lock = Lock()
        self._all: dict[Hashable, _Errand] = {}

    def wait(self, key: Hashable, work: Callable[[], T]) -> T:
        """What `work` returns or raises; that of the same `key`, where it is under way already.

        Raises Unfinished when it takes longer than a request should: it goes on, and the next who asks waits for it.
        Raises Unavailable where too much is under way.
        """
        errand = self._found(key, work)
        if not errand.is_done.wait(self._patience_s):
            raise Unfinished("The repository is still being read. Ask again to wait for it.")
        with self._lock:  # who asks from now on wants news
            if self._all.get(key) is errand:
                del self._all[key]
        if errand.error is not None:
            raise errand.error
        result: T = errand.value
        return result

    def _found(self, key: Hashable, work: Callable[[], Any]) -> _Errand:
        with self._lock:
            now = self._clock.monotonic()
            self._all = {each: one for each, one in self._all.items() if one.is_wanted(now)}
            found = self._all.get(key)
            if found is not None:
                return found
            if sum(not each.is_done.is_set() for each in self._all.values()) >= self._room:
                raise Unavailable("This server is reading several slow repositories already. Try again in a minute.")
            made = self._all[key] = _Errand(self._clock, work)
        # No stop waits for it: what it does elsewhere is ended by whoever does it.
        Thread(target=made.run, name="errand", daemon=True).start()
        return made


class _Errand:
    def __init__(self, clock: Clock, work: Callable[[], Any]) -> None:
        self._clock = clock
        self._work = work
        self._ended_s = clock.monotonic()
        self.is_done = Event()
        self.value: Any = None
        self.error: BaseException | None = None

    def is_wanted(self, now_s: float) -> bool:
        return not self.is_done.is_set() or now_s - self._ended_s < _KEPT_S

    def run(self) -> None:
        try:
            self.value = self._work()
        except BaseException as error:  # for whoever waits
            self.error = error
        finally:
            self._ended_s = self._clock.monotonic()
            self.is_done.set()
