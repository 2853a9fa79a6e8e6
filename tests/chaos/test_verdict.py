"""The verdict of a chaos story finds what it is there to find."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from tests.chaos.verdict import promised, verdict
from tests.support.ledger import SECOND, every, ledger

from clockhouse.model.actor import SYSTEM
from clockhouse.model.log import LogLine
from clockhouse.store import audit, logs
from clockhouse.task import Overlap

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
RUNS = {"development": 3, "production": 0}
_LINE = "INSERT INTO log_lines (source, seq, at, stream, text) SELECT id, {}, due_at, 'stdout', '{}' FROM executions"


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """The file of a ledger that is as it should be: three occurrences, of which each ran and succeeded."""
    file = tmp_path_factory.mktemp("ledger") / "clockhouse.db"
    made = ledger(file)
    deployment = made.deploy(every(SECOND, overlap=Overlap.ALLOW))
    for _ in range(3):
        made.advance(SECOND)
        made.settle()
        [claimed] = made.claim()
        made.start(claimed)
        with made.database.begin() as tx:
            logs.append(tx, claimed.id, [LogLine(1, tx.now, "stdout", None, "chaos 7-1 0")])
        made.finish(claimed)
    made.end(deployment)
    with made.database.begin() as tx:
        audit.note(tx, SYSTEM, "deployment.stopped", "shop/health-check", environment="development")
    made.database.close()
    return file


def found(file, *tampering, runs=None):
    with closing(sqlite3.connect(file)) as connection:
        for statement in tampering:
            connection.execute(statement)  # never committed
        return verdict(connection.execute, runs or RUNS)


def test_a_promise_that_was_kept_has_no_fault(kept):
    seen = found(kept)
    assert seen.faults == []
    assert (seen.promised, seen.states, seen.runs) == (3, {"succeeded": 3}, 3)


@pytest.mark.parametrize(
    ("tampering", "fault"),
    [
        ("DELETE FROM executions WHERE due_at LIKE '%00:02%'", "Missing: 2026-11-22 12:00:02"),
        ("UPDATE executions SET due_at = replace(due_at, '00:02', '00:24')", "Not promised: 2026-11-22 12:00:24"),
        ("UPDATE schedules SET id = 'other'", "Missing: 2026-11-22 12:00:01"),
        ("UPDATE executions SET state = 'started'", "Still open"),
        ("UPDATE executions SET state = 'failed'", "Without its reason"),
        ("UPDATE executions SET state = 'failed', reason_code = 'lost'", "Without its reason"),
        ("UPDATE executions SET finished_at = NULL", "Ended without an instant"),
        ("UPDATE executions SET attempt = 2", "Attempts [] before the last"),
        ("UPDATE executions SET started_at = '2026-11-22T11:59:59.000000Z'", "Early"),
        ("UPDATE executions SET finished_at = '2026-11-22T11:59:59.000000Z'", "Ended before it started"),
        ("UPDATE executions SET started_at = NULL", "Succeeded and never started"),
        (_LINE.format(2, "chaos 8-1 0"), "Lines of several attempts among each other"),
        ("UPDATE executions SET is_tallied = true", "The tallies have {}"),
    ],
)
def test_what_is_wrong_is_found(kept, tampering, fault):
    assert any(each.startswith(fault) for each in found(kept, "PRAGMA foreign_keys = OFF", tampering).faults)


@pytest.mark.parametrize("runs", [2, 4])
def test_more_or_fewer_runs_than_the_ledger_explains_are_found(kept, runs):
    [fault] = found(kept, runs={"development": runs}).faults
    assert fault.startswith(f"In development the task ran {runs} times")


def test_due_times_are_computed_by_hand():
    start, until = NOON - timedelta(seconds=1), NOON + timedelta(seconds=6)
    interval = {"kind": "interval", "every_s": 2.5, "start": start.isoformat()}
    assert promised(interval, NOON, until) == [NOON + timedelta(seconds=each) for each in (1.5, 4)]
    cron = {"kind": "cron", "expression": "*/3 * * * * *"}
    assert promised(cron, NOON, until) == [NOON + timedelta(seconds=each) for each in (3, 6)]
