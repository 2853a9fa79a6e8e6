# ruff: noqa: DTZ001 - a naive datetime means UTC here, and that is tested

from datetime import UTC, datetime, timedelta, timezone

import pytest

from clockhouse.task.clock import Clock, SystemClock, as_utc
from clockhouse.task.testing import ManualClock

START = datetime(2026, 11, 22, 8, tzinfo=UTC)


def test_the_system_clock_tells_utc_and_its_monotonic_seconds_do_not_go_back():
    clock: Clock = SystemClock()
    assert clock.now().tzinfo is UTC
    assert clock.monotonic() <= clock.monotonic()


def test_a_naive_instant_means_utc_and_an_offset_is_converted():
    assert as_utc(datetime(2026, 11, 22, 8)) == START
    converted = as_utc(datetime(2026, 11, 22, 13, 30, tzinfo=timezone(timedelta(hours=5, minutes=30))))
    assert converted == START
    assert converted.tzinfo is UTC


def test_a_manual_clock_stands_still_until_advanced_and_moves_both_clocks():
    clock = ManualClock(START)
    assert (clock.now(), clock.monotonic()) == (START, 0.0)
    clock.advance(timedelta(seconds=1.5))
    assert (clock.now(), clock.monotonic()) == (START + timedelta(seconds=1.5), 1.5)


def test_stepping_the_wall_clock_lets_no_time_pass():
    clock = ManualClock(START)
    clock.advance(timedelta(seconds=2))
    clock.set_wall(START - timedelta(hours=1))
    assert (clock.now(), clock.monotonic()) == (START - timedelta(hours=1), 2.0)


def test_a_manual_clock_does_not_advance_backwards():
    with pytest.raises(ValueError, match="set_wall"):
        ManualClock(START).advance(timedelta(seconds=-1))
