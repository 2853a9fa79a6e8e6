"""Chats: Slack, Microsoft Teams, Google Chat, Twilio, and webhooks in general."""

import hashlib
import hmac

import pytest
from tests.support.web import Peer, Reply, reply

from clockhouse.connectors import ConnectorError, google_chat, ms_teams, slack, twilio, webhook
from clockhouse.kit import Secret


def test_google_chat_gets_a_message_in_a_thread(other: Peer) -> None:
    made = {"name": "spaces/A/messages/1", "thread": {"name": "spaces/A/threads/2"}}
    other.on("POST /v1/spaces/A/messages", reply(made))
    space = google_chat.Client(webhook_url=Secret(f"{other.url}/v1/spaces/A/messages?key=k&token=t"))

    plain, threaded = space.post("*Hello*"), space.post("Again", thread="daily")

    assert plain == threaded == google_chat.Message("spaces/A/messages/1", "spaces/A/threads/2")
    first, second = other.asked
    assert (first.query, first.json()) == ({"key": ["k"], "token": ["t"]}, {"text": "*Hello*"})
    assert second.json() == {"text": "Again", "thread": {"threadKey": "daily"}}
    assert second.query == {
        "key": ["k"],
        "token": ["t"],
        "messageReplyOption": ["REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD"],
    }


def test_google_chat_gets_cards_with_names_of_their_own(other: Peer) -> None:
    other.on("POST /hook", reply({}))

    google_chat.Client(Secret(f"{other.url}/hook")).post_cards([{"card": {"header": {"title": "A"}}}])

    assert other.asked[0].json()["cardsV2"] == [{"cardId": "card-1", "card": {"header": {"title": "A"}}}]


def test_teams_gets_an_adaptive_card(other: Peer) -> None:
    other.on("POST /workflows/1", Reply(202))

    ms_teams.Client(Secret(f"{other.url}/workflows/1")).post("One\nTwo", title="Today")

    (attachment,) = other.asked[0].json()["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert attachment["content"]["type"] == "AdaptiveCard"
    assert [each["text"] for each in attachment["content"]["body"]] == ["Today", "One\n\nTwo"]


def test_slack_gets_a_message_and_gives_its_place(other: Peer) -> None:
    other.on("POST /chat.postMessage", reply({"ok": True, "channel": "C1", "ts": "17.5"}))
    other.on("POST /reactions.add", reply({"ok": True}))
    workspace = slack.Client(Secret("xoxb-1"), base_url=other.url)

    sent = workspace.post("#ops", "Done", thread="17.1")
    workspace.react(sent.channel, sent.ts, ":eyes:")

    assert sent == slack.Message("C1", "17.5")
    assert other.asked[0].headers["authorization"] == "Bearer xoxb-1"
    assert other.asked[0].json() == {"channel": "#ops", "text": "Done", "thread_ts": "17.1"}
    assert other.asked[1].json() == {"channel": "C1", "timestamp": "17.5", "name": "eyes"}


@pytest.mark.parametrize(
    ("error", "told"), [("not_in_channel", "Invite the app"), ("invalid_auth", "Check the token"), ("odd", "odd.$")]
)
def test_what_slack_refuses_is_told_although_it_answers_200(other: Peer, error: str, told: str) -> None:
    other.on("POST /chat.postMessage", reply({"ok": False, "error": error}))

    with pytest.raises(ConnectorError, match=told):
        slack.Client(Secret("xoxb-1"), base_url=other.url).post("#ops", "Done")


def test_a_slack_webhook_gets_the_text(other: Peer) -> None:
    other.on("POST /services/T/B/x", Reply(200, b"ok"))
    channel = slack.WebhookClient(Secret(f"{other.url}/services/T/B/x"))

    channel.post("Done")

    assert other.asked[0].json() == {"text": "Done"}
    other.on("POST /services/T/B/x", Reply(403, b"action_prohibited"))
    with pytest.raises(ConnectorError, match="Slack answered 403: action_prohibited"):
        channel.post("Done")


def test_twilio_sends_a_form_with_the_accounts_login(other: Peer) -> None:
    base = "/2010-04-01/Accounts/AC1"
    other.on(f"POST {base}/Messages.json", reply({"sid": "SM1", "status": "queued", "error_message": None}, 201))
    other.on(f"GET {base}/Messages/SM1.json", reply({"sid": "SM1", "status": "failed", "error_message": "Unknown"}))
    account = twilio.Client("AC1", Secret("token"), base_url=other.url)

    sent = account.send_sms("+49151", "Hello", sender="+1555")
    account.send_whatsapp("+49151", "Hello", sender="+1555")
    account.send_sms("+49151", "Hello", sender="MG1")

    assert sent == twilio.Message("SM1", "queued", None)
    assert account.message("SM1").error == "Unknown"
    assert other.asked[0].headers["authorization"] == "Basic QUMxOnRva2Vu"
    assert [each.form() for each in other.asked[:3]] == [
        {"To": "+49151", "Body": "Hello", "From": "+1555"},
        {"To": "whatsapp:+49151", "Body": "Hello", "From": "whatsapp:+1555"},
        {"To": "+49151", "Body": "Hello", "MessagingServiceSid": "MG1"},
    ]


def test_a_number_that_twilio_refuses_is_told(other: Peer) -> None:
    other.on(
        "POST /2010-04-01/Accounts/AC1/Messages.json",
        reply({"code": 21211, "message": "Invalid 'To' Phone Number", "status": 400}, 400),
    )

    with pytest.raises(ConnectorError, match="Twilio answered 400: Invalid 'To' Phone Number"):
        twilio.Client("AC1", Secret("token"), base_url=other.url).send_sms("1", "Hello", sender="+1555")


def test_a_webhooks_event_is_signed_over_what_is_sent(other: Peer) -> None:
    other.on("POST /in", Reply(204))
    target = webhook.Client(Secret(f"{other.url}/in"), secret=Secret("shared"), headers={"X-From": "us"})

    assert target.send({"name": "Zoë"}, headers={"Idempotency-Key": "7"}).status == 204

    (asked,) = other.asked
    assert asked.json() == {"name": "Zoë"}
    expected = hmac.new(b"shared", asked.body, hashlib.sha256).hexdigest()
    assert asked.headers["x-signature-256"] == f"sha256={expected}"
    assert (asked.headers["x-from"], asked.headers["idempotency-key"]) == ("us", "7")
    assert asked.headers["content-type"] == "application/json"


def test_a_webhook_without_a_secret_is_not_signed(other: Peer) -> None:
    other.on("POST /in", Reply(200))

    webhook.Client(f"{other.url}/in").send([1])

    assert "x-signature-256" not in other.asked[0].headers
