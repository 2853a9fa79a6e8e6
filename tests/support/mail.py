"""A mail server on loopback that keeps what it takes, for one user."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword
from tests.support.server import free_port


@dataclass(slots=True)
class Inbox:
    """What the server took, with the addresses it is for; it refuses whoever is called nobody."""

    port: int
    taken: list[tuple[list[str], EmailMessage]] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802
        self, _server: Any, _session: Any, envelope: Envelope, address: str, _options: Any
    ) -> str:
        if address.startswith("nobody@"):
            return "550 No such user here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:  # noqa: N802
        message = BytesParser(policy=default).parsebytes(envelope.content or b"")
        assert isinstance(message, EmailMessage)
        self.taken.append((envelope.rcpt_tos, message))
        return "250 Taken"


@contextmanager
def mail_server(tls: ssl.SSLContext | None = None) -> Iterator[Inbox]:
    """A server for as long as the block lasts; ada signs in with the password right. With `tls`, all is encrypted."""
    inbox = Inbox(free_port())
    controller = Controller(
        inbox,
        hostname="127.0.0.1",
        port=inbox.port,
        authenticator=_admitted,
        tls_context=tls,
        require_starttls=tls is not None,
        auth_require_tls=tls is not None,
    )
    controller.start()
    try:
        yield inbox
    finally:
        controller.stop()


def _admitted(_server: Any, _session: Any, _envelope: Any, _mechanism: str, given: LoginPassword) -> AuthResult:
    return AuthResult(success=given == LoginPassword(b"ada", b"right"), handled=False)
