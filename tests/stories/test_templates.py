"""A template through the whole product: created, built, deployed with values and secrets, run."""

from __future__ import annotations

from typing import Any

import pytest
from tests.stories import prepared
from tests.support.waiting import eventually
from tests.support.web import peer, reply

from clockhouse.client import Client

pytestmark = pytest.mark.slow


def test_the_daily_issue_summary_posts_the_right_message(client: Client) -> None:
    path = prepared.saved(client, "reports", "issues", {}, template="issue-summary")
    with peer() as other:
        other.on("GET /search/issues", reply({"total_count": 12}), reply({"total_count": 240}))
        other.on("POST /v1/spaces/A/messages", reply({"name": "spaces/A/messages/1"}))
        daily = {"kind": "cron", "expression": "0 9 * * 1-5", "zone": "Europe/Berlin"}
        prepared.deployed(
            client,
            path,
            daily,
            configuration={
                "repository": "octo-org/website",
                "github_url": other.url,
                "github_token": "a-github-token",
                "chat_webhook_url": f"{other.url}/v1/spaces/A/messages?key=a-key",
            },
        )
        client.post(f"{path}/environments/development/run", {})

        ended = eventually(lambda: ended_of(client), within=30)

    log = client.get(f"/executions/{ended['id']}/log")
    assert ended["state"] == "succeeded", log
    *counted, posted = other.asked
    assert {each.headers["authorization"] for each in counted} == {"Bearer a-github-token"}
    assert (posted.query, posted.json()) == (
        {"key": ["a-key"]},
        {"text": "Issues of octo-org/website\nopen: 12\nclosed: 240"},
    )
    assert "Posted the summary of octo-org/website to google_chat" in str(log)
    assert "a-github-token" not in str(log)
    assert "a-key" not in str(log)


def ended_of(client: Client) -> dict[str, Any] | None:
    found = prepared.executions(client, "reports", "issues")
    return next((each for each in found if each["finished_at"] is not None), None)
