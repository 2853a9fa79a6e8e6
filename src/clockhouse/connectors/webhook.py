"""Any system that takes events at an address of its own."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from clockhouse.connectors.web import Answer, Web, plain
from clockhouse.kit import Secret

TITLE = "Webhook"
GROUP = "Network"


@dataclass(frozen=True)
class Client:
    """An address that takes events as JSON, perhaps signed with a shared secret."""

    url: Secret | str
    """Where events are sent. Whoever knows it can send some, so it is best a Secret."""
    secret: Secret | None = None
    """What both sides know: events are signed with it (HMAC with SHA-256)."""
    signature_header: str = "X-Signature-256"
    """The header that has the signature, as sha256=..."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Sent with every event."""
    timeout_seconds: float = 10.0
    """How long to wait for an answer."""

    @cached_property
    def _web(self) -> Web:
        address = Secret(plain(self.url))
        return Web("The webhook", address, headers=self.headers, timeout_seconds=self.timeout_seconds)

    def send(self, event: Any, *, headers: Mapping[str, str] | None = None) -> Answer:
        """Sends an event, which is anything that JSON can hold. Raises ConnectorError unless it is taken.

        `headers` are sent with it, such as an idempotency key.
        """
        body = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
        signed = {"Content-Type": "application/json", **self._signature(body), **(headers or {})}
        return self._web.call("POST", content=body, headers=signed)

    def _signature(self, body: bytes) -> dict[str, str]:
        if not self.secret:
            return {}
        digest = hmac.new(self.secret.reveal().encode(), body, hashlib.sha256).hexdigest()
        return {self.signature_header: f"sha256={digest}"}
