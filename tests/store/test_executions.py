"""The ledger: what changes a row only from the state it must be in, who may claim it, and how it is read."""

from __future__ import annotations

from datetime import UTC, timedelta

import pytest
import sqlalchemy as sa
from tests.support.ledger import FAILURE, MINUTE, NOON, SECOND, SUCCESS, WORKER, every

from clockhouse.errors import Invalid, NotFound
from clockhouse.model.deployment import Limits
from clockhouse.model.execution import SERVER_LOST, UNDEPLOYED, Origin, Outcome, Reason, State, Usage
from clockhouse.model.log import LogLine
from clockhouse.store import claims, components, executions, listing, logs
from clockhouse.store.filters import Filter
from clockhouse.store.tables.builds import builds
from clockhouse.store.tables.deployments import deployments
from clockhouse.store.tables.executions import attempts
from clockhouse.store.tables.executions import executions as table_of_executions
from clockhouse.store.tables.logs import log_lines
from clockhouse.task import Backoff, Overlap, Retry

TIMED_OUT = Outcome(State.TIMED_OUT, Reason("time_out", "It took too long."), None, 9, Usage(1.5, 2048))
CANCELLED = Outcome(State.CANCELLED, Reason("stopped", "ada stopped it."), None, 15)
LOST = Outcome(State.LOST, SERVER_LOST)
TWICE = Retry(2, 5 * SECOND)


@pytest.fixture
def deployment(ledger):
    return ledger.deploy()


@pytest.fixture
def claimed(ledger, deployment):
    ledger.run_now(deployment)
    return ledger.claim()[0]


def test_a_manual_start_is_queued_for_now_by_somebody(ledger, deployment):
    execution = ledger.get(ledger.run_now(deployment))
    assert (execution.state, execution.origin, execution.requested_by) == (State.QUEUED, Origin.MANUAL, "ada")
    assert execution.due_at == execution.queued_at == ledger.now
    assert (execution.project, execution.component, execution.environment) == ("shop", "health-check", "development")
    assert (execution.deployment, execution.build, execution.commit) == (1, 1, "a" * 40)


def test_a_claim_has_all_that_a_worker_needs(ledger):
    retry = Retry(3, 2 * SECOND, Backoff.EXPONENTIAL, MINUTE)
    deployment = ledger.deploy(values={"url": "http://shop"}, limits=Limits(MINUTE, retry))
    execution_id = ledger.run_now(deployment)
    [claimed] = ledger.claim()
    assert (claimed.id, claimed.attempt, claimed.last_line) == (execution_id, 1, 0)
    assert claimed.build_id == ledger.release.build.id
    assert claimed.environment == ledger.development.slug
    assert (claimed.values, claimed.limits) == ({"url": "http://shop"}, Limits(MINUTE, retry))
    execution = ledger.get(execution_id)
    assert (execution.state, execution.claimed_at, execution.started_at) == (State.STARTED, ledger.now, None)


def test_an_execution_and_its_attempts_say_by_name_where_they_ran(ledger, deployment):
    execution_id = ledger.run_now(deployment)
    assert ledger.get(execution_id).ran_on is None
    [first] = ledger.claim(name="rack-1")
    assert ledger.get(execution_id).ran_on == "rack-1"
    ledger.finish(first, FAILURE, TWICE)
    assert ledger.get(execution_id).ran_on is None
    ledger.advance(MINUTE)
    [second] = ledger.claim(name="rack-2")
    ledger.finish(second)
    assert ledger.get(execution_id).ran_on == "rack-2"
    with ledger.database.read() as tx:
        assert [each.ran_on for each in executions.attempts_of(tx, execution_id)] == ["rack-1"]


def test_an_execution_is_claimed_once(ledger, deployment):
    ledger.run_now(deployment)
    assert len(ledger.claim(worker="one")) == 1
    assert ledger.claim(worker="two") == []


def test_a_claim_takes_no_more_than_there_is_room_for_and_the_longest_waiting_first(ledger, deployment):
    ids = []
    for _ in range(4):
        ids.append(ledger.run_now(deployment))
        ledger.advance(SECOND)
    assert [claimed.id for claimed in ledger.claim(3)] == ids[:3]
    assert [claimed.id for claimed in ledger.claim(3)] == ids[3:]


