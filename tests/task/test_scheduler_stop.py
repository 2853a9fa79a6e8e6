"""How long a graceful stop waits, and what it refuses."""

from __future__ import annotations

import threading
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from tests.support.waiting import eventually

from clockhouse import task

WITHIN = 20.0


@pytest.mark.parametrize("timeout", [-1, float("nan"), float("inf"), "x", True, timedelta(seconds=-1), 10**400])
def test_a_timeout_that_cannot_be_is_refused_and_stops_nothing(timeout: Any):
    scheduler = task.Scheduler()
    job_id = scheduler.schedule_job_recur_by_frequency(lambda: None, 3600)
    with pytest.raises(task.Error):
        scheduler.graceful_stop(timeout)
    assert scheduler.get_running_jobs() == [job_id]
    scheduler.graceful_stop()


@pytest.mark.parametrize("timeout", [None, 0, 0.0, Decimal(0), timedelta(), 1e12])
def test_an_idle_scheduler_has_stopped_whatever_the_timeout(timeout: Any):
    scheduler, executed = task.Scheduler(), threading.Event()
    scheduler.schedule_job_recur_by_frequency(executed.set, 3600)
    assert executed.wait(WITHIN)
    driver = scheduler._driver
    assert driver is not None
    eventually(lambda: driver.asleep_until > 0 and not scheduler._timetable.active)
    assert scheduler.graceful_stop(timeout)


@pytest.mark.parametrize("inline", [False, True])
def test_what_is_being_executed_is_waited_for_no_longer_than_the_timeout(inline: bool):
    scheduler, started, go_on = task.Scheduler(), threading.Event(), threading.Event()

    def job() -> None:
        started.set()
        assert go_on.wait(WITHIN)

    scheduler.schedule_job_recur_by_frequency(job, 3600, inline=inline)
    assert started.wait(WITHIN)
    assert not scheduler.graceful_stop(0)
    go_on.set()
    assert scheduler.graceful_stop(timedelta(seconds=WITHIN))
