"""The time that servers share: the database's, however wrong a machine's own clock is."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from tests.support.ledger import NOON

from clockhouse.store.timekeeping import SharedClock
from clockhouse.task.testing import ManualClock

WRONG = timedelta(seconds=30)
MILLISECOND = timedelta(milliseconds=1)


def heard(shared: SharedClock, clock: ManualClock, *, there: timedelta, back: timedelta, ahead: timedelta) -> None:
    """An answer of a database that is so far ahead of this machine; it takes these times there and back."""
    since = clock.monotonic()
    clock.advance(there)
    instant = clock.now() + ahead
    clock.advance(back)
    shared.heard(instant, since=since)


def test_before_the_first_answer_it_is_the_machines_time():
    assert SharedClock(ManualClock(NOON)).now() == NOON


def test_a_machine_whose_clock_is_wrong_has_the_databases_time_and_goes_on_with_it():
    clock = ManualClock(NOON)
    shared = SharedClock(clock)
    heard(shared, clock, there=MILLISECOND, back=MILLISECOND, ahead=-WRONG)
    assert shared.now() == clock.now() - WRONG
    clock.advance(timedelta(seconds=5))
    assert shared.now() == clock.now() - WRONG


def test_a_slow_answer_tells_less_than_a_quick_one_before_it():
    clock = ManualClock(NOON)
    shared = SharedClock(clock)
    heard(shared, clock, there=MILLISECOND, back=MILLISECOND, ahead=WRONG)
    heard(shared, clock, there=timedelta(seconds=2), back=timedelta(), ahead=WRONG)
    assert shared.now() == clock.now() + WRONG


def test_a_database_whose_clock_is_set_is_followed():
    clock = ManualClock(NOON)
    shared = SharedClock(clock)
    heard(shared, clock, there=MILLISECOND, back=MILLISECOND, ahead=WRONG)
    heard(shared, clock, there=3 * MILLISECOND, back=3 * MILLISECOND, ahead=-WRONG)
    assert shared.now() == clock.now() - WRONG


TRIPS = st.lists(
    st.tuples(st.floats(0, 2), st.floats(0, 2), st.floats(0, 100)), min_size=1, max_size=20
)  # seconds there, back, and until the next one


@given(TRIPS)
def test_it_is_never_further_off_than_half_of_the_quickest_trip_and_the_drift(trips):
    clock = ManualClock(NOON)
    shared = SharedClock(clock)
    passed = 0.0
    for there, back, pause in trips:
        heard(shared, clock, there=timedelta(seconds=there), back=timedelta(seconds=back), ahead=WRONG)
        clock.advance(timedelta(seconds=pause))
        passed += there + back + pause
    quickest = min(there + back for there, back, _ in trips)
    off = abs((shared.now() - clock.now() - WRONG).total_seconds())
    assert off <= quickest / 2 + passed * 1e-4 + 1e-4
