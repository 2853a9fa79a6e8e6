"""Text messages by Twilio."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import quote

from clockhouse.connectors.web import Web
from clockhouse.kit import Secret

TITLE = "Twilio"
GROUP = "Messaging"

_VERSION = "2010-04-01"


@dataclass(frozen=True, slots=True)
class Message:
    """A message as Twilio knows it: `status` is queued, sent, delivered, undelivered or failed, among others.

    `error` says why it could not be delivered; None when nothing is known to be wrong.
    """

    sid: str
    status: str
    error: str | None


@dataclass(frozen=True)
class Client:
    """An account of Twilio, which sends text messages (SMS) and messages by WhatsApp."""

    account_sid: str
    """The account's SID (AC...), on the first page of Twilio's console."""
    auth_token: Secret
    """Its token, beside the SID."""
    base_url: str = "https://api.twilio.com"
    """Where Twilio's API is."""
    timeout_seconds: float = 15.0
    """How long to wait for an answer."""

    @cached_property
    def _web(self) -> Web:
        login = (self.account_sid, self.auth_token.reveal())
        address = f"{self.base_url.rstrip('/')}/{_VERSION}/Accounts/{quote(self.account_sid)}"
        return Web("Twilio", address, login=login, timeout_seconds=self.timeout_seconds)

    def send_sms(self, to: str, text: str, *, sender: str) -> Message:
        """Sends a text message. `to` is a number such as +4915112345678.

        `sender` is a number of the account, or the SID of a messaging service (MG...).
        """
        by = "MessagingServiceSid" if sender.startswith("MG") else "From"
        return _message(self._web.call("POST", "/Messages.json", form={"To": to, "Body": text, by: sender}).json())

    def send_whatsapp(self, to: str, text: str, *, sender: str) -> Message:
        """Sends a message by WhatsApp. `to` is a number such as +4915112345678. `sender` is one of the account."""
        form = {"To": f"whatsapp:{to}", "Body": text, "From": f"whatsapp:{sender}"}
        return _message(self._web.call("POST", "/Messages.json", form=form).json())

    def message(self, sid: str) -> Message:
        """What has become of a message. `sid` is what sending it gave."""
        return _message(self._web.call("GET", f"/Messages/{quote(sid)}.json").json())


def _message(found: dict[str, Any]) -> Message:
    return Message(found["sid"], found["status"], found.get("error_message"))
