"""A thread's sleep until an instant, cut short by a ring or by a step of the wall clock."""

from __future__ import annotations

import os
import select
import sys
import threading
from contextlib import suppress

LONGEST_BLIND = 1.0
"""Seconds: where the system doesn't tell of steps of the wall clock, no sleep is longer."""

_LONGEST = 86_400.0  # poll(2) takes 24 days at most
_SHORT = 1.0
_EARLY = 0.5  # the long sleep is only exact to the millisecond; what is left of it is slept the exact way


class Bell:
    """Wakes one thread. `arm` and `ring` are called under the owner's lock, `sleep` after `arm` and outside of it."""

    def __init__(self, *, watches_clock: bool) -> None:
        self._watch = _StepWatch.open() if watches_clock else None
        self._gong = threading.Lock()
        self._gong.acquire()
        self._sleeps: float | None = None  # seconds of an exact sleep, or of one on the watch
        self._is_long = False

    def arm(self, seconds: float | None) -> None:
        """The next sleep is to be this long; None is until the bell rings."""
        self._gong.acquire(blocking=False)
        self._is_long = self._watch is not None and (seconds is None or seconds > _SHORT)
        if self._is_long:
            self._sleeps = 0.0 if seconds is None else min(seconds - _EARLY, _LONGEST)
        else:
            self._sleeps = min(LONGEST_BLIND if seconds is None else seconds, LONGEST_BLIND)

    def sleep(self) -> None:
        """Until the time is over, the bell rings or the wall clock is stepped; perhaps for less."""
        seconds = self._sleeps
        if seconds is None:
            return
        if self._is_long and self._watch is not None:
            self._watch.wait(seconds or None)
        else:
            self._gong.acquire(timeout=max(seconds, 0))

    def ring(self) -> None:
        if self._sleeps is None:
            return
        self._sleeps = None
        if self._is_long and self._watch is not None:
            self._watch.wake()
        else:
            self._gong.release()

    def close(self) -> None:
        if self._watch is not None:
            self._watch.close()


class _StepWatch:
    """Sleeps for as long as it takes, and is told by Linux when the wall clock is set (see timerfd_create(2))."""

    def __init__(self, timer: int) -> None:
        self._timer = timer
        self._event = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._poll = select.poll()
        self._poll.register(self._timer, select.POLLIN)
        self._poll.register(self._event, select.POLLIN)

    @classmethod
    def open(cls) -> _StepWatch | None:
        """None where the system has no such thing."""
        if sys.platform != "linux":
            return None
        timer = _open_timer()
        return None if timer is None else cls(timer)

    def wait(self, seconds: float | None) -> None:
        for fd, _ in self._poll.poll(None if seconds is None else seconds * 1000):
            with suppress(OSError):  # ECANCELED is how a step is told
                os.read(fd, 8)
            if fd == self._timer:
                _set_timer(fd)

    def wake(self) -> None:
        os.eventfd_write(self._event, 1)

    def close(self) -> None:
        os.close(self._timer)
        os.close(self._event)


# timerfd is in the standard library from Python 3.13 on only, so it is asked for by name.
_CLOCK_REALTIME = 0
_ABSOLUTE_AND_CANCELLED_ON_SET = 1 | 2
_FAR = 1 << 40  # a second in the year 36,812


def _open_timer() -> int | None:
    with suppress(ImportError, OSError, AttributeError):
        import ctypes

        if ctypes.sizeof(ctypes.c_long) == 8:
            fd = int(ctypes.CDLL(None).timerfd_create(_CLOCK_REALTIME, os.O_CLOEXEC | os.O_NONBLOCK))
            if fd >= 0 and _set_timer(fd):
                return fd
    return None


def _set_timer(fd: int) -> bool:
    import ctypes

    spec = (ctypes.c_long * 4)(0, 0, _FAR, 0)  # the interval's and the value's seconds and nanoseconds
    return bool(ctypes.CDLL(None).timerfd_settime(fd, _ABSOLUTE_AND_CANCELLED_ON_SET, ctypes.byref(spec), None) == 0)
