# ruff: noqa: DTZ001 - local times are naive, and a naive instant means UTC
import pickle
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfoNotFoundError

import pytest
from croniter import croniter
from hypothesis import given
from hypothesis import strategies as st

from clockhouse.task import values
from clockhouse.task.cron import CronTrigger
from clockhouse.task.errors import InvalidTrigger, NeverFires

MIDNIGHT = datetime(2026, 1, 1, tzinfo=UTC)

instants = st.datetimes(datetime(1950, 1, 1), datetime(2150, 1, 1), timezones=st.just(UTC))


def fires(trigger: CronTrigger, after: datetime, count: int) -> list[datetime]:
    found = []
    for _ in range(count):
        after = trigger.next_after(after)
        found.append(after)
    return found


def days(expression: str, count: int, after: datetime = MIDNIGHT - timedelta(seconds=1)) -> list[str]:
    return [str(fire.date()) for fire in fires(CronTrigger(f"0 0 {expression}"), after, count)]


def hours_and_minutes(expression: str, count: int, key: str = "") -> list[str]:
    found = fires(CronTrigger(expression, key=key), MIDNIGHT - timedelta(seconds=1), count)
    return [fire.strftime("%H:%M:%S") for fire in found]


# --- the fields ---


def test_lists_ranges_and_steps_combine():
    assert hours_and_minutes("5,10-20/5,45/7 0 * * *", 7) == [
        *("00:05:00", "00:10:00", "00:15:00", "00:20:00", "00:45:00", "00:52:00", "00:59:00")
    ]


def test_a_sixth_field_leads_with_seconds():
    assert hours_and_minutes("*/30 1 2 * * *", 3) == ["02:01:00", "02:01:30", "02:01:00"]


def test_five_fields_fire_at_the_full_minute():
    assert hours_and_minutes("1 2 * * *", 1) == ["02:01:00"]


def test_names_of_months_and_weekdays_are_read_in_any_case():
    assert days("* mar mOn", 2) == ["2026-03-02", "2026-03-09"]
    assert days("* JAN Sat-Sun", 4) == ["2026-01-03", "2026-01-04", "2026-01-10", "2026-01-11"]


@pytest.mark.parametrize("sunday", ["0", "7", "SUN", "7-7", "0-0", "SUN-SUN", "0L,1#1,7"])
def test_sunday_is_zero_and_seven(sunday):
    assert "2026-01-04" in days(f"* * {sunday}", 1)


@pytest.mark.parametrize("all_week", ["0-6", "0-7", "1-7", "MON-SUN", "*", "?", "*/1", "1-5,6-7"])
def test_a_whole_week_is_written_in_many_ways(all_week):
    assert days(f"* * {all_week}", 8) == [str(date(2026, 1, day)) for day in range(1, 9)]


def test_two_restricted_day_fields_mean_either():
    assert days("13 * FRI", 4) == ["2026-01-02", "2026-01-09", "2026-01-13", "2026-01-16"]


def test_a_day_field_that_starts_with_a_star_is_not_restricted_so_that_both_must_fit():
    assert days("*/2 * FRI", 3) == ["2026-01-09", "2026-01-23", "2026-02-13"]
    assert days("13 * */5", 3) == ["2026-02-13", "2026-03-13", "2026-09-13"]
    assert days("? * FRI", 2) == ["2026-01-02", "2026-01-09"]


def test_the_last_day_of_the_month():
    assert days("L * *", 4) == ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"]
    assert days("L 2 *", 3) == ["2026-02-28", "2027-02-28", "2028-02-29"]
    assert days("L-3,1 * *", 4) == ["2026-01-01", "2026-01-28", "2026-02-01", "2026-02-25"]
    assert days("L-30 * *", 3) == ["2026-01-01", "2026-03-01", "2026-05-01"]


