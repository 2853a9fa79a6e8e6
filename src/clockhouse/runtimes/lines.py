"""Bytes as they come from a pipe, made into lines."""

from __future__ import annotations

from collections.abc import Iterable

from clockhouse.runtimes.masking import Masks

LIMIT_BYTES = 16 * 1024  # of one line as it was written; a longer one comes in pieces


class Splitter:
    """Makes lines of one stream's bytes; what is not a whole line yet waits for the rest of it."""

    def __init__(self, masked: Iterable[str] | Masks = ()) -> None:
        self._masks = masked if isinstance(masked, Masks) else Masks(masked)
        self._rest = b""

    def feed(self, data: bytes) -> tuple[str, ...]:
        """The lines that `data` ends, without their ends (a line feed, perhaps after a carriage return)."""
        whole, end, self._rest = (self._rest + data).rpartition(b"\n")
        lines = self._lines(whole) if end else []
        while len(self._rest) >= LIMIT_BYTES + self._masks.longest:
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
        for secret in self._masks.forms:
            start = self._rest.find(secret, max(at - len(secret) + 1, 0), at + len(secret) - 1)
            if start >= 0:
                return start or len(secret)
        return at

    def _lines(self, whole: bytes) -> list[str]:
        whole = self._masks.masked(whole)
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
