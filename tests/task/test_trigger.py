# ruff: noqa: DTZ001 - a naive datetime means UTC here, and that is tested

import pickle
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.task.strategies import START, TICK, every_kind, first_due_times

from clockhouse.task.calendar import Excluding
from clockhouse.task.cron import CronTrigger
from clockhouse.task.errors import InvalidTrigger
from clockhouse.task.jitter import Jittered
from clockhouse.task.trigger import LONGEST_INTERVAL, SHORTEST_INTERVAL, DateTrigger, IntervalTrigger, Trigger

instants = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))
intervals = st.timedeltas(SHORTEST_INTERVAL, timedelta(days=400))


@given(every=intervals, start=instants, instant=instants)
def test_an_interval_is_due_strictly_later_in_phase_and_leaves_none_out(every, start, instant):
    due = IntervalTrigger(every, start).next_after(instant)
    assert due > instant
    assert due >= start
    assert (due - start) % every == timedelta()
    assert due - every <= instant or due == start


@given(
    every=st.timedeltas(SHORTEST_INTERVAL, timedelta(seconds=5)),
    end=st.none() | st.timedeltas(timedelta(), timedelta(seconds=60)).map(lambda after: START + after),
    asked=st.lists(st.timedeltas(timedelta(seconds=-5), timedelta(seconds=60)) | st.integers(0, 60), max_size=20),
)
def test_an_interval_answers_the_same_whatever_it_was_asked_before(every, end, asked):
    trigger = IntervalTrigger(every, START, end)
    for each in asked:
        instant = START + (each * every if isinstance(each, int) else each)
        assert trigger.next_after(instant) == IntervalTrigger(every, START, end).next_after(instant)
        due = trigger.next_after(instant)
        if due is not None:
            assert trigger.next_after(due) == IntervalTrigger(every, START, end).next_after(due)
    assert trigger == IntervalTrigger(every, START, end)


def test_a_third_of_a_second_does_not_drift_in_a_million_steps():
    every = timedelta(microseconds=333_333)
    assert IntervalTrigger(every, START).next_after(START + 1_000_000 * every) == START + 1_000_001 * every


def test_an_interval_includes_its_start_and_its_end_and_nothing_after():
    trigger = IntervalTrigger(timedelta(seconds=10), START, START + timedelta(seconds=20))
    instant, due = START - timedelta(days=1), []
    while (instant := trigger.next_after(instant)) is not None:
        due.append((instant - START).total_seconds())
    assert due == [0, 10, 20]


def test_an_interval_ends_with_the_calendar():
    assert IntervalTrigger(LONGEST_INTERVAL, START).next_after(datetime(9990, 1, 1)) is None


def test_once_is_due_once():
    trigger = DateTrigger(START)
    assert trigger.next_after(START - timedelta(microseconds=1)) == START
    assert trigger.next_after(START) is None


def test_instants_are_kept_in_utc_and_naive_ones_mean_utc():
    colombo = timezone(timedelta(hours=5, minutes=30))
    assert DateTrigger(datetime(2026, 11, 22, 13, 30, tzinfo=colombo)) == DateTrigger(datetime(2026, 11, 22, 8))
    trigger = IntervalTrigger(timedelta(hours=1), datetime(2026, 11, 22, 8))
    assert trigger.start.tzinfo is UTC
    assert trigger.next_after(datetime(2026, 11, 22, 8)) == START + timedelta(hours=1)


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("every", {"every": timedelta()}),
        ("every", {"every": timedelta(seconds=-5)}),
        ("every", {"every": timedelta(microseconds=999)}),
        ("every", {"every": timedelta.max}),
        ("every", {"every": 10}),
        ("start", {"start": "now"}),
        ("start", {"start": None}),
        ("start", {"start": datetime.max.replace(tzinfo=timezone(timedelta(hours=-5)))}),
        ("end", {"end": START - timedelta(seconds=1)}),
        ("end", {"end": "later"}),
    ],
)
def test_an_interval_that_cannot_be_is_refused_by_field(field, values):
    with pytest.raises(InvalidTrigger) as refused:
        IntervalTrigger(**{"every": timedelta(seconds=10), "start": START} | values)
    assert refused.value.field == field
    assert str(refused.value).endswith(".")


def test_a_refusal_survives_pickling():
    refused = pickle.loads(pickle.dumps(InvalidTrigger("every", "Too short.")))
    assert (refused.field, str(refused)) == ("every", "Too short.")


# --- every kind ---


def matches(trigger: Trigger, due: datetime) -> bool:
    """Whether `due` is one of the trigger's, by what its kind says of them."""
    match trigger:
        case Jittered():
            base = trigger.trigger.next_after(due - trigger.by)
            return base is not None and base <= due
        case Excluding():
            return due.astimezone(ZoneInfo(trigger.zone)).date() not in trigger.days and matches(trigger.trigger, due)
        case IntervalTrigger():
            return due >= trigger.start and (due - trigger.start) % trigger.every == timedelta()
        case DateTrigger():
            return due == trigger.at
        case CronTrigger():
            return trigger.matches(due)


@given(every_kind, st.timedeltas(timedelta(days=-1), timedelta(days=40)))
def test_a_due_time_is_later_than_the_instant_asked_about_and_matches_its_trigger(trigger, after):
    asked = START + after
    due = trigger.next_after(asked)
    if due is None:
        return
    assert due > asked
    assert due.tzinfo is UTC
    assert matches(trigger, due)
    assert trigger.next_after(due - TICK) == due
    end = getattr(trigger, "end", None)
    assert end is None or due <= end


@given(every_kind, st.lists(st.timedeltas(timedelta(), timedelta(days=3)), min_size=1, max_size=12))
def test_however_a_while_is_cut_into_parts_the_due_times_in_it_are_the_same(trigger, parts):
    begin, whole = START - timedelta(hours=1), first_due_times(trigger, 60, START - timedelta(hours=1))
    found, edge = [], begin
    for part in parts:
        until, instant = edge + part, edge
        while len(found) < 60 and (instant := trigger.next_after(instant)) is not None and instant <= until:
            found.append(instant)
        edge = until
    assert found == [due for due in whole if due <= edge][: len(found)]
    assert len(found) == 60 or len(found) == len([due for due in whole if due <= edge])
