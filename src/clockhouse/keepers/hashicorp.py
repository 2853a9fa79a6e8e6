"""Secrets in HashiCorp Vault, in its engine for keys and values, version 2."""

from __future__ import annotations

import json
import ssl
from pathlib import Path
from typing import Any

import httpx

from clockhouse.errors import Invalid, Unavailable
from clockhouse.keepers.base import LONGEST_BYTES
from clockhouse.kit import Secret
from clockhouse.model.reference import Reference

_TIME_OUT = httpx.Timeout(5, connect=3)
_MOST_BYTES = 1024 * 1024  # of an answer
_REFUSED = {
    400: "The vault does not understand the path: version 2 of key and value has /data/ in it.",
    403: "The vault does not let this server's token read it.",
    404: "The vault has nothing there.",
    429: "The vault is busy or a standby.",
    472: "The vault is a standby of another one.",
    503: "The vault is sealed or being maintained.",
}


class HashiCorpVault:
    """The vault at an address. The token is read from its file at each use, for others renew it there.

    `authority` is a file with the certificates that are trusted; None: those of the system.
    """

    def __init__(
        self,
        address: str,
        *,
        token: Secret | None = None,
        token_file: Path | None = None,
        namespace: str = "",
        authority: Path | None = None,
    ) -> None:
        """Raises Invalid when there is neither token nor file, or the certificates cannot be read."""
        if token is None and token_file is None:
            raise Invalid("The vault needs a token: set CLOCKHOUSE_VAULT_TOKEN or name a file with --vault-token-file.")
        if not address.startswith(("https://", "http://")):
            raise Invalid("The vault's address begins with https://, such as https://vault.example.com:8200.")
        self._address = address.rstrip("/")
        self._token = token
        self._token_file = token_file
        self._namespace = namespace
        try:
            self._trusted = ssl.create_default_context(cafile=None if authority is None else str(authority))
        except (OSError, ssl.SSLError) as error:
            raise Invalid(f"The certificates in {authority} cannot be read ({error}).") from error

    def fetch(self, wanted: Reference) -> Secret:
        """See `Fetches`."""
        headers = {"X-Vault-Token": self._present_token(), "X-Vault-Request": "true"}
        if self._namespace:
            headers["X-Vault-Namespace"] = self._namespace
        address = f"{self._address}/v1/{wanted.path}"
        try:
            # A redirect is not followed: the token is for this address. A proxy of the environment is not asked.
            with (
                httpx.Client(verify=self._trusted, timeout=_TIME_OUT, trust_env=False) as client,
                client.stream("GET", address, headers=headers) as answer,
            ):
                status, body = answer.status_code, _bounded(answer)
        except httpx.TimeoutException:
            raise Unavailable("The vault did not answer within 5 seconds.") from None
        except httpx.HTTPError as error:
            raise Unavailable(f"The vault cannot be reached ({type(error).__name__}).") from None
        if status != httpx.codes.OK:
            raise Unavailable(_REFUSED.get(status, f"The vault answered with status {status}."))
        return _field(body, wanted.field)

    def _present_token(self) -> str:
        if self._token is not None:
            return self._token.reveal()
        try:
            held = (self._token_file or Path()).read_text("ascii").strip()
        except (OSError, UnicodeDecodeError):
            raise Unavailable("The file with the vault's token cannot be read.") from None
        if not held.isprintable() or not held:
            raise Unavailable("The file with the vault's token holds no token.")
        return held


def _bounded(answer: httpx.Response) -> bytes:
    held = b""
    for piece in answer.iter_bytes():
        held += piece
        if len(held) > _MOST_BYTES:
            raise Unavailable("The vault answered with more than a secret.")
    return held


def _field(body: bytes, field: str) -> Secret:
    try:
        found: Any = json.loads(body)["data"]["data"]
    except (ValueError, KeyError, TypeError):
        raise Unavailable("What the vault answered is no secret of version 2 of key and value.") from None
    if not isinstance(found, dict) or found.get(field) is None:
        raise Unavailable(f"The vault has no field {field} there.")
    value = found[field]
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    if len(text.encode()) > LONGEST_BYTES:
        raise Unavailable(f"It is larger than {LONGEST_BYTES // 1024} KiB.")
    return Secret(text)
