"""Pauses that end by themselves: exactly then, however late anybody looks."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.ledger import MINUTE, NOON, SECOND, every
from tests.support.properties import on_a_database

from clockhouse.errors import Conflict
from clockhouse.model.deployment import Pause
from clockhouse.model.execution import State
from clockhouse.store import deployments, occurrences
from clockhouse.task import CatchUp, CatchUpMode, Overlap

ALL = {"catch_up": CatchUp(CatchUpMode.ALL), "overlap": Overlap.ALLOW}


def present(ledger, deployment):
    with ledger.database.read() as tx:
        return deployments.get(tx, deployment.id)


def end_pauses(ledger):
    with ledger.database.begin() as tx:
        return deployments.end_pauses(tx)


def test_a_pause_is_over_at_its_end_though_nobody_has_looked(ledger):
    deployment = ledger.deploy(every(MINUTE))
    ledger.pause(deployment, "moving", until=NOON + 2 * MINUTE)
    ledger.advance(2 * MINUTE - SECOND)
    assert present(ledger, deployment).pause.until == NOON + 2 * MINUTE
    ledger.advance(SECOND)
    assert present(ledger, deployment).pause is None


def test_what_is_due_at_the_end_of_a_pause_runs_and_what_is_due_before_it_does_not(ledger):
    deployment = ledger.deploy(every(MINUTE))
    ledger.pause(deployment, until=NOON + 2 * MINUTE)
    for _ in range(3):
        ledger.advance(MINUTE)
        ledger.settle()
        for claimed in ledger.claim():
            ledger.finish(claimed)
    assert ledger.states() == [(60.0, "skipped"), (120.0, "succeeded"), (180.0, "succeeded"), (240.0, "planned")]


def test_an_outage_over_the_end_of_a_pause_is_told_apart(ledger):
    deployment = ledger.deploy(every(MINUTE, **ALL))
    ledger.pause(deployment, until=NOON + 2 * MINUTE)
    ledger.advance(4 * MINUTE)
    ledger.settle()
    rows = [(row.state, row.origin) for row in ledger.rows()[:-1]]
    assert rows == [("skipped", "catch_up"), ("queued", "catch_up"), ("queued", "catch_up"), ("queued", "schedule")]


def test_ending_pauses_decides_what_fell_due_in_them_first(ledger):
    deployment = ledger.deploy(every(MINUTE))
    ledger.pause(deployment, "moving", until=NOON + 90 * SECOND)
    ledger.advance(100 * SECOND)
    assert end_pauses(ledger) == [("shop/health-check", "development")]
    assert ledger.states() == [(60.0, "skipped"), (120.0, "planned")]
    [skipped] = ledger.rows(State.SKIPPED)
    assert skipped.reason == "ada had paused the deployment: moving"
    assert end_pauses(ledger) == []


def test_the_next_end_of_a_pause_is_that_of_an_active_deployment(ledger):
    def next_end():
        with ledger.database.read() as tx:
            return deployments.next_pause_end(tx)

    deployment = ledger.deploy(every(MINUTE))
    assert next_end() is None
    ledger.pause(deployment)
    assert next_end() is None
    ledger.pause(deployment, until=NOON + MINUTE)
    assert next_end() == NOON + MINUTE
    ledger.end(deployment)
    assert next_end() is None


def test_a_redeployment_keeps_the_end_of_a_pause(ledger):
    ledger.pause(ledger.deploy(every(MINUTE)), until=NOON + 90 * SECOND)
    ledger.advance(SECOND)
    new = ledger.deploy(every(MINUTE))
    assert new.pause.until == NOON + 90 * SECOND
    ledger.advance(MINUTE)
    ledger.settle()
    ledger.advance(MINUTE)
    ledger.settle()
    assert ledger.states() == [(60.0, "skipped"), (120.0, "queued"), (180.0, "planned")]


def test_a_redeployment_after_the_end_of_a_pause_is_not_paused(ledger):
    ledger.pause(ledger.deploy(every(MINUTE)), until=NOON + MINUTE)
    ledger.advance(90 * SECOND)
    assert ledger.deploy(every(MINUTE)).pause is None
    assert ledger.states() == [(60.0, "queued"), (120.0, "planned")]


def test_a_pause_set_anew_lets_the_one_before_it_end_when_it_did(ledger):
    deployment = ledger.deploy(every(MINUTE, **ALL))
    ledger.pause(deployment, "first", until=NOON + 90 * SECOND)
    ledger.advance(150 * SECOND)
    ledger.pause(deployment, "second")
    ledger.advance(MINUTE)
    ledger.settle()
    assert ledger.states()[:-1] == [(60.0, "skipped"), (120.0, "queued"), (180.0, "skipped")]


@pytest.mark.slow
@on_a_database(examples=14)
@given(
    until_s=st.integers(1, 300),
    looks=st.sets(st.integers(1, 400), max_size=6),
    mode=st.sampled_from(list(CatchUpMode)),
)
def test_a_pause_that_ends_by_itself_leaves_what_a_resumption_at_that_instant_leaves(new_ledger, until_s, looks, mode):
    """Whenever anybody looks: the one who resumes by hand does it at the end, and looks at the same instants."""

    def story(*, by_itself):
        ledger = new_ledger()
        try:
            terms = every(timedelta(seconds=37), catch_up=CatchUp(mode), overlap=Overlap.ALLOW)
            deployment = ledger.deploy(terms)
            ledger.pause(deployment, until=NOON + until_s * SECOND if by_itself else None)
            for at in sorted({*looks, 400, *(() if by_itself else (until_s,))}):
                ledger.advance(NOON + at * SECOND - ledger.now)
                if at == until_s and not by_itself:
                    ledger.resume(deployment)
                else:
                    ledger.settle()
                    end_pauses(ledger)
            return [(row.due_at, row.state == "skipped") for row in ledger.rows()]
        finally:
            ledger.database.close()

    assert story(by_itself=True) == story(by_itself=False)


def test_what_waits_for_the_end_of_a_pause_is_caught_up_then(ledger):
    deployment = ledger.deploy(every(MINUTE, **ALL, after_pause=True))
    ledger.pause(deployment, "moving")
    for _ in range(3):
        ledger.advance(MINUTE)
        ledger.settle()
    assert ledger.states() == [(60.0, "planned")]
    ledger.advance(30 * SECOND)
    ledger.resume(deployment)
    rows = [(row.state, row.origin, row.reason_code) for row in ledger.rows()[:-1]]
    assert rows == [("queued", "catch_up", None)] * 3
    assert ledger.states()[-1] == (240.0, "planned")


@pytest.mark.parametrize(
    ("catch_up", "states"),
    [
        (CatchUp(CatchUpMode.LAST), ["missed", "missed", "queued"]),
        (CatchUp(CatchUpMode.NONE), ["skipped", "skipped", "skipped"]),
        (CatchUp(CatchUpMode.ALL, within=100 * SECOND), ["missed", "queued", "queued"]),
    ],
)
def test_after_a_pause_the_catch_up_decides_which_of_them_run(ledger, catch_up, states):
    deployment = ledger.deploy(every(MINUTE, catch_up=catch_up, overlap=Overlap.ALLOW, after_pause=True))
    ledger.pause(deployment)
    ledger.advance(3 * MINUTE + 30 * SECOND)
    ledger.resume(deployment)
    assert [row.state for row in ledger.rows()[:-1]] == states
    for missed in ledger.rows(State.MISSED):
        assert "while the deployment was paused" in missed.reason


def test_while_something_waits_for_the_end_of_a_pause_there_is_nothing_to_do(ledger):
    def next_due():
        with ledger.database.read() as tx:
            return occurrences.next_due(tx)

    deployment = ledger.deploy(every(MINUTE, after_pause=True))
    ledger.pause(deployment, until=NOON + 10 * MINUTE)
    ledger.advance(2 * MINUTE)
    ledger.settle()
    assert next_due() == NOON + 10 * MINUTE
    with ledger.database.begin() as tx:
        deployments.set_pause(tx, deployment, Pause(NOON, "ada", "it takes longer"))
    ledger.settle()
    assert next_due() > NOON + timedelta(days=365)


def test_what_waits_is_caught_up_when_the_pause_ends_by_itself(ledger):
    deployment = ledger.deploy(every(MINUTE, **ALL, after_pause=True))
    ledger.pause(deployment, until=NOON + 150 * SECOND)
    ledger.advance(MINUTE)
    ledger.settle()
    ledger.advance(90 * SECOND)
    ledger.settle()
    assert ledger.states() == [(60.0, "queued"), (120.0, "queued"), (180.0, "planned")]


def test_what_waited_for_a_pause_that_never_ended_was_skipped(ledger):
    deployment = ledger.deploy(every(MINUTE, **ALL, after_pause=True))
    ledger.pause(deployment, "moving")
    ledger.advance(2 * MINUTE)
    ledger.settle()
    ledger.end(deployment)
    assert [(row.state, row.reason) for row in ledger.rows()] == [
        ("skipped", "ada had paused the deployment: moving")
    ] * 2


def test_a_long_backlog_from_before_a_pause_is_decided_as_it_would_have_been_at_its_beginning(ledger):
    deployment = ledger.deploy(every(SECOND, catch_up=CatchUp(grace=timedelta())))
    ledger.advance(2500.5 * SECOND)
    ledger.pause(deployment)
    assert len(ledger.rows()) == 1001
    ledger.advance(2 * SECOND)
    ledger.settle()
    ledger.resume(deployment)
    last = [(row.state, row.reason_code) for row in ledger.rows()[2497:]]
    assert last == [
        *[("missed", "superseded")] * 2,
        ("queued", None),
        *[("skipped", "paused")] * 2,
        ("planned", None),
    ]


def test_another_pause_waits_until_all_is_decided_that_is_due_since_the_last_one(ledger):
    deployment = ledger.deploy(every(SECOND))
    ledger.pause(deployment, "first")
    ledger.advance(2500.5 * SECOND)
    ledger.resume(deployment)
    ledger.advance(SECOND)
    assert present(ledger, deployment).pause is None
    with pytest.raises(Conflict):
        ledger.pause(deployment, "second")
    ledger.settle()
    ledger.pause(deployment, "second")
    ledger.advance(SECOND)
    ledger.settle()
    rows = ledger.rows()
    assert {row.reason for row in rows[:2500]} == {"ada had paused the deployment: first"}
    assert [row.state for row in rows[2500:]] == ["queued", "skipped", "planned"]
    assert rows[2501].reason == "ada had paused the deployment: second"


def test_a_pause_that_is_over_is_kept_until_all_that_fell_into_it_is_decided(ledger):
    deployment = ledger.deploy(every(SECOND))
    ledger.pause(deployment, until=NOON + 1500.5 * SECOND)
    ledger.advance(1600 * SECOND)
    assert end_pauses(ledger) == []
    assert end_pauses(ledger) == [("shop/health-check", "development")]
    assert len(ledger.rows(State.SKIPPED)) == 1510  # the last ten were on time, and the first of these went on
