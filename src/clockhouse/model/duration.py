"""Durations as people write them: `10s`, `5m`, `2h`, `1d`, `500ms`, or a plain number of seconds."""

from __future__ import annotations

import re
from datetime import timedelta

_WRITTEN = re.compile(r"(\d+(?:\.\d+)?|\.\d+)\s*(ms|s|sec|m|min|h|d|)")
_SECONDS = {"ms": 0.001, "": 1, "s": 1, "sec": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400}
_UNITS = (("d", 86_400), ("h", 3600), ("m", 60))


def read(text: str) -> timedelta | None:
    """What is written, to the microsecond; None for what is no duration, or a longer one than can be."""
    found = _WRITTEN.fullmatch(text.strip().lower())
    if found is None:
        return None
    try:
        return timedelta(seconds=round(float(found[1]) * _SECONDS[found[2]], 6))
    except OverflowError:
        return None


def write(duration: timedelta) -> str:
    """Text that `read` understands as the same, in the largest unit that divides it."""
    microseconds = duration // timedelta(microseconds=1)
    seconds, rest = divmod(microseconds, 1_000_000)
    if rest:
        return f"{seconds}.{rest:06}".rstrip("0") + "s"
    unit, size = next(((unit, size) for unit, size in _UNITS if seconds and seconds % size == 0), ("s", 1))
    return f"{seconds // size}{unit}"
