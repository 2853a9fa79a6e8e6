"""Every occurrence of a schedule is accounted for: once, with a state, and with a reason where it did not run."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from tests.support.ledger import FAILURE, MINUTE, NOON, SECOND, every, offsets

from clockhouse.model.execution import State
from clockhouse.model.schedule import Terms
from clockhouse.store import deployments, executions, listing, occurrences
from clockhouse.store.database import Database
from clockhouse.store.filters import Filter
from clockhouse.store.tables.schedules import schedules as schedules_table
from clockhouse.task import CatchUp, CatchUpMode, CronTrigger, DateTrigger, IntervalTrigger, Overlap, Retry

ALLOW = Overlap.ALLOW


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A step ends by what it has decided, however slow this machine is."""
    monkeypatch.setattr(occurrences, "_LONGEST_S", float("inf"))


def test_a_deployment_plans_its_first_occurrence_later_than_now(ledger):
    ledger.deploy(every(MINUTE))
    assert ledger.states() == [(60.0, "planned")]


def test_what_is_due_is_queued_and_the_next_occurrence_planned(ledger):
    ledger.deploy(every(MINUTE))
    ledger.advance(MINUTE)
    assert ledger.settle() == 1
    assert ledger.states() == [(60.0, "queued"), (120.0, "planned")]
    queued = ledger.rows(State.QUEUED)[0]
    assert (queued.origin, queued.queued_at, queued.finished_at, queued.reason) == ("schedule", ledger.now, None, None)


def test_nothing_is_decided_before_it_is_due(ledger):
    ledger.deploy(every(MINUTE))
    ledger.advance(MINUTE - timedelta(microseconds=1))
    assert ledger.settle() == 0
    assert ledger.states() == [(60.0, "planned")]


def test_the_next_due_time_is_the_earliest_of_all(ledger):
    with ledger.database.read() as tx:
        assert occurrences.next_due(tx) is None
    ledger.deploy(every(MINUTE), every(20 * SECOND))
    with ledger.database.read() as tx:
        assert occurrences.next_due(tx) == NOON + 20 * SECOND


def test_an_occurrence_that_is_late_by_less_than_the_grace_is_on_time(ledger):
    ledger.deploy(every(MINUTE, catch_up=CatchUp(CatchUpMode.NONE)))
    ledger.advance(MINUTE + 10 * SECOND)
    ledger.settle()
    assert ledger.rows(State.QUEUED)[0].origin == "schedule"


def test_a_grace_of_ones_own_is_kept(ledger):
    ledger.deploy(every(MINUTE, catch_up=CatchUp(CatchUpMode.NONE, grace=timedelta())))
    ledger.advance(MINUTE + SECOND)
    ledger.settle()
    assert ledger.states() == [(60.0, "missed"), (120.0, "planned")]


def test_after_an_outage_the_newest_runs_and_the_others_are_missed_for_it(ledger):
    ledger.deploy(every(MINUTE))
    ledger.advance(5 * MINUTE + 30 * SECOND)
    ledger.settle()
    assert ledger.states() == [(60.0 * n, "missed") for n in range(1, 5)] + [(300.0, "queued"), (360.0, "planned")]
    assert {(row.reason_code, row.finished_at) for row in ledger.rows(State.MISSED)} == {("superseded", ledger.now)}
    assert ledger.rows(State.QUEUED)[0].origin == "catch_up"


def test_after_an_outage_nothing_runs_where_nothing_is_caught_up(ledger):
    ledger.deploy(every(MINUTE, catch_up=CatchUp(CatchUpMode.NONE)))
    ledger.advance(3 * MINUTE + 30 * SECOND)
    ledger.settle()
    assert [row.reason_code for row in ledger.rows(State.MISSED)] == ["no_catch_up"] * 3
    assert not ledger.rows(State.QUEUED)


def test_after_an_outage_all_run_where_all_are_caught_up(ledger):
    ledger.deploy(every(MINUTE, overlap=ALLOW, catch_up=CatchUp(CatchUpMode.ALL)))
    ledger.advance(3 * MINUTE + 30 * SECOND)
    ledger.settle()
    assert [(row.state, row.origin) for row in ledger.rows()][:3] == [("queued", "catch_up")] * 3


def test_what_is_later_than_allowed_is_missed_as_too_late(ledger):
    within = CatchUp(CatchUpMode.ALL, within=timedelta(seconds=100))
    ledger.deploy(every(MINUTE, overlap=ALLOW, catch_up=within))
    ledger.advance(3 * MINUTE + 30 * SECOND)
    ledger.settle()
    assert ledger.states() == [(60.0, "missed"), (120.0, "queued"), (180.0, "queued"), (240.0, "planned")]
    [missed] = ledger.rows(State.MISSED)
    assert missed.reason_code == "too_late"
    assert missed.reason.endswith(".")


