"""What SQLite reads when the engine asks what is to be done: the open executions, not the whole ledger."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import sqlite
from tests.support.ledger import ledger

from clockhouse.store import backfills, claims, occurrences, overdue, turns

ASKED = {
    "what may be claimed": claims._claimable.statement,
    "when the next may be claimed": claims._next_ready.statement,
    "what has fallen due": occurrences._due_by,
    "when the next falls due": occurrences._next_due.statement,
    "what waits for its turn": turns._any_held.statement,
    "what alerts may find late": overdue._going,
    "what waits in a backfill": backfills._waiting_ones.statement,
}


@pytest.mark.parametrize("statement", ASKED.values(), ids=ASKED.keys())
def test_the_index_of_what_is_open_is_taken(statement, tmp_path):
    made = ledger(tmp_path / "clockhouse.db")
    compiled = statement.compile(dialect=sqlite.dialect())
    with made.database.read() as tx:
        steps = tx.connection.exec_driver_sql(
            f"EXPLAIN QUERY PLAN {compiled}", tuple("9" for _ in compiled.positiontup or ())
        ).all()
    made.database.close()
    assert isinstance(statement, sa.Select)
    assert any("ix_executions_open" in step[-1] for step in steps), steps


def test_the_last_successes_of_a_place_are_found_by_their_index(tmp_path):
    made = ledger(tmp_path / "clockhouse.db")
    compiled = overdue._last_success.compile(dialect=sqlite.dialect())
    with made.database.read() as tx:
        explained = f"EXPLAIN QUERY PLAN {compiled}"
        steps = tx.connection.exec_driver_sql(explained, tuple("9" for _ in compiled.positiontup or ())).all()
    made.database.close()
    assert any("ix_executions_component " in f"{step[-1]} " for step in steps), steps
