"""Log lines, and what can be told from their text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

_LEVELS = {
    "debug": "debug",
    "trace": "debug",
    "info": "info",
    "notice": "info",
    "warn": "warning",
    "warning": "warning",
    "error": "error",
    "err": "error",
    "critical": "error",
    "fatal": "error",
    "panic": "error",
}
# A level is the first word (`INFO text`, `[WARN] text`), or a field (`level=ERROR`, `"level": "error"`).
_FIRST_WORD = re.compile(r"\s*[\[<(]?([A-Za-z]{3,8})[\]>)]?(?=[\s:]|$)")
_FIELD = re.compile(r"[\"']?\blevel[\"']?\s*[=:]\s*[\"']?([A-Za-z]{3,8})\b")
_LOOK_AT = 200


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line; `stream` is stdout or stderr of an execution, and the step of a build. `seq` counts from 1."""

    seq: int
    at: datetime
    stream: str
    level: str | None
    text: str


def without_level(text: str) -> str:
    """The line's text after the level that it begins with, if it begins with one."""
    first = _FIRST_WORD.match(text)
    if first is None or not first[1].isupper() or first[1].lower() not in _LEVELS:
        return text.strip()
    return text[first.end() :].lstrip(": ").rstrip()


def level_of(text: str) -> str | None:
    """debug, info, warning or error, when the line itself says so; None when it does not."""
    head = text[:_LOOK_AT]
    if head.startswith("Traceback (most recent call last)"):
        return "error"
    first = _FIRST_WORD.match(head)
    # A first word in lower case is a sentence's, not a level's: "error: …" counts only with its colon.
    if first and (first[1].isupper() or head[first.end() :].startswith(":")) and first[1].lower() in _LEVELS:
        return _LEVELS[first[1].lower()]
    if "level" not in head:
        return None
    field = _FIELD.search(head)
    return _LEVELS.get(field[1].lower()) if field else None
