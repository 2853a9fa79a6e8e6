"""Many threads at once, and none: no wake-up is lost, nothing is executed twice, and nobody wakes for nothing."""

from __future__ import annotations

import random
import sys
import threading
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from tests.support.waiting import eventually

from clockhouse import task
from clockhouse.task.testing import Recorder

WITHIN = 30.0
OURS = ("clockhouse-worker-", "clockhouse-coroutines")  # those of manual clocks stay, to be used again
THREADS = 16
ROUNDS = 1500


def threads_of_ours() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith(OURS)]


class Crowd:
    """What all threads do at once to one scheduler."""

    def __init__(self, scheduler: task.Scheduler) -> None:
        self.scheduler = scheduler
        self.fired: Counter[int] = Counter()  # by the number of the job's body
        self.errors: list[BaseException] = []
        self.is_over = False
        self._numbers = iter(range(1, 1 << 40))

    def job(self, number: int, random_: random.Random):
        def fire() -> None:
            self.fired[number] += 1
            if not self.is_over and random_.random() < 0.02:
                self.meddle(random_)

        return fire

    def meddle(self, random_: random.Random) -> None:
        """One call of any kind; the job it is about may have ended meanwhile."""
        call = random_.choice(["pause_job", "resume_job", "unschedule_job", "add", "all", "configure"])
        try:
            if call == "add":
                interval = random_.choice([0.005, 0.01, 0.05, 3600])
                body = self.job(next(self._numbers), random_)
                self.scheduler.schedule_job_recur_by_frequency(body, interval, random_.choice([1, 5, 20, 20, 20, -1]))
            elif call == "all":
                random_.choice([self.scheduler.pause_all_jobs, self.scheduler.resume_all_jobs])()
            elif call == "configure":
                self.scheduler.configure_worker_pool(random_.randint(1, 8), 5)
            elif jobs := self.scheduler.get_running_jobs():
                getattr(self.scheduler, call)(random_.choice(jobs))
        except task.UnknownJob:
            pass
        except BaseException as error:
            self.errors.append(error)

    def work(self, seed: int) -> None:
        random_ = random.Random(seed)
        for _ in range(ROUNDS):
            self.meddle(random_)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_sixteen_threads_and_jobs_call_the_scheduler_at_once_and_every_job_left_still_fires(seed: int):
    ids_of: dict[task.JobId, list[datetime]] = defaultdict(list)
    recorder = Recorder()
    hooks = task.Hooks(lambda event: ids_of[event.job_id].append(event.due_at), recorder.errors.append)
    before = threads_of_ours()
    scheduler = task.Scheduler(hooks=hooks)
    crowd = Crowd(scheduler)
    survivors = [threading.Event() for _ in range(20)]
    threads = [threading.Thread(target=crowd.work, args=(seed * 1000 + n,)) for n in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WITHIN)
    assert not any(thread.is_alive() for thread in threads)
    crowd.is_over = True
    scheduler.configure_worker_pool(1)
    scheduler.configure_worker_pool(8)
    for survivor in survivors:
        scheduler.schedule_job_recur_by_frequency(survivor.set, 0.01)
    with scheduler:
        # What was called by a job that was under way when the crowd left may still pause this or that.
        eventually(lambda: scheduler.resume_all_jobs() or all(each.is_set() for each in survivors), within=WITHIN)
    assert crowd.errors == []
    assert recorder.errors == []
    for due_at in ids_of.values():  # as they were told, which on several threads is in any order
        assert len(set(due_at)) == len(due_at)
    eventually(lambda: set(threads_of_ours()) <= set(before))


@pytest.mark.slow
def test_a_job_paused_and_resumed_by_many_threads_goes_on():
    scheduler = task.Scheduler()
    stop = threading.Event()
    fired: Counter[int] = Counter()

    def toggle(seed: int) -> None:
        random_ = random.Random(seed)
        while not stop.is_set():
            job_id = random_.choice(ids)
            random_.choice([scheduler.pause_job, scheduler.resume_job])(job_id)

    def count(number: int):
        def fire() -> None:
            fired[number] += 1

        return fire

    ids = [scheduler.schedule_job_recur_by_frequency(count(n), 0.005 + n * 0.001) for n in range(50)]
    threads = [threading.Thread(target=toggle, args=(seed,)) for seed in range(THREADS)]
    for thread in threads:
        thread.start()
    eventually(lambda: sum(fired.values()) > 3000, within=WITHIN)
    stop.set()
    for thread in threads:
        thread.join(WITHIN)
    for job_id in ids:
        scheduler.resume_job(job_id)
    seen = Counter(fired)
    eventually(lambda: all(fired[n] > seen[n] + 2 for n in range(50)), within=WITHIN)
    for job_id in ids:
        scheduler.unschedule_job(job_id)
    eventually(lambda: not threads_of_ours())


@pytest.mark.slow
def test_under_random_pauses_every_due_time_is_executed_exactly_once_on_real_threads():
    recorder = Recorder()
    scheduler = task.Scheduler(hooks=recorder.hooks, worker_count=3)
    ids = [scheduler.schedule_job_recur_by_frequency(lambda: None, 0.002, max_count=150) for _ in range(10)]

    def toggle(seed: int) -> None:
        random_ = random.Random(seed)
        for _ in range(300):
            try:
                random_.choice([scheduler.pause_job, scheduler.resume_job])(random_.choice(ids))
            except task.UnknownJob:
                return

    threads = [threading.Thread(target=toggle, args=(seed,)) for seed in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WITHIN)
    scheduler.resume_all_jobs()
    eventually(lambda: not scheduler.get_running_jobs(), within=WITHIN)
    scheduler.graceful_stop()
    for job_id in ids:
        due = sorted(event.due_at for event in recorder.executed if event.job_id == job_id)
        assert due == [due[0] + n * timedelta(milliseconds=2) for n in range(150)]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells of steps of the clock, and counts wake-ups here")
def test_with_jobs_far_ahead_nobody_wakes_up():
    def wake_ups(thread: threading.Thread) -> int:
        status = Path(f"/proc/self/task/{thread.native_id}/status").read_text()
        return int(status.split("nonvoluntary")[0].rpartition("voluntary_ctxt_switches:")[2])

    at = task.SystemClock().now() + timedelta(days=1)
    with task.Scheduler() as scheduler:
        for n in range(1000):
            scheduler.schedule_one_time_job(lambda: None, at + timedelta(seconds=n))
        eventually(lambda: scheduler._driver is not None and scheduler._driver.asleep_until)
        (keeper,) = threads_of_ours()
        never = threading.Event()
        never.wait(0.05)  # for it to be asleep, once it has said so
        before = wake_ups(keeper)
        never.wait(0.15)
        assert wake_ups(keeper) == before
