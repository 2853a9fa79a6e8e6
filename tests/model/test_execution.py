"""How executions end, in words and codes."""

from __future__ import annotations

import signal
from datetime import timedelta

import pytest
from tests.support.ledger import NOON, SECOND

from clockhouse.errors import NotFound
from clockhouse.model import execution as model
from clockhouse.model.execution import Outcome, State, Usage
from clockhouse.task import MissedReason

USAGE = Usage(0.5, 4096)


def test_code_that_ends_with_zero_succeeded():
    assert model.ended(0, None, USAGE) == Outcome(State.SUCCEEDED, None, 0, None, USAGE)


def test_code_that_ends_with_another_exit_code_failed_and_says_it():
    outcome = model.ended(3, None, USAGE)
    assert (outcome.state, outcome.exit_code, outcome.signal) == (State.FAILED, 3, None)
    assert outcome.reason.sentence == "The task ended with exit code 3."


def test_code_that_a_signal_ended_failed_and_names_it():
    outcome = model.ended(None, signal.SIGSEGV, USAGE)
    assert (outcome.state, outcome.exit_code, outcome.signal) == (State.FAILED, None, 11)
    assert "SIGSEGV" in outcome.reason.sentence


def test_a_signal_without_a_name_is_told_by_its_number():
    assert "number 250" in model.ended(None, 250, USAGE).reason.sentence


@pytest.mark.parametrize("why", list(MissedReason))
def test_every_reason_to_miss_has_a_sentence(why):
    assert model.missed(why).sentence.endswith(".")


def test_a_pause_without_a_note_is_a_sentence_too():
    assert model.paused("ada", "").sentence == "ada had paused the deployment."


@pytest.mark.parametrize("state", [state for state in State if not state.is_open and state is not State.LOST])
def test_the_duration_is_from_the_first_line_to_the_end(state):
    assert model.duration(state, NOON, NOON + SECOND) == SECOND
    assert model.duration(state, None, NOON + SECOND) is None


def test_there_is_no_duration_while_it_runs_nor_when_the_end_is_not_known():
    assert model.duration(State.STARTED, NOON, None) is None
    assert model.duration(State.LOST, NOON, NOON + SECOND) is None


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.1, "0.1 s"), (1.5, "1.5 s"), (59, "59 s"), (60, "1 min"), (90, "1 min 30 s"), (9000, "2 h 30 min")],
)
def test_durations_are_said_as_people_do(seconds, said):
    assert model.words(timedelta(seconds=seconds)) == said


def test_a_duration_of_days_is_said_in_days():
    assert model.words(timedelta(days=30)) == "30 d"


def test_the_reason_of_a_failure_has_the_last_words_of_the_code():
    outcome = model.ended(1, None, USAGE, "Unhealthy: no answer")
    assert outcome.reason.sentence == "The task ended with exit code 1: Unhealthy: no answer"


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (ValueError("no such day"), "ValueError: no such day."),
        (ValueError("There is no such day."), "ValueError: There is no such day."),
        (TimeoutError(), "TimeoutError."),
        (NotFound("There is no such thing."), "There is no such thing."),
    ],
)
def test_an_error_is_said_with_one_full_stop(error, sentence):
    assert model.said(error) == sentence
