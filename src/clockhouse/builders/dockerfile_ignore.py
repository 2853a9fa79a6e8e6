"""What a .dockerignore leaves out of a build, by the rules of the Docker command line."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_DEEP = re.compile(r"(?<!\\)\*\*+/?")

# What one part of a path must be, or None: any number of parts.
_Parts = tuple[re.Pattern[str] | None, ...]


@dataclass(frozen=True, slots=True)
class _Rule:
    pattern: _Parts
    brings_back: bool


class Ignored:
    """The rules of one .dockerignore.

    A pattern is for paths from the root of the context on, and for all below what it matches; `**` is any number of
    directories, `!` brings back what was left out, and the last rule that matches counts. See Docker's reference,
    ".dockerignore files". No pattern takes long, however many stars it has: a stranger wrote it.
    """

    def __init__(self, text: str) -> None:
        lines = (line.strip() for line in text.removeprefix("\ufeff").splitlines() if not line.startswith("#"))
        self._rules = [rule for rule in map(_rule, lines) if rule is not None]

    def leaves_out(self, path: str) -> bool:
        """Whether a file or directory is left out; `path` is relative, its parts separated by /."""
        parts = path.split("/")
        is_out = False
        for rule in self._rules:
            if rule.brings_back == is_out and _covers(rule.pattern, parts):
                is_out = not rule.brings_back
        return is_out


def _rule(line: str) -> _Rule | None:
    brings_back = line.startswith("!")
    pattern = line.removeprefix("!").strip()
    if not pattern:
        return None
    cleaned = posixpath.normpath(pattern).lstrip("/")
    if cleaned in ("", "."):
        return None
    try:
        return _Rule(tuple(_parts(cleaned)), brings_back)
    except re.error:
        return None  # such as [z-a], which Docker refuses; here it matches nothing


def _covers(pattern: _Parts, parts: Sequence[str]) -> bool:
    """Whether the pattern matches the path, or a directory that it is in."""
    at = here = 0
    again: tuple[int, int] | None = None  # right after the last None, and how much of the path that took
    while at < len(pattern):
        wanted = pattern[at]
        if wanted is None and (at + 1 < len(pattern) or here < len(parts)):
            again = at, here = at + 1, here
        elif wanted is not None and here < len(parts) and wanted.fullmatch(parts[here]):
            at, here = at + 1, here + 1
        elif again is not None and again[1] < len(parts):
            again = at, here = again[0], again[1] + 1
        else:
            return False
    return True


def _parts(pattern: str) -> Iterator[re.Pattern[str] | None]:
    *pieces, last = _DEEP.split(pattern)
    for number, piece in enumerate(pieces):
        is_open = piece != "" and not piece.endswith("/")  # as in `name**`: what goes on in the same part
        yield from map(_part, filter(None, f"{piece}{'*' if is_open else ''}".split("/")))
        if last or not is_open or number + 1 < len(pieces):
            yield None
    yield from map(_part, filter(None, last.split("/")))


def _part(pattern: str) -> re.Pattern[str]:
    """`*` is any text and `?` any character of one part of a path."""
    fixed = [""]
    at = 0
    while at < len(pattern):
        character = pattern[at]
        end = pattern.find("]", at + 2) if character == "[" else -1
        if character == "*":
            fixed.append("")
        elif end > 0:
            inside = pattern[at + 1 : end].replace("\\", "\\\\").replace("[", "\\[")
            fixed[-1] += f"[{inside}]"
            at = end
        elif character == "\\" and at + 1 < len(pattern):
            at += 1
            fixed[-1] += re.escape(pattern[at])
        else:
            fixed[-1] += "." if character == "?" else re.escape(character)
        at += 1
    first, *others = fixed
    if not others:
        return re.compile(first, re.DOTALL)
    # The first place where it fits is as good as any later one: without going back, time does not grow with the stars.
    middle = "".join(f"(?>.*?{each})" for each in others[:-1])
    return re.compile(f"{first}{middle}.*{others[-1]}", re.DOTALL)
