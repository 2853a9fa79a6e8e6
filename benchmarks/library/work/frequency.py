"""Our own scheduler, asked by the call of the specification instead of with a trigger."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from benchmarks.library.work import clockhouse
from benchmarks.library.work.candidate import Job


class ByFrequency(clockhouse.Clockhouse):
    def _add(self, job: Job, start_us: int, every_us: int) -> Any:
        start = clockhouse.EPOCH + timedelta(microseconds=start_us)
        return self._scheduler.schedule_job_recur_by_frequency(job, every_us / 1e6, start_time=start)


def start(workers: int) -> ByFrequency:
    return ByFrequency(workers)
