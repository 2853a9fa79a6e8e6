"""Channels of Slack."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from clockhouse.connectors.errors import ConnectorError
from clockhouse.connectors.web import Web, bearer
from clockhouse.kit import Secret

TITLE = "Slack"
GROUP = "Messaging"

_ADVICE = {
    "channel_not_found": "Check the channel's name or ID; a private one must have the app in it.",
    "not_in_channel": "Invite the app into the channel: /invite @app.",
    "invalid_auth": "Check the token.",
    "not_authed": "Give a token.",
    "token_revoked": "Give another token: this one was revoked.",
    "missing_scope": "Give the app the scope that this needs, and install it again.",
    "is_archived": "Choose a channel that is not archived.",
    "msg_too_long": "Write less: a message has at most 40,000 characters.",
}


@dataclass(frozen=True, slots=True)
class Message:
    """A message that was posted: the ID of its channel, and its time stamp, which names it there."""

    channel: str
    ts: str


@dataclass(frozen=True)
class Client:
    """A workspace of Slack, by the token of an app's bot; it can post into every channel that the app is in."""

    token: Secret
    """The bot's token (xoxb-...), which may chat:write; in the app's settings under OAuth & Permissions."""
    base_url: str = "https://slack.com/api"
    """Where Slack's API is."""
    timeout_seconds: float = 15.0
    """How long to wait for an answer."""

    @cached_property
    def _web(self) -> Web:
        return Web("Slack", self.base_url, headers=bearer(self.token), timeout_seconds=self.timeout_seconds)

    def post(
        self, channel: str, text: str, *, thread: str | None = None, blocks: list[dict[str, Any]] | None = None
    ) -> Message:
        """Posts a message; *bold*, _italic_, `code` and <https://address|links> are shown as such.

        `channel` is its name or ID. `thread` is the time stamp of the message to answer. `blocks` are shown in place of
        the text, as Slack's reference has them.
        """
        message = {"channel": channel, "text": text, "thread_ts": thread, "blocks": blocks}
        found = self._called("chat.postMessage", message)
        return Message(found["channel"], found["ts"])

    def update(self, channel: str, ts: str, text: str) -> Message:
        """Writes another text into a message of the app's own. `channel` is an ID. `ts` is the message's time stamp."""
        found = self._called("chat.update", {"channel": channel, "ts": ts, "text": text})
        return Message(found["channel"], found["ts"])

    def react(self, channel: str, ts: str, emoji: str) -> None:
        """Adds a reaction to a message. `channel` is an ID. `ts` is its time stamp. `emoji` is a name such as eyes."""
        self._called("reactions.add", {"channel": channel, "timestamp": ts, "name": emoji.strip(":")})

    def _called(self, method: str, given: dict[str, Any]) -> dict[str, Any]:
        sent = {name: value for name, value in given.items() if value is not None}
        found: dict[str, Any] = self._web.call("POST", method, json=sent).json()
        if not found.get("ok"):
            why = str(found.get("error", "no reason"))
            raise ConnectorError(f"Slack refused {method}: {why}. {_ADVICE.get(why, '')}".rstrip(), status=200)
        return found


@dataclass(frozen=True)
class WebhookClient:
    """One channel of Slack, by an incoming webhook: the simplest way to post there."""

    webhook_url: Secret
    """The webhook's address: in the app's settings under Incoming Webhooks. Whoever knows it can post."""
    timeout_seconds: float = 15.0
    """How long to wait for an answer."""

    @cached_property
    def _web(self) -> Web:
        return Web("Slack", self.webhook_url, timeout_seconds=self.timeout_seconds)

    def post(self, text: str, *, blocks: list[dict[str, Any]] | None = None) -> None:
        """Posts a message; *bold*, _italic_, `code` and <https://address|links> are shown as such.

        `blocks` are shown in place of the text, as Slack's reference has them.
        """
        self._web.call("POST", json={"text": text} if blocks is None else {"text": text, "blocks": blocks})
