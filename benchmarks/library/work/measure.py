"""The measurements, the same for every candidate: each answers with plain numbers."""

from __future__ import annotations

import gc
import math
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.library.work import candidate
from benchmarks.library.work.candidate import Candidate, Planned

HOUR_US = 3_600_000_000
LONGEST_NS = 2_000_000_000
LEAST_LEAD_US = 200_000
TRIED = 300
Answer = dict[str, float]


class Beat:
    """A light job that notes by how many nanoseconds it was late; it knows when it is due from its own count."""

    __slots__ = ("due_ns", "every_ns", "note")

    def __init__(self, start_us: int, every_us: int, note: Callable[[int], None]) -> None:
        self.due_ns = start_us * 1000
        self.every_ns = every_us * 1000
        self.note = note

    def __call__(self) -> None:
        due_ns = self.due_ns
        self.due_ns = due_ns + self.every_ns
        self.note(time.time_ns() - due_ns)


def adding(name: str, jobs: int, operations: int) -> Answer:
    """Jobs that are due in an hour or later: added a second, bytes of each; then pausing, resuming, removing some."""
    scheduler = candidate.start(name, 1 if name != "schedule" else 0)
    gc.collect()
    before = _resident_bytes()
    began = time.perf_counter()
    keys = _add_far(scheduler, jobs)
    took = time.perf_counter() - began
    gc.collect()
    answer = {"jobs": jobs, "per_s": jobs / took, "bytes": (_resident_bytes() - before) / jobs}
    chosen = Random(1).sample(keys, operations)
    for verb in ("pause", "resume", "remove"):
        took_ns = _timed(getattr(scheduler, verb), chosen)
        chosen = chosen[: len(took_ns)] or chosen
        if took_ns:
            answer[f"{verb}_p50_us"] = _quantile(took_ns, 0.5) / 1000
            answer[f"{verb}_p99_us"] = _quantile(took_ns, 0.99) / 1000
    return answer


def idle(name: str, jobs: int) -> Answer:
    """Jobs that are due in an hour or later, and nothing to do until standard input ends."""
    scheduler = candidate.start(name, 1)
    _add_far(scheduler, jobs)
    print("ready", flush=True)
    sys.stdin.read()
    return {"jobs": jobs}


def fires(name: str, workers: int, jobs: int, every_us: int, warm_s: float, for_s: float) -> Answer:
    """Jobs whose first due times are spread evenly over a period, looked at after `warm_s` and for `for_s`."""
    scheduler = candidate.start(name, workers)
    late_ns: list[int] = []
    start_us = time.time_ns() // 1000 + _lead_us(scheduler, jobs)
    scheduler.add(_spread(jobs, start_us, every_us, late_ns.append))
    scheduler.run()
    spare_s = start_us / 1e6 - time.time_ns() / 1e9
    # Who took longer to add than it seemed has as long again to make up for it.
    time.sleep(warm_s + abs(spare_s))
    seen, spent, began = len(late_ns), time.process_time(), time.perf_counter()
    time.sleep(for_s)
    until, spent, took = len(late_ns), time.process_time() - spent, time.perf_counter() - began
    return _summary(late_ns[seen:until], spent, took, jobs / every_us * 1e6)


def _lead_us(scheduler: Candidate, jobs: int) -> int:
    """Enough to add so many jobs before the first is due, by what it takes to add some that are never due."""
    began = time.perf_counter()
    _add_far(scheduler, TRIED)
    return LEAST_LEAD_US + int(3e6 * jobs / TRIED * (time.perf_counter() - began))


def _summary(late_ns: Sequence[int], spent_s: float, took_s: float, rate: float) -> Answer:
    count = max(1, len(late_ns))
    return {
        "delivered": len(late_ns) / (rate * took_s),
        "p50_ms": _quantile(late_ns, 0.5) / 1e6,
        "p99_ms": _quantile(late_ns, 0.99) / 1e6,
        "early_ms": max(0, -min(late_ns, default=0)) / 1e6,
        "cpu_ms_per_1000": spent_s * 1e6 / count,
        "cpu_percent": 100 * spent_s / took_s,
    }


def _add_far(scheduler: Candidate, jobs: int) -> list[Any]:
    """The keys of jobs whose first due times lie between one and two hours from now."""
    start_us, step_us = time.time_ns() // 1000 + HOUR_US, HOUR_US // jobs
    return scheduler.add((_nothing, start_us + number * step_us, HOUR_US) for number in range(jobs))


def _spread(jobs: int, start_us: int, every_us: int, note: Callable[[int], None]) -> Iterator[Planned]:
    for number in range(jobs):
        first_us = start_us + number * every_us // jobs
        yield Beat(first_us, every_us, note), first_us, every_us


def _timed(act: Callable[[Any], object], keys: Sequence[Any]) -> list[int]:
    """Nanoseconds of each call, of as many as there is time for; none when the candidate cannot do it."""
    clock = time.perf_counter_ns
    took_ns: list[int] = []
    deadline = clock() + LONGEST_NS
    try:
        for key in keys:
            began = clock()
            act(key)
            ended = clock()
            took_ns.append(ended - began)
            if ended > deadline:
                break
    except NotImplementedError:
        return []
    return took_ns


def _quantile(values: Sequence[int], share: float) -> int:
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)] if values else 0


def _resident_bytes() -> int:
    status = Path("/proc/self/status").read_text()
    return 1024 * int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1])


def _nothing() -> None:
    """What a job does that is only there to be there."""
