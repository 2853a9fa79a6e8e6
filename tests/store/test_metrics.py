"""Measurements: counted from the ledger, by the time at which things were due."""

from __future__ import annotations

import itertools
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.ledger import FAILURE, MINUTE, NOON, SECOND, SUCCESS, every

from clockhouse.model.execution import Origin, State
from clockhouse.store import metrics
from clockhouse.store.filters import Filter
from clockhouse.task import Overlap, Retry


def run(ledger, took: float, outcome=SUCCESS, retry=None):
    [claimed] = ledger.claim(1)
    ledger.start(claimed)
    ledger.advance(timedelta(seconds=took))
    ledger.finish(claimed, outcome, retry)


def outcomes(ledger, minutes, **chosen):
    starts = metrics.bucket_starts(NOON, NOON + minutes * MINUTE, MINUTE)
    with ledger.database.read() as tx:
        return metrics.outcomes(tx, Filter(**chosen), starts, NOON + minutes * MINUTE)


def delivery(ledger):
    with ledger.database.read() as tx:
        return metrics.delivery(tx, Filter(), NOON, NOON + timedelta(days=1))


def test_executions_are_counted_where_they_were_due(ledger):
    deployment = ledger.deploy()
    for outcome in (SUCCESS, SUCCESS, FAILURE):
        ledger.run_now(deployment)
        run(ledger, 20, outcome)
    ledger.run_now(deployment)  # on the boundary: of the bucket that begins there
    found = outcomes(ledger, 3)
    assert [bucket.at for bucket in found] == [NOON, NOON + MINUTE, NOON + 2 * MINUTE]
    assert [bucket.counts for bucket in found] == [{State.SUCCEEDED: 2, State.FAILED: 1}, {State.QUEUED: 1}, {}]


def test_durations_are_of_what_ran(ledger):
    deployment = ledger.deploy()
    for took in (1, 2, 3):
        ledger.run_now(deployment)
        run(ledger, took)
    ledger.run_now(deployment)
    [bucket] = outcomes(ledger, 1)
    assert (bucket.duration_p50_s, bucket.duration_p95_s) == (2.0, 3.0)
    [other] = outcomes(ledger, 1, environment="production")
    assert (other.counts, other.duration_p50_s) == ({}, None)


def test_what_is_planned_is_not_counted(ledger):
    ledger.deploy(every(MINUTE))
    assert [bucket.counts for bucket in outcomes(ledger, 3)] == [{}, {}, {}]
    assert delivery(ledger).promised == 0


def test_delivery_is_what_schedules_promised_and_how_much_of_it_was_started(ledger):
    deployment = ledger.deploy(every(MINUTE))
    ledger.advance(3 * MINUTE + 30 * SECOND)
    ledger.settle()
    run(ledger, 1)
    ledger.run_now(deployment)
    found = delivery(ledger)
    assert (found.promised, found.delivered) == (3, 1)
    assert found.counts == {State.MISSED: 2, State.SUCCEEDED: 1}
    assert ledger.rows(State.SUCCEEDED)[0].origin == Origin.CATCH_UP


def test_what_waits_for_another_try_was_delivered(ledger):
    ledger.deploy(every(MINUTE, overlap=Overlap.ALLOW))
    ledger.advance(MINUTE)
    ledger.settle()
    run(ledger, 1, FAILURE, Retry(2, MINUTE))
    found = delivery(ledger)
    assert (found.promised, found.delivered) == (1, 1)


INSTANTS = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(INSTANTS, st.integers(1, 10_000_000), st.sampled_from([1, 10, 60, 3600, 86400]))
def test_buckets_cover_the_window_and_begin_on_multiples_of_their_width(start, length_s, width_s):
    end, width = start + timedelta(seconds=min(length_s, 500 * width_s)), timedelta(seconds=width_s)
    starts = metrics.bucket_starts(start, end, width)
    assert starts[0] <= start < starts[0] + width
    assert starts[-1] < end <= starts[-1] + width
    assert all(at.timestamp() % width_s == 0 for at in starts)
    assert all(later - earlier == width for earlier, later in itertools.pairwise(starts))


@pytest.mark.parametrize(("count", "p50", "p95"), [(1, 1, 1), (2, 1, 2), (4, 2, 4), (20, 10, 19), (100, 50, 95)])
def test_a_quantile_is_the_least_that_so_many_do_not_exceed(count, p50, p95):
    values = Counter(float(n) for n in range(count, 0, -1))
    assert (metrics._quantile(values, 0.5), metrics._quantile(values, 0.95)) == (p50, p95)
    assert metrics._quantile(Counter(), 0.5) is None
