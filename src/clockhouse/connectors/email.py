"""E-mail, sent by a mail server (SMTP)."""

from __future__ import annotations

import mimetypes
import smtplib
import ssl
from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from clockhouse.connectors.errors import ConnectorError
from clockhouse.kit import Secret

if TYPE_CHECKING:
    from collections.abc import Iterator

TITLE = "E-mail"
GROUP = "Messaging"

Security = Literal["starttls", "tls", "none"]

_PLAIN_TYPE = "application/octet-stream"


@dataclass(frozen=True)
class Client:
    """A mail server that sends what it is given."""

    host: str
    """Its name, such as smtp.example.com."""
    sender: str
    """Whom the mail is from: an address, or Name <address>."""
    user: str | None = None
    """Who signs in; nobody without one."""
    password: Secret | None = None
    """The password of that user."""
    port: int | None = None
    """Its port; 465 for tls, 587 for starttls and 25 for none unless you say otherwise."""
    security: Security = "starttls"
    """How the connection is encrypted: from its start (tls), after a greeting (starttls), or not at all (none)."""
    timeout_seconds: float = 30.0
    """How long to wait for an answer."""

    def send(
        self,
        to: str | Sequence[str],
        subject: str,
        text: str,
        *,
        html: str | None = None,
        cc: Sequence[str] = (),
        bcc: Sequence[str] = (),
        reply_to: str | None = None,
        attachments: Mapping[str, bytes | str | Path] | None = None,
    ) -> list[str]:
        """Sends a mail, and gives the addresses that the server refused, when it took others.

        `to` is an address or several. `html` is shown in place of the text where that is possible. `cc` get a copy,
        too. `bcc` get one that nobody knows of. `reply_to` is where answers go. `attachments` are by file name: bytes,
        text, or the path of a file.
        """
        named = [to] if isinstance(to, str) else list(to)
        message = _message(self.sender, named, cc, subject, reply_to)
        message.set_content(text)
        if html is not None:
            message.add_alternative(html, subtype="html")
        for name, content in (attachments or {}).items():
            _attach(message, name, content)
        with self._session() as session:
            return sorted(session.send_message(message, to_addrs=[*named, *cc, *bcc]))

    @contextmanager
    def _session(self) -> Iterator[smtplib.SMTP]:
        if self.user is not None and self.security == "none" and self.host not in ("localhost", "127.0.0.1", "::1"):
            raise ConnectorError("A password is not sent over an open line. Set security to starttls or tls.")
        try:
            with self._connected() as session:
                if self.security == "starttls":
                    session.starttls(context=ssl.create_default_context())
                if self.user is not None:
                    session.login(self.user, self.password.reveal() if self.password else "")
                yield session
        except (OSError, smtplib.SMTPException) as error:
            raise ConnectorError(self._told(error)) from None

    def _connected(self) -> smtplib.SMTP:
        port = self.port or {"tls": 465, "starttls": 587, "none": 25}[self.security]
        if self.security == "tls":
            return smtplib.SMTP_SSL(self.host, port, timeout=self.timeout_seconds, context=ssl.create_default_context())
        return smtplib.SMTP(self.host, port, timeout=self.timeout_seconds)

    def _told(self, error: OSError | smtplib.SMTPException) -> str:
        match error:
            case smtplib.SMTPAuthenticationError():
                return f"{self.host} refused the user {self.user}. Check the user and the password."
            case smtplib.SMTPRecipientsRefused(recipients=refused):
                why = "; ".join(f"{address} ({_words(words)})" for address, (_, words) in sorted(refused.items()))
                return f"{self.host} took none of the recipients: {why}. Check the addresses."
            case smtplib.SMTPSenderRefused(sender=sender, smtp_error=words):
                return f"{self.host} refused the sender {sender}: {_words(words)}. Check the sender, and the user."
            case smtplib.SMTPNotSupportedError():
                return f"{self.host} can't do this: {error}. Choose another security, or leave the user out."
            case smtplib.SMTPResponseException(smtp_code=code, smtp_error=words):
                return f"{self.host} answered {code}: {_words(words)}."
            case ssl.SSLError():
                return f"{self.host} can't be trusted: {error.reason or error}. Check its name, port and security."
            case TimeoutError() | smtplib.SMTPServerDisconnected() if "timed out" in str(error):
                return f"{self.host} did not answer in {self.timeout_seconds:g} seconds. Try again later."
        return f"{self.host} can't be reached: {error}. Check its name, port and security."


def _message(sender: str, to: Sequence[str], cc: Sequence[str], subject: str, reply_to: str | None) -> EmailMessage:
    message = EmailMessage()
    headers = {
        "From": sender,
        "To": ", ".join(to),
        "Cc": ", ".join(cc),
        "Reply-To": reply_to or "",
        "Subject": subject,
        "Date": formatdate(),
        "Message-ID": make_msgid(domain="clockhouse.invalid"),
    }
    try:
        for name, value in headers.items():
            if value:
                message[name] = value
    except ValueError as error:  # a line break in a header would begin another one
        raise ConnectorError(f"The mail can't be written: {error}") from None
    return message


def _attach(message: EmailMessage, name: str, content: bytes | str | Path) -> None:
    data = content.read_bytes() if isinstance(content, Path) else content
    if isinstance(data, str):
        message.add_attachment(data, filename=name)
        return
    main, _, sub = (mimetypes.guess_type(name)[0] or _PLAIN_TYPE).partition("/")
    message.add_attachment(data, maintype=main, subtype=sub, filename=name)


def _words(said: bytes | str) -> str:
    return (said.decode(errors="replace") if isinstance(said, bytes) else said).strip().rstrip(".")
