"""The vault: seals secret values for the database with a key that is kept outside of it."""

from __future__ import annotations

import base64
import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from clockhouse.errors import Invalid, Unavailable
from clockhouse.kit import Secret

_FORM = "v1"
_NONCE_BYTES = 12
_KEY_BYTES = 32


class Vault:
    """AES-256-GCM under the key of a file that only its owner may read; the file is made when there is none."""

    def __init__(self, key_file: Path) -> None:
        self._cipher = AESGCM(_key(key_file))

    def seal(self, secret: Secret, purpose: str) -> str:
        """Text for the database. It opens only under the same `purpose`, so that it can't be moved elsewhere."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = self._cipher.encrypt(nonce, secret.reveal().encode(), purpose.encode())
        return f"{_FORM}:{base64.b64encode(nonce + sealed).decode()}"

    def open(self, sealed: str, purpose: str) -> Secret:
        """Raises Unavailable when the key is not the one that sealed it."""
        form, _, text = sealed.partition(":")
        try:
            raw = base64.b64decode(text, validate=True)
            opened = self._cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], purpose.encode())
        except (InvalidTag, ValueError):
            opened = None
        if form != _FORM or opened is None:
            raise Unavailable(
                "A secret cannot be opened: the key file is not the one that it was sealed with. "
                "Put the old key file back, or set the secret again."
            )
        return Secret(opened.decode())


def _key(file: Path) -> bytes:
    try:
        if not file.exists():
            _make(file)
        key = file.read_bytes()
    except OSError as error:
        raise Invalid(
            f"The key file {file} cannot be read or made ({error.strerror}). Correct this, or name another --key-file."
        ) from error
    if len(key) != _KEY_BYTES:
        raise Invalid(f"The key file {file} should hold {_KEY_BYTES} bytes, but holds {len(key)}.")
    return key


def _make(file: Path) -> None:
    """Makes the file whole or not at all: a start that was cut off leaves none that the next one would refuse."""
    key, new = secrets.token_bytes(_KEY_BYTES), file.with_name(f"{file.name}.new")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as opened:
        opened.write(key)
        opened.flush()
        os.fsync(opened.fileno())
    new.replace(file)
