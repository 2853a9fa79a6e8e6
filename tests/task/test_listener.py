"""Services executed on a listener's trigger, from start to stop, as they are attached and detached."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.support.waiting import eventually

from clockhouse import task
from clockhouse.task.testing import ManualClock, Recorder

START = datetime(2026, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
WITHIN = 20.0


class Service:
    def __init__(self) -> None:
        self.count = 0

    def execute(self) -> None:
        self.count += 1


@pytest.fixture
def listener(task_scheduler: task.Scheduler) -> task.Listener:
    return task.Listener(task.TriggerConfiguration(interval=10), scheduler=task_scheduler)


def test_what_is_attached_is_executed_from_the_start_on(listener: task.Listener, task_clock: ManualClock):
    before, after = Service(), Service()
    listener.attach(before)
    task_clock.advance(30 * SECOND)
    assert before.count == 0
    listener.start()
    listener.start()
    task_clock.advance(5 * SECOND)
    listener.attach(after, "after")
    task_clock.advance(10 * SECOND)
    assert (before.count, after.count) == (2, 2)


@pytest.mark.parametrize("by_name", [False, True])
def test_what_is_detached_is_executed_no_more(listener: task.Listener, task_clock: ManualClock, by_name: bool):
    stays, goes = Service(), Service()
    listener.attach(stays, "stays")
    listener.attach(goes, "goes")
    listener.start()
    task_clock.advance(SECOND)
    listener.detach("goes" if by_name else goes)
    task_clock.advance(30 * SECOND)
    assert (stays.count, goes.count) == (4, 1)


def test_detaching_what_is_not_attached_is_an_error(listener: task.Listener):
    service = Service()
    listener.attach(service)
    listener.detach(service)
    for unknown in (service, Service(), "nobody"):
        with pytest.raises(task.NotAttached) as refusal:
            listener.detach(unknown)
        assert isinstance(refusal.value, task.Error)


def test_a_service_whose_job_has_ended_can_be_detached(task_scheduler: task.Scheduler, task_clock: ManualClock):
    listener = task.Listener(task.TriggerConfiguration(interval=1, max_count=2), scheduler=task_scheduler)
    service = Service()
    listener.attach(service)
    listener.start()
    task_clock.advance(10 * SECOND)
    assert service.count == 2
    listener.detach(service)


def test_what_is_no_job_cannot_be_attached(listener: task.Listener):
    with pytest.raises(task.InvalidJob):
        listener.attach(5)  # type: ignore[arg-type]
    with pytest.raises(task.InvalidTrigger):
        task.Listener("every minute")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("interval", {"interval": 0}),
        ("interval", {"interval": -5}),
        ("max_count", {"interval": 1, "max_count": 0}),
        ("start_time", {"interval": 1, "start_time": "now"}),
        ("end_time", {"interval": 1, "start_time": START, "end_time": START - SECOND}),
        ("task_policy", {"interval": 1, "task_policy": "log_and_continue"}),
    ],
)
def test_a_trigger_configuration_that_cannot_be_is_refused_by_field(field: str, given: dict[str, Any]):
    with pytest.raises((task.InvalidTrigger, task.InvalidPolicy)) as refusal:
        task.TriggerConfiguration(**given)
    assert refusal.value.field == field


@pytest.mark.parametrize("given", [{"warm_backup": "x"}, {"retry": 3}, {"scheduler": "x"}])
def test_a_listener_that_cannot_be_is_refused(given: dict[str, Any]):
    with pytest.raises(task.Error):
        task.Listener(task.CronTrigger("0 * * * *"), **given)


def test_a_start_that_is_refused_has_started_nothing(task_scheduler: task.Scheduler, task_clock: ManualClock):
    past = task.TriggerConfiguration(interval=1, end_time=START - SECOND)
    listener = task.Listener(past, scheduler=task_scheduler)
    listener.attach(Service())
    with pytest.raises(task.InvalidTrigger):
        listener.start()
    assert task_scheduler.get_running_jobs() == []


def test_a_listener_follows_any_trigger_and_retries(
    task_scheduler: task.Scheduler, task_clock: ManualClock, task_events: Recorder
):
    def fail() -> None:
        raise OSError

    listener = task.Listener(
        task.CronTrigger("*/5 * * * *"), retry=task.RetryConfiguration(2, 10), scheduler=task_scheduler
    )
    listener.attach(fail)
    listener.start()
    task_clock.advance(timedelta(minutes=3))
    assert [(event.started_at - START) // SECOND for event in task_events.errors] == [0, 10, 20]


@pytest.mark.parametrize("stop", ["graceful_stop", "immediate_stop"])
def test_a_stopped_listener_executes_nothing_more_and_can_be_started_again(
    listener: task.Listener, task_clock: ManualClock, stop: str
):
    service = Service()
    listener.attach(service)
    for counted in (2, 4):
        listener.start()
        task_clock.advance(10 * SECOND)
        getattr(listener, stop)()
        task_clock.advance(60 * SECOND)
        assert service.count == counted
    getattr(listener, stop)()


def test_a_graceful_stop_waits_for_what_runs_and_an_immediate_one_does_not():
    started, go_on, done = threading.Event(), threading.Event(), threading.Event()

    def service() -> None:
        started.set()
        assert go_on.wait(WITHIN)
        done.set()

    listener = task.Listener(task.TriggerConfiguration(interval=3600))
    listener.attach(service)
    listener.start()
    assert started.wait(WITHIN)
    listener.immediate_stop()
    assert not done.is_set()
    threading.Timer(0.02, go_on.set).start()
    listener.graceful_stop()
    assert done.is_set()


def test_a_service_can_detach_itself_and_stop_its_listener():
    calls: list[str] = []
    listener = task.Listener(task.TriggerConfiguration(interval=0.01))

    def service() -> None:
        calls.append("service")
        listener.detach(service)
        listener.graceful_stop()
        calls.append("stopped")

    listener.attach(service)
    listener.start()
    eventually(lambda: "stopped" in calls, within=5)
    assert calls == ["service", "stopped"]
