"""Promises: nothing that was due is missing from the comparison, wherever it is counted."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from tests.store.test_tallies import ROWS, add_up, opened, write
from tests.support.ledger import MINUTE, NOON, SECOND, every
from tests.support.properties import on_a_database

from clockhouse.model.execution import PROMISED, State
from clockhouse.store import metrics, promises
from clockhouse.store.filters import Filter
from clockhouse.store.tables.executions import executions

WINDOWS = st.tuples(st.integers(-60, 20), st.integers(1, 60)).map(
    lambda hours: (NOON + timedelta(hours=hours[0]), NOON + timedelta(hours=hours[0] + hours[1]))
)


def kept(ledger, start=NOON - MINUTE, end=NOON + 60 * MINUTE):
    with ledger.database.read() as tx:
        return promises.kept(tx, Filter(), start, end)


@pytest.mark.slow
@on_a_database(examples=9)
@given(rows=ROWS, tallied=st.integers(0, 60), window=WINDOWS)
def test_promises_of_places_are_those_of_the_rows_and_add_up_to_the_delivery(rows, tallied, window, new_ledger):
    with opened(new_ledger) as ledger:
        written = write(ledger, rows)
        add_up(ledger, tallied)
        found = kept(ledger, *window)
        wanted = Counter(
            row["component_id"] == ledger.component.id
            for row in written
            if row["origin"] in {str(origin) for origin in PROMISED} and window[0] <= row["due_at"] < window[1]
        )
        for is_first, slug in ((True, "health-check"), (False, "other")):
            assert sum(each.promised for each in found if each.component == slug) == wanted[is_first]
        with ledger.database.read() as tx:
            whole = metrics.delivery(tx, Filter(), *window)
        assert sum(each.promised - each.undecided for each in found) == whole.promised
        assert sum(each.delivered for each in found) == whole.delivered
        assert sum((Counter(each.counts) for each in found), Counter()) == Counter(whole.counts)


@pytest.mark.slow
def test_more_places_than_one_question_may_name(ledger, monkeypatch):
    removed = {(f"component-{number}", "environment"): Counter() for number in range(40_000)}
    count = promises._counts

    def among_many(*about):
        counts, delivered = count(*about)
        return counts | removed, delivered

    ledger.deploy(every(MINUTE))
    ledger.advance(MINUTE)
    monkeypatch.setattr(promises, "_counts", among_many)
    assert [(each.component, each.promised) for each in kept(ledger)] == [("health-check", 1)]


def test_how_many_places_there_are_makes_no_more_questions(ledger):
    def asked():
        statements = []
        with ledger.database.read() as tx:
            sa.event.listen(tx.connection, "before_cursor_execute", lambda *about: statements.append(about[2]))
            found = promises.kept(tx, Filter(), NOON - MINUTE, NOON + 60 * MINUTE)
        return len(found), len(statements)

    ledger.deploy(every(MINUTE))
    ledger.advance(MINUTE)
    one, few = asked()
    for number in range(3):
        component, release = ledger.add_component(f"other-{number}")
        ledger.deploy(every(MINUTE), component=component, release=release)
    ledger.advance(MINUTE)
    several, as_few = asked()
    assert (one, several) == (1, 4)
    assert as_few == few


def test_of_each_place_the_last_ones_tell_how_late_they_start(ledger):
    rows = []
    component, release = ledger.add_component("other")
    deployments = [ledger.deploy(), ledger.deploy(component=component, release=release)]
    for which, deployment in enumerate(deployments):
        for second in range(400):
            due = NOON + second * SECOND
            late = timedelta(seconds=(which + 1) * (100 if second < 100 else 1))
            own = {"id": f"{which}-{second}", "due_at": due, "ready_at": due, "started_at": due + late}
            rows.append({**own, "deployment_id": deployment.id, "environment_id": deployment.environment_id})
    common = {"project_id": ledger.component.project_id, "state": "succeeded", "origin": "schedule", "attempt": 1}
    with ledger.database.begin() as tx:
        for row in rows:
            whose = component if row["id"].startswith("1") else ledger.component
            row |= {**common, "component_id": whose.id}
        tx.execute(executions.insert(), rows)
    assert [(each.component, each.late_p50, each.late_p99) for each in kept(ledger)] == [
        ("health-check", SECOND, SECOND),
        ("other", 2 * SECOND, 2 * SECOND),
    ]


def test_what_nobody_has_decided_is_told_apart(ledger):
    ledger.deploy(every(MINUTE))
    ledger.advance(90 * SECOND)
    [promise] = kept(ledger)
    assert (promise.promised, promise.undecided, promise.counts) == (1, 1, {})
    ledger.settle()
    [promise] = kept(ledger)
    assert (promise.promised, promise.undecided, promise.counts) == (1, 0, {State.QUEUED: 1})


def test_how_late_executions_start_is_told(ledger):
    ledger.deploy(every(MINUTE))
    for late in range(1, 5):
        ledger.advance(NOON + late * MINUTE - ledger.now)
        ledger.settle()
        [claimed] = ledger.claim()
        ledger.advance(late * SECOND)
        ledger.start(claimed)
        ledger.finish(claimed)
    [promise] = kept(ledger)
    assert (promise.late_p50, promise.late_p99) == (2 * SECOND, 4 * SECOND)


def test_a_place_of_which_nothing_was_promised_is_left_out(ledger):
    ledger.run_now(ledger.deploy())
    assert kept(ledger) == []
