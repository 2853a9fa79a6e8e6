"""Overlap policies with real processes: which of them run beside each other, and which one is stopped."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from itertools import pairwise

import pytest
from tests.support.engine import engine
from tests.support.ledger import every
from tests.support.waiting import comes

from clockhouse.engine.ticker import Ticker
from clockhouse.task import Overlap

pytestmark = pytest.mark.slow

FOREVER = "import signal; print('waiting', flush=True); signal.pause()"
HALF_A_SECOND = "import signal; signal.sigtimedwait([signal.SIGUSR1], 0.5)"
PERIOD = timedelta(seconds=0.4)


@pytest.fixture
def scheduled(live, artifact, tmp_path):
    """The rows that a schedule of this code made, once `is_enough` is so of those that have ended."""

    def run(code, overlap, is_enough):
        async def story():
            async with engine(live, artifact, tmp_path) as running:
                ticker = asyncio.create_task(Ticker(running.journal, live.database.changes, live.clock).run())
                running.schedule(code, every(PERIOD, live.now, overlap=overlap))
                await comes(lambda: is_enough([row for row in live.rows() if row.finished_at is not None]))
                ticker.cancel()
                await asyncio.wait([ticker])
            return live.rows()

        return asyncio.run(story())

    return run


def run_alone(rows):
    """Whether each of those that ran had ended before the next one began."""
    ran = sorted((row for row in rows if row.started_at and row.finished_at), key=lambda row: row.started_at)
    return all(before.finished_at <= after.started_at for before, after in pairwise(ran))


def test_the_newest_stops_the_one_before_and_starts_when_it_has_ended(scheduled):
    rows = scheduled(FOREVER, Overlap.CANCEL_OTHER, lambda ended: sum(row.started_at is not None for row in ended) >= 3)
    ended = [row for row in rows if row.finished_at is not None]
    assert {(row.state, row.reason_code) for row in ended} == {("cancelled", "replaced")}
    assert run_alone(rows)


def test_all_wait_for_each_other_and_none_is_left_out(scheduled):
    rows = scheduled(HALF_A_SECOND, Overlap.BUFFER_ALL, lambda ended: len(ended) >= 3)
    ended = [row for row in rows if row.finished_at is not None]
    assert {row.state for row in ended} == {"succeeded"}
    assert [row.due_at for row in ended] == [row.due_at for row in rows][: len(ended)]
    assert run_alone(rows)