@pytest.mark.parametrize(
    ("table", "broken"),
    [
        (builds, {"settings": [{"name": "url", "type": "no such type", "colour": "red"}]}),
        (builds, {"entry": {"file": "main.py", "colour": "red"}}),
        (deployments, {"limits": {}}),
    ],
)
def test_what_cannot_be_read_any_more_ends_with_a_reason_and_holds_up_no_other(ledger, deployment, table, broken):
    component, release = ledger.add_component("other")
    broken_id = ledger.run_now(deployment)
    with ledger.database.begin() as tx:
        tx.execute(table.update().where(table.c.component_id == ledger.component.id).values(broken))
    other = ledger.run_now(ledger.deploy(component=component, release=release), component)
    assert [claimed.id for claimed in ledger.claim(room=2)] == [other]
    with ledger.database.read() as tx:
        ended = tx.execute(sa.select(table_of_executions).where(table_of_executions.c.id == broken_id)).one()
    assert (ended.state, ended.reason_code, ended.finished_at) == ("failed", "not_started", NOON)


def test_the_start_of_user_code_is_recorded(ledger, claimed):
    ledger.advance(SECOND)
    ledger.start(claimed)
    assert ledger.get(claimed.id).started_at == ledger.now


def test_a_start_of_an_attempt_that_is_over_is_not_recorded(ledger, claimed):
    ledger.finish(claimed, FAILURE, TWICE)
    ledger.start(claimed)
    assert ledger.get(claimed.id).started_at is None


def test_what_ended_well_has_its_duration_and_no_reason(ledger, claimed):
    ledger.start(claimed)
    ledger.advance(3 * SECOND)
    assert ledger.finish(claimed, Outcome(State.SUCCEEDED, None, 0, None, Usage(0.25, 1024)))
    execution = ledger.get(claimed.id)
    assert (execution.state, execution.exit_code, execution.reason) == (State.SUCCEEDED, 0, None)
    assert (execution.duration, execution.usage) == (3 * SECOND, Usage(0.25, 1024))


def test_what_never_started_has_no_duration(ledger, claimed):
    ledger.finish(claimed, FAILURE)
    assert ledger.get(claimed.id).duration is None
    assert ledger.rows()[0].duration_s is None


def test_how_long_a_lost_execution_took_is_not_known(ledger, claimed):
    ledger.start(claimed)
    ledger.advance(timedelta(hours=8))  # until the server was started again
    ledger.finish(claimed, LOST)
    assert ledger.get(claimed.id).duration is None
    assert ledger.rows()[0].duration_s is None


def test_an_execution_ends_once(ledger, claimed):
    assert ledger.finish(claimed, SUCCESS)
    assert not ledger.finish(claimed, FAILURE)
    assert ledger.get(claimed.id).state is State.SUCCEEDED


def test_a_queued_execution_cannot_end(ledger, claimed):
    ledger.finish(claimed, FAILURE, TWICE)
    assert not ledger.finish(claimed, SUCCESS)
    assert ledger.get(claimed.id).state is State.QUEUED


@pytest.mark.parametrize("outcome", [FAILURE, TIMED_OUT, LOST], ids=lambda outcome: outcome.state)
def test_what_did_not_end_well_is_tried_again_and_the_try_is_kept(ledger, claimed, outcome):
    ledger.start(claimed)
    ledger.advance(SECOND)
    assert ledger.finish(claimed, outcome, TWICE)
    execution = ledger.get(claimed.id)
    assert (execution.state, execution.attempt) == (State.QUEUED, 2)
    assert (execution.claimed_at, execution.started_at, execution.finished_at) == (None, None, None)
    assert (execution.exit_code, execution.signal, execution.reason) == (None, None, None)
    assert execution.due_at == NOON
    with ledger.database.read() as tx:
        [attempt] = executions.attempts_of(tx, claimed.id)
    assert (attempt.number, attempt.outcome) == (1, outcome)
    assert (attempt.claimed_at, attempt.started_at, attempt.finished_at) == (NOON, NOON, NOON + SECOND)


