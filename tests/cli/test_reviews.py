"""What a promotion would change, as the command line prints it."""

from __future__ import annotations

from typing import Any

import pytest

from clockhouse.cli import reviews

COMMIT = {"sha": "a" * 40, "message": "Take notes", "author": "Ada", "at": "2026-11-22T08:00:00Z"}
CALENDAR = {"zone": "UTC", "total": 0, "first": [], "months": [], "days": [], "overlaps": None}


def review(**own: Any) -> dict[str, Any]:
    found: dict[str, Any] = {
        "source": "development",
        "target": "production",
        "release": {"build": 2},
        "present": {"build": 1},
        "changes": [{"part": "limit", "name": "time_out", "before": "1 min", "after": "30 s"}],
        "code": {
            "direction": "forward",
            "commits": [COMMIT],
            "files": [{"path": "notes.txt", "kind": "added", "added": 1, "removed": 0}],
        },
        "code_problem": None,
        "before": None,
        "after": {"words": ["At 08:00 (UTC)"], "calendar": CALENDAR},
        "keys": [
            {
                "name": "api_key",
                "origin": "nothing",
                "is_secret": True,
                "is_changed": True,
                "before": None,
                "after": None,
                "problem": "This has no default: give a value.",
            }
        ],
        "evidence": {"since": None, "executions": 3, "counts": {"succeeded": 3}, "last": []},
        "problems": {"configuration.api_key": "This has no default: give a value."},
        "needs_approval": False,
        "forbidden": None,
    }
    return found | own


def printed(found: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> str:
    reviews.print_review(found)
    return " ".join(capsys.readouterr().out.split())


def test_all_parts_are_told_and_what_is_missing_refuses_it(capsys: pytest.CaptureFixture[str]) -> None:
    told = printed(review(), capsys)

    for part in (
        "development to production: build 1 becomes build 2",
        "notes.txt (new) +1 -0",
        "1 min → 30 s",
        "of this release in development: 3 succeeded",
        "At 08:00 (UTC)",
        "It would be refused as it is.",
    ):
        assert part in told


def test_a_good_one_says_how_to_go_on(capsys: pytest.CaptureFixture[str]) -> None:
    assert "leave out --review to promote" in printed(review(problems={}, keys=[]), capsys)
    assert "has to be approved" in printed(review(problems={}, needs_approval=True), capsys)
    code = {"code": None, "code_problem": "The repository does not answer."}
    assert "The repository does not answer." in printed(review(problems={}, **code), capsys)


def test_a_permission_stands_against_it(capsys: pytest.CaptureFixture[str]) -> None:
    said = "You may not deploy, run, pause or stop in Production. Ask an administrator for a role that may."
    told = printed(review(problems={}, keys=[], forbidden=said), capsys)
    assert told.endswith(f"{said} Nothing was changed.")
    assert "leave out" not in told


def test_where_nothing_is_deployed_a_secret_is_new(capsys: pytest.CaptureFixture[str]) -> None:
    key = review()["keys"][0] | {"is_changed": None, "problem": None}
    taken: dict[str, Any] = {
        "present": None,
        "problems": {},
        "keys": [key | {"origin": "source"}, key | {"name": "spare"}],
    }
    told = printed(review(**taken), capsys)
    assert "api_key taken over new" in told
    assert "spare none no" in told
    assert "api_key taken over not known" in printed(review(**taken | {"present": {"build": 1}}), capsys)