def test_a_long_outage_takes_several_calls_and_leaves_nothing_out(ledger):
    ledger.deploy(every(SECOND))
    ledger.advance(timedelta(seconds=2500.5))
    assert ledger.settle() == 3
    rows = ledger.rows()
    assert offsets([row.due_at for row in rows]) == [float(n) for n in range(1, 2502)]
    assert [row.state for row in rows[-11:]] == ["queued", *["skipped"] * 9, "planned"]
    assert {row.state for row in rows[:-11]} == {"missed"}


def test_beside_a_long_backlog_the_others_stay_on_time(ledger):
    other, release = ledger.add_component("other")
    ledger.deploy(every(SECOND))
    ledger.advance(timedelta(seconds=2500.5))
    ledger.deploy(every(MINUTE), component=other, release=release)
    with ledger.database.begin() as tx:
        occurrences.settle_due(tx)
    ledger.advance(MINUTE)
    with ledger.database.begin() as tx:
        occurrences.settle_due(tx)
    assert len(ledger.rows()) < 2000
    assert [(row.due_at, row.state) for row in ledger.rows() if row.component_id == other.id] == [
        (NOON + 2520 * SECOND, "queued"),
        (NOON + 2580 * SECOND, "planned"),
    ]


@pytest.mark.parametrize("by", ["stop", "replacement", "failures"])
def test_a_schedule_that_ends_with_a_long_backlog_is_accounted_for_step_by_step(ledger, by):
    everything = {"overlap": ALLOW, "catch_up": CatchUp(CatchUpMode.ALL), "end_after_failures": 1}
    deployment = ledger.deploy(every(SECOND, **everything))
    ledger.advance(SECOND)
    ledger.settle()
    [first] = ledger.claim()
    ledger.advance(timedelta(seconds=1500.5))
    if by == "stop":
        ledger.end(deployment)
    elif by == "replacement":
        ledger.deploy()
    else:
        ledger.finish(first, FAILURE)
        with ledger.database.begin() as tx:
            occurrences.settle_due(tx)
    assert len(ledger.rows()) == 1002
    ledger.advance(MINUTE)
    ledger.settle()
    rows = ledger.rows()
    assert offsets([row.due_at for row in rows]) == [float(n) for n in range(1, 1502)]
    wanted = {
        "stop": ("cancelled", "undeployed"),
        "replacement": ("queued", None),
        "failures": ("cancelled", "schedule_ended"),
    }
    assert (rows[-1].state, rows[-1].reason_code) == wanted[by]
    with ledger.database.read() as tx:
        [schedule] = deployments.get(tx, deployment.id).schedules
    assert schedule.ended_at == NOON + 1501.5 * SECOND


def test_while_paused_occurrences_are_skipped_with_who_and_why(ledger):
    deployment = ledger.deploy(every(MINUTE))
    ledger.pause(deployment, "the shop moves house")
    ledger.advance(3 * MINUTE)
    ledger.settle()
    skipped = ledger.rows(State.SKIPPED)
    assert offsets([row.due_at for row in skipped]) == [60.0, 120.0, 180.0]
    assert {(row.reason_code, row.reason) for row in skipped} == {
        ("paused", "ada had paused the deployment: the shop moves house")
    }


def test_a_pause_leaves_what_fell_due_before_it_as_it_was(ledger):
    deployment = ledger.deploy(every(MINUTE))
    ledger.advance(MINUTE)
    ledger.pause(deployment)
    assert ledger.states() == [(60.0, "queued"), (120.0, "planned")]


def test_what_fell_due_during_a_pause_is_skipped_though_it_is_decided_at_its_end(ledger):
    deployment = ledger.deploy(every(MINUTE))
    ledger.pause(deployment)
    ledger.advance(2 * MINUTE + SECOND)
    ledger.resume(deployment)
    ledger.advance(MINUTE)
    ledger.settle()
    assert ledger.states() == [(60.0, "skipped"), (120.0, "skipped"), (180.0, "queued"), (240.0, "planned")]


def test_an_outage_that_a_pause_begins_within_is_told_apart(ledger):
    """The server was down from the first minute on; the pause was set in the third, before it had settled them."""
    deployment = ledger.deploy(every(MINUTE, catch_up=CatchUp(CatchUpMode.NONE)))
    ledger.advance(2 * MINUTE + 30 * SECOND)
    ledger.pause(deployment)
    ledger.advance(2 * MINUTE)
    ledger.settle()
    assert ledger.states()[:-1] == [(60.0, "missed"), (120.0, "missed"), (180.0, "skipped"), (240.0, "skipped")]


