"""Offsets: from Python's lines and columns of bytes, and to and from the UTF-16 units that a browser counts."""

from __future__ import annotations

import ast
from bisect import bisect_left
from itertools import accumulate

from clockhouse.flows.lines import BOM, NEWLINE

Located = ast.stmt | ast.expr | ast.ExceptHandler | ast.pattern | ast.arg | ast.keyword | ast.alias


class Positions:
    """Where the nodes of Python's tree stand in the text they were read from."""

    def __init__(self, text: str) -> None:
        self._text, self._is_ascii = text, text.isascii()
        self._starts = [0, *(found.end() for found in NEWLINE.finditer(text))]
        self._columns: dict[int, list[int]] = {}  # of lines with more than ASCII

    def at(self, line: int, column: int) -> int:
        """The offset of a line, from 1, and a column in bytes of UTF-8, from 0."""
        if self._is_ascii:
            return self._starts[line - 1] + column
        columns = self._columns.get(line)
        if columns is None:
            columns = self._columns[line] = self._columns_of(line)
        start = self._starts[line - 1] + (1 if line == 1 and self._text.startswith(BOM) else 0)
        return start + (bisect_left(columns, column) if columns else column)

    def span(self, node: Located) -> tuple[int, int]:
        """Where a node starts, and where it ends."""
        end_line, end_column = node.end_lineno, node.end_col_offset
        start = self.at(node.lineno, node.col_offset)
        if end_line is None or end_column is None:  # never so in a tree that Python has parsed
            return start, start
        return start, self.at(end_line, end_column)

    def near(self, line: int, letter: int) -> int:
        """The offset of a line and a letter in it, both from 1, or the nearest there is: errors point past the end."""
        start = self._starts[min(max(line, 1), len(self._starts)) - 1]
        end = self._starts[line] if 0 < line < len(self._starts) else len(self._text)
        return min(start + max(letter - 1, 0), end)

    def _columns_of(self, line: int) -> list[int]:
        """The byte at which each letter of a line starts; empty for a line of ASCII."""
        end = self._starts[line] if line < len(self._starts) else len(self._text)
        letters = self._text[self._starts[line - 1] : end].removeprefix(BOM if line == 1 else "")
        if letters.isascii():
            return []
        return [0, *accumulate(len(letter.encode("utf-8", "surrogatepass")) for letter in letters)]


class Utf16:
    """The units that JavaScript counts: a letter outside the basic plane is two."""

    def __init__(self, text: str) -> None:
        self._wide = [] if text.isascii() else [at for at, letter in enumerate(text) if letter > "\uffff"]
        self._size = len(text)
        self._wide_units = [at + before for before, at in enumerate(self._wide)]

    @property
    def is_plain(self) -> bool:
        """Whether units and characters are the same."""
        return not self._wide

    def units(self, offset: int) -> int:
        """The units before a character."""
        return offset + bisect_left(self._wide, offset) if self._wide else offset

    def offset(self, units: int) -> int:
        """The character at which so many units have passed; the nearest one inside the text."""
        return max(0, min(units - bisect_left(self._wide_units, units), self._size))
