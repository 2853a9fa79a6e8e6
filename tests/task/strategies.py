"""Triggers of every kind, for the properties that hold for all of them."""

from datetime import UTC, date, datetime, timedelta
from itertools import islice

from hypothesis import strategies as st

from clockhouse.task import (
    CronTrigger,
    DateTrigger,
    Excluding,
    IntervalTrigger,
    Jittered,
    PublicHolidays,
    Trigger,
)

START = datetime(2026, 11, 22, 8, tzinfo=UTC)
TICK = timedelta(microseconds=1)
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/St_Johns", "Pacific/Apia"]


class Weekends:
    """Days of our own making: all that is asked of them is `in`."""

    def __contains__(self, day: date) -> bool:
        return day.weekday() >= 5

    def __repr__(self) -> str:
        return "Weekends()"


class Counting:
    """A trigger that counts how often it is asked."""

    def __init__(self, trigger: Trigger) -> None:
        self.trigger = trigger
        self.asked = 0

    @property
    def end(self) -> datetime | None:
        return getattr(self.trigger, "end", None)

    def next_after(self, instant: datetime) -> datetime | None:
        self.asked += 1
        return self.trigger.next_after(instant)


# From a few seconds to weeks, so that about as many fall on excluded days as not.
_lengths = st.one_of(
    st.timedeltas(timedelta(seconds=20), timedelta(hours=1)),
    st.timedeltas(timedelta(hours=1), timedelta(days=20)),
)
_ends = st.none() | st.timedeltas(timedelta(), timedelta(days=60)).map(lambda after: START + after)

intervals = st.builds(IntervalTrigger, _lengths, st.just(START), _ends)
dates = st.timedeltas(timedelta(), timedelta(days=3)).map(lambda after: DateTrigger(START + after))
crons = st.builds(
    CronTrigger,
    st.sampled_from(
        ["*/7 * * * *", "3,4,50 * * * *", "0 */2 * * *", "30 2 * * *", "*/20 30 1-3 * * *", "0 9 LW * *", "H 8 * * 1-5"]
    ),
    st.sampled_from(ZONES),
    st.sampled_from(["after", "skip"]),
    st.sampled_from(["first", "both"]),
    st.just(START),
    _ends,
)
bases = st.one_of(intervals, dates, crons)

days = st.one_of(
    st.just(Weekends()),
    st.just(PublicHolidays("LK")),
    st.frozensets(st.dates(date(2026, 11, 20), date(2026, 12, 10)), max_size=12),
)


def excluding(inner: st.SearchStrategy[Trigger]) -> st.SearchStrategy[Excluding]:
    return st.builds(Excluding, inner, days, st.sampled_from(ZONES))


def jittered(inner: st.SearchStrategy[Trigger]) -> st.SearchStrategy[Jittered]:
    return st.builds(
        Jittered,
        inner,
        st.one_of(st.just(TICK), st.timedeltas(TICK, timedelta(minutes=5)), st.timedeltas(TICK, timedelta(days=30))),
        st.text(max_size=3),
    )


every_kind = st.one_of(
    bases, excluding(bases), jittered(bases), jittered(excluding(bases)), excluding(jittered(excluding(bases)))
)


def due_times(trigger: Trigger, after: datetime = START - timedelta(days=1)):
    """All of them later than `after`, in the order told."""
    instant: datetime | None = after
    while (instant := trigger.next_after(instant)) is not None:
        yield instant


def first_due_times(trigger: Trigger, count: int, after: datetime = START - timedelta(days=1)) -> list[datetime]:
    return list(islice(due_times(trigger, after), count))
