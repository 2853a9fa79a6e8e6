"""Spaces of Google Chat."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from clockhouse.connectors.web import Web
from clockhouse.kit import Secret

TITLE = "Google Chat"
GROUP = "Messaging"


@dataclass(frozen=True, slots=True)
class Message:
    """A message that was posted: its name, and that of the thread it is in."""

    name: str
    thread: str


@dataclass(frozen=True)
class Client:
    """A space of Google Chat, by its incoming webhook."""

    webhook_url: Secret
    """The webhook's address: in the space under Apps & integrations, Webhooks. Whoever knows it can post."""
    timeout_seconds: float = 10.0
    """How long to wait for an answer."""

    @cached_property
    def _web(self) -> Web:
        return Web("Google Chat", self.webhook_url, timeout_seconds=self.timeout_seconds)

    def post(self, text: str, *, thread: str | None = None) -> Message:
        """Posts a message; *bold*, _italic_, `code` and <https://address|links> are shown as such.

        `thread` is a key of your own: messages of one key are one thread.
        """
        return self._posted({"text": text}, thread)

    def post_cards(self, cards: list[dict[str, Any]], *, text: str = "", thread: str | None = None) -> Message:
        """Posts cards, as `cardsV2` of Google Chat's reference has them. `text` is shown where cards are not.

        `thread` is a key of your own: messages of one key are one thread.
        """
        shown = [{"cardId": f"card-{number}", **card} for number, card in enumerate(cards, 1)]
        return self._posted({"text": text, "cardsV2": shown}, thread)

    def _posted(self, message: dict[str, Any], thread: str | None) -> Message:
        query = None
        if thread is not None:
            message = {**message, "thread": {"threadKey": thread}}
            query = {"messageReplyOption": "REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD"}
        made = self._web.call("POST", query=query, json=message).json()
        return Message(made.get("name", ""), made.get("thread", {}).get("name", ""))
