"""Retention: what is removed is old and over, and what is kept is exactly the rest."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from tests.store.test_tallies import DAY, HOUR, add_up, opened, write
from tests.support.ledger import NOON
from tests.support.properties import on_a_database

from clockhouse.errors import Invalid
from clockhouse.model.environment import Retention
from clockhouse.model.execution import Origin, State
from clockhouse.model.log import LogLine
from clockhouse.store import environments, listing, logs, metrics, retention
from clockhouse.store.filters import Filter
from clockhouse.store.tables.columns import metadata
from clockhouse.store.tables.executions import executions
from clockhouse.store.tables.logs import log_lines
from clockhouse.store.tables.tallies import tallies as table

DAYS = 10
ROWS = st.lists(
    st.tuples(
        st.integers(-20 * 24, 0).map(lambda hours: hours * 3600),
        st.sampled_from(list(State)),
        st.sampled_from(list(Origin)),
        st.integers(0, 2),
        st.just(1.0),
    ),
    max_size=60,
)


def keep(ledger, environment, days, last):
    with ledger.database.begin() as tx:
        environments.set_retention(tx, environment, Retention(days, last))


def remove(ledger, limit):
    """In as many steps as it takes; how many rows each one removed."""
    steps, after = [], None
    while True:
        with ledger.database.begin() as tx:
            step = retention.remove_some(tx, environments.every(tx), after, limit)
        steps.append(step.removed)
        after = step.after
        if after is None:
            return steps


def ids(ledger):
    with ledger.database.read() as tx:
        return {row.id for row in tx.execute(sa.select(executions.c.id))}


def age(ledger, written):
    """Everything ended when it was due, and has a line of log."""
    with ledger.database.begin() as tx:
        for row in written:
            if row["finished_at"] is not None:
                here = executions.c.id == row["id"]
                tx.execute(executions.update().where(here).values(finished_at=row["due_at"]))
            logs.append(tx, row["id"], [LogLine(1, NOON, "stdout", None, "Hello")])


@pytest.mark.slow
@on_a_database(examples=7)
@given(
    rows=ROWS,
    tallied=st.one_of(st.integers(0, 60), st.just(1000)),
    last=st.integers(0, 8),
    limit=st.integers(1, 20),
    forever=st.booleans(),
)
def test_what_is_removed_is_old_and_over_and_what_is_kept_is_the_rest(rows, tallied, last, limit, forever, new_ledger):
    with opened(new_ledger) as ledger:
        written = write(ledger, rows)
        age(ledger, written)
        add_up(ledger, tallied)
        with ledger.database.read() as tx:
            is_tallied = {row.id for row in tx.execute(sa.select(executions.c.id).where(executions.c.is_tallied))}
        keep(ledger, ledger.development, DAYS, last)
        keep(ledger, ledger.production, None if forever else 1, last)
        chart = (Filter(), metrics.bucket_starts(NOON - 25 * DAY, NOON + DAY, DAY), NOON + DAY)
        with ledger.database.read() as tx:
            before = metrics.outcomes(tx, *chart)
        steps = remove(ledger, limit)
        assert max(steps) <= limit + 1

        gone = set()
        for place in {(row["component_id"], row["environment_id"]) for row in written}:
            mine = [row for row in written if (row["component_id"], row["environment_id"]) == place]
            over = sorted(
                (row for row in mine if not State(row["state"]).is_open), key=lambda row: (row["due_at"], row["id"])
            )
            days = DAYS if place[1] == ledger.development.id else None if forever else 1
            if days is not None:
                old = over[: max(0, len(over) - last)]
                gone |= {row["id"] for row in old if row["due_at"] < NOON - timedelta(days=days)} & is_tallied
        kept = {row["id"] for row in written} - gone
        assert ids(ledger) == kept
        with ledger.database.read() as tx:
            assert {row.source for row in tx.execute(sa.select(log_lines.c.source))} == kept
            assert listing.counts(tx, Filter()) == Counter(
                State(row["state"]) for row in written if row["id"] in kept and row["state"] != "planned"
            )
            after = metrics.outcomes(tx, *chart)
        assert [bucket.counts for bucket in after] == [bucket.counts for bucket in before]


def test_a_component_that_goes_is_emptied_in_small_steps_and_the_counts_stay_right(ledger):
    """Also half way: some rows are in the tallies, and others are not yet."""
    states = [State.SUCCEEDED, State.MISSED, State.QUEUED, State.PLANNED, State.FAILED]
    written = write(ledger, [(-n * 3600, states[n % 5], Origin.SCHEDULE, n % 3, 1.0) for n in range(30)])
    age(ledger, written)
    add_up(ledger, 11)
    steps = []
    while not steps or steps[-1]:
        with ledger.database.begin() as tx:
            steps.append(retention.remove_some_of(tx, ledger.component, 6))
        with ledger.database.read() as tx:
            kept = [row for row in written if row["id"] in ids(ledger)]
            assert listing.counts(tx, Filter()) == Counter(
                State(row["state"]) for row in kept if row["state"] != "planned"
            )
    assert max(steps) <= 7
    assert {State(row["state"]) for row in kept if row["component_id"] == ledger.component.id} == {
        State.QUEUED,
        State.PLANNED,
    }
    assert len([row for row in kept if row["component_id"] != ledger.component.id]) == 10


def test_a_long_log_takes_several_steps(ledger):
    [row] = write(ledger, [(-40 * 86_400, State.SUCCEEDED, Origin.SCHEDULE, 0, 1.0)])
    age(ledger, [row])
    add_up(ledger)
    with ledger.database.begin() as tx:
        logs.append(tx, row["id"], [LogLine(2 + n, NOON, "stdout", None, "More") for n in range(24)])
    keep(ledger, ledger.development, 30, 0)
    assert remove(ledger, 10) == [10, 10, 6]
    assert ids(ledger) == set()


def test_what_ended_lately_stays_however_long_it_has_been_due(ledger):
    [row] = write(ledger, [(-40 * 86_400, State.SUCCEEDED, Origin.SCHEDULE, 0, 1.0)])
    add_up(ledger)
    keep(ledger, ledger.development, 1, 0)
    ledger.advance(DAY)
    remove(ledger, 100)
    assert ids(ledger) == {row["id"]}
    ledger.advance(HOUR)
    remove(ledger, 100)
    assert ids(ledger) == set()


def test_by_default_a_month_and_the_last_hundred_of_each_component_are_kept(ledger):
    rows = [(-60 * 86_400 + n, State.SUCCEEDED, Origin.SCHEDULE, 0, 1.0) for n in range(120)]
    rows += [(-31 * 86_400, State.FAILED, Origin.SCHEDULE, 1, 1.0)]
    written = write(ledger, rows)
    age(ledger, written)
    add_up(ledger)
    remove(ledger, 1000)
    assert ids(ledger) == {row["id"] for row in written[20:]}


def test_the_finest_tallies_go_with_time_and_the_others_stay(ledger):
    write(ledger, [(-86_400 * days, State.SUCCEEDED, Origin.SCHEDULE, 0, 1.0) for days in (1, 31, 32, 33, 60)])
    add_up(ledger)

    def remove_tallies():
        with ledger.database.begin() as tx:
            return retention.remove_old_tallies(tx, environments.every(tx), 3)

    assert [remove_tallies(), remove_tallies(), remove_tallies()] == [6, 2, 0]
    with ledger.database.read() as tx:
        found = tx.execute(sa.select(table.c.width, sa.func.count()).group_by(table.c.width)).all()
    assert dict(map(tuple, found)) == {300: 1, 3600: 10, 86_400: 10}


def test_what_another_one_does_again_goes_after_it(ledger):
    first, second = write(ledger, [(-86_400 * 60 + n, State.SUCCEEDED, Origin.SCHEDULE, 0, 1.0) for n in range(2)])
    age(ledger, [first, second])
    add_up(ledger)
    with ledger.database.begin() as tx:
        tx.execute(executions.update().where(executions.c.id == second["id"]).values(repeats=first["id"]))
    keep(ledger, ledger.development, 1, 0)
    remove(ledger, 100)
    assert ids(ledger) == {first["id"]}
    remove(ledger, 100)
    assert ids(ledger) == set()


def test_nothing_refers_to_an_execution_but_its_attempts():
    """Whoever adds a reference decides what becomes of it when the execution is removed for its age."""
    referring = {
        table.name for table in metadata.tables.values() for key in table.foreign_keys if key.references(executions)
    }
    assert referring == {"attempts"}


@pytest.mark.parametrize(("days", "last", "field"), [(0, 1, "days"), (36_501, 1, "days"), (1, -1, "last")])
def test_a_retention_that_makes_no_sense_is_refused(days, last, field):
    with pytest.raises(Invalid) as refused:
        Retention(days, last)
    assert list(refused.value.fields) == [field]
