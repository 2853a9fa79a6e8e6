import pickle
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.task.strategies import START, TICK, Counting, bases, due_times, excluding, first_due_times, jittered

from clockhouse.task.cron import CronTrigger
from clockhouse.task.errors import InvalidTrigger
from clockhouse.task.jitter import Jittered
from clockhouse.task.trigger import LONGEST_INTERVAL, DateTrigger, IntervalTrigger

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
EVERY_MINUTE = IntervalTrigger(MINUTE, START)


@given(jittered(bases | excluding(bases)))
def test_each_due_time_is_put_off_by_less_than_asked_and_before_the_next(trigger):
    base = first_due_times(trigger.trigger, 31)
    found = first_due_times(trigger, 30)
    assert len(found) == min(len(base), 30)
    following = [*base[1:], datetime.max.replace(tzinfo=UTC)]
    for planned, due, after in zip(base, found, following, strict=False):
        assert planned <= due < min(planned + trigger.by, after)
        assert trigger.end is None or due <= trigger.end


@given(jittered(bases | excluding(bases)), st.data())
def test_wherever_one_asks_from_the_due_times_are_the_same(trigger, data):
    found = first_due_times(trigger, 30)
    if not found:
        return
    asked = data.draw(
        st.datetimes(found[0].replace(tzinfo=None) - MINUTE, found[-1].replace(tzinfo=None), timezones=st.just(UTC))
        | st.sampled_from(found).flatmap(lambda due: st.sampled_from([due - TICK, due, due + TICK]))
    )
    later = [due for due in found if due > asked]
    if later:
        assert trigger.next_after(asked) == later[0]


def test_the_delays_are_the_same_for_ever():
    # Kept literally: other ones after an upgrade would move everybody's schedules, or run an occurrence twice.
    trigger = Jittered(CronTrigger("0 8 * * *"), timedelta(minutes=5), key="orders")
    assert [str(due.time()) for due in first_due_times(trigger, 3)] == [
        "08:00:38.461642",
        "08:02:39.331067",
        "08:00:20.120959",
    ]


def test_different_keys_spread_over_all_of_the_while():
    delays = [Jittered(DateTrigger(START), HOUR, str(key)).next_after(START - TICK) - START for key in range(600)]
    assert {delay // (6 * MINUTE) for delay in delays} == set(range(10))


def test_a_longer_jitter_than_the_interval_fills_it_and_no_more():
    found = first_due_times(Jittered(EVERY_MINUTE, timedelta(days=1)), 500)
    assert [(due - START) // MINUTE for due in found] == list(range(500))
    assert len({(due - START) % MINUTE // timedelta(seconds=10) for due in found}) == 6


def test_nothing_is_due_after_the_end():
    trigger = IntervalTrigger(MINUTE, START, START + 3 * MINUTE)
    found = list(due_times(Jittered(trigger, HOUR)))
    assert len(found) == 4
    assert found[-1] == trigger.end == Jittered(trigger, MINUTE).end


def test_a_single_due_time_is_put_off_too():
    trigger = Jittered(DateTrigger(START), MINUTE, "k")
    due = trigger.next_after(START)
    assert START < due < START + MINUTE
    assert list(due_times(trigger)) == [due]


def test_the_ends_of_the_calendar_are_no_errors():
    last = datetime.max.replace(tzinfo=UTC)
    assert list(due_times(Jittered(DateTrigger(last), LONGEST_INTERVAL))) == [last]
    assert Jittered(EVERY_MINUTE, LONGEST_INTERVAL).next_after(datetime.min.replace(tzinfo=UTC)) >= START


class Bursts:
    """A hundred thousand due times within a second every hour."""

    def next_after(self, instant: datetime) -> datetime:
        hours, into = divmod(instant - START, timedelta(hours=1))
        number = into // (10 * TICK) + 1
        return START + (
            hours * timedelta(hours=1) + number * 10 * TICK if number < 100_000 else (hours + 1) * 60 * MINUTE
        )


@pytest.mark.parametrize(
    ("trigger", "asked"),
    [
        (IntervalTrigger(timedelta(milliseconds=1), START), 6),
        (IntervalTrigger(timedelta(days=300), START), 6),
        (CronTrigger("* 8 * * 1-5"), 60),
        (CronTrigger("0 0 1 1 *"), 10),
        (Bursts(), 100),
    ],
)
@given(after=st.timedeltas(timedelta(), timedelta(days=3)))
def test_the_work_does_not_grow_with_the_due_times_there_are(trigger, asked, after):
    counting = Counting(trigger)
    Jittered(counting, timedelta(days=7)).next_after(START + after)
    assert counting.asked <= asked


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("trigger", {"trigger": "daily"}),
        ("trigger", {"trigger": None}),
        ("by", {"by": timedelta()}),
        ("by", {"by": -MINUTE}),
        ("by", {"by": LONGEST_INTERVAL + TICK}),
        ("by", {"by": 60}),
        ("key", {"key": 7}),
    ],
)
def test_a_jitter_that_cannot_be_is_refused_by_field(field, values):
    with pytest.raises(InvalidTrigger) as refused:
        Jittered(**{"trigger": EVERY_MINUTE, "by": MINUTE} | values)
    assert refused.value.field == field
    assert str(refused.value).endswith(".")


def test_a_jittered_trigger_is_a_value_that_can_be_sent_to_another_process():
    trigger = Jittered(EVERY_MINUTE, MINUTE, "k")
    copy = pickle.loads(pickle.dumps(trigger))
    assert copy == trigger
    assert hash(copy) == hash(trigger)
    assert copy.next_after(START) == trigger.next_after(START)
