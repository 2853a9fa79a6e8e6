"""Our own scheduler."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks.library.work.candidate import Job, Planned
from clockhouse import task

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LATEST_S = 3600.0  # nothing is too late to be executed


class Clockhouse:
    def __init__(self, workers: int) -> None:
        self._is_inline = not workers
        self._scheduler = task.Scheduler(worker_count=workers or 1, waiting_time=LATEST_S)

    def add(self, jobs: Iterable[Planned]) -> list[Any]:
        return [self._add(*each) for each in jobs]

    def _add(self, job: Job, start_us: int, every_us: int) -> Any:
        start = EPOCH + timedelta(microseconds=start_us)
        trigger = task.IntervalTrigger(timedelta(microseconds=every_us), start)
        return self._scheduler.schedule(job, trigger, inline=self._is_inline)

    def run(self) -> None:
        """It runs already."""

    def pause(self, key: Any) -> None:
        self._scheduler.pause_job(key)

    def resume(self, key: Any) -> None:
        self._scheduler.resume_job(key)

    def remove(self, key: Any) -> None:
        self._scheduler.unschedule_job(key)


def start(workers: int) -> Clockhouse:
    return Clockhouse(workers)
