import pickle
import sys
from datetime import UTC, date, datetime, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.task.strategies import START, TICK, Counting, Weekends, bases, days, due_times, excluding, first_due_times

from clockhouse.task.calendar import Excluding, PublicHolidays
from clockhouse.task.cron import CronTrigger
from clockhouse.task.errors import InvalidTrigger
from clockhouse.task.trigger import DateTrigger, IntervalTrigger

DAILY = CronTrigger("0 8 * * *")
CHRISTMAS = date(2026, 12, 25)
CHRISTMAS_EVE = datetime(2026, 12, 24, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)


def test_what_falls_on_an_excluded_date_is_not_due():
    trigger = Excluding(DAILY, {CHRISTMAS, date(2026, 12, 27)})
    found = first_due_times(trigger, 3, CHRISTMAS_EVE)
    assert [due.day for due in found] == [24, 26, 28]


def test_the_date_is_the_one_that_the_zone_shows():
    trigger = CronTrigger("30 23 * * *")
    colombo = Excluding(trigger, {CHRISTMAS}, "Asia/Colombo")
    assert [due.day for due in first_due_times(colombo, 2, datetime(2026, 12, 23, tzinfo=UTC))] == [23, 25]
    assert [due.day for due in first_due_times(Excluding(trigger, {CHRISTMAS}), 2, CHRISTMAS_EVE)] == [24, 26]


def test_anything_that_holds_dates_can_be_excluded():
    weekdays = first_due_times(Excluding(DAILY, Weekends()), 20)
    assert {due.weekday() for due in weekdays} == {0, 1, 2, 3, 4}
    german = Excluding(DAILY, holidays.country_holidays("DE", subdiv="BY"))
    assert german.next_after(datetime(2026, 12, 24, 9, tzinfo=UTC)) == datetime(2026, 12, 27, 8, tzinfo=UTC)


@given(bases, days, st.sampled_from(["UTC", "Europe/Berlin", "Pacific/Apia", "America/New_York"]))
def test_all_others_are_due_as_before(trigger, days, zone):
    base = first_due_times(trigger, 60)
    expected = [due for due in base if due.astimezone(ZoneInfo(zone)).date() not in days]
    last = base[-1] if base else START
    assert list(takewhile(lambda due: due <= last, due_times(Excluding(trigger, days, zone)))) == expected


# A midnight skipped, one repeated, a whole day left out, and a change on an ordinary night.
CHANGES = [
    ("America/Sao_Paulo", datetime(2018, 11, 4, 3, tzinfo=UTC)),
    ("America/Sao_Paulo", datetime(2018, 2, 18, 2, tzinfo=UTC)),
    ("America/Goose_Bay", datetime(2010, 11, 7, 3, 1, tzinfo=UTC)),
    ("America/Toronto", datetime(1919, 3, 31, 4, 30, tzinfo=UTC)),
    ("Pacific/Apia", datetime(2011, 12, 30, 10, tzinfo=UTC)),
    ("Europe/Berlin", datetime(2026, 3, 29, 1, tzinfo=UTC)),
    ("Europe/Berlin", datetime(2026, 10, 25, 1, tzinfo=UTC)),
]


@pytest.mark.parametrize(("zone", "at"), CHANGES, ids=lambda value: str(value)[:17])
@pytest.mark.parametrize("excluded", [*range(-2, 3), (-1, 0), (0, 1), (-1, 1)], ids=str)
def test_where_clocks_change_a_date_is_excluded_in_all_its_parts_and_no_other(zone, at, excluded):
    tz = ZoneInfo(zone)
    assert (at - TICK).astimezone(tz).utcoffset() != at.astimezone(tz).utcoffset()
    shifts = excluded if isinstance(excluded, tuple) else (excluded,)
    days = {at.astimezone(tz).date() + timedelta(days=shift) for shift in shifts}
    base = IntervalTrigger(timedelta(minutes=7, seconds=1), at - timedelta(days=3), at + timedelta(days=4))
    expected = [due for due in due_times(base, base.start - TICK) if due.astimezone(tz).date() not in days]
    assert list(due_times(Excluding(base, days, zone), base.start - TICK)) == expected


@given(excluding(bases), st.timedeltas(timedelta(), timedelta(days=40)))
def test_wherever_one_asks_from_the_due_times_are_the_same(trigger, after):
    asked = START + after
    before = takewhile(lambda due: due <= asked + timedelta(days=1), due_times(trigger, asked - timedelta(hours=1)))
    later = [due for due in before if due > asked]
    if later:
        assert trigger.next_after(asked) == later[0]


def test_an_excluded_day_is_passed_over_at_once_however_much_falls_on_it():
    base = Counting(IntervalTrigger(MILLISECOND, START))
    free = {START.date() + timedelta(days=number) for number in range(10)}
    assert Excluding(base, free).next_after(START) == datetime(2026, 12, 2, tzinfo=UTC)
    assert base.asked <= 12


class Always:
    def __contains__(self, day: date) -> bool:
        return True


