"""How a secret may stand in what a task writes: as it is, and as programs commonly encode it."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

SHORTEST_MASK = 4  # characters: what is shorter would mask half the log, and be guessed from it
MASK = b"****"


class Masks:
    """What is masked for one execution: lines of its secrets, encoded in every way that is looked for."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        parts = {part for secret in secrets for part in secret.splitlines() if len(part) >= SHORTEST_MASK}
        found = {form for part in parts for form in _forms(part)}
        self.forms = sorted(found, key=lambda form: (-len(form), form))  # the longest first, which holds others
        self.longest = max(map(len, found), default=1)

    def masked(self, text: bytes) -> bytes:
        """The same without them."""
        for form in self.forms:
            text = text.replace(form, MASK)
        return text


def _forms(secret: str) -> Iterable[bytes]:
    data = secret.encode("utf-8", "surrogateescape")
    yield data
    yield from _escaped(secret, data)
    yield from _percented(data)
    yield from _base64(data)
    yield data.hex().encode()
    yield data.hex().upper().encode()


def _escaped(secret: str, data: bytes) -> Iterable[bytes]:
    """In JSON, with its characters and in ASCII, in HTML, and as Python writes its bytes where it is not ASCII."""
    texts = [secret, data.decode("latin-1"), repr(data)[2:-1]]
    for text in dict.fromkeys(texts) if not secret.isascii() else [secret]:
        plain = text.encode("utf-8", "surrogateescape")
        yield plain
        for is_ascii in (False, True):
            written = json.dumps(text, ensure_ascii=is_ascii)[1:-1].encode("utf-8", "surrogateescape")
            yield written
            yield written.replace(b"/", b"\\/")  # as some write it
        for quotes in (False, True):
            yield html.escape(text, quote=quotes).encode("utf-8", "surrogateescape")
        yield repr(text)[1:-1].encode("utf-8", "surrogateescape")


def _percented(data: bytes) -> Iterable[bytes]:
    """In addresses and forms, with large and small digits; browsers leave some characters that others encode."""
    for safe in ("", "/", "!'()*~", "/!'()*~:@$&+,;="):
        yield quote(data, safe=safe).encode()
        yield quote_plus(data, safe=safe).encode()
        yield _small_digits(quote(data, safe=safe)).encode()
    strict = "".join(chr(byte) if byte < 128 and chr(byte).isalnum() else f"%{byte:02X}" for byte in data)
    yield strict.encode()
    yield _small_digits(strict).encode()


def _small_digits(text: str) -> str:
    first, *rest = text.split("%")
    return "%".join([first, *(f"{each[:2].lower()}{each[2:]}" for each in rest)])


def _base64(data: bytes) -> Iterable[bytes]:
    """Of both alphabets, alone and with whatever before and after it: those digits that are of the secret alone."""
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        yield encode(data).rstrip(b"=")
        for before in range(3):
            digits = encode(bytes(before) + data)
            inner = digits[-(-8 * before // 6) : 8 * (before + len(data)) // 6]
            if len(inner) >= SHORTEST_MASK:
                yield inner
