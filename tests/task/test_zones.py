"""Cron beside an independent cron library, in every zone whose clocks change in the year."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from croniter import croniter
from hypothesis import given, settings
from hypothesis import strategies as st

from clockhouse.task.cron import CronTrigger

YEAR = 2026
HOUR = timedelta(hours=1)
AROUND = 5 * HOUR


def changes(zone: str) -> list[datetime]:
    """The instants of the year at which the zone's offset from UTC changes."""
    tz = ZoneInfo(zone)

    def offset(instant: datetime) -> timedelta:
        return instant.astimezone(tz).utcoffset()

    found = []
    weeks = [datetime(YEAR, 1, 1, tzinfo=UTC) + timedelta(weeks=number) for number in range(54)]
    for low, high in pairwise(weeks):
        if offset(low) == offset(high):
            continue
        while high - low > timedelta(seconds=1):
            middle = low + (high - low) / 2
            low, high = (middle, high) if offset(middle) == offset(low) else (low, middle)
        found.append(high.replace(microsecond=0))
    return found


PLACES = {
    zone
    for zone in available_timezones()
    if zone not in ("Factory", "localtime") and not zone.startswith(("posix", "right"))
}
CHANGES = {zone: found for zone in sorted(PLACES) if (found := changes(zone))}

seconds = st.sampled_from(["", "0 ", "59 ", "15,45 "])
minutes = st.one_of(
    st.integers(0, 59).map(str),
    st.sampled_from(["*/7", "*/15", "5-50/11", "0,29,30", "59"]),
)
hours = st.one_of(
    st.sampled_from(["*", "*/2", "0-3", "1-4/2", "22,23,0,1"]),
    st.lists(st.integers(0, 4), min_size=1, max_size=3, unique=True).map(lambda some: ",".join(map(str, some))),
)
days = st.sampled_from(["* * *", "* * SUN", "* * 6,7", "1-31/2 * *", "* 3-4,9-11 *", "L,29,1 * *", "8,22 * 5"])


def by_croniter(expression: str, tz: ZoneInfo, low: datetime, high: datetime) -> set[datetime]:
    """The instants from `low` to `high` at which clocks show what croniter finds, which knows of no clock change."""
    wall = low.astimezone(tz).replace(tzinfo=None, fold=0) - 4 * HOUR
    last = high.astimezone(tz).replace(tzinfo=None, fold=0) + 4 * HOUR
    theirs = croniter(expression, wall, second_at_beginning=True)
    found = set()
    while (wall := theirs.get_next(datetime)) <= last:
        for fold in (0, 1):
            instant = wall.replace(tzinfo=tz, fold=fold).astimezone(UTC)
            if low < instant <= high and instant.astimezone(tz).replace(tzinfo=None) == wall:
                found.add(instant)
    return found


def by_us(trigger: CronTrigger, low: datetime, high: datetime) -> set[datetime]:
    found, instant = set(), low
    while (instant := trigger.next_after(instant)) is not None and instant <= high:
        assert instant > low
        assert trigger.matches(instant)
        found.add(instant)
    return found


def test_there_are_zones_to_try():
    assert len(CHANGES) > 100
    assert {"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca"} <= set(CHANGES)


@pytest.mark.parametrize("zone", CHANGES)
@settings(max_examples=5)
@given(seconds, minutes, hours, days)
def test_croniter_agrees_in_every_zone_around_each_clock_change(zone, second, minute, hour, days):
    expression, tz = f"{second}{minute} {hour} {days}", ZoneInfo(zone)
    everywhere = CronTrigger(expression, zone, gap="skip", fold="both")
    as_declared = CronTrigger(expression, zone)
    for change in CHANGES[zone]:
        low, high = change - AROUND, change + AROUND
        expected = by_croniter(expression, tz, low, high)
        assert by_us(everywhere, low, high) == expected
        # By default a fire right after a gap may come in addition, and the second pass may have none.
        ours = by_us(as_declared, low, high)
        assert ours - expected <= {change}
        assert all(missing.astimezone(tz).fold for missing in expected - ours)
