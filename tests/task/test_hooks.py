"""What is told about executions, to the log and to functions of the caller's, and what a failure ends."""

from __future__ import annotations

import logging
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from clockhouse import task
from clockhouse.task.testing import ManualClock, Recorder

START = datetime(2026, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
Policy = task.ErrorPolicy


def nothing() -> None:
    """A job."""


def fail() -> None:
    raise RuntimeError("the tape is full")


@pytest.mark.parametrize(
    ("policy", "executions", "records"),
    [
        (Policy.LOG_AND_TERMINATE, 1, 1),
        (Policy.LOG_AND_CONTINUE, 4, 4),
        (Policy.TERMINATE, 1, 0),
        (Policy.CONTINUE, 4, 0),
    ],
)
@pytest.mark.parametrize("inline", [False, True])
def test_the_error_policy_says_what_is_logged_and_whether_the_job_ends(
    task_clock: ManualClock,
    task_scheduler: task.Scheduler,
    task_events: Recorder,
    caplog: pytest.LogCaptureFixture,
    policy: task.ErrorPolicy,
    executions: int,
    records: int,
    inline: bool,
):
    trigger = task.IntervalTrigger(SECOND, START)
    job_id = task_scheduler.schedule(fail, trigger, task_policy=task.TaskPolicy(policy), inline=inline)
    task_clock.advance(3 * SECOND)
    assert len(task_events.errors) == executions
    assert [record.levelno for record in caplog.records] == [logging.ERROR] * records
    assert (task_scheduler.get_running_jobs() == []) == (executions == 1)
    assert [event.why for event in task_events.ended] == [task.Ended.TERMINATED] * (executions == 1)
    assert {event.job_id for event in task_events.errors} == {job_id}


def test_terminating_is_the_default_and_the_record_has_id_message_and_traceback(
    task_clock: ManualClock, task_scheduler: task.Scheduler, caplog: pytest.LogCaptureFixture
):
    job_id = task_scheduler.schedule_job_recur_by_frequency(fail, 1)
    task_clock.advance(5 * SECOND)
    (record,) = caplog.records
    assert record.name == "clockhouse.task"
    assert record.getMessage() == f"Job {job_id.id} failed: the tape is full"
    assert 'raise RuntimeError("the tape is full")' in caplog.text


class Wordless(Exception):
    def __str__(self) -> str:
        raise ValueError("no words")


@pytest.mark.parametrize(
    "error", [SystemExit(3), KeyboardInterrupt(), GeneratorExit(), BaseException("base"), Wordless()]
)
@pytest.mark.parametrize("inline", [False, True])
def test_whatever_a_job_raises_is_a_failed_execution_and_ends_nothing_else(
    task_clock: ManualClock, task_events: Recorder, caplog: pytest.LogCaptureFixture, error: BaseException, inline: bool
):
    def job() -> None:
        raise error

    scheduler = task.Scheduler(clock=task_clock, hooks=task_events.hooks, worker_count=1)
    policy = task.TaskPolicy(Policy.LOG_AND_CONTINUE)
    scheduler.schedule(job, task.IntervalTrigger(SECOND, START), task_policy=policy, inline=inline)
    scheduler.schedule_job_recur_by_frequency(nothing, 1)
    task_clock.advance(SECOND)
    assert [event.error for event in task_events.errors] == [error, error]
    assert len(task_events.executed) == 2
    assert len(scheduler.get_running_jobs()) == 2
    assert all("Job 1 failed: " in record.getMessage() for record in caplog.records)


def test_hooks_are_told_when_it_was_due_started_and_ended(
    task_clock: ManualClock, task_scheduler: task.Scheduler, task_events: Recorder
):
    def slow(fails: bool) -> None:
        task_clock.sleep(3 * SECOND)
        if fails:
            fail()

    good = task_scheduler.schedule_one_time_job(lambda: slow(False), START + SECOND)
    bad = task_scheduler.schedule_one_time_job(lambda: slow(True), START + 2 * SECOND)
    task_clock.advance(10 * SECOND)
    assert task_events.executed == [
        task.ExecutedEvent(good, START + SECOND, START + SECOND, START + 4 * SECOND, attempt=1)
    ]
    (event,) = task_events.errors
    assert (event.job_id, event.started_at, event.ended_at) == (bad, START + 2 * SECOND, START + 5 * SECOND)
    assert (event.attempt, event.final, str(event.error)) == (1, True, "the tape is full")
    assert [(event.job_id, event.why) for event in task_events.ended] == [
        (good, task.Ended.COMPLETED),
        (bad, task.Ended.TERMINATED),
    ]


def test_stopping_ends_each_job_and_tells_so(
    task_clock: ManualClock, task_scheduler: task.Scheduler, task_events: Recorder
):
    ids = [task_scheduler.schedule_job_recur_by_frequency(nothing, 1) for _ in range(2)]
    task_scheduler.immediate_stop()
    task_clock.advance(SECOND)
    assert [(event.job_id, event.why) for event in task_events.ended] == [(each, task.Ended.STOPPED) for each in ids]
    assert task_events.executed == []


@pytest.mark.parametrize("error", [ValueError("hook"), SystemExit(1)])
@pytest.mark.parametrize("inline", [False, True])
def test_what_a_hook_raises_is_logged_and_ends_nothing(
    task_clock: ManualClock, caplog: pytest.LogCaptureFixture, error: BaseException, inline: bool
):
    def refuse(_event: object) -> None:
        raise error

    executed: list[int] = []
    scheduler = task.Scheduler(clock=task_clock, hooks=task.Hooks(refuse, refuse, refuse, refuse), worker_count=1)
    scheduler.schedule(lambda: executed.append(1), task.IntervalTrigger(SECOND, START), inline=inline)
    scheduler.schedule_one_time_job(fail, START + SECOND)
    task_clock.advance(3 * SECOND)
    assert len(executed) == 4
    told = Counter(record.args[0] for record in caplog.records if "hook" in record.msg)  # type: ignore[index]
    assert told == {"ExecutedEvent": 4, "ErrorEvent": 1, "EndedEvent": 1}


def test_hooks_may_call_the_scheduler(task_clock: ManualClock):
    ends: list[task.JobId] = []

    def go_on(event: task.EndedEvent) -> None:
        ends.append(event.job_id)
        if len(ends) < 3:
            scheduler.schedule_one_time_job(nothing, task_clock.now() + SECOND)

    scheduler = task.Scheduler(clock=task_clock, hooks=task.Hooks(on_ended=go_on))
    scheduler.schedule_one_time_job(nothing, START + SECOND)
    task_clock.advance(10 * SECOND)
    assert len(set(ends)) == 3
    assert scheduler.get_running_jobs() == []


def test_a_gate_lets_occurrences_pass_by_uncounted(
    task_clock: ManualClock, task_scheduler: task.Scheduler, task_events: Recorder, caplog: pytest.LogCaptureFixture
):
    answers = iter([True, False, SystemExit(), ValueError(), True, True])

    def gate() -> bool:
        answer = next(answers)
        if isinstance(answer, BaseException):
            raise answer
        return answer

    task_scheduler.schedule_job_recur_by_frequency(nothing, 10, max_count=3, gate=gate)
    task_clock.advance(timedelta(hours=1))
    assert [(event.due_at - START) // SECOND for event in task_events.executed] == [0, 40, 50]
    assert len(caplog.records) == 2


def test_an_inline_job_that_failed_is_not_executed_for_what_it_is_late_with(
    task_clock: ManualClock, task_scheduler: task.Scheduler, task_events: Recorder
):
    job_id = task_scheduler.schedule(fail, task.IntervalTrigger(SECOND, START), inline=True)
    task_scheduler.pause_job(job_id)
    task_clock.advance(5 * SECOND)
    task_scheduler.resume_job(job_id)
    task_clock.advance(timedelta())
    assert len(task_events.errors) == 1


def test_an_inline_job_unscheduled_by_another_at_the_same_instant_is_not_executed(
    task_clock: ManualClock, task_scheduler: task.Scheduler, task_events: Recorder
):
    trigger = task.IntervalTrigger(SECOND, START)
    task_scheduler.schedule(lambda: task_scheduler.unschedule_job(task.JobId(2)), trigger, inline=True)
    second = task_scheduler.schedule(nothing, trigger, inline=True)
    task_clock.advance(timedelta())
    assert second not in [event.job_id for event in task_events.executed]
