"""Requests on the command line: what has to be approved is asked for, and others decide."""

from __future__ import annotations

from typing import Any

from tests.cli.conftest import Run
from tests.cli.standin import StandIn

REPORT = "/projects/shop/components/report"
REQUEST: dict[str, Any] = {
    "number": 3,
    "project": "shop",
    "component": "report",
    "environment": "production",
    "release": {"build": 7, "commit": {"sha": "a" * 40, "message": "Count again"}},
    "source": "development",
    "schedules": ["Every 10 seconds"],
    "watch": True,
    "note": "It is ready",
    "status": "open",
    "requested_by": "ada",
    "created_at": "2026-11-22T08:00:00Z",
    "expires_at": "2026-11-29T08:00:00Z",
    "decided_at": None,
    "decided_by": None,
    "comment": "",
    "problem": None,
    "deployment": None,
    "may_decide": True,
    "is_news": False,
    "changes": [{"part": "release", "name": "build", "before": "6", "after": "7"}],
}
CARDS = [
    {"environment": {"slug": "development", "approval": None}, "deployment": None},
    {"environment": {"slug": "production", "approval": {"role": "admin", "people": []}}, "deployment": None},
]


def test_a_promotion_that_has_to_be_approved_is_asked_for(run: Run, stand_in: StandIn) -> None:
    stand_in.says("GET", f"{REPORT}/environments", CARDS)
    stand_in.says("POST", f"{REPORT}/requests", REQUEST, status=201)

    ended = run("promote", "shop/report", "--note", "It is ready", "--watch")

    body = stand_in.asked[-1].body
    assert (body["note"], body["promotion"]["target"], body["promotion"]["watch"]) == (
        "It is ready",
        "production",
        True,
    )
    assert "Asked for build 7 in production: request 3 waits for an approval until" in ended.out
    assert "clockhouse request approve shop/report 3" in ended.out


def test_what_waits_is_listed_with_what_one_may_decide(run: Run, stand_in: StandIn) -> None:
    stand_in.says("GET", "/requests", [REQUEST])

    row = " ".join(run("request", "list").out.splitlines()[1].split())

    assert row.startswith("shop/report 3 production 7 open, for you")


def test_ones_own_are_listed_with_what_was_decided_and_put_away(run: Run, stand_in: StandIn) -> None:
    rejected = {**REQUEST, "status": "rejected", "decided_at": "2026-11-22T09:00:00Z", "decided_by": "bea"}
    rejected |= {"comment": "Not on a Friday", "is_news": True}
    stand_in.says("GET", "/requests/mine", [rejected])
    stand_in.says("POST", f"{REPORT}/requests/3/seen", {**rejected, "is_news": False})

    told = run("request", "list", "--mine")
    row = " ".join(told.out.splitlines()[1].split())
    assert row.startswith("shop/report 3 production 7 rejected, new")
    assert row.endswith("by bea Not on a Friday")
    assert "clockhouse request seen" in told.err
    assert "You have asked for nothing yet." in run("request", "list", "shop/other", "--mine").out
    assert "it is rejected" in run("request", "seen", "shop/report", "3").out


def test_a_request_is_shown_with_what_it_changes(run: Run, stand_in: StandIn) -> None:
    stand_in.says("GET", f"{REPORT}/requests/3", REQUEST)

    shown = run("request", "show", "shop/report", "3").out

    assert "build: 6 → 7" in shown
    assert "its first occurrence decides whether it stays" in shown


def test_an_approval_says_what_it_became(run: Run, stand_in: StandIn) -> None:
    approved = {**REQUEST, "status": "approved", "deployment": 12}
    stand_in.says("POST", f"{REPORT}/requests/3/approve", approved)

    ended = run("request", "approve", "shop/report", "3", "--comment", "Fine")

    assert stand_in.asked[-1].body == {"comment": "Fine"}
    assert ended.out == "Approved request 3: it is deployment 12 in production.\n"


def test_an_approval_that_came_too_late_fails_the_command(run: Run, stand_in: StandIn) -> None:
    failed = {**REQUEST, "status": "failed", "problem": "What build 7 made was removed."}
    stand_in.says("POST", f"{REPORT}/requests/3/approve", failed)

    ended = run("request", "approve", "shop/report", "3")

    assert ended.code != 0
    assert "What build 7 made was removed." in ended.err


def test_who_approves_is_said_for_an_environment(run: Run, stand_in: StandIn) -> None:
    stand_in.says("PUT", "/environments/production/approval", {"slug": "production"})

    ended = run("environment", "approval", "production", "--role", "operator", "--person", "ada")

    assert stand_in.asked[-1].body == {"role": "operator", "people": ["ada"]}
    assert ended.out == "Others have to approve of what is deployed to production.\n"
    assert run("environment", "approval", "production").code == 2
