"""A sign-in with an OpenID provider: what a browser is sent there with, and who comes back."""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Errand:
    """What a browser is sent to the provider with, and has to bring back. Secret until then."""

    state: str
    nonce: str
    verifier: str

    @property
    def challenge(self) -> str:
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")


@dataclass(frozen=True, slots=True)
class Claims:
    """Who came back. `subject` is unique among all providers; `email` is one that the provider has verified."""

    subject: str
    email: str | None
    name: str | None
    groups: frozenset[str]


def errand() -> Errand:
    """A new one, which nobody can guess."""
    return Errand(secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(48))
