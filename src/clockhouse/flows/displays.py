"""What makes a record in place, a call or a dict display: its entries, one more of them, and one less."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable
from dataclasses import dataclass

from clockhouse.flows.changes import Change, RefusedError
from clockhouse.flows.nodes import Span
from clockhouse.flows.positions import Located

_BLANKS = " \t\f\\\r\n"


@dataclass(frozen=True, slots=True)
class Entry:
    """One argument or pair: `start` is that of its name. `name` is None for what has none or is none."""

    name: str | None
    start: int
    end: int
    is_placed: bool = False


@dataclass(frozen=True, slots=True)
class Display:
    """A call or a dict display in the source, from after its opening bracket to its closing one."""

    text: str
    opening: int
    closing: int
    entries: tuple[Entry, ...]
    is_call: bool

    @classmethod
    def of(cls, text: str, node: ast.Call | ast.Dict, span: Callable[[Located], Span]) -> Display:
        start, end = span(node)
        if isinstance(node, ast.Dict):
            found = [_pair(text, key, value, span, start + 1, end - 1) for key, value in _pairs(node)]
            return cls(text, start + 1, end - 1, tuple(found), is_call=False)
        opening = text.index("(", span(node.func)[1]) + 1
        placed = [Entry(None, *_outer(text, span(each), opening, end - 1), is_placed=True) for each in node.args]
        named = [
            Entry(each.arg, span(each)[0], _outer(text, span(each), span(each)[0], end - 1)[1])
            for each in node.keywords
        ]
        found = sorted([*placed, *named], key=lambda each: each.start)
        return cls(text, opening, end - 1, tuple(found), is_call=True)

    def entry(self, name: str, value: str) -> str:
        """A new entry as it is written. Raises RefusedError for a key that can't be the name of an argument."""
        if not self.is_call:
            return f"{json.dumps(name, ensure_ascii=False)}: {value}"
        if not name.isidentifier():
            raise RefusedError(f"“{name}” can't be the name of a field here.")
        return f"{name}={value}"

    def added(self, name: str, value: str, *, after: int, newline: str, indent: str | None) -> list[Change]:
        """One more entry behind so many others. With `indent`, the first one gets a line of its own, indented so."""
        words = self.entry(name, value)
        if not self.entries:
            if indent is None or self.text[self.opening : self.closing].strip():
                return [Change(self.opening, self.opening, words)]
            outer = indent[: -_unit(indent)] if indent else ""
            return [Change(self.opening, self.closing, f"{newline}{indent}{words},{newline}{outer}")]
        if after == 0:
            first = self.entries[0].start
            return [Change(first, first, f"{words},{self._between(first, newline)}")]
        before = self.entries[after - 1]
        line = self._own_line(before.start)
        if line is None:
            return [Change(before.end, before.end, f", {words}")]
        comma = self._comma(before.end)
        end = self._line_end(before.end if comma is None else comma + 1)
        if end is None:
            return [Change(before.end, before.end, f",{newline}{line}{words}")]
        own = Change(end, end, f"{newline}{line}{words},")
        return [own] if comma is not None else [Change(before.end, before.end, ","), own]

    def removed(self, place: int) -> Change:
        """Without one entry, and without its line when it has one of its own."""
        entry = self.entries[place]
        comma = self._comma(entry.end)
        end = self._line_end(entry.end if comma is None else comma + 1)
        indent = self._own_line(entry.start)
        if indent is not None and end is not None and end < self.closing:
            after = end + (2 if self.text.startswith("\r\n", end) else 1)
            return Change(entry.start - len(indent), after, "")
        if place + 1 < len(self.entries):
            return Change(entry.start, self.entries[place + 1].start, "")
        if place > 0:
            return Change(self.entries[place - 1].end, entry.end, "")
        return Change(entry.start, entry.end if comma is None else comma + 1, "")

    def _between(self, at: int, newline: str) -> str:
        line = self._own_line(at)
        return " " if line is None else newline + line

    def _own_line(self, at: int) -> str | None:
        """The indentation of what begins its line; None for what stands behind something else."""
        start = at
        while start > 0 and self.text[start - 1] in " \t\f":
            start -= 1
        return self.text[start:at] if start > self.opening and self.text[start - 1] in "\r\n" else None

    def _comma(self, end: int) -> int | None:
        at = end
        while at < self.closing and self.text[at] in _BLANKS:
            at += 1
        return at if at < self.closing and self.text[at] == "," else None

    def _line_end(self, at: int) -> int | None:
        """Where the line ends when nothing but a comment follows; None when something does."""
        while at < self.closing and self.text[at] in " \t\f":
            at += 1
        if at < self.closing and self.text[at] == "#":
            while at < self.closing and self.text[at] not in "\r\n":
                at += 1
        return at if at < self.closing and self.text[at] in "\r\n" else None


def _pairs(node: ast.Dict) -> list[tuple[ast.expr | None, ast.expr]]:
    return list(zip(node.keys, node.values, strict=True))


def _pair(
    text: str, key: ast.expr | None, value: ast.expr, span: Callable[[Located], Span], floor: int, limit: int
) -> Entry:
    end = _outer(text, span(value), span(value)[0], limit)[1]
    if key is None:  # `**more`: what is before the value is its two stars
        return Entry(None, text.rindex("**", floor, span(value)[0]), end)
    name = key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else None
    return Entry(name, _outer(text, span(key), floor, span(value)[0])[0], end)


def _outer(text: str, found: Span, floor: int, limit: int) -> Span:
    """What stands at a place with the brackets around it, inside of the display."""
    start, end = found
    while True:
        after = end
        while after < limit and text[after] in _BLANKS:
            after += 1
        if after >= limit or text[after] != ")":
            return start, end
        end = after + 1
        before = start - 1
        while before >= floor and text[before] in _BLANKS:
            before -= 1
        if before >= floor and text[before] == "(":
            start = before


def _unit(indent: str) -> int:
    return 1 if indent.endswith("\t") else min(4, len(indent))