def test_an_occurrence_is_skipped_while_the_one_before_it_runs(ledger):
    ledger.deploy(every(MINUTE))
    ledger.advance(MINUTE)
    ledger.settle()
    [first] = ledger.claim()
    ledger.advance(MINUTE)
    ledger.settle()
    [skipped] = ledger.rows(State.SKIPPED)
    assert (skipped.reason_code, skipped.queued_at, skipped.finished_at) == ("overlap", None, ledger.now)
    ledger.finish(first)
    ledger.advance(MINUTE)
    ledger.settle()
    assert ledger.states()[-2:] == [(180.0, "queued"), (240.0, "planned")]


def test_an_occurrence_is_skipped_while_another_try_of_the_one_before_it_waits(ledger):
    ledger.deploy(every(MINUTE))
    ledger.advance(MINUTE)
    ledger.settle()
    [first] = ledger.claim()
    ledger.finish(first, FAILURE, Retry(3, 10 * MINUTE))
    ledger.advance(MINUTE)
    ledger.settle()
    assert ledger.states() == [(60.0, "queued"), (120.0, "skipped"), (180.0, "planned")]


def test_occurrences_overlap_where_the_schedule_lets_them(ledger):
    ledger.deploy(every(MINUTE, overlap=ALLOW))
    ledger.advance(MINUTE)
    ledger.settle()
    ledger.claim()
    ledger.advance(MINUTE)
    ledger.settle()
    assert ledger.states()[:2] == [(60.0, "started"), (120.0, "queued")]


def test_an_execution_of_another_environment_or_component_is_not_in_the_way(ledger):
    other, release = ledger.add_component("other")
    ledger.deploy(every(MINUTE))
    ledger.deploy(every(MINUTE), environment=ledger.production)
    ledger.deploy(every(MINUTE), component=other, release=release)
    ledger.advance(MINUTE)
    ledger.settle()
    assert len(ledger.rows(State.QUEUED)) == 3


def test_what_ran_when_it_was_redeployed_is_still_in_the_way(ledger):
    ledger.deploy(every(MINUTE))
    ledger.advance(MINUTE)
    ledger.settle()
    ledger.claim()
    ledger.deploy(every(MINUTE))
    ledger.advance(MINUTE)
    ledger.settle()
    assert ledger.states()[:2] == [(60.0, "started"), (120.0, "skipped")]


def test_two_who_settle_at_once_make_every_occurrence_once(ledger, another):
    ledger.deploy(*[every(SECOND, NOON + n * SECOND / 10, overlap=ALLOW) for n in range(10)])
    databases = [ledger.database, another()]
    for _ in range(20):
        ledger.advance(SECOND)
        together = threading.Barrier(len(databases))

        def settle(database: Database, together: threading.Barrier = together) -> None:
            together.wait()
            with database.begin() as tx:
                occurrences.settle_due(tx, limit=5)
            with database.begin() as tx:
                occurrences.settle_due(tx)

        threads = [threading.Thread(target=settle, args=(database,)) for database in databases]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        ledger.settle()  # what one of them held when the other one looked
    decided = [row for row in ledger.rows() if row.state != "planned"]
    assert len(decided) == len({(row.schedule_id, row.due_at) for row in decided}) == 200
    assert len(ledger.rows(State.PLANNED)) == 10


def test_a_redeployment_neither_doubles_nor_loses_an_occurrence(ledger):
    for n in range(1, 9):
        ledger.deploy(every(MINUTE))
        if n % 2:
            ledger.settle()
        ledger.advance(20 * SECOND)
    ledger.settle()
    decided = [row for row in ledger.rows() if row.state != "planned"]
    assert offsets([row.due_at for row in decided]) == [60.0, 120.0]
    assert offsets([row.due_at for row in ledger.rows(State.PLANNED)]) == [180.0]


def test_what_is_due_at_the_instant_of_a_redeployment_is_of_the_old_one(ledger):
    old = ledger.deploy(every(MINUTE))
    ledger.advance(MINUTE)
    new = ledger.deploy(every(MINUTE))
    assert [(row.due_at, row.deployment_id) for row in ledger.rows()] == [
        (NOON + MINUTE, old.id),
        (NOON + 2 * MINUTE, new.id),
    ]


def test_a_redeployment_keeps_the_pause(ledger):
    old = ledger.deploy(every(MINUTE))
    ledger.pause(old, "closed")
    ledger.advance(SECOND)
    new = ledger.deploy(every(MINUTE))
    assert new.pause is not None
    assert (new.pause.at, new.pause.note) == (NOON, "closed")
    ledger.advance(MINUTE)
    ledger.settle()
    assert ledger.states()[0] == (60.0, "skipped")


