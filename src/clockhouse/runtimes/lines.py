"""Bytes as they come from a pipe, made into lines."""

from __future__ import annotations

from collections.abc import Iterable

LIMIT_BYTES = 16 * 1024  # of one line as it was written; a longer one comes in pieces
SHORTEST_MASK = 4  # characters: what is shorter would mask half the log, and be guessed from it
MASK = b"****"


class Splitter:
    """Makes lines of one stream's bytes; what is not a whole line yet waits for the rest of it."""

    def __init__(self, masked: Iterable[str] = ()) -> None:
        parts = {part for secret in masked for part in secret.splitlines() if len(part) >= SHORTEST_MASK}
        self._masked = sorted((part.encode("utf-8", "surrogateescape") for part in parts), key=len, reverse=True)
        self._rest = b""

    def feed(self, data: bytes) -> tuple[str, ...]:
        """The lines that `data` ends, without their ends (a line feed, perhaps after a carriage return)."""
        whole, end, self._rest = (self._rest + data).rpartition(b"\n")
        lines = self._lines(whole) if end else []
        while len(self._rest) > LIMIT_BYTES:
            piece, self._rest = _cut(self._rest)
            lines += self._lines(piece)
        return tuple(lines)

    def end(self) -> tuple[str, ...]:
        """The line that was begun and never ended, if there is one."""
        rest, self._rest = self._rest, b""
        return tuple(self._lines(rest)) if rest else ()

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


def _pieces(line: bytes) -> Iterable[bytes]:
    while len(line) > LIMIT_BYTES:
        piece, line = _cut(line)
        yield piece
    yield line


def _cut(data: bytes) -> tuple[bytes, bytes]:
    """The first piece of an overlong line, and the rest; a character is not cut in two."""
    at = LIMIT_BYTES
    while at > LIMIT_BYTES - 4 and data[at] & 0xC0 == 0x80:
        at -= 1
    return data[:at], data[at:]