@pytest.mark.parametrize("outcome", [SUCCESS, CANCELLED], ids=lambda outcome: outcome.state)
def test_what_ended_well_or_was_stopped_is_not_tried_again(ledger, claimed, outcome):
    ledger.finish(claimed, outcome, TWICE)
    assert ledger.get(claimed.id).state is outcome.state


def test_a_try_waits_for_its_delay(ledger, claimed):
    ledger.finish(claimed, FAILURE, TWICE)
    with ledger.database.read() as tx:
        assert claims.next_ready(tx) == NOON + 5 * SECOND
    ledger.advance(5 * SECOND - timedelta(microseconds=1))
    assert ledger.claim() == []
    ledger.advance(timedelta(microseconds=1))
    assert [again.attempt for again in ledger.claim()] == [2]


@pytest.mark.parametrize(
    ("retry", "delays"),
    [
        (Retry(4, 10 * SECOND), [10, 10, 10]),
        (Retry(4, 10 * SECOND, Backoff.EXPONENTIAL), [10, 20, 40]),
        (Retry(5, 10 * SECOND, Backoff.EXPONENTIAL, 30 * SECOND), [10, 20, 30, 30]),
    ],
    ids=["fixed", "exponential", "capped"],
)
def test_tries_follow_the_policy_until_none_is_left(ledger, claimed, retry, delays):
    waited = []
    while ledger.finish(claimed, FAILURE, retry) and ledger.get(claimed.id).state is State.QUEUED:
        with ledger.database.read() as tx:
            waited.append((claims.next_ready(tx) - ledger.now).total_seconds())
        ledger.advance(timedelta(hours=1))
        [claimed] = ledger.claim()
    assert waited == delays
    execution = ledger.get(claimed.id)
    assert (execution.state, execution.attempt, execution.reason) == (State.FAILED, len(delays) + 1, FAILURE.reason)
    with ledger.database.read() as tx:
        assert [attempt.number for attempt in executions.attempts_of(tx, claimed.id)] == list(range(1, len(delays) + 1))


def test_a_try_goes_on_with_the_log_of_the_one_before(ledger, claimed):
    with ledger.database.begin() as tx:
        logs.append(tx, claimed.id, [LogLine(1, tx.now, "stdout", None, "one"), LogLine(2, tx.now, "stdout", None, "")])
    ledger.finish(claimed, FAILURE, Retry(2, timedelta()))
    assert [again.last_line for again in ledger.claim()] == [2]


def test_a_deployment_that_was_stopped_tries_nothing_again(ledger, deployment, claimed):
    ledger.end(deployment)
    ledger.finish(claimed, FAILURE, TWICE)
    assert ledger.get(claimed.id).state is State.FAILED


def test_what_a_stopped_deployment_had_replaced_tries_nothing_again(ledger, claimed):
    ledger.end(ledger.deploy())
    ledger.deploy()
    ledger.finish(claimed, FAILURE, TWICE)
    assert ledger.get(claimed.id).state is State.FAILED


def test_a_deployment_that_was_replaced_still_tries_again(ledger, claimed):
    ledger.deploy()
    ledger.finish(claimed, FAILURE, TWICE)
    assert ledger.get(claimed.id).state is State.QUEUED


def test_stopping_what_waits_cancels_it(ledger, deployment):
    execution_id = ledger.run_now(deployment)
    assert ledger.request_stop(execution_id)
    execution = ledger.get(execution_id)
    assert (execution.state, execution.finished_at, execution.stop_requested_by) == (State.CANCELLED, NOON, "ada")
    assert execution.reason == Reason("stopped", "ada stopped it.")
    assert ledger.claim() == []


def test_stopping_what_waits_for_another_try_cancels_it(ledger, claimed):
    ledger.finish(claimed, FAILURE, TWICE)
    assert ledger.request_stop(claimed.id)
    execution = ledger.get(claimed.id)
    assert (execution.state, execution.attempt, execution.duration) == (State.CANCELLED, 2, None)


