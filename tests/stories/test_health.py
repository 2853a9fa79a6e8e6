"""The health check of an application that goes down and comes up again."""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import expect
from tests.stories import prepared
from tests.stories.conftest import NewPerson
from tests.support.application import Application
from tests.support.server import Server
from tests.support.waiting import eventually

from clockhouse.client import Client

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.long]

OF_EACH = 3  # executions that have to be seen before, during and after the outage
EVERY = timedelta(seconds=1)


def test_an_application_that_stops_is_unhealthy_until_it_starts_again(
    server: Server, client: Client, person: NewPerson, application: Application
) -> None:
    path = prepared.saved(client, "watch", "application", {}, template="health-check")
    every = {"kind": "interval", "every_s": EVERY.total_seconds()}
    prepared.deployed(client, path, every, configuration={"url": application.url})
    ann = person(server)
    ann.sign_in()
    ann.open(f"{path}/executions", "Executions")
    chips = ann.page.get_by_role("group", name="Filter by outcome")
    more_of(client, "succeeded")

    application.stop()
    expect(chips.get_by_role("button", name=re.compile(r"Failed [1-9]"))).to_be_visible()
    more_of(client, "failed")
    ann.look("going-wrong")
    chips.get_by_role("button", name=re.compile("Failed")).click()
    ann.page.get_by_role("link", name=re.compile("Failed")).first.click()
    log = ann.page.get_by_role("region", name="Log lines")
    expect(log).to_contain_text(f"Unhealthy: no answer from {application.url}")
    ann.look("unhealthy")

    application.start()
    before = count(client, "succeeded")
    eventually(lambda: count(client, "succeeded") >= before + OF_EACH)
    ann.open(f"{path}/executions?state=succeeded", "Executions")
    ann.page.get_by_role("link", name=re.compile("Succeeded")).first.click()
    expect(log).to_contain_text(f"Healthy: {application.url} answered 200")
    ann.open(f"{path}/overview", "application")
    expect(ann.text(re.compile(r"Next in .* delivered"))).to_be_visible()
    ann.look("healthy-again")
    assert_true_at_each_due_time(client, path, application)


def more_of(client: Client, state: str) -> None:
    eventually(lambda: count(client, state) >= OF_EACH)


def count(client: Client, state: str) -> int:
    return len(prepared.executions(client, "watch", "application", state=state))


def assert_true_at_each_due_time(client: Client, path: str, application: Application) -> None:
    """Each execution says what was true of the application while that execution ran; no due time is left out."""
    client.post(f"{path}/environments/development/pause", {"note": "The story is over"})
    rows = eventually(lambda: all_ended(client))
    known = Counter[bool]()
    for row in rows:
        if row["started_at"] is None:
            assert row["state"] == "skipped", row  # the pause, or one that took its successor's time
            continue
        up = application.was_up(prepared.at(row["started_at"]), prepared.at(row["finished_at"]))
        if up is not None:
            assert row["state"] == ("succeeded" if up else "failed"), row
            known[up] += 1
    assert known[True] >= 2 * OF_EACH - 1
    assert known[False] >= OF_EACH - 1

    dues = sorted(prepared.at(row["due_at"]) for row in rows)
    assert dues == [dues[0] + number * EVERY for number in range(len(dues))]


def all_ended(client: Client) -> list[dict[str, Any]]:
    """Every row of the ledger, once nothing is under way; none before."""
    rows = prepared.executions(client, "watch", "application")
    return rows if all(row["finished_at"] or row["state"] == "skipped" for row in rows) else []
