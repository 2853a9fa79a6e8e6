"""The calendar of the next weeks: what the very triggers that fire say of each day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.task.strategies import START, ZONES, every_kind

from clockhouse.model.forecast import LISTED, Durations, forecast
from clockhouse.model.schedule import Terms
from clockhouse.task import (
    CatchUp,
    CatchUpMode,
    CronTrigger,
    DateTrigger,
    Excluding,
    IntervalTrigger,
    Jittered,
    Overlap,
    PublicHolidays,
)
from clockhouse.task.cron import Effect
from clockhouse.task.plan import plan

BERLIN = "Europe/Berlin"
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


def taking(p95: timedelta) -> Durations:
    return Durations(p95 / 2, p95, 20, "development")


@settings(max_examples=30)
@given(st.lists(every_kind, min_size=1, max_size=3), st.sampled_from(ZONES), st.timedeltas(timedelta(), timedelta(3)))
def test_each_day_has_what_the_scheduler_would_find_due(triggers, zone, later):
    start = START + later
    found = forecast([Terms(each) for each in triggers], start=start, zone=zone, days=5)
    owed = []
    for trigger in triggers:
        first = trigger.next_after(start)
        if first is not None:
            whole = plan(trigger, planned_at=first, now=found.end, catch_up=CatchUp(CatchUpMode.ALL), limit=100_000)
            owed += [each.due_at for each in whole.due if each.due_at < found.end]
    owed.sort()
    clocks = ZoneInfo(zone)
    for day in found.days:
        of_day = [at for at in owed if at.astimezone(clocks).date() == day.date]
        assert day.count == len(of_day)
        assert list(day.due) == of_day[:LISTED]
    assert found.total == len(owed)
    assert list(found.first) == owed[:5]


def test_days_are_counted_by_month_and_told_in_the_first_calendars_zone():
    weekdays = Terms(CronTrigger("0 8 * * 1-5", BERLIN))
    found = forecast([Terms(IntervalTrigger(timedelta(days=1), START)), weekdays], start=START)
    assert (found.zone, len(found.days), found.days[0].date) == (BERLIN, 90, date(2026, 11, 22))
    assert found.end == datetime(2027, 2, 19, 23, tzinfo=UTC)
    assert found.months == {(2026, 11): 14, (2026, 12): 54, (2027, 1): 52, (2027, 2): 34}


def test_what_a_clock_change_does_stands_at_its_day():
    start = datetime(2026, 3, 27, 12, tzinfo=UTC)
    found = forecast([Terms(CronTrigger("30 2 * * *", BERLIN))], start=start, days=4)
    [change] = [change for day in found.days for change in day.changes]
    assert (found.days[2].date, found.days[2].changes) == (date(2026, 3, 29), (change,))
    assert (change.zone, change.change.effect, change.change.due) == (BERLIN, Effect.MOVED, 1)
    assert found.days[2].due == (datetime(2026, 3, 29, 1, tzinfo=UTC),)


def test_days_left_out_say_which_holiday_it_is():
    trigger = Excluding(CronTrigger("0 8,9 * * *", BERLIN), PublicHolidays("DE"), BERLIN)
    trigger = Jittered(Excluding(trigger, {date(2026, 12, 24)}, BERLIN), MINUTE, "k")
    found = forecast([Terms(trigger)], start=datetime(2026, 12, 23, tzinfo=UTC), days=4)
    assert [(day.count, [(each.why, each.count) for each in day.left_out]) for day in found.days] == [
        (2, []),
        (0, [(None, 2)]),
        (0, [("Christmas Day", 2)]),
        (0, [("Second Day of Christmas", 2)]),
    ]


def test_a_schedule_that_ends_after_so_many_leaves_the_days_after_empty():
    terms = Terms(IntervalTrigger(timedelta(hours=8), START), max_count=10)
    found = forecast([terms], start=START, days=10, counts=[4])
    assert [day.count for day in found.days] == [1, 3, 2, *[0] * 7]
    assert len([due for day in found.days for due in day.due]) == 6


def test_without_known_durations_no_overlap_is_told():
    found = forecast([Terms(IntervalTrigger(MINUTE, START))], start=START, days=3)
    assert found.overlaps is None
    assert sum(day.overlapping for day in found.days) == 0


def test_what_takes_longer_than_its_interval_overlaps_as_its_policy_says():
    every = IntervalTrigger(10 * MINUTE, START)
    end = IntervalTrigger(10 * MINUTE, START, START + 2 * HOUR)

    def found(overlap: Overlap, takes: timedelta, trigger=end, **more):
        made = forecast([Terms(trigger, overlap)], start=START, days=2, durations=taking(takes), **more).overlaps
        assert made is not None
        return made.found, made.skipped, made.waiting, made.stopped, made.beside

    assert found(Overlap.SKIP, 9 * MINUTE) == (0, 0, 0, 0, 0)
    assert found(Overlap.SKIP, 10 * MINUTE) == (0, 0, 0, 0, 0)
    assert found(Overlap.SKIP, 15 * MINUTE) == (6, 6, 0, 0, 0)
    assert found(Overlap.ALLOW, 15 * MINUTE) == (11, 0, 0, 0, 11)
    assert found(Overlap.ALLOW, 15 * MINUTE, at_once=1) == (11, 0, 11, 0, 0)
    assert found(Overlap.CANCEL_OTHER, 15 * MINUTE) == (11, 0, 0, 11, 0)
    assert found(Overlap.BUFFER_ALL, 15 * MINUTE) == (11, 0, 11, 0, 0)
    assert found(Overlap.BUFFER_ONE, 15 * MINUTE) == (11, 3, 8, 0, 0)
    assert found(Overlap.CANCEL_OTHER, 15 * MINUTE, at_once=2) == (11, 0, 0, 0, 11)
    assert found(Overlap.SKIP, 15 * MINUTE, trigger=every)[0] > 100


def test_two_schedules_of_one_deployment_get_into_each_others_way():
    two = [Terms(CronTrigger("0 8 * * *")), Terms(CronTrigger("0 8 * * 1"))]
    found = forecast(two, start=START, days=7, durations=taking(SECOND))
    assert [day.overlapping for day in found.days] == [0, 1, 0, 0, 0, 0, 0]


def test_what_is_due_every_second_is_counted_and_the_first_ones_speak_for_the_rest():
    every_second = Terms(CronTrigger("* * * * * *", BERLIN))
    found = forecast([every_second], start=START, durations=taking(1.5 * SECOND))
    assert found.days[1].count == 86_400
    assert len(found.days[1].due) == LISTED
    assert found.days[1].overlapping == 43_200
    assert found.overlaps is not None
    assert not found.overlaps.exact


def test_nothing_is_due_without_schedules():
    found = forecast([], start=START)
    assert (found.zone, found.total, found.first) == ("UTC", 0, ())
    past = forecast([Terms(DateTrigger(START))], start=START)
    assert past.total == 0
