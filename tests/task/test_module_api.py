"""The functions of `clockhouse.task`, which are those of one scheduler, and what importing them brings along."""

from __future__ import annotations

import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from tests.support.waiting import eventually

import clockhouse
from clockhouse import task
from clockhouse.task import default

SOURCE = Path(clockhouse.__file__).parents[1]


def test_the_functions_schedule_pause_resume_and_unschedule_on_one_scheduler():
    done, once = threading.Event(), threading.Event()
    task.configure_worker_pool(worker_count=2, waiting_time=3)
    try:
        job_id = task.schedule_job_recur_by_frequency(done.set, 0.01)
        one = task.schedule_one_time_job(once.set, task.SystemClock().now() + timedelta(seconds=0.05))
        assert task.get_running_jobs() == [job_id, one]
        assert task.next_due(job_id) is not None
        assert done.wait(20)
        assert once.wait(20)
        eventually(lambda: task.get_running_jobs() == [job_id])
        task.pause_all_jobs()
        task.resume_all_jobs()
        task.pause_job(job_id)
        task.resume_job(job_id)
        done.clear()
        assert done.wait(20)
        task.unschedule_job(job_id)
        assert default.scheduler.get_running_jobs() == []
        task.run_forever()  # which has nothing to live for
    finally:
        task.configure_worker_pool()


@pytest.mark.parametrize(
    "name",
    [
        "configure_worker_pool",
        "get_running_jobs",
        "next_due",
        "pause_all_jobs",
        "pause_job",
        "resume_all_jobs",
        "resume_job",
        "run_forever",
        "schedule",
        "schedule_job_recur_by_frequency",
        "schedule_one_time_job",
        "unschedule_job",
    ],
)
def test_each_function_is_the_method_of_the_default_scheduler(name: str):
    assert getattr(task, name) == getattr(default.scheduler, name)


def test_every_error_is_an_error_of_the_library():
    errors = [value for name in task.__all__ if isinstance(value := getattr(task, name), type)]
    assert all(issubclass(each, task.Error) for each in errors if issubclass(each, Exception))


def test_importing_it_needs_no_foreign_module_and_loads_neither_asyncio_nor_the_server():
    program = f"""
import sys
before = set(sys.modules)
sys.path.insert(0, {str(SOURCE)!r})
from clockhouse import task
assert task.CronTrigger("0 8 * * *") and task.Scheduler and task.Listener
roots = {{name.partition(".")[0] for name in set(sys.modules) - before}}
print(sorted(name for name in roots - set(sys.stdlib_module_names) if not name.startswith("_sysconfigdata")))
print("asyncio" in sys.modules)
print(sorted(name for name in sys.modules if name.startswith("clockhouse.") and not name.startswith("clockhouse.task")))
"""
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, timeout=30, check=False
    )
    assert done.stderr == ""
    assert done.stdout == "['clockhouse']\nFalse\n[]\n"
