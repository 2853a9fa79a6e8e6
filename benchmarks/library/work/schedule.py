"""`schedule`, driven by the loop that its documentation shows; it has neither a pool nor a way to pause."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import schedule as library  # type: ignore[import-not-found]

from benchmarks.library.work.candidate import Planned


class Schedule:
    def __init__(self) -> None:
        self._scheduler = library.Scheduler()

    def add(self, jobs: Iterable[Planned]) -> list[Any]:
        """It cannot be told when to begin: the first is due one interval after now."""
        return [self._scheduler.every(every_us / 1e6).seconds.do(job) for job, _, every_us in jobs]

    def run(self) -> None:
        raise NotImplementedError

    def pause(self, key: Any) -> None:
        raise NotImplementedError

    resume = pause

    def remove(self, key: Any) -> None:
        self._scheduler.cancel_job(key)


def start(workers: int) -> Schedule:
    if workers:
        raise NotImplementedError("`schedule` has no pool.")
    return Schedule()
