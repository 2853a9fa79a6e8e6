"""The alpha of APScheduler 4 with its defaults: jobs in memory, an event loop of its own."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from functools import partial

from anyio.from_thread import start_blocking_portal
from apscheduler import AsyncScheduler, CoalescePolicy  # type: ignore[import-not-found]
from apscheduler.executors.async_ import AsyncJobExecutor  # type: ignore[import-not-found]
from apscheduler.executors.thread import ThreadPoolJobExecutor  # type: ignore[import-not-found]
from apscheduler.triggers.interval import IntervalTrigger  # type: ignore[import-not-found]

from benchmarks.library.work.candidate import Job, Planned

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
JOBS: list[Job] = []


class APScheduler4:
    def __init__(self, workers: int) -> None:
        executor = ThreadPoolJobExecutor(max_workers=workers) if workers else AsyncJobExecutor()
        self._inner = AsyncScheduler(job_executors={"threadpool": executor})
        self._open = ExitStack()
        self._portal = self._open.enter_context(start_blocking_portal())
        self._open.enter_context(self._portal.wrap_async_context_manager(self._inner))
        task = partial(self._inner.configure_task, execute, job_executor="threadpool")
        self._portal.call(partial(task, misfire_grace_time=None, max_running_jobs=None))
        self._portal.call(self._inner.start_in_background)

    def add(self, jobs: Iterable[Planned]) -> list[str]:
        """All on its own event loop: crossing to it for each of them would take longer than the adding."""
        return self._portal.call(self._add, jobs)

    async def _add(self, jobs: Iterable[Planned]) -> list[str]:
        return [await self._add_one(*each) for each in jobs]

    async def _add_one(self, job: Job, start_us: int, every_us: int) -> str:
        JOBS.append(job)
        start = EPOCH + timedelta(microseconds=start_us)
        trigger = IntervalTrigger(microseconds=every_us, start_time=start)
        key: str = await self._inner.add_schedule(execute, trigger, args=[len(JOBS) - 1], coalesce=CoalescePolicy.all)
        return key

    def run(self) -> None:
        """It runs already."""

    def pause(self, key: str) -> None:
        self._portal.call(self._inner.pause_schedule, key)

    def resume(self, key: str) -> None:
        self._portal.call(self._inner.unpause_schedule, key)

    def remove(self, key: str) -> None:
        self._portal.call(self._inner.remove_schedule, key)


def execute(number: int) -> None:
    """A schedule of its kind names a function and its arguments."""
    JOBS[number]()


def start(workers: int) -> APScheduler4:
    return APScheduler4(workers)
