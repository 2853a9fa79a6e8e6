"""What a .dockerignore leaves out of a build, by the rules of the Docker command line."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class _Rule:
    pattern: re.Pattern[str]
    brings_back: bool


class Ignored:
    """The rules of one .dockerignore.

    A pattern is for paths from the root of the context on, and for all below what it matches; `**` is any number of
    directories, `!` brings back what was left out, and the last rule that matches counts. See Docker's reference,
    ".dockerignore files".
    """

    def __init__(self, text: str) -> None:
        lines = (line.strip() for line in text.removeprefix("\ufeff").splitlines() if not line.startswith("#"))
        self._rules = [rule for rule in map(_rule, lines) if rule is not None]

    def leaves_out(self, path: str) -> bool:
        """Whether a file or directory is left out; `path` is relative, its parts separated by /."""
        parts = path.split("/")
        whole = ["/".join(parts[:length]) for length in range(1, len(parts) + 1)]
        is_out = False
        for rule in self._rules:
            if rule.brings_back == is_out and any(rule.pattern.fullmatch(one) for one in whole):
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
        return _Rule(re.compile(_expression(cleaned), re.DOTALL), brings_back)
    except re.error:
        return None  # such as [z-a], which Docker refuses; here it matches nothing


def _expression(pattern: str) -> str:
    """The regular expression of a pattern: `*` and `?` stay within a part of the path, `**` does not."""
    parts: list[str] = []
    at = 0
    while at < len(pattern):
        if pattern.startswith("**", at):
            at += 2
            if pattern.startswith("/", at):
                parts.append("(?:.*/)?")
                at += 1
            else:
                parts.append(".*")
            continue
        character = pattern[at]
        end = pattern.find("]", at + 2) if character == "[" else -1
        if end > 0:
            inside = pattern[at + 1 : end].replace("\\", "\\\\").replace("[", "\\[")
            parts.append(f"[{inside}]")
            at = end
        elif character == "\\" and at + 1 < len(pattern):
            at += 1
            parts.append(re.escape(pattern[at]))
        else:
            parts.append({"*": "[^/]*", "?": "[^/]"}.get(character, re.escape(character)))
        at += 1
    return "".join(parts)
