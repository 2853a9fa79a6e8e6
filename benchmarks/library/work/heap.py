"""The floor: a heap, a dictionary and a thread that sleeps, with nothing that makes a scheduler safe to use."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from heapq import heappush, heapreplace
from itertools import count

from benchmarks.library.work.candidate import Job, Planned


class Entry:
    """What is known of a job; a heap item with another due time than the entry's is out of date."""

    __slots__ = ("due_us", "every_us", "is_paused", "job")

    def __init__(self, job: Job, due_us: int, every_us: int) -> None:
        self.job = job
        self.due_us = due_us
        self.every_us = every_us
        self.is_paused = False


class Heap:
    """Due times on a heap; pausing and removing only mark an entry, which is the least that would do."""

    def __init__(self, workers: int) -> None:
        self._heap: list[tuple[int, int, Entry]] = []
        self._entries: dict[int, Entry] = {}
        self._numbers = count()
        self._pool = ThreadPoolExecutor(workers) if workers else None

    def add(self, jobs: Iterable[Planned]) -> list[int]:
        return [self._add(*each) for each in jobs]

    def _add(self, job: Job, start_us: int, every_us: int) -> int:
        number = next(self._numbers)
        entry = Entry(job, start_us, every_us)
        self._entries[number] = entry
        heappush(self._heap, (start_us, number, entry))
        return number

    def pause(self, key: int) -> None:
        self._entries[key].is_paused = True

    def resume(self, key: int) -> None:
        entry = self._entries[key]
        entry.is_paused = False
        heappush(self._heap, (entry.due_us, key, entry))

    def remove(self, key: int) -> None:
        self._entries.pop(key).is_paused = True

    def run(self) -> None:
        """Begin to look at what was added: adding while it runs is what a bare heap cannot do."""
        threading.Thread(target=self._loop, daemon=True).start()

    def _loop(self) -> None:
        heap = self._heap
        execute = _call if self._pool is None else self._pool.submit
        while True:
            now_us = time.time_ns() // 1000
            while heap[0][0] <= now_us:
                due_us, number, entry = heap[0]
                heapreplace(heap, (due_us + entry.every_us, number, entry))
                execute(entry.job)
            wait_us = heap[0][0] - time.time_ns() // 1000
            if wait_us > 0:
                time.sleep(wait_us / 1e6)


def _call(job: Job) -> None:
    job()


def start(workers: int) -> Heap:
    return Heap(workers)
