"""Counting due times without going through them: as many as `next_after` tells, whatever the trigger."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.task.strategies import START, TICK, ZONES, every_kind

from clockhouse.task import CronTrigger, DateTrigger, Excluding, IntervalTrigger, Jittered
from clockhouse.task.counting import count
from clockhouse.task.cron import Effect

DAY = timedelta(days=1)


def gone_through(trigger, start: datetime, end: datetime) -> int:
    found = 0
    due = trigger.next_after(start - TICK)
    while due is not None and due < end:
        found += 1
        due = trigger.next_after(due)
    return found


@given(every_kind, st.timedeltas(-2 * DAY, 10 * DAY), st.timedeltas(timedelta(), 3 * DAY))
def test_it_is_as_many_as_one_finds_by_going_through_them(trigger, later, length):
    start = START + later
    assert count(trigger, start, start + length) == gone_through(trigger, start, start + length)


@given(every_kind, st.timedeltas(timedelta(), 3 * DAY), st.timedeltas(timedelta(), 3 * DAY))
def test_two_stretches_have_as_many_as_both_together(trigger, first, second):
    middle = START + first
    end = middle + second
    assert count(trigger, START, middle) + count(trigger, middle, end) == count(trigger, START, end)


_changes = st.sampled_from(
    [
        datetime(2026, 3, 29, 1, tzinfo=UTC),  # Berlin forward
        datetime(2026, 10, 25, 1, tzinfo=UTC),  # and back
        datetime(2026, 3, 8, 7, tzinfo=UTC),  # New York
        datetime(2026, 11, 1, 6, tzinfo=UTC),
        datetime(2026, 4, 4, 15, tzinfo=UTC),  # Lord Howe, by half an hour
        datetime(2026, 10, 3, 15, 30, tzinfo=UTC),
        datetime(2011, 12, 30, 10, tzinfo=UTC),  # Apia left out a whole day
    ]
)
_crons = st.builds(
    CronTrigger,
    st.sampled_from(
        [
            "30 2 * * *",
            "30 1 * * *",
            "*/7 * * * *",
            "0 2,3 * * *",
            "15,45 1-3 * * *",
            "0 */2 * * *",
            "*/20 30 1-3 * * *",
        ]
    ),
    st.sampled_from(ZONES),
    st.sampled_from(["after", "skip"]),
    st.sampled_from(["first", "both"]),
)


@given(_crons, _changes, st.timedeltas(-timedelta(hours=3), timedelta(hours=3)), st.timedeltas(timedelta(), DAY))
@example(CronTrigger("30 2 * * *", "Europe/Berlin"), datetime(2026, 3, 29, 1, tzinfo=UTC), timedelta(), DAY)
@example(CronTrigger("30 2 * * *", "Europe/Berlin"), datetime(2026, 10, 25, 1, tzinfo=UTC), timedelta(), DAY)
def test_clock_changes_are_counted_as_they_fire(trigger, change, later, length):
    start = change + later
    assert count(trigger, start, start + length) == gone_through(trigger, start, start + length)


def test_a_trigger_that_is_due_all_the_time_is_not_gone_through():
    assert count(CronTrigger("* * * * * *", "Europe/Berlin"), START, START + 90 * DAY) == 90 * 86400
    assert count(IntervalTrigger(timedelta(milliseconds=1), START), START, START + 90 * DAY) == 90 * 86_400_000
    every_second = Excluding(IntervalTrigger(timedelta(seconds=1), START), {date(2026, 12, 25)}, "Asia/Colombo")
    assert count(Jittered(every_second, timedelta(seconds=30), "k"), START, START + 90 * DAY) == 89 * 86400


def test_what_is_of_somebody_elses_making_is_gone_through():
    class Twice:
        def next_after(self, instant):
            return next((at for at in (START, START + DAY) if at > instant), None)

    assert count(Twice(), START, START + DAY) == 1
    assert count(Twice(), START, START + DAY + TICK) == 2


def test_nothing_is_due_in_no_time():
    assert count(DateTrigger(START), START, START) == 0
    assert count(DateTrigger(START), START + DAY, START) == 0


@pytest.mark.parametrize(
    ("expression", "policies", "forward", "back"),
    [
        ("30 2 * * *", {}, Effect.MOVED, Effect.ONCE),
        ("30 2 * * *", {"gap": "skip", "fold": "both"}, Effect.LEFT_OUT, Effect.TWICE),
        ("*/5 * * * *", {}, Effect.GOES_ON, Effect.GOES_ON),
        ("*/5 * * * *", {"gap": "skip"}, Effect.LEFT_OUT, Effect.GOES_ON),
        ("0 12 * * *", {}, Effect.NOTHING, Effect.NOTHING),
    ],
)
def test_what_a_clock_change_does_is_told(expression, policies, forward, back):
    trigger = CronTrigger(expression, "Europe/Berlin", **policies)
    found = trigger.clock_changes(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
    assert [(each.at, each.by) for each in found] == [
        (datetime(2026, 3, 29, 1, tzinfo=UTC), timedelta(hours=1)),
        (datetime(2026, 10, 25, 1, tzinfo=UTC), timedelta(hours=-1)),
    ]
    assert [each.wall.isoformat() for each in found] == ["2026-03-29T02:00:00", "2026-10-25T02:00:00"]
    assert [each.effect for each in found] == [forward, back]


def test_how_many_local_times_a_change_touches_is_told():
    found = CronTrigger("*/15 2 * * *", "Europe/Berlin").clock_changes(
        datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)
    )
    assert [each.due for each in found] == [4]
