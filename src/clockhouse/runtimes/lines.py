"""Bytes as they come from a pipe, made into lines."""

from __future__ import annotations

import json
from collections.abc import Iterable

LIMIT_BYTES = 16 * 1024  # of one line as it was written; a longer one comes in pieces
SHORTEST_MASK = 4  # characters: what is shorter would mask half the log, and be guessed from it
MASK = b"****"


class Splitter:
    """Makes lines of one stream's bytes; what is not a whole line yet waits for the rest of it."""

    def __init__(self, masked: Iterable[str] = ()) -> None:
        parts = {part for secret in masked for part in secret.splitlines() if len(part) >= SHORTEST_MASK}
        written = {form for part in parts for form in _forms(part)}
        self._masked = sorted(written, key=len, reverse=True)
        self._longest = max(map(len, self._masked), default=1)
        self._rest = b""

    def feed(self, data: bytes) -> tuple[str, ...]:
        """The lines that `data` ends, without their ends (a line feed, perhaps after a carriage return)."""
        whole, end, self._rest = (self._rest + data).rpartition(b"\n")
        lines = self._lines(whole) if end else []
        while len(self._rest) >= LIMIT_BYTES + self._longest:
            at = self._cut_at()
            lines += self._lines(self._rest[:at])
            self._rest = self._rest[at:]
        return tuple(lines)

    def end(self) -> tuple[str, ...]:
        """The line that was begun and never ended, if there is one."""
        rest, self._rest = self._rest, b""
        return tuple(self._lines(rest)) if rest else ()

    def _cut_at(self) -> int:
        """Where the first piece of an overlong line ends: not within a secret, which would not be masked then."""
        at = _piece_end(self._rest)
        for secret in self._masked:
            start = self._rest.find(secret, max(at - len(secret) + 1, 0), at + len(secret) - 1)
            if start >= 0:
                return start or len(secret)
        return at

    def _lines(self, whole: bytes) -> list[str]:
        for secret in self._masked:
            whole = whole.replace(secret, MASK)
        if len(whole) > LIMIT_BYTES:
            lines = whole.split(b"\n")
            if max(map(len, lines)) > LIMIT_BYTES:
                whole = b"\n".join(piece for line in lines for piece in _pieces(line))
        text = whole.decode("utf-8", "replace")
        if "\0" in text:
            text = text.replace("\0", "\ufffd")
        texts = text.split("\n")
        return [line.removesuffix("\r") for line in texts] if "\r" in text else texts


def _forms(secret: str) -> Iterable[bytes]:
    """A secret as it is written, and as Python writes its bytes where it is not ASCII; both within JSON, too."""
    data = secret.encode("utf-8", "surrogateescape")
    yield data
    if not secret.isascii():
        for text in (data.decode("latin-1"), repr(data)[2:-1]):
            yield text.encode()
            yield json.dumps(text, ensure_ascii=False)[1:-1].encode()


def _pieces(line: bytes) -> Iterable[bytes]:
    while len(line) > LIMIT_BYTES:
        at = _piece_end(line)
        yield line[:at]
        line = line[at:]
    yield line


def _piece_end(data: bytes) -> int:
    """Where the first piece of an overlong line ends; a character is not cut in two."""
    at = LIMIT_BYTES
    while at > LIMIT_BYTES - 4 and data[at] & 0xC0 == 0x80:
        at -= 1
    return at
