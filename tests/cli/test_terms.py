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
        "max_count": 9,
        "end_after_failures": None,
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
        "max_count": None,
        "end_after_failures": None,
        "words": "Once",
        "zone": "UTC",
        "next_due_at": None,
        "ended_at": "2026-11-01T08:00:00Z",
    },
]


asked = terms.terms
EVERY_10_S = {"kind": "interval", "every_s": 10}
KEPT = {name: PRESENT[0][name] for name in ("trigger", "overlap", "catch_up", "max_count", "end_after_failures")}


def test_every_option_is_a_schedule_with_the_policies_that_were_said() -> None:
    said = asked(
        every=["10s"],
        cron=["0 8 * * *", "30 9 * * 1"],
        at=["2026-11-22T08:00+05:30"],
        zone="Asia/Colombo",
        overlap=Overlap.ALLOW,
    )
    assert said.schedules(PRESENT) == [
        {"trigger": {"kind": "interval", "every_s": 10}, "overlap": "allow"},
        {"trigger": {"kind": "cron", "expression": "0 8 * * *", "zone": "Asia/Colombo"}, "overlap": "allow"},
        {"trigger": {"kind": "cron", "expression": "30 9 * * 1", "zone": "Asia/Colombo"}, "overlap": "allow"},
        {"trigger": {"kind": "once", "at": "2026-11-22T08:00:00+05:30"}, "overlap": "allow"},
    ]


def test_without_a_schedule_option_the_present_ones_stay_with_their_phase() -> None:
    assert not asked().is_given
    assert asked().schedules(PRESENT) == [KEPT]


def test_a_policy_alone_changes_the_present_schedules() -> None:
    said = asked(overlap=Overlap.ALLOW, catch_up=CatchUp.LAST)
    assert said.is_given
    [schedule] = said.schedules(PRESENT)
    assert schedule["overlap"] == "allow"
    assert schedule["catch_up"] == {"mode": "last", "within_s": 60.0}
    assert PRESENT[0]["overlap"] == "skip"


def test_what_fell_due_in_a_pause_is_caught_up_if_that_is_said() -> None:
    assert asked(after_pause=False).is_given
    [schedule] = asked(after_pause=True).schedules(PRESENT)
    assert schedule["catch_up"] == {"mode": "all", "within_s": 60.0, "after_pause": True}


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
    with pytest.raises(typer.BadParameter, match="--cron, --at"):
        asked(every=["10s"], zone="Asia/Colombo")


def test_of_retries_only_what_was_said_is_sent() -> None:
    assert terms.retry(None, None, None, None) == {}
    assert terms.retry(5, "500ms", None, None) == {"attempts": 5, "delay_s": 0.5}
    assert terms.retry(None, None, Backoff.EXPONENTIAL, "1m") == {"backoff": "exponential", "max_delay_s": 60}
    assert terms.retry(None, None, None, "none") == {"max_delay_s": None}


def test_how_many_run_at_once_is_a_number_or_none() -> None:
    assert terms.number("3", "--at-once") == 3
    assert terms.number("None", "--at-once") is None
    with pytest.raises(typer.BadParameter, match="is no number"):
        terms.number("a few", "--at-once")


def test_a_schedule_ends_after_so_many_executions_or_failures() -> None:
    [schedule] = asked(every=["10s"], max_count="5", end_after_failures="3").schedules([])
    assert schedule == {"trigger": EVERY_10_S, "max_count": 5, "end_after_failures": 3}
    assert asked(max_count="none").is_given
    assert asked(max_count="none").schedules(PRESENT) == [{**KEPT, "max_count": None}]


def test_a_schedule_begins_and_ends_at_an_instant() -> None:
    said = asked(every=["10s"], at=["2027-01-01T08:00Z"], start="2026-12-01T00:00", end="none", zone="Asia/Colombo")
    assert [each["trigger"] for each in said.schedules([])] == [
        {**EVERY_10_S, "start": "2026-12-01T00:00:00+05:30", "end": None},
        {"kind": "once", "at": "2027-01-01T08:00:00+00:00"},
    ]


def test_days_are_left_out_and_load_is_spread() -> None:
    said = asked(jitter="1m", exclude=["2026-12-25", "2027-01-01"], holidays=["LK", "DE-BE"], zone="Asia/Colombo")
    assert said.is_given
    [schedule] = said.schedules(PRESENT)
    assert schedule["trigger"] == {
        **PRESENT[0]["trigger"],
        "jitter": {"by_s": 60},
        "excluding": [
            {"country": "LK", "subdivision": None, "zone": "Asia/Colombo"},
            {"country": "DE", "subdivision": "BE", "zone": "Asia/Colombo"},
            {"dates": ["2026-12-25", "2027-01-01"], "zone": "Asia/Colombo"},
        ],
    }
    [schedule] = asked(jitter="none", holidays=["none"]).schedules(PRESENT)
    assert (schedule["trigger"]["jitter"], schedule["trigger"]["excluding"]) == (None, [])


@pytest.mark.parametrize("overlap", list(Overlap))
def test_the_overlap_policies_are_those_of_the_library(overlap: Overlap) -> None:
    assert {each.value for each in Overlap} == {str(each) for each in LibraryOverlap}
    assert asked(every=["10s"], overlap=overlap).schedules([])[0]["overlap"] == LibraryOverlap(overlap.value)


def test_no_time_out_is_said_as_none() -> None:
    assert terms.time_out("none") is None
    assert terms.time_out("2m") == 120


def test_what_a_container_may_have_is_written_by_name():
    given = ["memory=512", "cpus=.5", "processes=64", "network=none"]
    assert terms.container(given) == {
        "memory_bytes": 512 * 1024 * 1024,
        "cpus": 0.5,
        "processes": 64,
        "network": "none",
    }
    assert terms.container(["memory=none", "cpus=none", "network=server"]) == {
        "memory_bytes": None,
        "cpus": None,
        "network": None,
    }


@pytest.mark.parametrize("text", ["memory=lots", "cpus=x", "disk=5", "network=", "512"])
def test_what_no_container_may_have_is_told(text):
    with pytest.raises(typer.BadParameter):
        terms.container([text])