def test_the_working_day_nearest_to_a_day_stays_in_its_month():
    assert days("15W 2,8,11 *", 3) == ["2026-02-16", "2026-08-14", "2026-11-16"]
    assert days("1W 8,11 *", 2) == ["2026-08-03", "2026-11-02"]
    assert days("31W 1,4,5 *", 2) == ["2026-01-30", "2026-05-29"]
    assert days("LW 1,2,5 *", 3) == ["2026-01-30", "2026-02-27", "2026-05-29"]


def test_the_last_and_the_nth_weekday_of_the_month():
    assert days("* * 5L", 3) == ["2026-01-30", "2026-02-27", "2026-03-27"]
    assert days("* * friL", 1) == ["2026-01-30"]
    assert days("* * 1#1,WED#3", 3) == ["2026-01-05", "2026-01-21", "2026-02-02"]
    assert days("* * 4#5", 3) == ["2026-01-29", "2026-04-30", "2026-07-30"]


@pytest.mark.parametrize(
    ("alias", "same"),
    [
        ("@hourly", "0 * * * *"),
        ("@daily", "0 0 * * *"),
        ("@midnight", "0 0 * * *"),
        ("@weekly", "0 0 * * 0"),
        ("@monthly", "0 0 1 * *"),
        ("@Yearly", "0 0 1 1 *"),
        ("@annually", "0 0 1 1 *"),
    ],
)
def test_an_alias_means_its_expression(alias, same):
    assert fires(CronTrigger(alias), MIDNIGHT, 5) == fires(CronTrigger(same), MIDNIGHT, 5)


def is_weekend(leap_year: int) -> bool:
    return date(leap_year, 2, 29).weekday() >= 5


def test_a_leap_day_on_a_given_weekday_is_found_over_the_year_that_is_none():
    weekends = [str(date(year, 2, 29)) for year in range(2072, 2200, 4) if year != 2100 and is_weekend(year)]
    assert days("29 2 */6", len(weekends), datetime(2071, 1, 1)) == weekends
    assert days("29 2 *", 2, datetime(2095, 1, 1)) == ["2096-02-29", "2104-02-29"]


# --- H ---


def test_h_is_the_same_for_ever_and_within_its_range():
    first = fires(CronTrigger("H H * * *", key="orders/sync"), MIDNIGHT, 3)
    assert first == fires(CronTrigger("H H * * *", key="orders/sync"), MIDNIGHT, 3)
    # Kept literally: another value after an upgrade would move everybody's schedules.
    assert hours_and_minutes("H H * * *", 1, key="orders/sync") == ["00:24:00"]
    assert all(fire.minute < 30 for fire in fires(CronTrigger("H(0-29) * * * *", key="a"), MIDNIGHT, 24))


def test_h_spreads_schedules_of_different_keys():
    minutes = {CronTrigger("H * * * *", key=str(number)).next_after(MIDNIGHT).minute for number in range(600)}
    assert minutes == set(range(60))


@given(st.text(max_size=20), st.sampled_from([2, 5, 15, 20, 30]))
def test_h_with_a_step_keeps_the_step(key, step):
    found = fires(CronTrigger(f"H/{step} * * * *", key=key), MIDNIGHT, 10)
    assert {later - earlier for earlier, later in pairwise(found)} == {timedelta(minutes=step)}


@given(st.text(max_size=20))
def test_h_as_a_day_is_one_that_every_month_has(key):
    assert [fire.month for fire in fires(CronTrigger("0 0 H * *", key=key), MIDNIGHT - timedelta(1), 12)] == [
        *range(1, 13)
    ]


# --- refusals ---


