"""Attempts that came to nothing: which of them are worth a row of the audit trail, so that a flood fills no disk."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Hashable
from datetime import datetime, timedelta
from threading import Lock

_KNOWN = 1000  # kinds of attempts that are remembered
_MOST_A_MINUTE = 60  # rows of one actor, whatever they attempted
_STRANGERS_A_MINUTE = 5  # of all together whom nobody knows: they must not crowd out anybody else's
_MINUTE = timedelta(minutes=1)


class Refusals:
    """Of the same attempt within a while, only the first is written; the next one tells how many were not."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._seen: OrderedDict[Hashable, tuple[datetime, int]] = OrderedDict()
        self._minute: datetime | None = None
        self._written = Counter[str | None]()

    def admit(self, who: str | None, key: Hashable, now: datetime, window: timedelta) -> int | None:
        """How many of the same were left out since the last that was written; None when this one is left out, too.

        `who` is the id of the actor; None: somebody whom nobody knows.
        """
        with self._lock:
            since, left_out = self._seen.get(key, (None, 0))
            is_new = since is None or now - since >= window
            if is_new and self._has_room(who, now):
                self._keep(key, (now, 0))
                return left_out
            self._keep(key, (since or now, left_out + 1))
            return None

    def _has_room(self, who: str | None, now: datetime) -> bool:
        if self._minute is None or now - self._minute >= _MINUTE:
            self._minute = now
            self._written.clear()
        self._written[who] += 1
        return self._written[who] <= (_STRANGERS_A_MINUTE if who is None else _MOST_A_MINUTE)

    def _keep(self, key: Hashable, value: tuple[datetime, int]) -> None:
        self._seen[key] = value
        self._seen.move_to_end(key)
        if len(self._seen) > _KNOWN:
            self._seen.popitem(last=False)
