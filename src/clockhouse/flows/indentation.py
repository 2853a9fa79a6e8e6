"""Code shifted from one indentation to another; the inside of strings stays as it is."""

from __future__ import annotations

import re

from clockhouse.flows import lines

_PHYSICAL = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|$)")


def shifted(code: str, old: str, new: str, newline: str) -> str:
    """Each line that begins with `old` begins with `new` instead, and ends in `newline`. Blank lines stay blank."""
    strings = [span for line in lines.split(code, strict=False)[0] for span in line.strings]
    found, at, current = [], 0, 0
    for physical in physical_lines(code):
        while current < len(strings) and strings[current][1] <= at:
            current += 1
        words = physical.rstrip("\r\n")
        line_break, end = physical[len(words) :], at + len(physical)
        if not _is_inside(strings, current, at) and words.strip() and words.startswith(old):
            words = new + words[len(old) :]
        ends_inside = _is_inside(strings, current, end) or _is_inside(strings, current + 1, end)
        found.append(words + (line_break if ends_inside or not line_break else newline))
        at = end
    return "".join(found)


def physical_lines(code: str) -> list[str]:
    """The lines of a text with their breaks; only those that Python knows break a line."""
    return [line for line in _PHYSICAL.findall(code) if line]


def _is_inside(strings: list[tuple[int, int]], number: int, at: int) -> bool:
    return number < len(strings) and strings[number][0] < at < strings[number][1]
