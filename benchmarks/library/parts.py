"""The library's part of what is promised: each figure of ours beside the floor and the peers, measured in turn."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import cache

from benchmarks.figure import Figure
from benchmarks.library import children, rates
from benchmarks.library.candidates import BY_FREQUENCY, FLOOR, OURS, Candidate, peers
from benchmarks.library.children import Answer, Failed
from benchmarks.library.effort import Effort
from benchmarks.library.rates import JOBS, Delivered

POOL = 10
PROMISED_EVERY_US = 50_000  # 10,000 jobs, 200,000 fires a second
A_SECOND_US = 1_000_000
SETTLE_S = 2
HAVE_OWN_THREAD = {"apscheduler3", "apscheduler4"}
HAVE_POOL = {"quartz", "apscheduler3", "apscheduler4"}

Measured = Mapping[Candidate, Sequence[Answer]]


def adding(effort: Effort) -> list[Figure]:
    """Recurring jobs that are due in an hour or later, added to a scheduler that runs."""
    found = _added(effort)
    return [
        _figure(found, "per_s", "jobs added", "/s", 200_000, _far(effort), more_is_better=True),
        _figure(found, "bytes", "memory of a job", "B", 450, _far(effort)),
    ]


def control(effort: Effort) -> list[Figure]:
    """Pausing, resuming and removing some of many jobs, by their ids."""
    found = {each: runs for each, runs in _added(effort).items() if each is not BY_FREQUENCY}
    return [
        _figure(found, f"{verb}_{key}_us", f"{verb}, {key}", "µs", target, _far(effort))
        for verb in ("pause", "resume", "remove")
        for key, target in (("p50", 3), ("p99", 10))
    ]


def inline(effort: Effort) -> list[Figure]:
    """Light jobs on the scheduler's own thread: the most that is delivered, and how late at 200,000 a second."""
    found = _highest(effort, 0, HAVE_OWN_THREAD)
    late = _repeated((OURS, FLOOR), effort.runs, lambda each: rates.held(each, 0, PROMISED_EVERY_US, effort))
    rate, cpu = _rates(found, "own thread", 200_000, 4)
    return [rate, _figure(late, "p99_ms", "own thread, p99 lateness at 200,000/s", "ms", 10), cpu]


def pooled(effort: Effort) -> list[Figure]:
    """Light jobs handed to a pool of ten threads: the most that is delivered."""
    return _rates(_highest(effort, POOL, HAVE_POOL), "pool of 10", 50_000, 16)


def lateness(effort: Effort) -> list[Figure]:
    """10,000 jobs at 1 s, their phases spread evenly: how late each starts, and the share of a processor it takes."""
    return [*_late(effort, 0, HAVE_OWN_THREAD), *_late(effort, POOL, HAVE_POOL)]


def idle(effort: Effort) -> list[Figure]:
    """Wake-ups a minute of a whole process whose jobs are all far in the future."""
    everybody = (OURS, *(each for each in peers() if each.key in HAVE_POOL))
    counts: dict[Candidate, list[float]] = {each: [] for each in everybody}
    with ExitStack() as stack:
        running = {each: stack.enter_context(children.idle(each, effort.far_jobs)) for each in everybody}
        time.sleep(SETTLE_S)
        for _ in range(effort.runs):
            before = {each: children.switches(process) for each, process in running.items()}
            time.sleep(effort.idle_s)
            for each, process in running.items():
                counts[each].append((children.switches(process) - before[each]) * 60 / effort.idle_s)
    others = {_far(effort)(each): runs for each, runs in counts.items() if each is not OURS}
    return [Figure(f"idle with {effort.far_jobs:,} jobs, wake-ups", "/min", counts[OURS], 0, peers=others)]


@cache
def _added(effort: Effort) -> Measured:
    """Both adding and control come of the same runs."""
    everybody = (OURS, FLOOR, BY_FREQUENCY, *peers())
    return _repeated(everybody, effort.runs, lambda each: children.adding(each, effort.far_jobs, effort.operations))


def _late(effort: Effort, workers: int, who: set[str]) -> list[Figure]:
    everybody = (OURS, FLOOR, *(each for each in peers() if each.key in who))
    found = _repeated(everybody, effort.runs, lambda each: rates.held(each, workers, A_SECOND_US, effort))
    where = "pool of 10" if workers else "own thread"
    p50, p99, share = (None, None, None) if workers else (0.12, 0.4, 35)
    return [
        _figure(found, "p50_ms", f"{where}, lateness p50", "ms", p50, _firing),
        _figure(found, "p99_ms", f"{where}, lateness p99", "ms", p99, _firing),
        _figure(found, "early_ms", f"{where}, fires early by", "ms", 0, _firing),
        _figure(found, "cpu_percent", f"{where}, processor", "%", share, _firing),
    ]


def _highest(effort: Effort, workers: int, who: set[str]) -> dict[Candidate, Delivered]:
    found = {}
    for each in (OURS, FLOOR, *(each for each in peers() if each.key in who)):
        try:
            delivered = rates.highest(each, workers, effort)
        except Failed as failure:
            print(failure, flush=True)
            continue
        if delivered is None:
            print(f"{each.name} delivers not even the lowest rate.", flush=True)
        else:
            found[each] = delivered
    return found


def _rates(found: Mapping[Candidate, Delivered], where: str, rate: float, cpu: float) -> list[Figure]:
    """The highest rate with a p99 lateness under 100 ms, and the processor time of a thousand fires at it."""
    runs = {each: delivered.runs for each, delivered in found.items()}
    most = {each: [{"rate": delivered.rate}] for each, delivered in found.items()}
    return [
        _figure(most, "rate", f"{where}, highest rate", "/s", rate, _firing, more_is_better=True),
        _figure(runs, "cpu_ms_per_1000", f"{where}, processor time of 1,000 at it", "ms", cpu, _firing),
    ]


def _repeated(
    everybody: Sequence[Candidate], times: int, measure: Callable[[Candidate], Answer]
) -> dict[Candidate, list[Answer]]:
    """In turns, so that what else the machine does falls on all; a peer that fails is left out and says why."""
    found: dict[Candidate, list[Answer]] = {each: [] for each in everybody}
    for _ in range(times):
        for each in list(found):
            try:
                found[each].append(measure(each))
            except Failed as failure:
                print(failure, flush=True)
                del found[each]
    return found


def _figure(
    found: Measured,
    key: str,
    name: str,
    unit: str,
    target: float | None,
    title: Callable[[Candidate], str] = lambda candidate: candidate.name,
    *,
    more_is_better: bool = False,
) -> Figure:
    """Raises Failed when ours was not measured."""
    if OURS not in found:
        raise Failed(f"There is no figure of our own: {name}.")
    values = {each: [run[key] for run in runs if key in run] for each, runs in found.items()}
    others = {title(each): runs for each, runs in values.items() if each not in (OURS, FLOOR) and runs}
    return Figure(name, unit, values[OURS], target, values.get(FLOOR, ()), more_is_better, peers=others)


def _far(effort: Effort) -> Callable[[Candidate], str]:
    return lambda candidate: candidate.title(effort.far_jobs, candidate.most_jobs)


def _firing(candidate: Candidate) -> str:
    return candidate.title(JOBS, candidate.most_firing)
