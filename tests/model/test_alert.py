from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clockhouse.errors import Invalid
from clockhouse.model import alert
from clockhouse.model.alert import DidNotHappen, End, Failures, NoSuccess, RunsLonger, StartsLate, Wish
from clockhouse.model.execution import (
    OVERLAP,
    REPLACED,
    SCHEDULE_ENDED,
    UNDEPLOYED,
    Origin,
    State,
    missed,
    paused,
    stopped_by,
)
from clockhouse.task import MissedReason

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
limits = st.timedeltas(min_value=alert.SHORTEST, max_value=alert.LONGEST)
conditions = st.one_of(
    st.builds(Failures, st.integers(1, alert.MOST_FAILURES)),
    st.just(DidNotHappen()),
    st.builds(RunsLonger, limits),
    st.builds(StartsLate, limits),
    st.builds(NoSuccess, limits),
)


def end(state=State.SUCCEEDED, reason=None, *, origin=Origin.SCHEDULE, late=None, took=None):
    started_at = None if late is None else NOON + late
    ended_at = NOON + (late or timedelta()) + (took or timedelta())
    return End("e", state, origin, NOON, ended_at, started_at, took, reason)


@given(conditions)
def test_a_condition_is_read_as_it_is_written(condition):
    assert alert.read(alert.write(condition)) == condition


@given(conditions)
def test_a_condition_is_made_from_its_parts(condition):
    parts = {name: getattr(condition, name, None) for name in ("count", "limit")}
    assert alert.made(alert.kind_of(condition), **parts) == condition


@pytest.mark.parametrize("text", alert.FORMS)
def test_the_forms_that_an_error_names_are_read(text):
    assert alert.write(alert.read(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "on fire",
        "0 failures in a row",
        "99999999999 failures in a row",
        "it runs longer than a while",
        "no success for 0s",
        "no success for 2000d",
    ],
)
def test_what_is_no_condition_is_refused(text):
    with pytest.raises(Invalid):
        alert.read(text)


def test_a_condition_may_be_written_carelessly():
    assert alert.read("Runs longer than 10 min.") == RunsLonger(10 * MINUTE)
    assert alert.read("starts later than  90s") == StartsLate(1.5 * MINUTE)
    assert alert.read("1 failure") == Failures(1)


def test_a_rule_is_one_sentence():
    wish = Wish(Failures(3), ("chat", "ops"), component="import", environment="production")
    assert alert.sentence(wish) == "Tell chat and ops about import in production: 3 failures in a row."
    everywhere = Wish(NoSuccess(timedelta(days=1)), ("ops",))
    assert alert.sentence(everywhere) == "Tell ops about any component: no success for 1 d."


@pytest.mark.parametrize("state", [State.FAILED, State.TIMED_OUT, State.LOST])
def test_what_failed_took_too_long_or_was_lost_is_a_failure(state):
    assert Failures(1).verdict(end(state)) is False


@pytest.mark.parametrize("state", [State.CANCELLED, State.SKIPPED, State.MISSED])
def test_what_was_stopped_or_never_ran_says_nothing_of_failures(state):
    assert Failures(1).verdict(end(state)) is None


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (State.SKIPPED, OVERLAP),
        (State.MISSED, missed(MissedReason.NO_CATCH_UP)),
        (State.MISSED, missed(MissedReason.SUPERSEDED)),
        (State.CANCELLED, REPLACED),
        (State.CANCELLED, SCHEDULE_ENDED),
    ],
)
def test_what_no_person_wanted_did_not_happen(state, reason):
    assert DidNotHappen().verdict(end(state, reason)) is False


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (State.SKIPPED, paused("ada", "")),
        (State.MISSED, missed(MissedReason.SUPERSEDED, was_paused=True)),
        (State.MISSED, missed(MissedReason.TOO_LATE, was_paused=True)),
        (State.CANCELLED, UNDEPLOYED),
        (State.CANCELLED, stopped_by("ada")),
    ],
)
def test_what_a_person_wanted_is_not_told(state, reason):
    assert DidNotHappen().verdict(end(state, reason)) is None


def test_what_failed_did_happen_and_a_manual_start_says_nothing():
    assert DidNotHappen().verdict(end(State.FAILED)) is True
    assert DidNotHappen().verdict(end(State.SUCCEEDED, origin=Origin.MANUAL)) is None


def test_longer_is_what_took_longer_and_counts_from_the_limit():
    condition = RunsLonger(MINUTE)
    long = end(State.FAILED, late=timedelta(), took=3 * MINUTE)
    assert condition.verdict(long) is False
    assert condition.began_at(long) == NOON + MINUTE
    assert condition.verdict(end(took=MINUTE)) is True
    assert condition.verdict(end(State.FAILED, took=MINUTE)) is None
    assert condition.verdict(end(State.LOST)) is None


def test_late_is_what_started_later_whatever_came_of_it():
    condition = StartsLate(MINUTE)
    late = end(State.FAILED, late=2 * MINUTE)
    assert condition.verdict(late) is False
    assert condition.began_at(late) == NOON + MINUTE
    assert condition.verdict(end(State.FAILED, late=MINUTE)) is True
    assert condition.verdict(end(origin=Origin.MANUAL, late=2 * MINUTE)) is None
    assert condition.verdict(end(State.MISSED)) is None
