"""The vault: seals secret values for the database with a key that is kept outside of it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from collections.abc import Iterable
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from clockhouse.errors import Invalid, Unavailable
from clockhouse.kit import Secret

_FORM = "v2"  # v2:KEY:TEXT says which key sealed it; v1:TEXT, of an earlier version, does not
_FORM_WITHOUT_KEY = "v1"
_NONCE_BYTES = 12
_KEY_BYTES = 32
_SHOWN = 8  # hexadecimal digits of a key's name, and of a fingerprint


class Key:
    """What opens and seals; `id` tells keys apart, and tells nothing else of them."""

    __slots__ = ("_bytes", "_fingerprinting", "cipher", "id")

    def __init__(self, key: bytes) -> None:
        self._bytes = key
        self.cipher = AESGCM(key)
        self.id = _digest(key, b"clockhouse: the name of a key")
        self._fingerprinting = hmac.new(key, b"clockhouse: the key of fingerprints", hashlib.sha256).digest()

    def __repr__(self) -> str:
        return f"Key({self.id})"

    @classmethod
    def new(cls) -> Key:
        return cls(secrets.token_bytes(_KEY_BYTES))

    @classmethod
    def of_text(cls, text: Secret, *, place: str) -> Key:
        """Of base64, from the `place` that an error names."""
        return cls(_decoded(text.reveal().encode("ascii", "replace"), place))

    @classmethod
    def of_file(cls, file: Path) -> Key:
        """The key that a file holds, as its 32 bytes or in base64. Raises Invalid."""
        try:
            return cls(_decoded(file.read_bytes(), f"The key file {file}"))
        except OSError as error:
            raise _unreadable(file, error) from error

    def write(self, file: Path) -> None:
        """Makes the file whole or not at all, for its owner alone, in the place of one that is there."""
        new = file.with_name(f"{file.name}.new")
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as opened:
            opened.write(self._bytes)
            opened.flush()
            os.fsync(opened.fileno())
        new.replace(file)

    def fingerprint(self, secret: Secret, scope: str) -> str:
        return _digest(self._fingerprinting, f"{scope}\0{secret.reveal()}".encode("utf-8", "surrogateescape"))


class Vault:
    """AES-256-GCM under the key of a file that only its owner may read; the file is made when there is none.

    It opens what `older` keys have sealed, too.
    """

    def __init__(self, key: Path | Key, older: Iterable[Key] = ()) -> None:
        self._key = key if isinstance(key, Key) else _key(key)
        self._ring = {each.id: each for each in (self._key, *older)}

    @property
    def key_id(self) -> str:
        """Of the key that it seals with."""
        return self._key.id

    def seal(self, secret: Secret, purpose: str) -> str:
        """Text for the database. It opens only under the same `purpose`, so that it can't be moved elsewhere."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = self._key.cipher.encrypt(nonce, secret.reveal().encode(), purpose.encode())
        return f"{_FORM}:{self._key.id}:{base64.b64encode(nonce + sealed).decode()}"

    def open(self, sealed: str, purpose: str) -> Secret:
        """Raises Unavailable when the key is not the one that sealed it."""
        form, _, text = sealed.partition(":")
        keys: Iterable[Key] = ()
        sealed_with = ""
        if form == _FORM_WITHOUT_KEY:
            keys = self._ring.values()
        elif form == _FORM:
            sealed_with, _, text = text.partition(":")
            keys = [self._ring[sealed_with]] if sealed_with in self._ring else []
        for key in keys:
            opened = _opened(key, text, purpose)
            if opened is not None:
                return Secret(opened.decode())
        told = f" with ({sealed_with}; here is {self.key_id})" if sealed_with not in ("", self.key_id) else " with"
        raise Unavailable(
            f"A secret cannot be opened: the key here is not the one that it was sealed{told}. "
            "Put the right key in its place, or set the secret again."
        )

    def fingerprint(self, secret: Secret, scope: str) -> str:
        """Eight digits that tell whether two secrets within one scope are the same, for who has not the key nothing."""
        return self._key.fingerprint(secret, scope)


def _opened(key: Key, text: str, purpose: str) -> bytes | None:
    try:
        raw = base64.b64decode(text, validate=True)
        return key.cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], purpose.encode())
    except (InvalidTag, ValueError):
        return None


def _key(file: Path) -> Key:
    try:
        if not file.exists():
            Key.new().write(file)
    except OSError as error:
        raise _unreadable(file, error) from error
    return Key.of_file(file)


def _unreadable(file: Path, error: OSError) -> Invalid:
    return Invalid(
        f"The key file {file} cannot be read or made ({error.strerror}). Correct this, or name another --key-file."
    )


def _decoded(held: bytes, place: str) -> bytes:
    if len(held) == _KEY_BYTES:
        return held
    try:
        decoded = base64.b64decode(held.strip(), validate=True)
    except ValueError:
        decoded = b""
    if len(decoded) != _KEY_BYTES:
        raise Invalid(f"{place} should hold {_KEY_BYTES} bytes, but holds {len(held)}, which are no base64 of them.")
    return decoded


def _digest(key: bytes, of: bytes) -> str:
    return hmac.new(key, of, hashlib.sha256).hexdigest()[:_SHOWN]
