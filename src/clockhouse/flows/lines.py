"""Python source as logical lines, also while it is half typed.

This knows strings, comments, brackets and continued lines, and nothing of expressions: enough to say of every character
which logical line it belongs to, at which indentation, and where the header of a compound statement ends.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from clockhouse.flows import strings
from clockhouse.flows.strings import UnclosedError

HEADERS = frozenset(
    {"if", "elif", "else", "for", "while", "try", "except", "finally", "with", "def", "class", "async", "match", "case"}
)
NEWLINE = re.compile(r"\r\n|\r|\n")
BLANKS = " \t\f"
BOM = "\ufeff"
_SPACE = re.compile(r"[ \t\f]*")
_WORDS = re.compile(r"([^\W\d]\w*)(?:[ \t\f]+([^\W\d]\w*))?")
_EVENT = re.compile(r"['\"#()\[\]{}:;\\\r\n]")
_LAMBDA = re.compile(r"\blambda\b")
_COMMENT = re.compile(r"#[^\r\n]*")
_REST_OF_LINE = re.compile(r"[^\r\n]*")
# Keywords that begin a statement and never a line inside brackets.
_BEGINS = frozenset(
    {"assert", "break", "class", "continue", "def", "del", "elif", "except", "finally", "global", "import"}
    | {"nonlocal", "pass", "raise", "return", "try", "while", "with"}
)
_AFTER_STRING = frozenset({"and", "else", "for", "if", "in", "is", "not", "or"})
_PARTNER = {"(": ")", "[": "]", "{": "}"}


@dataclass(frozen=True, slots=True)
class Line:
    """One logical line; all offsets are characters from the start of the source.

    `start` to `end` is from its first to its last token, `full_start` to `full_end` the whole physical lines. `indent`
    is its column with tabs to eight. `first` is its first word or character, `second` the word after that. `colon` is
    the one that opens a suite, or -1; `strings` are those that run over several physical lines. `broken` says what is
    wrong.
    """

    full_start: int
    start: int
    end: int
    full_end: int
    indent: int
    first: str
    second: str
    colon: int
    semicolons: tuple[int, ...]
    strings: tuple[tuple[int, int], ...]
    comment: tuple[int, int] | None
    broken: str | None


@dataclass(frozen=True, slots=True)
class Comment:
    """A physical line that holds nothing but a comment."""

    full_start: int
    start: int
    end: int
    full_end: int
    indent: int


def split(text: str, *, strict: bool, anchors: Sequence[int] = ()) -> tuple[list[Line], list[Comment]]:
    """The logical lines and the comment lines of a source, each in order.

    Strict follows Python, for source that compiles. Otherwise no damaged statement swallows its neighbours: an open
    bracket or string ends before the next physical line that is not indented deeper than its statement, or at an
    anchor. Anchors are starts of logical lines in the last source that compiled, mapped to this one.
    """
    lines: list[Line] = []
    comments: list[Comment] = []
    at, size = (1 if text.startswith(BOM) else 0), len(text)
    known, ordered = set(anchors), sorted(anchors)
    while at < size:
        begin = at
        at = _space_end(text, at)
        if at >= size:
            break
        letter = text[at]
        if letter in "\r\n":
            at = newline_end(text, at)
        elif letter == "#":
            comment = _comment(text, begin, at)
            comments.append(comment)
            at = comment.full_end
        else:
            following = bisect_right(ordered, begin)
            stop = ordered[following] if following < len(ordered) else size + 1
            line = _line(text, begin, at, strict=strict, intact=begin in known, stop=stop)
            lines.append(line)
            at = max(line.full_end, at + 1)
    return lines, comments


def newline_end(text: str, at: int) -> int:
    """The offset after the line break at `at`."""
    return at + (2 if text.startswith("\r\n", at) else 1)


def closing(text: str, opening: int) -> int:
    """Where the bracket at `opening` closes; the length of the text when it does not."""
    depth, at = 0, opening
    while (event := _EVENT.search(text, at)) is not None:
        where, letter = event.start(), event.group()
        at = where + 1
        if letter in "'\"":
            try:
                at = strings.end_of(text, strings.start_of(text, where, opening))
            except UnclosedError:
                return len(text)
        elif letter == "#":
            found = _COMMENT.match(text, where)
            at = found.end() if found else at
        elif letter in _PARTNER:
            depth += 1
        elif letter in ")]}":
            depth -= 1
            if depth == 0:
                return where
    return len(text)


def column(text: str, start: int, end: int) -> int:
    """The width of white space, tabs to the next multiple of eight; a form feed starts anew."""
    width = 0
    for letter in text[start:end]:
        if letter == " ":
            width += 1
        elif letter == "\t":
            width = (width // 8 + 1) * 8
        else:
            width = 0
    return width


def _line(text: str, begin: int, start: int, *, strict: bool, intact: bool, stop: int) -> Line:
    if strict:
        return _Scan(text, begin, start, strict=True, stop=len(text) + 1).line()
    if intact:  # it starts where one started before; when it ends where that one ended, it is as it was
        line = _Scan(text, begin, start, strict=True, stop=stop).line()
        if line.broken is None:
            return line
    return _Scan(text, begin, start, strict=False, stop=stop).line()


def _space_end(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    return space.end() if space else at


def _comment(text: str, begin: int, start: int) -> Comment:
    found = _COMMENT.match(text, start)
    end = found.end() if found else start
    full_end = newline_end(text, end) if end < len(text) else end
    return Comment(begin, start, end, full_end, column(text, begin, start))


class _Scan:
    """One pass over one logical line, from one interesting character to the next."""

    def __init__(self, text: str, begin: int, start: int, *, strict: bool, stop: int) -> None:
        self._text, self._size = text, len(text)
        self._begin, self._start, self._stop = begin, start, stop
        self._strict = strict
        self._indent = column(text, begin, start)
        words = _WORDS.match(text, start)
        self._first, self._second = (words.group(1), words.group(2) or "") if words else (text[start], "")
        self._may_open = self._first in HEADERS or self._first == "@"
        self._open: list[str] = []
        self._lambdas = 0
        self._end = start
        self._colon = -1
        self._semicolons: list[int] = []
        self._strings: list[tuple[int, int]] = []
        self._comment: tuple[int, int] | None = None
        self._broken: str | None = None

    def line(self) -> Line:
        text, at = self._text, self._start
        while (event := _EVENT.search(text, at)) is not None:
            where = event.start()
            letter = text[where]
            if self._may_open and not self._open and text.find("lambda", at, where) >= 0:
                self._lambdas += len(_LAMBDA.findall(text, at, where))
            if letter in "\r\n":
                self._content(at, where)
                after = newline_end(text, where)
                if not self._open or self._gives_up(after):
                    return self._finished(after)
                at = after
            elif letter == "\\":
                self._content(at, where)
                following = where + 1
                if text[following : following + 1] not in ("\r", "\n"):
                    at = self._end = following
                    continue
                at = newline_end(text, following)
                if self._ends_in_backslash(at):
                    return self._finished(at)
            elif letter in "'\"":
                try:
                    at = self._end = self._string(at, where)
                except UnclosedError:
                    return self._unclosed(where)
            elif letter == "#":
                self._content(at, where)
                found = _COMMENT.match(text, where)
                at = found.end() if found else where + 1
                if not self._open:
                    self._comment = (where, at)
            else:
                self._token(letter, where)
                at = self._end = max(where + 1, self._end)
        self._content(at, self._size)
        return self._finished(self._size)

    def _content(self, at: int, to: int) -> None:
        """The last token before `to` ends where white space begins."""
        if self._comment is not None:
            return
        while to > at and self._text[to - 1] in BLANKS:
            to -= 1
        if to > at:
            self._end = to

    def _token(self, letter: str, where: int) -> None:
        opened = self._open
        if letter in _PARTNER:
            opened.append(_PARTNER[letter])
        elif letter in ")]}":
            self._close(letter)
        elif opened:
            return
        elif letter == ";":
            self._semicolons.append(where)
        elif self._text.startswith(":=", where):
            self._end = where + 2
        elif self._lambdas:
            self._lambdas -= 1
        elif self._colon < 0:
            self._colon = where

    def _close(self, letter: str) -> None:
        opened = self._open
        if opened and opened[-1] == letter:
            opened.pop()
            return
        self._broken = self._broken or f"'{letter}' has no partner"
        if letter in opened:
            while opened.pop() != letter:
                pass

    def _string(self, at: int, quote: int) -> int:
        text = self._text
        start = strings.start_of(text, quote, max(at, self._start))
        deepest = strings.DEEPEST if self._strict else strings.DEEPEST_IN_DAMAGE
        end = strings.end_of(text, start, deepest=deepest)
        if text.find("\n", start, end) >= 0 or text.find("\r", start, end) >= 0:
            if end > self._stop or (not self._strict and self._is_opening(end)):
                raise UnclosedError
            self._strings.append((start, end))
        return end

    def _is_opening(self, end: int) -> bool:
        """Whether the quotes that end a string look like those that begin the next one, since a word follows."""
        words = _WORDS.match(self._text, end)
        return words is not None and words.group(1) not in _AFTER_STRING

    def _unclosed(self, quote: int) -> Line:
        found = _REST_OF_LINE.match(self._text, quote)
        end = self._end = found.end() if found else self._size
        self._broken = "a string is not closed"
        return self._finished(newline_end(self._text, end) if end < self._size else end)

    def _gives_up(self, after: int) -> bool:
        """Whether an open bracket must not take in the physical line that starts at `after`."""
        if after >= self._stop:
            return True
        if self._strict:
            return False
        if self._first in HEADERS and self._text[self._end - 1] == ":" and set(self._open) == {")"}:
            return True  # a header with a bracket open; inside one, few lines end in a colon
        token = _space_end(self._text, after)
        if token >= self._size or self._text[token] in "\r\n#)]}":
            return False
        words = _WORDS.match(self._text, token)
        if words and words.group(1) in _BEGINS:
            return True
        return column(self._text, after, token) <= self._indent

    def _ends_in_backslash(self, after: int) -> bool:
        if self._strict and after < self._stop:
            return False
        stays = after < self._size and not self._open and self._indent == 0 and not self._text[after].isspace()
        if after >= self._stop or stays:
            self._broken = self._broken or "the line ends in a backslash"
            return True
        return False

    def _finished(self, full_end: int) -> Line:
        broken = self._broken
        if self._open and broken is None:
            broken = f"'{self._open[-1]}' is missing"
        return Line(
            self._begin,
            self._start,
            self._end,
            full_end,
            self._indent,
            self._first,
            self._second,
            self._colon,
            tuple(self._semicolons),
            tuple(self._strings),
            self._comment,
            broken,
        )
