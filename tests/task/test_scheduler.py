"""When jobs are executed, and when they have ended, by the calls of the specification, on a clock that tests move."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from clockhouse import task
from clockhouse.task.arguments import Seconds
from clockhouse.task.testing import ManualClock, Recorder

START = datetime(2026, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


def nothing() -> None:
    """A job."""


def after(events: list[task.ExecutedEvent]) -> list[float]:
    """When they were due, in seconds after the start."""
    return [(event.due_at - START).total_seconds() for event in events]


def test_a_one_time_job_is_executed_once_at_its_time(
    task_clock: ManualClock, task_scheduler: task.Scheduler, task_events: Recorder
):
    at = START + 90 * SECOND
    task_scheduler.schedule_one_time_job(nothing, at)
    task_clock.advance(90 * SECOND - timedelta(microseconds=1))
    assert task_events.executed == []
    task_clock.advance(timedelta(days=1))
    (event,) = task_events.executed
    assert (event.due_at, event.started_at) == (at, at)
    assert task_scheduler.get_running_jobs() == []


@pytest.mark.parametrize("early", [timedelta(), SECOND, timedelta(days=400)])
def test_a_one_time_job_is_refused_for_a_time_that_is_not_in_the_future(
    task_scheduler: task.Scheduler, early: timedelta
):
    with pytest.raises(task.InvalidTrigger, match="not in the future") as refusal:
        task_scheduler.schedule_one_time_job(nothing, START - early)
    assert refusal.value.field == "trigger_time"
    assert (START - early).isoformat() in str(refusal.value)
    assert task_scheduler.get_running_jobs() == []


def test_errors_of_a_one_time_job_are_logged_and_end_nothing_else(
    task_clock: ManualClock,
    task_scheduler: task.Scheduler,
    task_events: Recorder,
    caplog: pytest.LogCaptureFixture,
):
    def fail() -> None:
        raise OSError("no such tape")

    other = task_scheduler.schedule_job_recur_by_frequency(nothing, 1)
    failing = task_scheduler.schedule_one_time_job(fail, START + SECOND)
    task_clock.advance(3 * SECOND)
    (record,) = caplog.records
    assert record.levelname == "ERROR"
    assert f"Job {failing.id}" in record.getMessage()
    assert "no such tape" in record.getMessage()
    assert after(task_events.executed) == [0, 1, 2, 3]
    assert task_scheduler.get_running_jobs() == [other]


def test_without_a_start_the_first_execution_is_due_at_once_and_the_others_at_a_fixed_rate(
    task_clock: ManualClock, task_scheduler: task.Scheduler, task_events: Recorder
):
    task_scheduler.schedule_job_recur_by_frequency(nothing, 10)
    task_clock.advance(timedelta())
    assert after(task_events.executed) == [0]
    task_clock.advance(35 * SECOND)
    assert after(task_events.executed) == [0, 10, 20, 30]


def test_how_long_an_execution_takes_moves_no_due_time(task_clock: ManualClock, task_events: Recorder):
    scheduler = task.Scheduler(clock=task_clock, hooks=task_events.hooks, worker_count=1)
    lengths = iter([3, 25, 1, 9, 2, 0, 4, 1])
    scheduler.schedule_job_recur_by_frequency(lambda: task_clock.sleep(next(lengths) * SECOND), 10, 8)
    task_clock.advance(timedelta(minutes=5))
    assert after(task_events.executed) == [0, 10, 20, 30, 40, 50, 60, 70]
    starts = [(event.started_at - START).total_seconds() for event in task_events.executed]
    assert starts == [0, 10, 35, 36, 45, 50, 60, 70]


def test_a_start_time_is_the_first_due_time_and_the_phase_of_the_others(
    task_clock: ManualClock, task_scheduler: task.Scheduler, task_events: Recorder
):
    in_colombo = timezone(timedelta(hours=5, minutes=30))
    start = (START + 7 * SECOND).astimezone(in_colombo)
    task_scheduler.schedule_job_recur_by_frequency(nothing, 10, start_time=start)
    task_clock.advance(40 * SECOND)
    assert after(task_events.executed) == [7, 17, 27, 37]


def test_a_naive_time_means_utc(task_clock: ManualClock, task_scheduler: task.Scheduler, task_events: Recorder):
    naive = START.replace(tzinfo=None)
    task_scheduler.schedule_one_time_job(nothing, naive + 2 * SECOND)
    task_scheduler.schedule_job_recur_by_frequency(
        nothing, 1, start_time=naive + 5 * SECOND, end_time=naive + 6 * SECOND
    )
    task_clock.advance(MINUTE)
    assert after(task_events.executed) == [2, 5, 6]


def test_nothing_is_due_after_the_end_and_the_end_itself_counts(
    task_clock: ManualClock, task_scheduler: task.Scheduler, task_events: Recorder
):
    task_scheduler.schedule_job_recur_by_frequency(nothing, 10, end_time=START + 30 * SECOND)
    late = task_scheduler.schedule_job_recur_by_frequency(nothing, 10, end_time=START + 29 * SECOND)
    task_clock.advance(timedelta(hours=1))
    assert after(task_events.executed) == [0, 0, 10, 10, 20, 20, 30]
    assert [(event.job_id, event.why) for event in task_events.ended] == [
        (late, task.Ended.COMPLETED),
        (task.JobId(1), task.Ended.COMPLETED),
    ]


def test_a_job_whose_end_has_passed_leaves_by_itself(task_clock: ManualClock, task_scheduler: task.Scheduler):
    task_scheduler.schedule_job_recur_by_frequency(nothing, 10, end_time=START + 25 * SECOND)
    task_clock.advance(19 * SECOND)
    assert len(task_scheduler.get_running_jobs()) == 1
    task_clock.advance(SECOND)
    assert task_scheduler.get_running_jobs() == []


def test_a_job_is_executed_exactly_max_count_times_and_then_leaves(
    task_clock: ManualClock, task_scheduler: task.Scheduler, task_events: Recorder
):
    job_id = task_scheduler.schedule_job_recur_by_frequency(nothing, 10, max_count=3)
    task_clock.advance(19 * SECOND)
    assert task_scheduler.get_running_jobs() == [job_id]
    task_clock.advance(timedelta(days=1))
    assert after(task_events.executed) == [0, 10, 20]
    assert [(event.job_id, event.why) for event in task_events.ended] == [(job_id, task.Ended.COMPLETED)]
    with pytest.raises(task.UnknownJob):
        task_scheduler.pause_job(job_id)


def test_failed_executions_count(task_clock: ManualClock, task_scheduler: task.Scheduler, task_events: Recorder):
    def fail() -> None:
        raise ValueError

    task_scheduler.schedule_job_recur_by_frequency(
        fail, 1, max_count=3, task_policy=task.TaskPolicy(task.ErrorPolicy.CONTINUE)
    )
    task_clock.advance(MINUTE)
    assert len(task_events.errors) == 3
    assert task_scheduler.get_running_jobs() == []


def test_minus_one_is_no_bound(task_clock: ManualClock, task_scheduler: task.Scheduler, task_events: Recorder):
    task_scheduler.schedule_job_recur_by_frequency(nothing, 60, max_count=-1)
    task_clock.advance(timedelta(hours=5))
    assert len(task_events.executed) == 301


@pytest.mark.parametrize("interval", [0.25, Decimal("0.25"), timedelta(milliseconds=250)])
def test_an_interval_is_a_number_of_seconds_or_a_timedelta(
    task_clock: ManualClock, task_scheduler: task.Scheduler, task_events: Recorder, interval: Seconds
):
    task_scheduler.schedule_job_recur_by_frequency(nothing, interval)
    task_clock.advance(SECOND)
    assert after(task_events.executed) == [0, 0.25, 0.5, 0.75, 1]


WRONG = [
    ("interval", {"interval": 0}),
    ("interval", {"interval": -1}),
    ("interval", {"interval": -0.5}),
    ("interval", {"interval": timedelta(seconds=-1)}),
    ("interval", {"interval": float("nan")}),
    ("interval", {"interval": float("inf")}),
    ("interval", {"interval": Decimal("Infinity")}),
    ("interval", {"interval": Decimal("NaN")}),
    ("interval", {"interval": Decimal("sNaN")}),
    ("interval", {"interval": 1e300}),
    ("interval", {"interval": 10**400}),
    ("interval", {"interval": 1e-7}),
    ("interval", {"interval": "1"}),
    ("interval", {"interval": True}),
    ("interval", {"interval": None}),
    ("max_count", {"max_count": 0}),
    ("max_count", {"max_count": -2}),
    ("max_count", {"max_count": 1.0}),
    ("max_count", {"max_count": True}),
    ("max_count", {"max_count": None}),
    ("start_time", {"start_time": START - SECOND}),
    ("start_time", {"start_time": "2027-01-01"}),
    ("end_time", {"end_time": START - SECOND}),
    ("end_time", {"end_time": START + SECOND, "start_time": START + 2 * SECOND}),
    ("end_time", {"end_time": 5}),
    ("task_policy", {"task_policy": "log_and_terminate"}),
    ("task_policy", {"task_policy": None}),
]


@pytest.mark.parametrize(("field", "given"), WRONG)
def test_what_cannot_be_is_refused_by_its_name_and_changes_nothing(
    task_clock: ManualClock, task_scheduler: task.Scheduler, task_events: Recorder, field: str, given: dict[str, object]
):
    arguments: dict[str, object] = {"interval": 1, **given}
    with pytest.raises(task.Error) as refusal:
        task_scheduler.schedule_job_recur_by_frequency(nothing, **arguments)  # type: ignore[arg-type]
    assert refusal.value.field == field  # type: ignore[attr-defined]
    assert len(str(refusal.value)) > 10
    task_clock.advance(MINUTE)
    assert task_events.executed == []
    assert task_scheduler.get_running_jobs() == []


@pytest.mark.parametrize("job", [None, 3, "job", object(), task.Job, dict])
def test_what_is_no_job_is_refused(task_scheduler: task.Scheduler, job: object):
    with pytest.raises(task.InvalidJob):
        task_scheduler.schedule_job_recur_by_frequency(job, 1)  # type: ignore[arg-type]
    with pytest.raises(task.InvalidJob):
        task_scheduler.schedule_one_time_job(job, START + SECOND)  # type: ignore[arg-type]
    assert task_scheduler.get_running_jobs() == []


def test_jobs_are_objects_with_execute_callables_and_coroutine_functions(
    task_clock: ManualClock, task_scheduler: task.Scheduler
):
    done: list[str] = []

    class Greet(task.Job):
        def execute(self) -> None:
            done.append("a Job")

    class Other:
        async def execute(self) -> None:
            done.append("async execute")

    class Called:
        async def __call__(self) -> None:
            done.append("async call")

    async def coroutine() -> None:
        done.append("async def")

    for job in (Greet(), Other(), Called(), coroutine, lambda: done.append("a callable")):
        task_scheduler.schedule_one_time_job(job, START + SECOND)  # type: ignore[arg-type]
    task_clock.advance(SECOND)
    assert done == ["a Job", "async execute", "async call", "async def", "a callable"]


def test_ids_are_hashable_have_a_number_and_come_once(task_clock: ManualClock, task_scheduler: task.Scheduler):
    first = task_scheduler.schedule_one_time_job(nothing, START + SECOND)
    task_clock.advance(SECOND)
    second = task_scheduler.schedule_one_time_job(nothing, START + 2 * SECOND)
    assert len({first, second, task.JobId(first.id)}) == 2
    assert type(first.id) is int
    with pytest.raises(AttributeError):
        first.id = 9  # type: ignore[misc]


@pytest.mark.parametrize("call", ["pause_job", "resume_job", "unschedule_job", "next_due"])
@pytest.mark.parametrize("unknown", [task.JobId(77), 1, None])
def test_an_unknown_id_is_an_error(task_scheduler: task.Scheduler, call: str, unknown: object):
    task_scheduler.schedule_job_recur_by_frequency(nothing, 1)
    with pytest.raises(task.UnknownJob) as refusal:
        getattr(task_scheduler, call)(unknown)
    assert isinstance(refusal.value, task.Error)
    assert repr(unknown) in str(refusal.value)


def test_an_unscheduled_job_is_executed_no_more_and_its_id_is_unknown(
    task_clock: ManualClock, task_scheduler: task.Scheduler, task_events: Recorder
):
    gone = task_scheduler.schedule_job_recur_by_frequency(nothing, 2)
    stays = task_scheduler.schedule_job_recur_by_frequency(nothing, 5)
    task_clock.advance(3 * SECOND)
    task_scheduler.unschedule_job(gone)
    task_clock.advance(7 * SECOND)
    assert after(task_events.executed) == [0, 0, 2, 5, 10]
    assert task_scheduler.get_running_jobs() == [stays]
    assert [(event.job_id, event.why) for event in task_events.ended] == [(gone, task.Ended.UNSCHEDULED)]
    with pytest.raises(task.UnknownJob):
        task_scheduler.unschedule_job(gone)


def test_a_job_can_unschedule_itself_pause_itself_and_schedule_others(
    task_clock: ManualClock, task_scheduler: task.Scheduler, task_events: Recorder
):
    ids: list[task.JobId] = []

    def once() -> None:
        task_scheduler.unschedule_job(ids[0])
        ids.append(task_scheduler.schedule_job_recur_by_frequency(then, 4, start_time=task_clock.now() + SECOND))

    def then() -> None:
        task_scheduler.pause_job(ids[1])

    ids.append(task_scheduler.schedule_job_recur_by_frequency(once, 1))
    task_clock.advance(20 * SECOND)
    assert after(task_events.executed) == [0, 1]
    assert task_scheduler.get_running_jobs() == [ids[1]]
    task_scheduler.resume_job(ids[1])
    task_clock.advance(timedelta())
    assert after(task_events.executed) == [0, 1, 5]  # and paused again, with more to catch up


def test_a_scheduler_without_jobs_takes_new_ones(
    task_clock: ManualClock, task_scheduler: task.Scheduler, task_events: Recorder
):
    for _ in range(3):
        job_id = task_scheduler.schedule_job_recur_by_frequency(nothing, 10)
        task_clock.advance(SECOND)
        task_scheduler.unschedule_job(job_id)
        task_clock.advance(SECOND)
    assert after(task_events.executed) == [0, 2, 4]


def test_the_next_due_time_is_told(task_clock: ManualClock, task_scheduler: task.Scheduler):
    start = START + 5 * SECOND
    job_id = task_scheduler.schedule_job_recur_by_frequency(nothing, 10, 2, start)
    assert task_scheduler.next_due(job_id) == start
    task_clock.advance(5 * SECOND)
    assert task_scheduler.next_due(job_id) == start + 10 * SECOND


def test_a_trigger_is_followed_from_the_instant_of_scheduling_that_included(
    task_clock: ManualClock, task_scheduler: task.Scheduler, task_events: Recorder
):
    task_scheduler.schedule(nothing, task.CronTrigger("*/20 * * * *"))
    task_clock.advance(timedelta(minutes=45))
    assert after(task_events.executed) == [0, 1200, 2400]


def test_a_trigger_that_is_over_is_refused(task_scheduler: task.Scheduler):
    with pytest.raises(task.NeverFires):
        task_scheduler.schedule(nothing, task.DateTrigger(START - SECOND))
    with pytest.raises(task.InvalidTrigger):
        task_scheduler.schedule(nothing, "* * * * *")  # type: ignore[arg-type]
    assert task_scheduler.get_running_jobs() == []
