"""Pure planning: how many due times a second a trigger tells."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

from croniter import croniter  # type: ignore[import-untyped]

from benchmarks.figure import RUNS, Figure
from clockhouse.task import CronTrigger, IntervalTrigger, Trigger

BEGIN = datetime(2026, 11, 22, tzinfo=UTC)
FOR_S = 0.5
EXPRESSIONS = {
    "every 5 minutes": "*/5 * * * *",
    "working days at 8": "0 8 * * 1-5",
    "first of a quarter": "0 0 1 */3 *",
}


def planning() -> list[Figure]:
    """`next_after` of intervals, and of crons beside a well-kept cron library."""
    interval = _rates(partial(_ours, IntervalTrigger(timedelta(seconds=10), BEGIN)))
    return [
        Figure("interval", "/s", interval, 2_000_000, more_is_better=True),
        *(_cron(words, expression) for words, expression in EXPRESSIONS.items()),
    ]


def _cron(words: str, expression: str) -> Figure:
    floor = _rates(partial(_theirs, expression))
    ours = _rates(partial(_ours, CronTrigger(expression)))
    return Figure(f"cron, {words}", "/s", ours, 2 * statistics.median(floor), floor, more_is_better=True)


def _ours(trigger: Trigger) -> Callable[[], object]:
    due: datetime | None = BEGIN

    def step() -> None:
        nonlocal due
        due = trigger.next_after(due or BEGIN)

    return step


def _theirs(expression: str) -> Callable[[], object]:
    return partial(croniter(expression, BEGIN).get_next, datetime)


def _rates(make: Callable[[], Callable[[], object]]) -> list[float]:
    return [_rate(make()) for _ in range(RUNS)]


def _rate(step: Callable[[], object]) -> float:
    done, began = 0, time.perf_counter()
    while (took := time.perf_counter() - began) < FOR_S:
        for _ in range(100):
            step()
        done += 100
    return done / took
