"""What a cron schedule does on the days on which a zone's clocks change."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from clockhouse.task.cron import CronTrigger

BERLIN = "Europe/Berlin"
NEW_YORK = "America/New_York"
LORD_HOWE = "Australia/Lord_Howe"  # by half an hour only

HOUR = timedelta(hours=1)


def fires(expression: str, zone: str, start: str, end: str, **choices) -> list[str]:
    """Between two local times, the end not included: each fire's local time, with + in a second pass."""
    tz = ZoneInfo(zone)
    trigger = CronTrigger(expression, zone, **choices)
    instant = datetime.fromisoformat(start).replace(tzinfo=tz).astimezone(UTC) - timedelta(microseconds=1)
    last = datetime.fromisoformat(end).replace(tzinfo=tz).astimezone(UTC)
    found = []
    while (instant := trigger.next_after(instant)) < last:
        assert trigger.matches(instant)
        local = instant.astimezone(tz)
        found.append(local.strftime("%d %H:%M") + "+" * local.fold)
    return found


# --- skipped local times ---


def test_a_daily_job_in_the_gap_runs_right_after_it():
    assert fires("30 2 * * *", BERLIN, "2026-03-28", "2026-03-31") == ["28 02:30", "29 03:00", "30 02:30"]
    assert fires("30 2 * * *", NEW_YORK, "2026-03-07", "2026-03-10") == ["07 02:30", "08 03:00", "09 02:30"]


def test_a_daily_job_in_the_gap_can_be_skipped():
    assert fires("30 2 * * *", BERLIN, "2026-03-28", "2026-03-31", gap="skip") == ["28 02:30", "30 02:30"]


def test_several_times_in_the_gap_run_once_after_it():
    assert fires("0,15,45 2 * * *", BERLIN, "2026-03-29", "2026-03-30") == ["29 03:00"]
    assert fires("* 2 * * *", BERLIN, "2026-03-29", "2026-03-30") == ["29 03:00"]


def test_a_time_in_the_gap_is_not_run_in_addition_to_one_right_after_it():
    assert fires("0 2,3 * * *", BERLIN, "2026-03-29", "2026-03-30") == ["29 03:00"]
    assert fires("30 2,3 * * *", BERLIN, "2026-03-29", "2026-03-30") == ["29 03:00", "29 03:30"]


def test_an_hourly_job_goes_on_every_real_hour_through_the_gap():
    assert fires("30 * * * *", BERLIN, "2026-03-29T00", "2026-03-29T05") == [
        *("29 00:30", "29 01:30", "29 03:30", "29 04:30")
    ]
    assert fires("H(30-30) 0-23 * * *", BERLIN, "2026-03-29T01", "2026-03-29T04") == ["29 01:30", "29 03:30"]


def test_a_frequent_job_does_not_burst_after_the_gap():
    assert fires("*/20 * * * *", BERLIN, "2026-03-29T01:20", "2026-03-29T03:30") == [
        *("29 01:20", "29 01:40", "29 03:00", "29 03:20")
    ]
    assert fires("7-59/20 0-6 * * *", BERLIN, "2026-03-29T01:20", "2026-03-29T03:30") == [
        *("29 01:27", "29 01:47", "29 03:07", "29 03:27")
    ]


def test_an_hourly_job_is_made_up_for_where_the_gap_is_no_whole_hour():
    assert fires("0 * * * *", LORD_HOWE, "2026-10-04T01", "2026-10-04T04") == ["04 01:00", "04 02:30", "04 03:00"]
    assert fires("45 * * * *", LORD_HOWE, "2026-10-04T01", "2026-10-04T03") == ["04 01:45", "04 02:45"]


def test_a_half_hour_gap_takes_only_its_half_hour():
    assert fires("15,45 2 * * *", LORD_HOWE, "2026-10-04", "2026-10-05") == ["04 02:30", "04 02:45"]


@pytest.mark.parametrize(
    ("zone", "day"),
    [("America/Sao_Paulo", "2018-11-04"), ("Asia/Beirut", "2022-03-27"), ("Africa/Cairo", "2023-04-28")],
)
def test_a_daily_job_at_a_midnight_that_is_skipped_runs_that_day_at_one(zone, day):
    number = day[-2:]
    assert fires("0 0 * * *", zone, f"{day}T01", f"{day}T23") == [f"{number} 01:00"]
    assert fires("0 0 * * *", zone, f"{day}T01", f"{day}T23", gap="skip") == []
    assert fires(f"30 0 {int(number)} * *", zone, f"{day}T01", f"{day}T23") == [f"{number} 01:00"]


