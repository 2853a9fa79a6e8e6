"""Tallies: whatever is added up and whatever is not yet, counts, lists and charts are those of the rows."""

from __future__ import annotations

import math
from collections import Counter
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from tests.support.ledger import FAILURE, MINUTE, NOON
from tests.support.properties import on_a_database

from clockhouse.model import identifier
from clockhouse.model.execution import PROMISED, Origin, State
from clockhouse.store import components, listing, metrics, projects, tallies
from clockhouse.store.filters import Filter
from clockhouse.store.tables.executions import executions
from clockhouse.store.tables.tallies import durations
from clockhouse.store.tables.tallies import tallies as table
from clockhouse.task import Retry

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
ENDED = [State.SUCCEEDED, State.FAILED, State.SKIPPED, State.LOST]
RAN = {State.SUCCEEDED, State.FAILED, State.LOST, State.STARTED}
ROWS = st.lists(
    st.tuples(
        st.integers(-3 * 86_400, 0),  # due, in seconds after noon
        st.sampled_from([*ENDED, State.QUEUED, State.STARTED, State.PLANNED]),
        st.sampled_from(list(Origin)),
        st.integers(0, 2),  # which place
        st.floats(0.001, 5000),
    ),
    max_size=60,
)
FILTERS = st.builds(
    Filter,
    project=st.sampled_from([None, "shop"]),
    environment=st.sampled_from([None, "development", "production"]),
    states=st.sets(st.sampled_from(ENDED), max_size=2).map(tuple),
    origin=st.sampled_from([None, *Origin]),
    start=st.one_of(st.none(), st.integers(-4 * 86_400, 0).map(lambda s: NOON + timedelta(seconds=s))),
    end=st.one_of(st.none(), st.integers(-4 * 86_400, 1).map(lambda s: NOON + timedelta(seconds=s))),
)


@contextmanager
def opened(new_ledger):
    """A ledger that is closed whatever an example shows."""
    ledger = new_ledger()
    try:
        yield ledger
    finally:
        ledger.database.close()


def write(ledger, rows):
    """Rows of these kinds, of one component in two environments and of another one."""
    other, release = ledger.add_component("other")
    here = [
        ledger.deploy(),
        ledger.deploy(environment=ledger.production),
        ledger.deploy(component=other, release=release),
    ]
    written = []
    for due_s, state, origin, place, took in rows:
        deployment = here[place]
        due_at = NOON + timedelta(seconds=due_s)
        ran = state in RAN
        written.append(
            {
                "id": identifier.new(due_at),
                "project_id": ledger.project.id,
                "component_id": deployment.component_id,
                "environment_id": deployment.environment_id,
                "deployment_id": deployment.id,
                "state": str(state),
                "origin": str(origin),
                "due_at": due_at,
                "ready_at": due_at,
                "started_at": due_at if ran else None,
                "finished_at": None if state.is_open else NOON,
                "duration_s": took if ran and not state.is_open and state is not State.LOST else None,
                "attempt": 1,
            }
        )
    with ledger.database.begin() as tx:
        if written:
            tx.execute(executions.insert(), written)
    return written


def add_up(ledger, limit=10_000):
    with ledger.database.begin() as tx:
        return tallies.add_up(tx, limit)


def lets_through(chosen, row, states=True):
    return (
        row["state"] != "planned"
        and (chosen.component is None or row["component_id"] == chosen.component)
        and (chosen.environment is None or row["environment_id"] == chosen.environment)
        and (chosen.origin is None or row["origin"] == chosen.origin)
        and (chosen.start is None or row["due_at"] >= chosen.start)
        and (chosen.end is None or row["due_at"] < chosen.end)
        and (not states or not chosen.states or row["state"] in chosen.states)
    )


@pytest.mark.parametrize("size", [1, 2, 3])
def test_a_list_with_one_a_day_goes_on_to_its_end(new_ledger, size):
    with opened(new_ledger) as ledger:
        days = [-day * 86_400 for day in range(7)]
        write(ledger, [(due_s, State.SUCCEEDED, Origin.SCHEDULE, 0, 1.0) for due_s in days])
        add_up(ledger)
        found, before, is_first = [], None, True
        while is_first or before is not None:
            is_first = False
            with ledger.database.read() as tx:
                page, before = listing.page(tx, Filter(), before=before, limit=size)
            found += [each.due_at for each in page]
        assert found == [NOON + timedelta(seconds=due_s) for due_s in days]


@pytest.mark.slow
@on_a_database(examples=7)
@given(rows=ROWS, chosen=FILTERS, tallied=st.integers(0, 60), size=st.integers(1, 7))
def test_lists_and_counts_are_those_of_the_rows(rows, chosen, tallied, size, new_ledger):
    with opened(new_ledger) as ledger:
        written = write(ledger, rows)
        add_up(ledger, tallied)
        expected = sorted(((row["due_at"], row["id"]) for row in written if lets_through(chosen, row)), reverse=True)
        found, before = [], None
        while True:
            with ledger.database.read() as tx:
                page, before = listing.page(tx, chosen, before=before, limit=size)
            found += [(each.due_at, each.id) for each in page]
            assert len(page) == size or before is None
            if before is None:
                break
        assert found == expected
        with ledger.database.read() as tx:
            counts = listing.counts(tx, chosen)
        assert counts == Counter(State(row["state"]) for row in written if lets_through(chosen, row, states=False))


