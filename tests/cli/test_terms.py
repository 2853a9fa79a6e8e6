"""Schedules and policies as the API's bodies."""

from __future__ import annotations

from typing import Any

import pytest
import typer

from clockhouse.cli import terms
from clockhouse.cli.terms import Backoff, CatchUp, Overlap
from clockhouse.task import Overlap as LibraryOverlap

PRESENT: list[dict[str, Any]] = [
    {
        "id": "s1",
        "trigger": {"kind": "interval", "every_s": 10.0, "start": "2026-11-22T08:00:00Z", "end": None},
        "overlap": "skip",
        "catch_up": {"mode": "all", "within_s": 60.0},
        "words": "Every 10 seconds",
        "zone": "UTC",
        "next_due_at": None,
        "ended_at": None,
    },
    {
        "id": "s2",
        "trigger": {"kind": "once", "at": "2026-11-01T08:00:00Z"},
        "overlap": "skip",
        "catch_up": {"mode": "last", "within_s": None},
        "words": "Once",
        "zone": "UTC",
        "next_due_at": None,
        "ended_at": "2026-11-01T08:00:00Z",
    },
]


def asked(
    every: list[str] | None = None,
    cron: list[str] | None = None,
    at: list[str] | None = None,
    zone: str | None = None,
    overlap: Overlap | None = None,
    catch_up: CatchUp | None = None,
) -> terms.Terms:
    return terms.terms(every, cron, at, zone, overlap, catch_up)


def test_every_option_is_a_schedule_with_the_policies_that_were_said() -> None:
    said = asked(["10s"], ["0 8 * * *", "30 9 * * 1"], ["2026-11-22T08:00+05:30"], "Asia/Colombo", Overlap.ALLOW)
    assert said.schedules(PRESENT) == [
        {"trigger": {"kind": "interval", "every_s": 10}, "overlap": "allow"},
        {"trigger": {"kind": "cron", "expression": "0 8 * * *", "zone": "Asia/Colombo"}, "overlap": "allow"},
        {"trigger": {"kind": "cron", "expression": "30 9 * * 1", "zone": "Asia/Colombo"}, "overlap": "allow"},
        {"trigger": {"kind": "once", "at": "2026-11-22T08:00:00+05:30"}, "overlap": "allow"},
    ]


def test_without_a_schedule_option_the_present_ones_stay_with_their_phase() -> None:
    assert not asked().is_given
    assert asked().schedules(PRESENT) == [
        {"trigger": PRESENT[0]["trigger"], "overlap": "skip", "catch_up": {"mode": "all", "within_s": 60.0}}
    ]


def test_a_policy_alone_changes_the_present_schedules() -> None:
    said = asked(overlap=Overlap.ALLOW, catch_up=CatchUp.LAST)
    assert said.is_given
    [schedule] = said.schedules(PRESENT)
    assert schedule["overlap"] == "allow"
    assert schedule["catch_up"] == {"mode": "last", "within_s": 60.0}
    assert PRESENT[0]["overlap"] == "skip"


def test_a_cron_without_a_zone_is_in_utc() -> None:
    assert asked(cron=["* * * * *"]).triggers[0]["zone"] == "UTC"


def test_an_instant_without_an_offset_is_in_the_zone() -> None:
    [trigger] = asked(at=["2026-07-01T08:00"], zone="Europe/Berlin").triggers
    assert trigger["at"] == "2026-07-01T08:00:00+02:00"


@pytest.mark.parametrize(
    ("at", "zone", "sentence"),
    [
        ("2026-11-22T08:00", None, "does not say in which zone"),
        ("tomorrow", None, "is not an instant"),
        ("2026-11-22T08:00", "Mars/Olympus", "no time zone"),
        ("2026-11-22T08:00", "../etc/passwd", "no time zone"),
    ],
)
def test_an_instant_that_cannot_be_read_is_refused(at: str, zone: str | None, sentence: str) -> None:
    with pytest.raises(typer.BadParameter, match=sentence):
        asked(at=[at], zone=zone)


def test_a_zone_alone_is_refused() -> None:
    with pytest.raises(typer.BadParameter, match="--cron or --at"):
        asked(every=["10s"], zone="Asia/Colombo")


def test_of_retries_only_what_was_said_is_sent() -> None:
    assert terms.retry(None, None, None, None) == {}
    assert terms.retry(5, "500ms", None, None) == {"attempts": 5, "delay_s": 0.5}
    assert terms.retry(None, None, Backoff.EXPONENTIAL, "1m") == {"backoff": "exponential", "max_delay_s": 60}
    assert terms.retry(None, None, None, "none") == {"max_delay_s": None}


def test_how_many_run_at_once_is_a_number_or_none() -> None:
    assert terms.at_once("3") == 3
    assert terms.at_once("None") is None
    with pytest.raises(typer.BadParameter, match="is no number"):
        terms.at_once("a few")


@pytest.mark.parametrize("overlap", list(Overlap))
def test_the_overlap_policies_are_those_of_the_library(overlap: Overlap) -> None:
    assert {each.value for each in Overlap} == {str(each) for each in LibraryOverlap}
    assert asked(["10s"], overlap=overlap).schedules([])[0]["overlap"] == LibraryOverlap(overlap.value)


def test_no_time_out_is_said_as_none() -> None:
    assert terms.time_out("none") is None
    assert terms.time_out("2m") == 120