def test_a_day_that_a_place_left_out_is_made_up_for_once():
    assert fires("30 2,14 * * *", "Pacific/Apia", "2011-12-29", "2012-01-01") == [
        *("29 02:30", "29 14:30", "31 00:00", "31 02:30", "31 14:30")
    ]
    assert fires("0 */12 * * *", "Pacific/Apia", "2011-12-29", "2012-01-01") == [
        *("29 00:00", "29 12:00", "31 00:00", "31 12:00")
    ]


# --- repeated local times ---


def test_a_daily_job_in_the_fold_runs_once_in_the_first_pass():
    assert fires("30 2 * * *", BERLIN, "2026-10-24", "2026-10-27") == ["24 02:30", "25 02:30", "26 02:30"]
    assert fires("30 1 * * *", NEW_YORK, "2026-10-31", "2026-11-03") == ["31 01:30", "01 01:30", "02 01:30"]


def test_a_daily_job_in_the_fold_can_run_in_both_passes():
    assert fires("30 2 * * *", BERLIN, "2026-10-25", "2026-10-26", fold="both") == ["25 02:30", "25 02:30+"]


def test_several_times_in_the_fold_run_once_each_in_order():
    assert fires("0,15,45 2,3 * * *", BERLIN, "2026-10-25", "2026-10-26") == [
        *("25 02:00", "25 02:15", "25 02:45", "25 03:00", "25 03:15", "25 03:45")
    ]
    assert fires("0 */2 * * *", BERLIN, "2026-10-25T00", "2026-10-25T05") == ["25 00:00", "25 02:00", "25 04:00"]


def test_an_hourly_job_goes_on_every_real_hour_through_the_fold():
    assert fires("30 * * * *", BERLIN, "2026-10-25T01", "2026-10-25T04") == [
        *("25 01:30", "25 02:30", "25 02:30+", "25 03:30")
    ]


def test_a_frequent_job_goes_on_through_both_passes():
    trigger = CronTrigger("*/5 * * * *", BERLIN)
    instant, found = datetime(2026, 10, 24, 22, tzinfo=UTC), []
    for _ in range(60):
        instant = trigger.next_after(instant)
        found.append(instant)
    assert found == [datetime(2026, 10, 24, 22, tzinfo=UTC) + n * timedelta(minutes=5) for n in range(1, 61)]
    assert fires("*/30 1-3 * * *", BERLIN, "2026-10-25", "2026-10-26") == [
        *("25 01:00", "25 01:30", "25 02:00", "25 02:30", "25 02:00+", "25 02:30+", "25 03:00", "25 03:30")
    ]


def test_a_half_hour_fold_repeats_only_its_half_hour():
    assert fires("15,45 1 * * *", LORD_HOWE, "2026-04-05", "2026-04-06") == ["05 01:15", "05 01:45"]
    assert fires("15,45 1 * * *", LORD_HOWE, "2026-04-05", "2026-04-06", fold="both") == [
        *("05 01:15", "05 01:45", "05 01:45+")
    ]


def test_a_midnight_that_is_repeated_runs_once():
    # At 00:00 the clocks went back to 23:00 of the day before.
    assert fires("30 23 * * *", "America/Sao_Paulo", "2018-02-17", "2018-02-19") == ["17 23:30", "18 23:30"]
    assert fires("0 0 * * *", "America/Sao_Paulo", "2018-02-17", "2018-02-20") == ["17 00:00", "18 00:00", "19 00:00"]


# --- all of it, against the rules applied minute by minute ---


@dataclass(frozen=True)
class Change:
    zone: str
    at: datetime  # the first instant with the new offset


