"""Prepared statements give what SQLAlchemy gives, on each database."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from tests.support.ledger import NOON, SECOND, every

from clockhouse.store.prepared import Prepared
from clockhouse.store.tables.builds import builds
from clockhouse.store.tables.deployments import deployments
from clockhouse.store.tables.executions import executions
from clockhouse.store.tables.logs import log_lines
from clockhouse.store.tables.schedules import schedules

EVERYTHING = sa.select(executions, deployments.c.limits, builds.c.entry, schedules.c.trigger).join_from(
    executions, deployments, executions.c.deployment_id == deployments.c.id
)
EVERYTHING = EVERYTHING.join(builds, builds.c.component_id == executions.c.component_id).join(
    schedules, executions.c.schedule_id == schedules.c.id
)


@pytest.fixture
def busy(ledger):
    """A ledger with an execution in each of several states, whose columns are of every kind."""
    ledger.deploy(every(SECOND), values={"code": "1"})
    ledger.advance(3 * SECOND)
    ledger.settle()
    first, *_ = ledger.claim()
    ledger.start(first)
    ledger.advance(timedelta(milliseconds=1500))
    ledger.finish(first)
    return ledger


def test_rows_are_those_of_sqlalchemy(busy):
    statement = EVERYTHING.order_by(executions.c.due_at)
    prepared = Prepared(statement)
    with busy.database.read() as tx:
        expected = [row._asdict() for row in tx.execute(statement)]
        for _ in range(2):  # as it is compiled, and once it is
            assert [row._asdict() for row in tx.run(prepared)] == expected
    assert expected


def test_a_value_is_bound_as_its_column_says(busy):
    due_at = executions.c.due_at
    chosen = Prepared(sa.select(due_at).where(due_at > sa.bindparam("after")).order_by(due_at).limit(1))
    with busy.database.read() as tx:
        assert tx.run(chosen, {"after": NOON + SECOND}).scalar() == NOON + 2 * SECOND
        assert tx.run(chosen, {"after": NOON + 60 * SECOND}).first() is None


def test_an_update_writes_the_columns_that_are_named(busy):
    update = Prepared(executions.update().where(executions.c.due_at == sa.bindparam("which")))
    with busy.database.begin() as tx:
        assert tx.run(update, {"which": NOON + SECOND, "worker": "there", "exit_code": 7}).rowcount == 1
        assert tx.run(update, {"which": NOON + SECOND, "exit_code": None}).rowcount == 1
        assert tx.run(update, {"which": NOON, "exit_code": None}).rowcount == 0
    assert [(row.worker, row.exit_code) for row in busy.rows() if row.due_at == NOON + SECOND] == [("there", None)]


def test_an_insert_of_several_rows_is_one_answer(ledger):
    lines = [
        {"source": "a", "seq": number, "at": NOON, "stream": "stdout", "level": None, "text": "50 %"}
        for number in range(3)
    ]
    with ledger.database.begin() as tx:
        assert tx.run(Prepared(log_lines.insert()), lines).rowcount == 3
        found = tx.execute(sa.select(log_lines.c.text, log_lines.c.at)).all()
    assert found == [("50 %", NOON)] * 3


def test_very_many_rows_are_written_as_their_columns_say(ledger):
    names = ("source", "seq", "at", "stream", "level", "text")
    later = NOON + SECOND
    rows = [
        ("a", seq, at, "stdout", None, text) for seq, at, text in ((1, NOON, "%s"), (2, NOON, "b"), (3, later, "c"))
    ]
    with ledger.database.begin() as tx:
        tx.insert_missing_rows(log_lines, names, rows)
        tx.insert_missing_rows(log_lines, names, rows)
        found = tx.execute(sa.select(log_lines.c.at, log_lines.c.text).order_by(log_lines.c.seq)).all()
    assert found == [(NOON, "%s"), (NOON, "b"), (later, "c")]


def test_a_refusal_is_an_error_of_sqlalchemy_that_shows_no_values(ledger):
    line = {"source": "a", "seq": 1, "at": NOON, "stream": "stdout", "level": None, "text": "hush"}
    with pytest.raises(sa.exc.IntegrityError) as refused, ledger.database.begin() as tx:
        tx.run(Prepared(log_lines.insert()), [line, line])
    assert "hush" not in f"{refused.value} {refused.value.__cause__}"
    assert "(a, 1)" not in f"{refused.value} {refused.value.__cause__}"