@pytest.mark.parametrize(
    ("expression", "says"),
    [
        ("", "has 0 fields"),
        ("* * * *", "has 4 fields"),
        ("* * * * * * 2026", "has 7 fields"),
        ("61 * * * *", '"61" in the minute field'),
        ("* 24 * * *", "write 0 to 23"),
        ("* * 0 * *", "write 1 to 31"),
        ("* * * 13 *", "JAN to DEC"),
        ("* * * * 8", "write 0 to 7 or SUN to SAT"),
        ("* * * * MONDAY", "day-of-week field"),
        ("* * * FOO *", "month field"),
        ("1,,2 * * * *", '""'),
        ("*/0 * * * *", "step of 0"),
        ("*/90 * * * *", "use an interval"),
        ("*/99999999 * * * *", "use an interval"),
        ("5- * * * *", "cannot be read"),
        ("-5 * * * *", "cannot be read"),
        ("٣ * * * *", "cannot be read"),
        ("? * * * *", "cannot be read"),
        ("* 22-2 * * *", "write 22-23,0-2"),
        ("* * * * FRI-MON", "write FRI-SAT,SUN-MON"),
        ("* * * NOV-FEB *", "write NOV-DEC,JAN-FEB"),
        ("* * * * L", "write 5L or FRIL"),
        ("* * * * 1#6", "#1 to #5"),
        ("* * 32W * *", "write 1 to 31"),
        ("* * L-31 * *", "L-1 to L-30"),
        ("L * * * *", "minute field"),
        ("H(30-10) * * * *", "smaller number first"),
        ("H(0-29)/31 * * * *", "step of 31"),
        ("Hx * * * *", "write H, H/15"),
        ("@reboot", "no alias"),
        ("CRON_TZ=UTC * * * * *", "write it in the zone"),
        ("1," * 1000 + "1 * * * *", "at most 1000"),
    ],
)
def test_an_expression_that_cannot_be_is_refused_with_what_to_write(expression, says):
    with pytest.raises(InvalidTrigger) as refused:
        CronTrigger(expression)
    assert refused.value.field == "expression"
    assert says in str(refused.value)


@pytest.mark.parametrize("expression", ["0 0 30 2 *", "0 0 31 4,6,9,11 *", "0 0 L-29 2 *", "0 0 30W 2 ?"])
def test_a_day_that_no_month_has_never_fires(expression):
    with pytest.raises(NeverFires) as refused:
        CronTrigger(expression)
    assert refused.value.field == "expression"


@pytest.mark.parametrize(
    "zone",
    ["Europe/Atlantis", "", "../etc/passwd", "/etc/localtime", "Europe", "right/UTC", "localtime", "a\0b", "+05"],
)
def test_a_zone_that_is_none_is_refused(zone):
    with pytest.raises(InvalidTrigger) as refused:
        CronTrigger("@daily", zone)
    assert refused.value.field == "zone"


@given(st.text(max_size=30) | st.text("0123456789*/-,LW#?H() ", max_size=20))
def test_whatever_is_written_is_read_or_refused(text):
    try:
        trigger = CronTrigger(text)
    except InvalidTrigger:
        return
    assert trigger.next_after(MIDNIGHT) is not None


def test_utc_needs_no_time_zone_data(monkeypatch):
    def missing(name: str) -> None:
        raise ZoneInfoNotFoundError(name)

    monkeypatch.setattr(values, "ZoneInfo", missing)
    assert CronTrigger("@daily").next_after(MIDNIGHT) == MIDNIGHT + timedelta(days=1)


# --- the window ---


def test_start_and_end_are_included():
    trigger = CronTrigger("0 * * * *", start=datetime(2026, 1, 1, 2), end=datetime(2026, 1, 1, 4))
    found, instant = [], datetime(2020, 1, 1)
    while (instant := trigger.next_after(instant)) is not None:
        assert trigger.matches(instant)
        found.append(instant.hour)
    assert found == [2, 3, 4]
    assert not trigger.matches(datetime(2026, 1, 1, 1))
    assert not trigger.matches(datetime(2026, 1, 1, 5))


@pytest.mark.parametrize("zone", ["UTC", "Asia/Colombo", "America/New_York"])
def test_the_ends_of_the_calendar_are_ends(zone):
    trigger = CronTrigger("* * * * *", zone)
    assert trigger.next_after(datetime(9999, 12, 31, 23, 59)) is None
    assert trigger.next_after(datetime(1, 1, 1)).year == 2
    assert CronTrigger("0 0 1 1 *", zone).next_after(datetime(9998, 6, 1)) is None
    assert not trigger.matches(datetime(9999, 12, 31, 23, 59))