@pytest.mark.slow
@on_a_database(examples=7)
@given(
    rows=ROWS,
    chosen=FILTERS,
    tallied=st.integers(0, 60),
    since_s=st.integers(1, 4 * 86_400),
    length_s=st.integers(1, 4 * 86_400),
    width=st.sampled_from([60, 300, 900, 3600, 10_800, 86_400]),
)
def test_charts_and_delivery_are_those_of_the_rows(rows, chosen, tallied, since_s, length_s, width, new_ledger):
    with opened(new_ledger) as ledger:
        written = write(ledger, rows)
        add_up(ledger, tallied)
        chosen = Filter(project=chosen.project, environment=chosen.environment)
        start = NOON - timedelta(seconds=since_s)
        end = start + timedelta(seconds=min(length_s, 300 * width))
        starts = metrics.bucket_starts(start, end, timedelta(seconds=width))
        with ledger.database.read() as tx:
            buckets = metrics.outcomes(tx, chosen, starts, end)
            delivery = metrics.delivery(tx, chosen, start, end)
        listed = [row for row in written if lets_through(chosen, row)]
        for bucket, until in zip(buckets, [*starts[1:], end], strict=True):
            mine = [row for row in listed if bucket.at <= row["due_at"] < until]
            assert bucket.counts == Counter(State(row["state"]) for row in mine)
            durations = sorted(row["duration_s"] for row in mine if row["duration_s"] is not None)
            for found, share in ((bucket.duration_p50_s, 0.5), (bucket.duration_p95_s, 0.95)):
                exact = durations[math.ceil(share * len(durations)) - 1] if durations else None
                assert found == (None if exact is None else pytest.approx(exact, rel=0.055))
        promised = [row for row in listed if start <= row["due_at"] < end and row["origin"] in PROMISED]
        assert delivery.counts == Counter(State(row["state"]) for row in promised)
        assert (delivery.promised, delivery.delivered) == (
            len(promised),
            sum(row["started_at"] is not None for row in promised),
        )


def test_nothing_is_added_up_twice_and_what_goes_on_is_left(ledger):
    write(ledger, [(-60, state, Origin.SCHEDULE, 0, 1.0) for state in State])
    assert [add_up(ledger, 4), add_up(ledger, 4), add_up(ledger, 4)] == [4, 3, 0]


def test_what_waits_for_another_try_and_is_cancelled_was_started(ledger):
    deployment = ledger.deploy()
    execution_id = ledger.run_now(deployment)
    [claimed] = ledger.claim()
    ledger.start(claimed)
    ledger.finish(claimed, FAILURE, Retry(2, MINUTE))
    ledger.request_stop(execution_id)
    add_up(ledger)
    with ledger.database.read() as tx:
        assert {(row.found, row.started) for row in tx.execute(sa.select(table))} == {(1, 1)}


def test_a_component_that_is_removed_is_in_no_list_and_what_happened_remains(ledger):
    write(ledger, [(-7200 * n, State.SUCCEEDED, Origin.SCHEDULE, n % 3, 1.0) for n in range(1, 13)])
    add_up(ledger)
    with ledger.database.begin() as tx:
        components.remove(tx, components.get(tx, "shop", "other"))
    window = (Filter(), metrics.bucket_starts(NOON - DAY, NOON, HOUR), NOON)
    with ledger.database.read() as tx:
        assert listing.counts(tx, Filter()) == listing.counts(tx, Filter(project="shop")) == {State.SUCCEEDED: 8}
        assert len(listing.page(tx, Filter(), before=None, limit=20)[0]) == 8
        assert sum(bucket.counts.get(State.SUCCEEDED, 0) for bucket in metrics.outcomes(tx, *window)) == 12
    with ledger.database.begin() as tx:
        projects.remove(tx, projects.get(tx, "shop"))
    with ledger.database.read() as tx:
        assert listing.counts(tx, Filter()) == {}
        for each in (table, durations):
            assert tx.execute(sa.select(sa.func.count()).where(each.c.scope != "")).scalar() == 0


INSTANTS = st.one_of(
    st.none(),
    st.datetimes(datetime(1999, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)


@given(INSTANTS, INSTANTS, st.sets(st.sampled_from(tallies.WIDTHS)).map(lambda found: sorted(found, reverse=True)))
def test_spans_cover_a_window_without_a_gap(start, end, widths):
    first, last = start or tallies.EARLIEST, end or tallies.LATEST
    found = list(tallies.cover(first, last, widths))
    if first >= last:
        assert found == []
        return
    assert [found[0].start, *(span.end for span in found)] == [*(span.start for span in found), last]
    assert found[0].start == first
    for span in found:
        assert span.width is None or {tallies.begin_of(at, span.width) for at in (span.start, span.end)} == {
            span.start,
            span.end,
        }
        assert span.width is None or span.width in widths


@given(st.floats(0.0001, 1e7))
def test_a_duration_of_a_tally_is_right_to_a_twentieth(seconds):
    assert tallies.took(tallies._class_of(seconds)) == pytest.approx(seconds, rel=0.055)
