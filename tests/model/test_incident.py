from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from clockhouse.model import incident
from clockhouse.model.alert import DidNotHappen, End, Failures, NoSuccess, RunsLonger
from clockhouse.model.execution import Origin, Reason, State, paused
from clockhouse.model.incident import Incident, Standing

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
WHY = Reason("exit_code", "The task ended with exit code 3.")
STATES = {"S": State.SUCCEEDED, "F": State.FAILED, "L": State.LOST, "M": State.MISSED, "C": State.CANCELLED}
words = st.text(alphabet="SFLMC", max_size=40)


def ends(letters):
    """One a minute, told by the first letters of their states."""
    return [
        End(f"e{number}", STATES[letter], Origin.SCHEDULE, at, at, None, None, WHY if letter == "F" else None)
        for number, letter in enumerate(letters)
        for at in [NOON + number * MINUTE]
    ]


def is_open(standing):
    return standing.incident is not None and standing.incident.is_open


def found(condition, letters):
    until = NOON + len(letters) * MINUTE
    made = incident.incidents(condition, ends(letters), since=NOON - MINUTE, until=until)
    return [(each.opened_by, each.ended_by) for each in made]


def test_it_begins_with_the_last_of_so_many_and_ends_with_the_first_that_is_well():
    assert found(Failures(3), "SFFSFFFFFSF") == [("e6", "e9")]
    [one] = incident.incidents(Failures(2), ends("SFF"), since=NOON, until=NOON)
    assert one == Incident(NOON + MINUTE, "e2", NOON + 2 * MINUTE, WHY.sentence)


def test_what_says_nothing_neither_breaks_a_row_nor_ends_one():
    assert found(Failures(2), "FMCFCMS") == [("e3", "e6")]


def test_a_watched_first_occurrence_that_fails_is_enough():
    first, *rest = ends("FFF")
    [one] = incident.incidents(Failures(3), [replace(first, is_watched=True), *rest], since=NOON, until=NOON)
    assert one.opened_by == "e0"
    assert one.reason.startswith("It was the first occurrence of a deployment that was watched.")


def test_a_storm_is_one():
    assert found(Failures(1), "F" * 500) == [("e0", None)]
    assert found(DidNotHappen(), "M" * 500 + "S") == [("e0", "e500")]


@given(words, st.integers(1, 4))
def test_they_follow_each_other_and_only_the_last_may_be_open(letters, count):
    made = incident.incidents(Failures(count), ends(letters), since=NOON, until=NOON)
    assert all(not each.is_open for each in made[:-1])
    opened = [int(each.opened_by[1:]) for each in made]
    over = [int(each.ended_by[1:]) for each in made if each.ended_by]
    assert sorted([*opened, *over]) == [
        each for pair in zip(opened, [*over, 999], strict=False) for each in pair if each < 999
    ]
    bad = sum(letter in "FL" for letter in letters)
    assert len(made) <= bad // count


@given(words, st.integers(1, 3))
def test_as_many_as_there_are_rows_that_long(letters, count):
    """Told otherwise: leave out what says nothing, and count the stretches of failures that are long enough."""
    rows = "".join(letter for letter in letters.replace("L", "F") if letter in "SF").split("S")
    assert len(found(Failures(count), letters)) == sum(len(row) >= count for row in rows)


def test_while_what_opened_it_goes_on_nothing_beside_it_ends_it():
    condition = RunsLonger(MINUTE)
    standing = Standing(NOON, incident=Incident(NOON, "long", NOON, "", is_settled=False))
    quick = End("quick", State.SUCCEEDED, Origin.SCHEDULE, NOON, NOON, NOON, MINUTE)
    standing = incident.step(condition, standing, quick)
    assert is_open(standing)
    standing = incident.step(condition, standing, replace(quick, id="long", took=9 * MINUTE))
    assert (is_open(standing), standing.incident.is_settled) == (True, True)
    standing = incident.step(condition, standing, quick)
    assert standing.incident.ended_by == "quick"


class TestNoSuccess:
    def test_it_begins_at_the_deadline_and_ends_with_a_success(self):
        condition = NoSuccess(3 * MINUTE)
        made = incident.incidents(condition, ends("SFFFFFS"), since=NOON, until=NOON + 7 * MINUTE)
        assert [(each.began_at - NOON, each.ended_by) for each in made] == [(3 * MINUTE, "e6")]
        assert made[0].opened_by is None

    def test_it_counts_up_to_now(self):
        condition = NoSuccess(3 * MINUTE)
        assert incident.incidents(condition, ends("S"), since=NOON, until=NOON + 2 * MINUTE) == []
        [one] = incident.incidents(condition, ends("S"), since=NOON, until=NOON + 3 * MINUTE)
        assert one.is_open

    def test_a_pause_lets_it_count_anew(self):
        rests = replace(ends("SSS")[2], state=State.SKIPPED, reason=paused("ada", ""))
        made = incident.incidents(NoSuccess(3 * MINUTE), [*ends("S"), rests], since=NOON, until=NOON + 4 * MINUTE)
        assert made == []
