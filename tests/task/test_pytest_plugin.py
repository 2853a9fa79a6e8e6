"""The pytest plugin, as other people's projects have it: by being installed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow  # each starts a pytest of its own


def run(folder: Path, source: str, *options: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_theirs.py").write_text(source, encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n", encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "--strict-markers", "-p", "no:cacheprovider", *options]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)


def test_the_fixtures_live_by_a_clock_that_the_mark_sets(tmp_path: Path):
    done = run(
        tmp_path,
        """
from datetime import UTC, datetime, timedelta

import pytest

from clockhouse import task


@pytest.mark.task_clock("2026-03-29T00:00Z")
def test_daylight_saving(task_clock, task_scheduler, task_events):
    task_scheduler.schedule(lambda: None, task.CronTrigger("30 2 * * *", "Europe/Berlin"))
    task_clock.advance(timedelta(days=2))
    assert [event.due_at.isoformat() for event in task_events.executed] == [
        "2026-03-29T01:00:00+00:00",
        "2026-03-30T00:30:00+00:00",
    ]


def test_the_next_thousand(task_clock, task_scheduler, task_events):
    assert task_clock.now() == datetime(2026, 1, 1, tzinfo=UTC)
    task_scheduler.schedule_job_recur_by_frequency(lambda: None, 3600, 1000)
    task_clock.advance(timedelta(days=60))
    assert len(task_events.executed) == 1000
    assert task_scheduler.get_running_jobs() == []
""",
    )
    assert done.returncode == 0, done.stdout
    assert "2 passed" in done.stdout


def test_a_project_without_such_tests_sees_and_loads_nothing_of_the_scheduler(tmp_path: Path):
    done = run(
        tmp_path,
        """
import sys
import threading


def test_nothing_is_loaded():
    assert "clockhouse.task.scheduler" not in sys.modules
    assert [thread.name for thread in threading.enumerate() if "clockhouse" in thread.name] == []
""",
        "-q",
    )
    assert done.returncode == 0, done.stdout
    assert done.stdout.splitlines()[-1].startswith("1 passed")
    assert done.stderr == ""


def test_it_can_be_left_out(tmp_path: Path):
    source = "def test_theirs(task_clock): ..."
    done = run(tmp_path, source, "-p", "no:clockhouse")
    assert done.returncode == 1
    assert "fixture 'task_clock' not found" in done.stdout
    assert "clockhouse" not in done.stdout.partition("collected")[0]


def test_its_mark_and_fixtures_say_what_they_are(tmp_path: Path):
    assert "task_clock(start)" in run(tmp_path, "", "--markers").stdout
    assert "moves only by `advance`" in run(tmp_path, "", "--fixtures").stdout
