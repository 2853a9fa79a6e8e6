"""Where a string literal ends: plain, triple-quoted, and formatted with expressions inside."""

from __future__ import annotations

import re

# Python allows 150 formatted strings inside each other; source that Python refuses gets fewer, since each start of one
# may have to be looked at that many times.
DEEPEST = 150
DEEPEST_IN_DAMAGE = 6

_PREFIXES = frozenset({"r", "b", "u", "f", "t", "br", "rb", "fr", "rf", "tr", "rt"})
_OPENING = re.compile(r"(?:[bB][rR]|[rR][bB]|[fFtT][rR]|[rR][fFtT]|[rRbBuUfFtT])?(\"\"\"|'''|\"|')")
_REST = {
    "'": re.compile(r"[^'\\\r\n]*(?:\\(?:\r\n|[\s\S])[^'\\\r\n]*)*'"),
    '"': re.compile(r'[^"\\\r\n]*(?:\\(?:\r\n|[\s\S])[^"\\\r\n]*)*"'),
    "'''": re.compile(r"[^'\\]*(?:(?:\\[\s\S]|'(?!''))[^'\\]*)*'''"),
    '"""': re.compile(r'[^"\\]*(?:(?:\\[\s\S]|"(?!""))[^"\\]*)*"""'),
}
# Most formatted strings have nothing but names and calls in their braces.
_PLAIN_FORMATTED = {
    "'": re.compile(r"[^'\\{}\r\n]*(?:\{[^'\"\\{}#\r\n]+\}[^'\\{}\r\n]*)*'"),
    '"': re.compile(r'[^"\\{}\r\n]*(?:\{[^\'"\\{}#\r\n]+\}[^"\\{}\r\n]*)*"'),
}
_TEXT = re.compile(r"[^'\"\\{}\r\n]+")
_CODE = re.compile(r"[^'\"\\#(){}\[\]:]+")
_COMMENT = re.compile(r"#[^\r\n]*")


class UnclosedError(Exception):
    """The literal has no end."""


def start_of(text: str, quote: int, floor: int) -> int:
    """Where the literal whose first quote is at `quote` starts, its prefix (f, rb, ...) included."""
    start = quote
    while start > floor and quote - start < 3 and (text[start - 1].isalnum() or text[start - 1] == "_"):
        start -= 1
    return start if text[start:quote].lower() in _PREFIXES else quote


def end_of(text: str, start: int, *, deepest: int = DEEPEST) -> int:
    """The offset after the literal that starts at `start`. Raises UnclosedError when it has no end.

    `deepest` limits how many formatted strings inside each other are followed.
    """
    opening = _OPENING.match(text, start)
    if opening is None:
        raise UnclosedError
    quote, prefix = opening.group(1), text[start : opening.start(1)].lower()
    if "f" not in prefix and "t" not in prefix:
        rest = _REST[quote].match(text, opening.end())
        if rest is None:
            raise UnclosedError
        return rest.end()
    if quote in _PLAIN_FORMATTED and (plain := _PLAIN_FORMATTED[quote].match(text, opening.end())):
        return plain.end()
    return _Formatted(text, quote, raw="r" in prefix, deepest=deepest).end(opening.end())


class _Formatted:
    """One formatted string: literal text, with expressions in braces, which may hold strings again."""

    def __init__(self, text: str, quote: str, *, raw: bool, deepest: int) -> None:
        if deepest <= 0:
            raise UnclosedError
        self._text, self._quote, self._raw, self._deepest = text, quote, raw, deepest
        self._size = len(text)

    def end(self, at: int) -> int:
        text = self._text
        while at < self._size:
            letter = text[at]
            if letter == self._quote[0] and text.startswith(self._quote, at):
                return at + len(self._quote)
            if letter == "\\":
                at = self._after_backslash(at)
            elif letter == "{":
                at = at + 2 if text.startswith("{{", at) else self._field(at + 1)
            else:
                at = self._literal(at, letter)
        raise UnclosedError

    def _literal(self, at: int, letter: str) -> int:
        if letter in "\r\n" and len(self._quote) == 1:
            raise UnclosedError
        run = _TEXT.match(self._text, at)
        return run.end() if run else at + 1

    def _after_backslash(self, at: int) -> int:
        text, following = self._text, self._text[at + 1 : at + 2]
        if following == "N" and not self._raw and text.startswith("{", at + 2):
            end = text.find("}", at, at + 200)  # the longest name of a character has 88 letters
            if end < 0:
                raise UnclosedError
            return end + 1
        if following in ("{", "}"):
            return at + 1
        return at + (3 if text.startswith("\r\n", at + 1) else 2)

    def _field(self, at: int) -> int:
        """From after `{` to after its `}`."""
        text, depth, begin = self._text, 0, at
        while at < self._size:
            letter = text[at]
            if letter in "'\"":
                at = end_of(text, start_of(text, at, begin), deepest=self._deepest - 1)
            elif letter == "#":
                comment = _COMMENT.match(text, at)
                at = comment.end() if comment else at + 1
            elif letter in "([{":
                depth, at = depth + 1, at + 1
            elif letter in ")]}":
                if depth == 0:
                    if letter == "}":
                        return at + 1
                    raise UnclosedError
                depth, at = depth - 1, at + 1
            elif letter == ":" and depth == 0:
                return at + 1  # the format is read as text, which may have fields in it, too
            else:
                run = _CODE.match(text, at)
                at = run.end() if run else at + 1
        raise UnclosedError