# --- against other ways to say it ---


def numbers(low: int, high: int) -> st.SearchStrategy[str]:
    value = st.integers(low, high)
    # A range of one, such as 1-1, is left out: croniter takes it for a star.
    span = st.lists(value, min_size=2, max_size=2, unique=True).map(sorted)
    step = st.integers(1, high - low)
    item = st.one_of(
        value.map(str),
        span.map(lambda ends: f"{ends[0]}-{ends[1]}"),
        st.tuples(span, step).map(lambda it: f"{it[0][0]}-{it[0][1]}/{it[1]}"),
    )
    return st.one_of(st.just("*"), step.map(lambda by: f"*/{by}"), st.lists(item, min_size=1, max_size=3).map(",".join))


plain_weekdays = st.lists(st.sampled_from(["0", "1", "7", "MON", "fri", "2-4", "MON-FRI"]), min_size=1, max_size=3).map(
    ",".join
)
# The days are where the two differ: croniter takes */2 for a restricted field and 5#2 for one that L must fit as well.
day_pairs = st.one_of(
    st.tuples(numbers(1, 28), st.just("*")),
    st.tuples(st.just("L"), st.just("*")),
    st.tuples(st.just("*"), plain_weekdays | st.sampled_from(["1#2", "5#5", "L3", "L5"])),
    st.tuples(st.sampled_from(["13", "1,15", "5-9", "L"]), plain_weekdays),
)
months = numbers(1, 12) | st.sampled_from(["JAN", "feb-apr", "DEC,JUN"])


@pytest.mark.slow
@given(numbers(0, 59), numbers(0, 23), day_pairs, months, instants)
def test_croniter_agrees_in_utc(minute, hour, days, month, instant):
    day, weekday = days
    theirs = croniter(f"{minute} {hour} {day} {month} {weekday}", instant)
    if weekday.startswith("L"):
        weekday = weekday[::-1]  # the last Friday is L5 to them and 5L to us
    ours = CronTrigger(f"{minute} {hour} {day} {month} {weekday}")
    assert fires(ours, instant, 3) == [theirs.get_next(datetime) for _ in range(3)]


@given(
    st.sampled_from(["*/5 * * * *", "30 2 * * *", "7 */3 L * *", "*/20 59 23 LW * ?", "0 0 * * 5#5", "H H(0-7) * * H"]),
    st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]),
    st.sampled_from(["after", "skip"]),
    st.sampled_from(["first", "both"]),
    instants,
)
def test_the_next_fire_is_later_and_matches(expression, zone, gap, fold, instant):
    trigger = CronTrigger(expression, zone, gap, fold)
    fire = trigger.next_after(instant)
    assert fire > instant
    assert fire.tzinfo is UTC
    assert trigger.matches(fire)
    assert trigger.next_after(fire - timedelta(microseconds=1)) == fire
    assert not trigger.matches(fire + timedelta(microseconds=1))


# --- as a value ---


def test_a_trigger_is_a_value_that_can_be_sent_to_another_process():
    trigger = CronTrigger("30 2 * * *", "Europe/Berlin", key="k")
    copy = pickle.loads(pickle.dumps(trigger))
    assert copy == trigger
    assert hash(copy) == hash(trigger)
    assert copy.next_after(MIDNIGHT) == trigger.next_after(MIDNIGHT)
    assert "_" not in repr(trigger).replace("start", "")


@pytest.mark.slow
def test_importing_the_library_is_light_and_imports_nothing_else_of_ours():
    code = "import sys, clockhouse.task; print(*sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"asyncio", "logging", "threading", "ssl", "socket"} & set(loaded)
    ours = {name for name in loaded if name.startswith("clockhouse")}
    assert {name for name in ours if not name.startswith("clockhouse.task")} == {"clockhouse"}