def test_a_deployment_that_ends_decides_what_was_due_and_forgets_the_rest(ledger):
    deployment = ledger.deploy(every(MINUTE))
    ledger.advance(MINUTE)
    ledger.end(deployment)
    assert ledger.states() == [(60.0, "queued")]
    with ledger.database.read() as tx:
        [schedule] = deployments.get(tx, deployment.id).schedules
    assert (schedule.ended_at, schedule.next_due_at) == (ledger.now, None)
    ledger.advance(MINUTE)
    assert ledger.settle() == 0


def test_a_schedule_without_an_occurrence_left_has_ended(ledger):
    once = ledger.deploy(Terms(DateTrigger(NOON + MINUTE)), Terms(DateTrigger(NOON - MINUTE)))
    assert [schedule.ended_at for schedule in once.schedules] == [None, NOON]
    ledger.advance(MINUTE)
    ledger.settle()
    with ledger.database.read() as tx:
        ended = [schedule.ended_at for schedule in deployments.get(tx, once.id).schedules]
    assert ended == [NOON + MINUTE, NOON]
    assert ledger.states() == [(60.0, "queued")]


def test_a_schedule_that_cannot_be_read_any_more_ends_with_a_reason_and_stops_no_other(ledger):
    ledger.deploy(every(MINUTE), Terms(CronTrigger("* * * * *", "Europe/Berlin")))
    with ledger.database.begin() as tx:
        gone = {"kind": "cron", "expression": "* * * * *", "zone": "Atlantis/Capital"}
        tx.execute(schedules_table.update().where(schedules_table.c.position == 1).values(trigger=gone))
    ledger.advance(MINUTE)
    ledger.settle()
    missed = ledger.rows(State.MISSED)[0]
    assert missed.reason_code == "unreadable"
    assert "Atlantis/Capital" in missed.reason
    assert sorted(ledger.states()) == [(60.0, "missed"), (60.0, "queued"), (120.0, "planned")]
    with ledger.database.read() as tx:
        (active,) = deployments.history(tx, ledger.component, environment="development", limit=1)
    assert [schedule.position for schedule in active.schedules] == [0]
    assert active.unreadable_schedules == 1


@pytest.mark.parametrize(
    "broken",
    [
        {"catch_up": {"mode": "sometimes", "within_s": None, "grace_s": 30}},
        {"catch_up": {"mode": "latest", "within_s": -1, "grace_s": 30}},
        {"catch_up": {}},
        {"overlap": "perhaps"},
        {"trigger": []},
    ],
)
def test_whatever_is_wrong_with_a_schedule_it_stops_no_other(ledger, broken):
    ledger.deploy(every(MINUTE), every(MINUTE))
    with ledger.database.begin() as tx:
        tx.execute(schedules_table.update().where(schedules_table.c.position == 1).values(broken))
    ledger.advance(MINUTE)
    ledger.settle()
    assert sorted(ledger.states()) == [(60.0, "missed"), (60.0, "queued"), (120.0, "planned")]
    assert ledger.rows(State.MISSED)[0].reason_code == "unreadable"


def test_schedules_come_back_as_they_were_given(ledger):
    given = (
        Terms(CronTrigger("*/5 8-18 * * mon-fri", zone="Europe/Berlin"), Overlap.ALLOW, CatchUp(CatchUpMode.ALL)),
        Terms(IntervalTrigger(timedelta(seconds=0.5), NOON), catch_up=CatchUp(CatchUpMode.NONE, within=MINUTE)),
        Terms(DateTrigger(NOON + MINUTE), catch_up=CatchUp(grace=timedelta(seconds=0.25))),
    )
    deployment = ledger.deploy(*given)
    assert tuple(schedule.terms for schedule in deployment.schedules) == given
    assert [schedule.position for schedule in deployment.schedules] == [0, 1, 2]


def test_planned_occurrences_are_in_no_list(ledger):
    ledger.deploy(every(MINUTE))
    with ledger.database.read() as tx:
        assert listing.page(tx, Filter(), before=None, limit=10) == ([], None)
        assert executions.recent(tx, ledger.component.id, ledger.development.id, 10) == []
        assert listing.counts(tx, Filter()) == {}


def test_on_a_slow_machine_a_step_decides_what_it_gets_to_and_the_next_one_goes_on(ledger, monkeypatch):
    monkeypatch.setattr(occurrences, "_LONGEST_S", 0.0)
    ledger.deploy(*[every(MINUTE, NOON + SECOND) for _ in range(3)])
    ledger.advance(SECOND)
    with ledger.database.begin() as tx:
        assert occurrences.settle_due(tx) == 1
        assert occurrences.next_due(tx) == NOON + SECOND
    assert ledger.settle() == 2
    assert len(ledger.rows(State.QUEUED, State.SKIPPED)) == 3
