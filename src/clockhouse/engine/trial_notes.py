"""What the statements of one trial have told, the newest of each."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from clockhouse.model.trial import Noted

MOST = 5000  # statements
_MOST_TEXT = 400
_MOST_COUNT = 2**53


class Notes:
    """By statement. What is told was written by the task's process: it may be anything, and what is no note is left."""

    def __init__(self) -> None:
        self._by_place: dict[tuple[str, int, int], tuple[int, Noted]] = {}
        self.is_whole = True

    def take(self, texts: Sequence[str], version: int) -> None:
        for text in texts:
            try:
                record = json.loads(text)
                if isinstance(record, dict) and "stopped" in record:
                    self.is_whole = False
                    continue
                noted = _noted(record)
            except (ValueError, TypeError, KeyError, RecursionError):
                continue
            place = (noted.path, noted.line, noted.column)
            if place in self._by_place or len(self._by_place) < MOST:
                self._by_place[place] = (version, noted)
            else:
                self.is_whole = False

    def since(self, version: int) -> list[Noted]:
        return [noted for at, noted in self._by_place.values() if at > version]


def _noted(record: Any) -> Noted:
    return Noted(
        path=_text(record["path"], 500) or "",
        line=_count(record["line"]),
        column=_count(record["column"]),
        begun=_count(record["begun"]),
        ended=_count(record["ended"]),
        took_s=min(max(float(record["took_s"]), 0.0), 1e9),
        type=_text(record["type"], 100),
        text=_text(record["text"], _MOST_TEXT),
    )


def _text(value: Any, most: int) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise TypeError(value)
    return value[:most]


def _count(value: Any) -> int:
    if not isinstance(value, int) or not 0 <= value <= _MOST_COUNT:
        raise ValueError(value)
    return value
