"""What a scheduler refuses when a job is scheduled, rather than let it fail when it is due."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator, Iterator
from decimal import Decimal
from typing import Any

import pytest

from clockhouse import task


def wants(a: int, b: int = 1) -> None: ...


def wants_by_name(*, a: int) -> None: ...


def takes(a: int = 1, *rest: int, b: int = 2, **more: int) -> None: ...


def generates() -> Iterator[int]:
    yield 1


async def generates_async() -> AsyncIterator[int]:
    yield 1


class Object:
    def execute(self) -> None: ...

    def wants(self, a: int) -> None: ...

    def generates(self) -> Iterator[int]:
        yield 1

    def selfless() -> None: ...  # type: ignore[misc]


class Wanting:
    def execute(self, a: int) -> None: ...


class Generating:
    def __call__(self) -> Iterator[int]:
        yield 1


@pytest.mark.parametrize(
    "job",
    [
        wants,
        wants_by_name,
        generates,
        generates_async,
        Object().wants,
        Object().generates,
        Object().selfless,
        Wanting(),
        Generating(),
        functools.partial(generates),
        functools.partial(pow, 2),
        [].append,
    ],
)
def test_what_could_not_be_executed_is_no_job(task_scheduler: task.Scheduler, job: Any):
    with pytest.raises(task.InvalidJob):
        task_scheduler.schedule_job_recur_by_frequency(job, 60)
    assert task_scheduler.get_running_jobs() == []


@pytest.mark.parametrize(
    "job",
    [takes, functools.partial(wants, 1), functools.partial(wants_by_name, a=1), Object(), Object().execute, print],
)
def test_what_can_be_called_without_arguments_is_a_job(task_scheduler: task.Scheduler, job: Any):
    job_id = task_scheduler.schedule_job_recur_by_frequency(job, 60)
    assert task_scheduler.get_running_jobs() == [job_id]


@pytest.mark.parametrize(
    ("field", "options"),
    [
        ("max_concurrent", {"max_concurrent": True}),
        ("max_concurrent", {"max_concurrent": 1.0}),
        ("inline", {"inline": "no"}),
        ("inline", {"inline": 0}),
    ],
)
def test_what_only_equals_an_option_is_refused_however_often_that_was_used(
    task_scheduler: task.Scheduler, field: str, options: Any
):
    task_scheduler.schedule_job_recur_by_frequency(lambda: None, 60, max_concurrent=1)
    task_scheduler.schedule_job_recur_by_frequency(lambda: None, 60, max_concurrent=1, inline=True)
    with pytest.raises(task.InvalidPolicy) as refusal:
        task_scheduler.schedule_job_recur_by_frequency(lambda: None, 60, **options)
    assert refusal.value.field == field


@pytest.mark.parametrize("number", [[], 1.0, "1", None])
def test_an_id_that_names_nothing_is_unknown(task_scheduler: task.Scheduler, number: Any):
    task_scheduler.schedule_job_recur_by_frequency(lambda: None, 60)
    with pytest.raises(task.UnknownJob):
        task_scheduler.pause_job(task.JobId(number))


@pytest.mark.parametrize("clock", ["x", 5, task.SystemClock])
def test_what_tells_no_time_is_no_clock(clock: Any):
    with pytest.raises(task.Error):
        task.Scheduler(clock=clock)


@pytest.mark.parametrize(
    "interval", [10**400, -(10**400), pytest.param(10**5000, id="huge"), float("nan"), float("inf"), Decimal("1e999")]
)
def test_a_number_beyond_measure_is_refused_in_a_short_sentence(task_scheduler: task.Scheduler, interval: Any):
    with pytest.raises(task.InvalidTrigger, match="interval = ") as refusal:
        task_scheduler.schedule_job_recur_by_frequency(lambda: None, interval)
    assert len(str(refusal.value)) < 100


def test_a_retry_names_what_was_written_in_seconds():
    with pytest.raises(task.InvalidPolicy, match="retry_interval of -1 s") as refusal:
        task.RetryConfiguration(1, -1)
    assert refusal.value.field == "retry_interval"