def test_a_calendar_that_excludes_everything_leaves_nothing_after_a_hundred_years_of_searching():
    base = Counting(CronTrigger("0 8 1 * *"))
    assert Excluding(base, Always()).next_after(START) is None
    assert 1200 <= base.asked <= 1202
    assert Excluding(DateTrigger(START), Always()).next_after(datetime(2020, 1, 1, tzinfo=UTC)) is None


def test_a_leap_day_that_is_excluded_for_decades_comes_again():
    free = {date(year, 2, 29) for year in range(2028, 2080, 4)}
    assert Excluding(CronTrigger("0 0 29 2 *"), free).next_after(START).year == 2080


@pytest.mark.parametrize("zone", ["UTC", "Asia/Colombo", "America/New_York"])
def test_the_ends_of_the_calendar_are_ends(zone):
    trigger = Excluding(IntervalTrigger(timedelta(hours=1), datetime.min.replace(tzinfo=UTC)), Weekends(), zone)
    assert trigger.next_after(datetime.min.replace(tzinfo=UTC)).year == 2
    assert trigger.next_after(datetime.max.replace(tzinfo=UTC)) is None
    saturday = datetime(9998, 12, 26, 6, tzinfo=UTC)
    assert trigger.next_after(saturday).weekday() == 0 or zone != "UTC"
    assert Excluding(trigger.trigger, Always(), zone).next_after(saturday) is None


def test_the_end_is_that_of_the_trigger_within():
    end = START + timedelta(days=3)
    assert Excluding(Excluding(CronTrigger("@daily", end=end), set()), set()).end == end
    assert Excluding(DateTrigger(START), set()).end is None


# --- public holidays ---


@pytest.mark.parametrize(
    ("country", "subdivision", "day", "is_one"),
    [
        ("LK", None, date(2026, 2, 4), True),  # Independence Day
        ("LK", None, date(2026, 2, 5), False),
        ("DE", None, date(2026, 3, 8), False),
        ("DE", "BE", date(2026, 3, 8), True),  # Berlin alone
        ("US", "", date(2021, 12, 31), True),  # the next year's first day, observed in this one
    ],
)
def test_a_country_has_its_public_holidays(country, subdivision, day, is_one):
    assert (day in PublicHolidays(country, subdivision)) == is_one


def test_public_holidays_are_left_out_year_after_year():
    trigger = Excluding(CronTrigger("0 8 25 12 *"), {CHRISTMAS}, "Europe/Berlin")
    assert trigger.next_after(START).year == 2027
    new_year = Excluding(CronTrigger("0 8 1,2 1 *", "Europe/Berlin"), PublicHolidays("DE"), "Europe/Berlin")
    assert [(due.year, due.day) for due in first_due_times(new_year, 3)] == [(2027, 2), (2028, 2), (2029, 2)]


@pytest.mark.parametrize(
    ("field", "values"),
    [("country", ("XX",)), ("country", (49,)), ("subdivision", ("DE", "ZZ")), ("subdivision", ("DE", 1))],
)
def test_holidays_that_nobody_knows_are_refused_by_field(field, values):
    with pytest.raises(InvalidTrigger) as refused:
        PublicHolidays(*values)
    assert refused.value.field == field
    assert str(refused.value).endswith(".")


def test_without_the_package_one_is_told_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "holidays", None)
    with pytest.raises(InvalidTrigger, match="pip install holidays") as refused:
        PublicHolidays("NO")  # asked for nowhere else here: a country once found is not looked up again
    assert refused.value.field == "country"


# --- as a value ---


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("trigger", {"trigger": "daily"}),
        ("days", {"days": "2026-12-25"}),
        ("days", {"days": CHRISTMAS}),
        ("days", {"days": None}),
        ("days", {"days": ["2026-12-25"]}),
        ("days", {"days": {datetime(2026, 12, 25, tzinfo=UTC)}}),
        ("zone", {"zone": "Europe/Atlantis"}),
        ("zone", {"zone": None}),
    ],
)
def test_an_exclusion_that_cannot_be_is_refused_by_field(field, values):
    with pytest.raises(InvalidTrigger) as refused:
        Excluding(**{"trigger": DAILY, "days": set()} | values)
    assert refused.value.field == field
    assert str(refused.value).endswith(".")


@pytest.mark.parametrize("days", [{CHRISTMAS}, [CHRISTMAS], PublicHolidays("DE", "BE")], ids=["set", "list", "country"])
def test_an_excluding_trigger_is_a_value_that_can_be_sent_to_another_process(days):
    trigger = Excluding(DAILY, days, "Europe/Berlin")
    copy = pickle.loads(pickle.dumps(trigger))
    assert copy == trigger
    assert hash(copy) == hash(trigger)
    assert copy.next_after(START) == trigger.next_after(START)


def test_dates_added_later_to_the_set_that_was_given_change_nothing():
    days = {CHRISTMAS}
    trigger = Excluding(DAILY, days)
    days.add(date(2026, 12, 24))
    assert trigger.next_after(CHRISTMAS_EVE).day == 24
