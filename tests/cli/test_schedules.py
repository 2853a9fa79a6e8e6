"""The calendar of the next days, as the command line prints it."""

from __future__ import annotations

from typing import Any

import pytest

from clockhouse.cli import schedules


def day(date: str, count: int, **more: Any) -> dict[str, Any]:
    return {"date": date, "count": count, "changes": [], "left_out": [], **more}


FOUND: dict[str, Any] = {
    "zone": "Europe/Berlin",
    "total": 1366,
    "first": ["2026-11-23T07:00:00Z"],
    "months": [{"month": "2026-11", "count": 6}, {"month": "2026-12", "count": 1360}],
    "days": [
        day("2026-12-24", 1),
        day("2026-12-25", 0, left_out=[{"schedule": 0, "why": "Christmas Day", "count": 1}]),
        day("2027-03-28", 1, changes=[{"sentence": "Clocks go forward."}]),
    ],
    "overlaps": None,
}


def test_the_months_and_what_is_out_of_the_ordinary_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    schedules.print_calendar(FOUND)

    told = capsys.readouterr().out
    assert "1,366 times: 2026-11: 6, 2026-12: 1,360" in told
    assert "unknown: no execution was measured yet" in told
    rows = [" ".join(line.split()) for line in told.splitlines()[-2:]]
    assert rows == ["2026-12-25 0 1 left out: Christmas Day.", "2027-03-28 1 Clocks go forward."]


def test_what_is_never_due_says_so() -> None:
    nothing = {**FOUND, "total": 0, "first": [], "overlaps": {"sentence": "None."}}

    assert schedules.summary(nothing) == [("due", "never"), ("first", None), ("overlaps", "None.")]