def test_stopping_what_runs_asks_its_worker(ledger, claimed):
    assert ledger.request_stop(claimed.id)
    assert ledger.get(claimed.id).state is State.STARTED
    with ledger.database.read() as tx:
        assert executions.stops_wanted(tx, WORKER) == {claimed.id: Reason("stopped", "ada stopped it.")}
        assert executions.stops_wanted(tx, "another") == {}
    ledger.finish(claimed, CANCELLED)
    with ledger.database.read() as tx:
        assert executions.stops_wanted(tx, WORKER) == {}


def test_what_somebody_wanted_stopped_is_not_tried_again_however_it_ended(ledger, claimed):
    ledger.request_stop(claimed.id)
    ledger.finish(claimed, LOST, TWICE)
    assert ledger.get(claimed.id).state is State.LOST


def test_stopping_what_is_over_changes_nothing(ledger, claimed):
    ledger.finish(claimed)
    assert not ledger.request_stop(claimed.id)
    assert ledger.get(claimed.id).stop_requested_by is None


def test_stopping_what_is_planned_changes_nothing(ledger):
    ledger.deploy(every(MINUTE))
    [planned] = ledger.rows()
    assert not ledger.request_stop(planned.id)
    assert ledger.states() == [(60.0, "planned")]


def test_what_waits_is_cancelled_with_its_deployment_and_what_runs_is_not(ledger, deployment, claimed):
    waiting = ledger.run_now(deployment)
    other = ledger.run_now(ledger.deploy(environment=ledger.production))
    with ledger.database.begin() as tx:
        executions.cancel_waiting(tx, deployment, UNDEPLOYED)
    assert ledger.get(waiting).reason == UNDEPLOYED
    assert ledger.get(claimed.id).state is State.STARTED
    assert ledger.get(other).state is State.QUEUED


def test_what_waits_since_before_a_redeployment_is_cancelled_with_the_present_one(ledger, deployment):
    waiting = ledger.run_now(deployment)
    present = ledger.deploy()
    with ledger.database.begin() as tx:
        executions.cancel_waiting(tx, present, UNDEPLOYED)
    assert ledger.get(waiting).reason == UNDEPLOYED


def test_a_removed_component_takes_its_executions_along(ledger, claimed):
    with ledger.database.begin() as tx:
        logs.append(tx, claimed.id, [LogLine(1, tx.now, "stdout", None, "one")])
        components.remove(tx, ledger.component)
    with ledger.database.read() as tx:
        assert logs.after(tx, claimed.id, 0, 10) == []
        with pytest.raises(NotFound):
            executions.get(tx, claimed.id)


def test_what_a_removed_execution_logged_at_last_is_not_kept(ledger, claimed):
    with ledger.database.begin() as tx:
        components.remove(tx, ledger.component)
    with ledger.database.begin() as tx:
        logs.append(tx, claimed.id, [LogLine(1, tx.now, "stdout", None, "too late")])
    assert not ledger.finish(claimed)
    with ledger.database.read() as tx:
        assert tx.execute(sa.select(sa.func.count()).select_from(log_lines)).scalar() == 0


def test_attempts_go_with_their_execution(ledger, claimed):
    ledger.finish(claimed, FAILURE, TWICE)
    with ledger.database.begin() as tx:
        components.remove(tx, ledger.component)
        assert tx.execute(sa.select(attempts)).all() == []


