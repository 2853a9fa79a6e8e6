"""Pure planning: how many due times a second a trigger tells."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from croniter import croniter  # type: ignore[import-untyped]

from benchmarks.figure import RUNS, Figure
from clockhouse.task import CronTrigger, Excluding, IntervalTrigger, Jittered, Trigger

BEGIN = datetime(2026, 11, 22, tzinfo=UTC)
FOR_S = 0.5
BATCH = 1000
CRONS = {
    "every 5 minutes": ("*/5 * * * *", "UTC"),
    "working days at 8": ("0 8 * * 1-5", "UTC"),
    "first of a quarter": ("0 0 1 */3 *", "UTC"),
    "every 5 minutes in Berlin": ("*/5 * * * *", "Europe/Berlin"),
    "working days at 8 in Berlin": ("0 8 * * 1-5", "Europe/Berlin"),
}
EVERY_10_S = IntervalTrigger(timedelta(seconds=10), BEGIN)
CHRISTMAS = frozenset(date(year, 12, 25) for year in range(2000, 2100))

Batch = Callable[[], object]  # tells BATCH due times


def planning() -> list[Figure]:
    """`next_after`; an interval's floor is a function that adds it, a cron's a well-kept cron library."""
    return [
        _interval("interval", _one_by_one(EVERY_10_S), target=2_000_000),
        _interval("interval, asked anywhere", _anywhere(EVERY_10_S)),
        _interval("interval, jittered", _one_by_one(Jittered(EVERY_10_S, timedelta(seconds=5), "bench"))),
        _interval("interval, without Christmas", _one_by_one(Excluding(EVERY_10_S, CHRISTMAS))),
        *(_cron(words, expression, zone) for words, (expression, zone) in CRONS.items()),
    ]


def _interval(name: str, batch: Batch, target: float | None = None) -> Figure:
    ours, floor = _rates(batch, _adding(EVERY_10_S.every))
    return Figure(name, "/s", ours, target, floor, more_is_better=True)


def _cron(words: str, expression: str, zone: str) -> Figure:
    ours, theirs = _rates(_one_by_one(CronTrigger(expression, zone)), _croniter(expression, zone))
    return Figure(f"cron, {words}", "/s", ours, 2 * statistics.median(theirs), theirs, more_is_better=True)


def _one_by_one(trigger: Trigger) -> Batch:
    """Each due time from the one before, as a plan does."""
    next_after = trigger.next_after

    def batch() -> None:
        due: datetime | None = BEGIN
        for _ in range(BATCH):
            due = next_after(due)  # type: ignore[arg-type] # these triggers never end

    return batch


def _anywhere(trigger: Trigger) -> Batch:
    """From instants that are no due times, as a clock tells them."""
    next_after = trigger.next_after
    instants = [BEGIN + number * timedelta(seconds=977, microseconds=number) for number in range(BATCH)]

    def batch() -> None:
        for instant in instants:
            next_after(instant)

    return batch


def _adding(every: timedelta) -> Batch:
    def later(instant: datetime) -> datetime:
        return instant + every

    def batch() -> None:
        due = BEGIN
        for _ in range(BATCH):
            due = later(due)

    return batch


def _croniter(expression: str, zone: str) -> Batch:
    def batch() -> None:
        get_next = croniter(expression, BEGIN.astimezone(ZoneInfo(zone))).get_next
        for _ in range(BATCH):
            get_next(datetime)

    return batch


def _rates(*batches: Batch) -> list[list[float]]:
    """Due times a second of each, in turns, so that a machine's slow moments meet all of them."""
    return [list(each) for each in zip(*([_rate(batch) for batch in batches] for _ in range(RUNS)), strict=True)]


def _rate(batch: Batch) -> float:
    done, began = 0, time.perf_counter()
    while (took := time.perf_counter() - began) < FOR_S:
        batch()
        done += BATCH
    return done / took
