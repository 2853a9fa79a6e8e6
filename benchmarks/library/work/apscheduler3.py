"""APScheduler 3 with its defaults: jobs in memory, a thread of its own; `DebugExecutor` executes on that thread."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from apscheduler.executors.debug import DebugExecutor  # type: ignore[import-not-found]
from apscheduler.executors.pool import ThreadPoolExecutor  # type: ignore[import-not-found]
from apscheduler.schedulers.background import BackgroundScheduler  # type: ignore[import-not-found]
from apscheduler.triggers.interval import IntervalTrigger  # type: ignore[import-not-found]

from benchmarks.library.work.candidate import Job, Planned

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NONE_DROPPED = {"coalesce": False, "misfire_grace_time": None, "max_instances": 1_000_000}


class APScheduler3:
    def __init__(self, workers: int) -> None:
        executor = ThreadPoolExecutor(workers) if workers else DebugExecutor()
        self._scheduler = BackgroundScheduler(executors={"default": executor}, job_defaults=NONE_DROPPED, timezone=UTC)
        self._scheduler.start()

    def add(self, jobs: Iterable[Planned]) -> list[str]:
        return [self._add(*each) for each in jobs]

    def _add(self, job: Job, start_us: int, every_us: int) -> str:
        start = EPOCH + timedelta(microseconds=start_us)
        trigger = IntervalTrigger(seconds=every_us / 1e6, start_date=start, timezone=UTC)
        job_id: str = self._scheduler.add_job(job, trigger).id
        return job_id

    def run(self) -> None:
        """It runs already."""

    def pause(self, key: str) -> None:
        self._scheduler.pause_job(key)

    def resume(self, key: str) -> None:
        self._scheduler.resume_job(key)

    def remove(self, key: str) -> None:
        self._scheduler.remove_job(key)


def start(workers: int) -> APScheduler3:
    return APScheduler3(workers)
