"""The vault: seals secret values for the database with a key that is kept outside of it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
import tempfile
from collections.abc import Iterable
from contextlib import suppress
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
        opened, new = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")  # others may write it as well
        with os.fdopen(opened, "wb") as writing:
            writing.write(self._bytes)
            writing.flush()
            os.fsync(writing.fileno())
        Path(new).replace(file)
        _keep_names(file.parent)

    def fingerprint(self, secret: Secret, scope: str) -> str:
        return _digest(self._fingerprinting, f"{scope}\0{secret.reveal()}".encode("utf-8", "surrogateescape"))


class Vault:
    """AES-256-GCM under the key of a file that only its owner may read; the file is made when there is none.

    It opens what the keys beside that file have sealed, too: the one that is to come, and the one before. They are read
    again when something is sealed with a key that is not known, and at each `follow`.
    """

    def __init__(self, key: Path | Key) -> None:
        self._file = None if isinstance(key, Key) else key
        self._key = key if isinstance(key, Key) else _key(key)
        self._ring = {self._key.id: self._key}
        self._read_beside()

    @property
    def known(self) -> tuple[str, ...]:
        """The names of the keys that it opens with; the one that it seals with is the first."""
        return (self._key.id, *(name for name in self._ring if name != self._key.id))

    def follow(self, name: str | None) -> bool:
        """Seals with the key of this name from now on, and has it in its file; says whether it does.

        The one before stays beside it. Where the file cannot be written, that is for the next start. None, or a key
        that is not there, changes nothing.
        """
        self._read_beside()
        wanted = self._ring.get(name or "")
        if wanted is not None and wanted.id != self._key.id:
            former, self._key = self._key, wanted
            if self._file is not None:
                with suppress(OSError, Invalid):
                    _put_in_place(self._file, wanted, former)
        return wanted is not None

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
        opened = self._opened(sealed, purpose)
        if opened is None and self._read_beside():
            opened = self._opened(sealed, purpose)
        if opened is not None:
            return Secret(opened.decode())
        name = name_of(sealed)
        told = f" with ({name}; here is {self.key_id})" if name not in (None, self.key_id) else " with"
        raise Unavailable(
            f"A secret cannot be opened: the key here is not the one that it was sealed{told}. "
            "Put the right key in its place, or set the secret again."
        )

    def fingerprint(self, secret: Secret, scope: str) -> str:
        """Eight digits that tell whether two secrets within one scope are the same, for who has not the key nothing."""
        return self._key.fingerprint(secret, scope)

    def _opened(self, sealed: str, purpose: str) -> bytes | None:
        form, _, text = sealed.partition(":")
        keys: Iterable[Key] = ()
        if form == _FORM_WITHOUT_KEY:
            keys = self._ring.values()
        elif form == _FORM:
            name, _, text = text.partition(":")
            keys = [self._ring[name]] if name in self._ring else []
        found = (_opened(key, text, purpose) for key in keys)
        return next((opened for opened in found if opened is not None), None)

    def _read_beside(self) -> bool:
        """Whether there was a key that it did not know."""
        if self._file is None:
            return False
        found = [_key_if_there(file) for file in (self._file, upcoming(self._file), former(self._file))]
        new = {key.id: key for key in found if key is not None and key.id not in self._ring}
        self._ring = {**self._ring, **new}
        return bool(new)


def upcoming(file: Path) -> Path:
    """Where the key is that is to take the place of the one in this file."""
    return file.with_name(f"{file.name}.next")


def former(file: Path) -> Path:
    """Where the key is in whose place the one in this file is."""
    return file.with_name(f"{file.name}.old")


def name_of(sealed: str) -> str | None:
    """Of the key that something is sealed with; None where an earlier version sealed it, which did not say."""
    form, _, rest = sealed.partition(":")
    return rest.partition(":")[0] if form == _FORM else None


def _put_in_place(file: Path, key: Key, before: Key) -> None:
    """Killed at any moment, or done by several at once, both keys are there: the old one is kept first."""
    if Key.of_file(file).id != key.id:
        before.write(former(file))
        key.write(file)
    next_one = _key_if_there(upcoming(file))
    if next_one is not None and next_one.id == key.id:
        upcoming(file).unlink(missing_ok=True)


def _key_if_there(file: Path) -> Key | None:
    try:
        return Key.of_file(file) if file.exists() else None
    except (Invalid, OSError):
        return None


def _keep_names(folder: Path) -> None:
    """Has the names in a folder on the disk."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


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
