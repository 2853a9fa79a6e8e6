"""Promised against delivered, as the command line prints it."""

from __future__ import annotations

import pytest

from clockhouse.cli import promises


def test_there_is_a_column_for_each_outcome_and_one_for_what_is_open(capsys: pytest.CaptureFixture[str]) -> None:
    place = {
        "project": "shop",
        "component": "report",
        "environment": "production",
        "promised": 9,
        "delivered": 6,
        "undecided": 1,
        "counts": {"succeeded": 5, "timed_out": 1, "missed": 2},
        "late_p50_s": 0.004,
        "late_p99_s": 2.5,
    }
    window = {"start": "2026-11-01T00:00:00Z", "end": "2026-11-22T00:00:00Z"}

    promises.table({**window, "places": [place]})

    _, heads, cells = capsys.readouterr().out.splitlines()
    assert " ".join(heads.split()) == "COMPONENT ENVIRONMENT PROMISED STARTED SUCCEEDED TIMED OUT MISSED OPEN LATE"
    assert " ".join(cells.split()) == "shop/report production 9 6 5 1 2 1 4 ms … 2.5 s"
