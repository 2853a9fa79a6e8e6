"""The history of deployments as the command line prints it, and the way back."""

from __future__ import annotations

from typing import Any

from tests.cli.conftest import Run
from tests.cli.standin import StandIn

ENTRY: dict[str, Any] = {
    "number": 14,
    "environment": "production",
    "release": {"build": 7},
    "status": "active",
    "pause": None,
    "rolled_back_to": 12,
    "watch": None,
    "created_at": "2026-11-22T08:00:00Z",
    "created_by": "ada",
    "changes": [
        {"part": "limit", "name": "time_out", "before": None, "after": "30 s"},
        {"part": "setting", "name": "api_key", "before": None, "after": None},
        {"part": "pause", "name": "pause", "before": "bea", "after": "bea"},
        {"part": "pause", "name": "pause", "before": None, "after": "Clockhouse"},
    ],
}
FIRST = {**ENTRY, "number": 13, "rolled_back_to": None, "changes": None, "watch": {"state": "went_back", "back_to": 12}}
DEPLOYMENTS = "/projects/shop/components/report/deployments"


def test_each_deployment_is_listed_with_what_it_changed(run: Run, stand_in: StandIn) -> None:
    stand_in.says("GET", DEPLOYMENTS, [ENTRY, FIRST])

    ended = run("history", "shop/report", "-e", "production")

    lines = [" ".join(line.split()) for line in ended.out.splitlines()]
    assert "production 14: build 7, active, rolled back to 12" in lines
    assert "changed time_out: none → 30 s" in lines
    assert "api_key (a secret)" in lines
    assert "stayed paused (by bea)" in lines
    assert "paused (by Clockhouse)" in lines
    assert "changed the first one there" in lines
    assert "watched its first occurrence failed: went back" in lines


def test_a_roll_back_says_what_came_back(run: Run, stand_in: StandIn) -> None:
    stand_in.says("POST", "/projects/shop/components/report/environments/production/rollback", ENTRY, status=201)

    ended = run("rollback", "shop/report", "-e", "production")

    assert ended.out == "Rolled back to 12 (build 7) in production as deployment 14.\n"
