"""Backfills: which due times a range has, and which ranges there may be."""

from datetime import UTC, datetime, timedelta

import pytest

from clockhouse.errors import Invalid
from clockhouse.model.backfill import MOST_DUE_TIMES, check_range, due_times
from clockhouse.task import CronTrigger, IntervalTrigger

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_the_start_is_in_the_range_and_the_end_is_not():
    assert due_times(CronTrigger("0 * * * *"), NOON, NOON + 2 * HOUR) == [NOON, NOON + HOUR]


def test_before_an_interval_begins_nothing_was_due():
    assert due_times(IntervalTrigger(HOUR, NOON), NOON - 5 * HOUR, NOON + HOUR) == [NOON]


def test_a_range_has_at_most_so_many_due_times():
    second = timedelta(seconds=1)
    trigger = IntervalTrigger(second, NOON)
    assert len(due_times(trigger, NOON, NOON + MOST_DUE_TIMES * second)) == MOST_DUE_TIMES
    with pytest.raises(Invalid, match="More than 2000 due times"):
        due_times(trigger, NOON, NOON + (MOST_DUE_TIMES + 1) * second)


@pytest.mark.parametrize(
    ("start", "end", "at_once", "field"),
    [
        (NOON, NOON, 1, "end"),
        (NOON - HOUR, NOON + HOUR, 1, "end"),
        (datetime.min.replace(tzinfo=UTC), NOON, 1, "start"),
        (NOON - HOUR, NOON, 0, "at_once"),
        (NOON - HOUR, NOON, 21, "at_once"),
    ],
)
def test_a_range_is_refused(start, end, at_once, field):
    with pytest.raises(Invalid) as refused:
        check_range(start, end, at_once, NOON)
    assert set(refused.value.fields) == {field}