def fill(ledger, count: int) -> list[str]:
    """Executions a second apart, three at each instant; their ids in the order of a list: the latest first."""
    deployment = ledger.deploy()
    found = []
    for _ in range(count // 3):
        found += [(ledger.now, ledger.run_now(deployment)) for _ in range(3)]
        ledger.advance(SECOND)
    return [each for _, each in sorted(found, reverse=True)]


def test_pages_follow_each_other_without_a_gap_or_a_repetition(ledger):
    expected = fill(ledger, 12)
    seen, before = [], None
    with ledger.database.read() as tx:
        while True:
            found, before = listing.page(tx, Filter(), before=before, limit=5)
            seen.append([execution.id for execution in found])
            if before is None:
                break
    assert seen == [expected[:5], expected[5:10], expected[10:]]


def test_the_last_page_says_that_it_is_the_last_one(ledger):
    fill(ledger, 6)
    with ledger.database.read() as tx:
        found, following = listing.page(tx, Filter(), before=None, limit=6)
    assert (len(found), following) == (6, None)


def test_a_page_goes_on_where_it_was_though_newer_executions_came(ledger):
    expected = fill(ledger, 6)
    with ledger.database.read() as tx:
        _, before = listing.page(tx, Filter(), before=None, limit=2)
    fill(ledger, 3)
    with ledger.database.read() as tx:
        found, _ = listing.page(tx, Filter(), before=before, limit=10)
    assert [execution.id for execution in found] == expected[2:]


@pytest.mark.parametrize("before", ["yesterday", "", "~", "2026-11-22T12:00:00~x", "not-a-date~01"])
def test_a_page_that_is_not_one_of_ours_is_refused(ledger, before):
    with ledger.database.read() as tx, pytest.raises(Invalid) as refused:
        listing.page(tx, Filter(), before=before, limit=2)
    assert set(refused.value.fields) == {"before"}


def test_lists_are_filtered_by_place_state_origin_and_time(ledger):
    other, release = ledger.add_component("other")
    ledger.deploy(every(10 * SECOND, overlap=Overlap.ALLOW))
    manual = ledger.run_now(ledger.deploy(environment=ledger.production))
    ledger.deploy(every(10 * SECOND), component=other, release=release)
    ledger.advance(10 * SECOND)
    ledger.settle()
    ledger.claim(1)
    ledger.advance(10 * SECOND)
    ledger.settle()

    def found(**chosen):
        with ledger.database.read() as tx:
            listed, _ = listing.page(tx, Filter(**chosen), before=None, limit=100)
            counted = listing.counts(tx, Filter(**{name: chosen[name] for name in chosen if name != "states"}))
        assert len(listed) <= sum(counted.values())
        return sorted((each.component, each.environment, int((each.due_at - NOON).total_seconds())) for each in listed)

    health = [("health-check", "development", 10), ("health-check", "development", 20)]
    assert found(project="shop", component="health-check", environment="development") == health
    assert found(component="health-check", project="shop", origin=Origin.SCHEDULE) == health
    assert found(origin=Origin.MANUAL) == [("health-check", "production", 0)]
    assert found(states=(State.STARTED,)) == [("health-check", "production", 0)]
    assert ledger.get(manual).state is State.STARTED
    either = [("health-check", "production", 0), ("other", "development", 20)]
    assert found(states=(State.SKIPPED, State.STARTED)) == either
    assert found(start=NOON + 10 * SECOND, end=NOON + 20 * SECOND) == [health[0], ("other", "development", 10)]


def test_counts_are_of_all_states_whichever_the_list_shows(ledger):
    fill(ledger, 6)
    for claimed in ledger.claim(2):
        ledger.finish(claimed)
    with ledger.database.read() as tx:
        assert listing.counts(tx, Filter(states=(State.FAILED,))) == {State.QUEUED: 4, State.SUCCEEDED: 2}


def test_names_that_there_are_not_are_told(ledger):
    with ledger.database.read() as tx:
        for chosen in (Filter(project="none"), Filter(environment="none"), Filter(project="shop", component="none")):
            with pytest.raises(NotFound, match="none"):
                listing.page(tx, chosen, before=None, limit=1)
        with pytest.raises(Invalid) as refused:
            listing.page(tx, Filter(component="health-check"), before=None, limit=1)
    assert "project" in refused.value.fields


def test_the_strip_has_the_last_executions_oldest_first(ledger):
    latest = fill(ledger, 9)
    with ledger.database.read() as tx:
        found = executions.recent(tx, ledger.component.id, ledger.development.id, 4)
        assert executions.recent(tx, ledger.component.id, ledger.production.id, 4) == []
    assert [execution.id for execution in found] == latest[3::-1]


def test_instants_come_back_in_utc(ledger, claimed):
    assert ledger.get(claimed.id).due_at.tzinfo is UTC
