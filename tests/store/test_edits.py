"""Edits of a schedule: whatever they are, nothing fires by itself, and nothing is doubled, lost or left behind."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.ledger import MINUTE, NOON, SECOND, every, offsets
from tests.support.properties import on_a_database

from clockhouse.model.configuration import Snapshot
from clockhouse.model.deployment import Limits
from clockhouse.model.execution import State
from clockhouse.store import deployments
from clockhouse.task import Overlap


def test_an_edit_plans_anew_in_its_own_transaction(ledger):
    """Nobody ever sees what was planned under the old schedule beside the new one, nor neither of them."""
    ledger.deploy(every(MINUTE))
    ledger.advance(30 * SECOND)
    with pytest.raises(ZeroDivisionError):
        edit(ledger, every(45 * SECOND), fault=ZeroDivisionError())
    assert ledger.states() == [(60.0, "planned")]
    edit(ledger, every(45 * SECOND))
    assert ledger.states() == [(45.0, "planned")]


def test_an_edit_to_a_schedule_whose_time_has_just_passed_waits_for_its_next_one(ledger):
    ledger.deploy(every(MINUTE))
    ledger.advance(31 * SECOND)
    ledger.deploy(every(30 * SECOND, NOON - MINUTE))
    ledger.settle()
    assert ledger.states() == [(60.0, "planned")]


moments = st.lists(st.tuples(st.integers(1, 90), st.integers(7, 70)), min_size=1, max_size=5)


@pytest.mark.slow
@on_a_database(examples=11)
@given(edits=moments, looks=st.integers(1, 40))
def test_edits_leave_each_due_time_to_the_schedule_in_force(new_ledger, edits, looks):
    """Compared with what the intervals themselves say, each for as long as it was in force."""
    ledger = new_ledger()
    try:
        ledger.deploy(every(20 * SECOND, overlap=Overlap.ALLOW))
        interval, since, wanted = 20, 0, []
        for after, following in [*edits, (200, 0)]:
            until = since + after
            while ledger.now < NOON + until * SECOND:
                ledger.advance(min(looks * SECOND, NOON + until * SECOND - ledger.now))
                ledger.settle()
            wanted += [at for at in range(since + 1, until + 1) if at % interval == 0]
            if following:
                ledger.deploy(every(timedelta(seconds=following), overlap=Overlap.ALLOW))
                interval, since = following, until
        decided = [row for row in ledger.rows() if row.state != "planned"]
        assert offsets([row.due_at for row in decided]) == wanted
        assert all(row.queued_at is None or row.queued_at >= row.due_at for row in decided)
        assert len(ledger.rows(State.PLANNED)) == 1
    finally:
        ledger.database.close()


def edit(ledger, terms, fault=None):
    """Deploys the same on these terms; a fault comes right before the commit."""
    with ledger.database.begin() as tx:
        deployments.add(
            tx,
            ledger.component,
            ledger.development,
            ledger.release,
            configured=Snapshot(),
            limits=Limits(),
            terms=[terms],
            by="ada",
        )
        if fault is not None:
            raise fault
