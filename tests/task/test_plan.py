from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from clockhouse.task.calendar import Excluding
from clockhouse.task.cron import CronTrigger
from clockhouse.task.jitter import Jittered
from clockhouse.task.plan import Due, Missed, MissedReason, plan
from clockhouse.task.policy import CatchUp, CatchUpMode
from clockhouse.task.trigger import DateTrigger, IntervalTrigger

START = datetime(2026, 11, 22, 8, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
EVERY_MINUTE = IntervalTrigger(MINUTE, START)


def at(minutes: float) -> datetime:
    return START + minutes * MINUTE


def summary(planned) -> tuple[dict[float, bool], dict[float, str], float | None, bool]:
    """The plan in minutes after the start: whether each due one is late, why each missed one is, next, complete."""

    def minutes(instant: datetime) -> float:
        return (instant - START) / MINUTE

    return (
        {minutes(each.due_at): each.late for each in planned.due},
        {minutes(each.due_at): str(each.why) for each in planned.missed},
        None if planned.next_at is None else minutes(planned.next_at),
        planned.complete,
    )


def test_nothing_is_due_before_the_planned_time():
    planned = plan(EVERY_MINUTE, planned_at=at(3), now=at(2.99), catch_up=CatchUp())
    assert summary(planned) == ({}, {}, 3, True)


@pytest.mark.parametrize("mode", CatchUpMode)
def test_on_time_is_due_whatever_the_mode(mode):
    planned = plan(EVERY_MINUTE, planned_at=at(3), now=at(3) + timedelta(seconds=10), catch_up=CatchUp(mode))
    assert summary(planned) == ({3: False}, {}, 4, True)


def test_all_catches_up_everything():
    planned = plan(EVERY_MINUTE, planned_at=at(0), now=at(3), catch_up=CatchUp(CatchUpMode.ALL))
    assert summary(planned) == ({0: True, 1: True, 2: True, 3: False}, {}, 4, True)


def test_last_runs_the_newest_late_one():
    planned = plan(EVERY_MINUTE, planned_at=at(0), now=at(3.5), catch_up=CatchUp())
    assert summary(planned) == ({3: True}, dict.fromkeys([0, 1, 2], "superseded"), 4, True)


def test_last_runs_no_late_one_when_one_on_time_follows():
    planned = plan(EVERY_MINUTE, planned_at=at(0), now=at(3), catch_up=CatchUp())
    assert summary(planned) == ({3: False}, dict.fromkeys([0, 1, 2], "superseded"), 4, True)


def test_none_runs_no_late_one():
    planned = plan(EVERY_MINUTE, planned_at=at(0), now=at(2), catch_up=CatchUp(CatchUpMode.NONE))
    assert summary(planned) == ({2: False}, dict.fromkeys([0, 1], "no_catch_up"), 3, True)


def test_nothing_later_than_within_is_caught_up():
    catch_up = CatchUp(CatchUpMode.ALL, within=2 * MINUTE)
    planned = plan(EVERY_MINUTE, planned_at=at(0), now=at(4), catch_up=catch_up)
    assert summary(planned) == ({2: True, 3: True, 4: False}, dict.fromkeys([0, 1], "too_late"), 5, True)


def test_last_says_too_late_of_what_it_would_not_have_run_anyway():
    planned = plan(EVERY_MINUTE, planned_at=at(0), now=at(3.5), catch_up=CatchUp(within=2 * MINUTE))
    assert summary(planned) == ({3: True}, {0: "too_late", 1: "too_late", 2: "superseded"}, 4, True)
    outage = plan(DateTrigger(START), planned_at=START, now=at(60), catch_up=CatchUp(within=2 * MINUTE))
    assert summary(outage) == ({}, {0: "too_late"}, None, True)


def test_a_single_time_missed_in_an_outage_runs_late():
    planned = plan(DateTrigger(START), planned_at=START, now=at(360), catch_up=CatchUp())
    assert summary(planned) == ({0: True}, {}, None, True)


def test_a_planned_time_the_trigger_no_longer_has_is_still_accounted_for():
    planned = plan(CronTrigger("0 9 * * *"), planned_at=at(0), now=at(0), catch_up=CatchUp())
    assert summary(planned) == ({0: False}, {}, 60, True)


def test_an_ended_trigger_has_no_next():
    trigger = IntervalTrigger(MINUTE, START, end=at(1))
    planned = plan(trigger, planned_at=at(0), now=at(1), catch_up=CatchUp(CatchUpMode.ALL))
    assert summary(planned) == ({0: True, 1: False}, {}, None, True)


def test_the_limit_cuts_a_plan_short_and_says_where_to_go_on():
    planned = plan(EVERY_MINUTE, planned_at=at(0), now=at(5), catch_up=CatchUp(), limit=2)
    assert summary(planned) == ({}, dict.fromkeys([0, 1], "superseded"), 2, False)


def test_a_plan_that_just_fits_its_limit_is_complete():
    planned = plan(EVERY_MINUTE, planned_at=at(0), now=at(1.5), catch_up=CatchUp(), limit=2)
    assert summary(planned) == ({1: True}, {0: "superseded"}, 2, True)


def test_a_limit_of_nothing_is_refused():
    with pytest.raises(ValueError, match="at least one"):
        plan(EVERY_MINUTE, planned_at=at(0), now=at(1), catch_up=CatchUp(), limit=0)


catch_ups = st.builds(
    CatchUp,
    st.sampled_from(CatchUpMode),
    st.none() | st.timedeltas(timedelta(), 90 * MINUTE),
    st.timedeltas(timedelta(), 30 * MINUTE),
)
plain = st.one_of(
    st.builds(
        IntervalTrigger,
        st.timedeltas(timedelta(seconds=50), 40 * MINUTE),
        st.just(START),
        st.none() | st.timedeltas(timedelta(), 200 * MINUTE).map(lambda after: START + after),
    ),
    st.sampled_from(["*/7 * * * *", "3,4,50 * * * *", "0 */2 * * *"]).map(CronTrigger),
    st.timedeltas(timedelta(), 200 * MINUTE).map(lambda after: DateTrigger(START + after)),
)
# At START it is nine in the evening in Apia, so that some of what follows falls on the 22nd and some on the 23rd.
excluding = st.builds(
    Excluding, plain, st.sets(st.sampled_from([date(2026, 11, 22), date(2026, 11, 23)])), st.just("Pacific/Apia")
)
jittered = st.builds(Jittered, plain | excluding, st.timedeltas(timedelta(microseconds=1), 300 * MINUTE))
triggers = st.one_of(plain, excluding, jittered)


def first_of(trigger) -> datetime:
    first = trigger.next_after(START - timedelta(microseconds=1))
    assume(first is not None)  # where all days are excluded there is nothing to plan
    return first


def occurrences(trigger, until: datetime) -> list[datetime]:
    found, instant = [], START - timedelta(microseconds=1)
    while (instant := trigger.next_after(instant)) is not None and instant <= until:
        found.append(instant)
    return found


def plan_all(trigger, planned_at, now, catch_up, limit):
    """Plan call after call until complete: all that was said, and what comes next."""
    said = []
    while True:
        planned = plan(trigger, planned_at=planned_at, now=now, catch_up=catch_up, limit=limit)
        assert len(planned.due) + len(planned.missed) <= limit
        said += [*planned.due, *planned.missed]
        if planned.complete:
            return sorted(said, key=lambda each: each.due_at), planned.next_at
        assert planned.next_at <= now
        planned_at = planned.next_at


@given(
    trigger=triggers,
    catch_up=catch_ups,
    waits=st.lists(st.timedeltas(timedelta(), 60 * MINUTE), min_size=1, max_size=8),
    limit=st.integers(1, 30),
)
def test_no_occurrence_is_lost_or_said_twice_at_whatever_instants_and_limits(trigger, catch_up, waits, limit):
    planned_at, now, said = first_of(trigger), START, []
    for wait in waits:
        now += wait
        if planned_at is not None:
            verdicts, planned_at = plan_all(trigger, planned_at, now, catch_up, limit)
            said += verdicts
        assert planned_at is None or planned_at > now
    assert [each.due_at for each in said] == occurrences(trigger, now)


@given(trigger=triggers, catch_up=catch_ups, after=st.timedeltas(timedelta(), 400 * MINUTE), limit=st.integers(1, 30))
def test_the_verdicts_are_the_same_whatever_the_limit(trigger, catch_up, after, limit):
    first, now = first_of(trigger), START + after
    whole = plan(trigger, planned_at=first, now=now, catch_up=catch_up, limit=10_000)
    said, next_at = plan_all(trigger, first, now, catch_up, limit)
    assert tuple(each for each in said if isinstance(each, Due)) == whole.due
    assert tuple(each for each in said if isinstance(each, Missed)) == whole.missed
    assert next_at == whole.next_at


@given(trigger=triggers, catch_up=catch_ups, after=st.timedeltas(timedelta(), 400 * MINUTE))
def test_every_verdict_is_the_one_the_policy_asks_for(trigger, catch_up, after):
    now = START + after
    all_of_them = occurrences(trigger, now)
    planned = plan(trigger, planned_at=first_of(trigger), now=now, catch_up=catch_up)
    on_time = {at for at in all_of_them if now - at <= catch_up.grace}
    in_time = {at for at in all_of_them if catch_up.within is None or now - at <= catch_up.within} - on_time
    caught_up = {
        CatchUpMode.ALL: in_time,
        CatchUpMode.LAST: {at for at in in_time if at == all_of_them[-1]},
        CatchUpMode.NONE: set(),
    }[catch_up.mode]
    assert {each.due_at for each in planned.due if not each.late} == on_time
    assert {each.due_at for each in planned.due if each.late} == caught_up
    for each in planned.missed:
        if each.why is MissedReason.SUPERSEDED:
            assert catch_up.mode is CatchUpMode.LAST
            assert any(each.due_at < run.due_at for run in planned.due)
        if each.why is MissedReason.TOO_LATE:
            assert now - each.due_at > catch_up.within
        assert (each.why is MissedReason.NO_CATCH_UP) == (catch_up.mode is CatchUpMode.NONE)
