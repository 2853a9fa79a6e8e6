"""Durations as people write them."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clockhouse.model import duration


@given(st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=40_000)))
def test_what_is_written_is_read_as_the_same(length):
    assert duration.read(duration.write(length)) == length


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (timedelta(0), "0s"),
        (timedelta(seconds=90), "90s"),
        (timedelta(minutes=10), "10m"),
        (timedelta(hours=2), "2h"),
        (timedelta(days=1), "1d"),
        (timedelta(milliseconds=1500), "1.5s"),
    ],
)
def test_the_largest_unit_that_divides_it_is_written(length, text):
    assert duration.write(length) == text


@pytest.mark.parametrize("text", ["", "soon", "-5m", "5 minutes and a bit", "1e3", "9" * 400 + "d"])
def test_what_is_no_duration_is_none(text):
    assert duration.read(text) is None
