"""A forked child has a scheduler of its own: empty, and ready for jobs."""

from __future__ import annotations

import sys

import pytest
from tests.task import children

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="there is no fork"),
]

PRELUDE = """
import os, threading, warnings
from clockhouse import task

warnings.simplefilter("ignore", DeprecationWarning)  # that this process has threads is the point

def waited(child):
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
"""


def run(source: str) -> str:
    return children.run(PRELUDE + source)


def test_a_child_starts_with_an_empty_scheduler_that_works():
    told = run(
        """
ticked = threading.Event()
job_id = task.schedule_job_recur_by_frequency(ticked.set, 0.01)
assert ticked.wait(20)
if not (child := os.fork()):
    assert task.get_running_jobs() == []
    try:
        task.unschedule_job(job_id)
    except task.UnknownJob:
        pass
    done = threading.Event()
    own = task.schedule_job_recur_by_frequency(done.set, 0.01)
    assert done.wait(20)
    task.unschedule_job(own)
    os._exit(7)
assert waited(child) == 7
ticked.clear()
assert ticked.wait(20)
print("the parent goes on")
"""
    )
    assert told == "the parent goes on\n"


def test_a_child_forked_from_inside_a_job_or_in_the_midst_of_calls_can_use_its_scheduler():
    told = run(
        """
codes, done = [], threading.Event()

def fork():
    if not (child := os.fork()):
        answered = threading.Event()
        task.schedule_job_recur_by_frequency(answered.set, 1)
        os._exit(0 if answered.wait(20) else 1)
    codes.append(waited(child))
    if len(codes) == 10:
        done.set()

stop = threading.Event()

def busy():
    while not stop.is_set():
        task.unschedule_job(task.schedule_job_recur_by_frequency(lambda: None, 3600))

threads = [threading.Thread(target=busy) for _ in range(2)]
for thread in threads:
    thread.start()
task.schedule_job_recur_by_frequency(fork, 0.01, max_count=10)
assert done.wait(25)
stop.set()
for thread in threads:
    thread.join()
print(codes)
"""
    )
    assert told == f"{[0] * 10}\n"


def test_a_scheduler_keeps_its_pool_settings_in_a_child():
    told = run(
        """
scheduler = task.Scheduler()
scheduler.configure_worker_pool(worker_count=1)
if not (child := os.fork()):
    most, now, count, over = 0, 0, 0, threading.Event()

    def job():
        global most, now, count
        now += 1
        most = max(most, now)
        threading.Event().wait(0.01)
        now -= 1
        count += 1
        if count == 6:
            over.set()

    for _ in range(6):
        scheduler.schedule_job_recur_by_frequency(job, 3600)
    os._exit(most if over.wait(20) else 99)
print(waited(child))
"""
    )
    assert told == "1\n"


def test_a_listener_can_be_started_in_a_child_and_goes_on_in_the_parent():
    told = run(
        """
ticked = threading.Event()
listener = task.Listener(task.TriggerConfiguration(interval=0.01))
listener.attach(ticked.set)
listener.start()
assert ticked.wait(20)
if not (child := os.fork()):
    ticked.clear()
    listener.start()
    assert ticked.wait(20)
    listener.graceful_stop()
    os._exit(7)
assert waited(child) == 7
ticked.clear()
assert ticked.wait(20)
print("the parent goes on")
"""
    )
    assert told == "the parent goes on\n"


def test_a_job_of_the_parent_does_not_name_one_of_the_child():
    told = run(
        """
job_id = task.schedule_job_recur_by_frequency(lambda: None, 60)
if not (child := os.fork()):
    os._exit(1 if task.schedule_job_recur_by_frequency(lambda: None, 60) == job_id else 0)
print(waited(child))
"""
    )
    assert told == "0\n"
