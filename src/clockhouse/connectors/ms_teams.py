"""Channels and chats of Microsoft Teams."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from clockhouse.connectors.web import Web
from clockhouse.kit import Secret

TITLE = "Microsoft Teams"
GROUP = "Messaging"

_CARD = "application/vnd.microsoft.card.adaptive"


@dataclass(frozen=True)
class Client:
    """A channel or chat of Microsoft Teams, by the webhook of a workflow."""

    webhook_url: Secret
    """The webhook's address: at the channel under Workflows, “Send webhook alerts to a channel”."""
    timeout_seconds: float = 15.0
    """How long to wait for an answer."""

    @cached_property
    def _web(self) -> Web:
        return Web("Microsoft Teams", self.webhook_url, timeout_seconds=self.timeout_seconds)

    def post(self, text: str, *, title: str | None = None) -> None:
        """Posts a message; **bold**, _italic_, lists and [links](https://address) are shown as such.

        `title` stands above it, large.
        """
        heading = {"type": "TextBlock", "text": title, "weight": "Bolder", "size": "Medium", "wrap": True}
        # A single line break is no new line in a text block; an empty line is.
        body = {"type": "TextBlock", "text": text.replace("\n", "\n\n"), "wrap": True}
        self.post_card({"body": [heading, body] if title else [body]})

    def post_card(self, card: dict[str, Any]) -> None:
        """Posts an adaptive card; `card` has its `body`, and perhaps `actions`."""
        whole = {
            "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
            "type": "AdaptiveCard",
            "version": "1.4",
            **card,
        }
        message = {"type": "message", "attachments": [{"contentType": _CARD, "content": whole}]}
        self._web.call("POST", json=message)