CHANGES = [
    Change(BERLIN, datetime(2026, 3, 29, 1, tzinfo=UTC)),
    Change(BERLIN, datetime(2026, 10, 25, 1, tzinfo=UTC)),
    Change(NEW_YORK, datetime(2026, 3, 8, 7, tzinfo=UTC)),
    Change(NEW_YORK, datetime(2026, 11, 1, 6, tzinfo=UTC)),
    Change(LORD_HOWE, datetime(2026, 10, 3, 15, 30, tzinfo=UTC)),
    Change(LORD_HOWE, datetime(2026, 4, 4, 15, tzinfo=UTC)),
    Change("America/Sao_Paulo", datetime(2018, 11, 4, 3, tzinfo=UTC)),
    Change("America/Sao_Paulo", datetime(2018, 2, 18, 2, tzinfo=UTC)),
    Change("Africa/Casablanca", datetime(2026, 2, 15, 2, tzinfo=UTC)),  # back for Ramadan
    Change("Africa/Casablanca", datetime(2026, 3, 22, 2, tzinfo=UTC)),
    Change("America/Caracas", datetime(2016, 5, 1, 7, tzinfo=UTC)),  # the offset itself, by half an hour
]

minute_fields = st.one_of(
    st.sampled_from(["*", "*/5", "*/20", "10-50/20", "0"]).map(lambda text: (text, minutes_of(text))),
    st.sets(st.integers(0, 59), min_size=1, max_size=3).map(lambda some: (",".join(map(str, some)), some)),
)
hour_fields = st.one_of(
    st.just(("*", set(range(24)))),
    st.sets(st.sampled_from([0, 1, 2, 3, 4, 12, 22, 23]), min_size=1, max_size=6).map(
        lambda some: (",".join(map(str, some)), some)
    ),
)


def minutes_of(text: str) -> set[int]:
    span, _, step = text.partition("/")
    if span == "*":
        return set(range(0, 60, int(step or 1)))
    first, _, last = span.partition("-")
    return set(range(int(first), int(last or first) + 1, int(step or 1)))


@pytest.mark.slow
@given(
    minute=minute_fields,
    hour=hour_fields,
    change=st.sampled_from(CHANGES),
    choices=st.tuples(st.sampled_from(["after", "skip"]), st.sampled_from(["first", "both"])),
)
def test_every_minute_around_a_change_is_as_the_rules_say(minute, hour, change, choices):
    gap, fold = choices
    zone, (minute_text, minutes), (hour_text, hours) = ZoneInfo(change.zone), minute, hour
    trigger = CronTrigger(f"{minute_text} {hour_text} * * *", change.zone, gap, fold)
    keeps_running = len(hours) == 24 or "*" in minute_text or "/" in minute_text

    def offset(instant: datetime) -> timedelta:
        return instant.astimezone(zone).utcoffset()

    shift = offset(change.at) - offset(change.at - timedelta(seconds=1))
    assert shift

    def shows(wall: datetime) -> bool:
        return wall.minute in minutes and wall.hour in hours

    def runs(instant: datetime) -> bool:
        local = instant.astimezone(zone)
        return shows(local) and (not local.fold or keeps_running or fold == "both")

    around = [change.at + n * timedelta(minutes=1) for n in range(-240, 240)]
    expected = [instant for instant in around if runs(instant)]
    if shift > timedelta() and gap == "after":
        width = shift // timedelta(minutes=1)
        new = change.at.astimezone(zone).replace(tzinfo=None)
        lost = any(shows(new - n * timedelta(minutes=1)) for n in range(1, width + 1))
        goes_on = any(runs(change.at + n * timedelta(minutes=1)) for n in range(width))
        if lost and not runs(change.at) and not (keeps_running and goes_on):
            expected = sorted([*expected, change.at])

    found, instant = [], around[0] - timedelta(seconds=1)
    while (instant := trigger.next_after(instant)) <= around[-1]:
        found.append(instant)
    assert found == expected
    assert [instant for instant in around if trigger.matches(instant)] == expected


@pytest.mark.slow
@given(
    expression=st.sampled_from(["*/7 * * * *", "30 2 * * *", "15 1-3 * * *"]),
    change=st.sampled_from(CHANGES),
    seconds=st.integers(-4 * 3600, 4 * 3600),
    fold=st.sampled_from(["first", "both"]),
)
@example("30 2 * * *", CHANGES[0], 0, "first")
def test_wherever_one_asks_from_the_fires_are_the_same(expression, change, seconds, fold):
    trigger = CronTrigger(expression, change.zone, fold=fold)
    asked = change.at + timedelta(seconds=seconds, microseconds=seconds % 3)
    instant = change.at - 30 * HOUR
    while (instant := trigger.next_after(instant)) <= asked:
        pass
    assert trigger.next_after(asked) == instant
