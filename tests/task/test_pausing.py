"""What a pause keeps back, and what becomes of it on resuming."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clockhouse import task
from clockhouse.task.testing import ManualClock, Recorder

START = datetime(2026, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
IGNORE = task.TaskPolicy(waiting_policy=task.WaitingPolicy.IGNORE)
LOG_AND_IGNORE = task.TaskPolicy(waiting_policy=task.WaitingPolicy.LOG_AND_IGNORE)


def nothing() -> None:
    """A job."""


def seconds(events: list[task.ExecutedEvent] | list[task.IgnoredEvent]) -> list[float]:
    return [(event.due_at - START).total_seconds() for event in events]


def test_a_paused_job_is_not_executed_and_under_wait_caught_up_in_order_on_resume(
    task_clock: ManualClock, task_scheduler: task.Scheduler, task_events: Recorder
):
    job_id = task_scheduler.schedule_job_recur_by_frequency(nothing, 10)
    task_clock.advance(15 * SECOND)
    task_scheduler.pause_job(job_id)
    task_clock.advance(40 * SECOND)
    assert seconds(task_events.executed) == [0, 10]
    assert task_scheduler.get_running_jobs() == [job_id]
    task_scheduler.resume_job(job_id)
    task_clock.advance(timedelta())
    assert seconds(task_events.executed) == [0, 10, 20, 30, 40, 50]
    task_clock.advance(5 * SECOND)
    assert seconds(task_events.executed)[-1] == 60
    assert task_events.ignored == []


def test_under_ignore_what_is_too_late_on_resume_is_dropped_and_the_plan_goes_on_in_phase(
    task_clock: ManualClock, task_scheduler: task.Scheduler, task_events: Recorder
):
    task_scheduler.configure_worker_pool(waiting_time=5)
    job_id = task_scheduler.schedule_job_recur_by_frequency(nothing, 10, task_policy=IGNORE)
    task_clock.advance(15 * SECOND)
    task_scheduler.pause_job(job_id)
    task_clock.advance(37 * SECOND)
    task_scheduler.resume_job(job_id)
    task_clock.advance(18 * SECOND)
    assert seconds(task_events.executed) == [0, 10, 50, 60, 70]  # 50 was late by 2 s, and so in time
    assert seconds(task_events.ignored) == [20, 30, 40]
    assert {event.why for event in task_events.ignored} == {task.Ignored.LATE}


def test_under_log_and_ignore_each_dropped_trigger_has_one_warning_that_names_it(
    task_clock: ManualClock, task_scheduler: task.Scheduler, caplog: pytest.LogCaptureFixture
):
    job_id = task_scheduler.schedule_job_recur_by_frequency(nothing, 10, task_policy=LOG_AND_IGNORE)
    task_clock.advance(SECOND)
    task_scheduler.pause_job(job_id)
    task_clock.advance(30 * SECOND)
    assert caplog.records == []
    task_scheduler.resume_job(job_id)
    task_clock.advance(SECOND)
    assert [record.levelname for record in caplog.records] == ["WARNING", "WARNING"]
    first, second = (record.getMessage() for record in caplog.records)
    assert f"Job {job_id.id}" in first
    assert (START + 10 * SECOND).isoformat() in first
    assert "21.000 s" in first
    assert (START + 20 * SECOND).isoformat() in second
    assert "11.000 s" in second


def test_under_ignore_nothing_is_logged(
    task_clock: ManualClock, task_scheduler: task.Scheduler, task_events: Recorder, caplog: pytest.LogCaptureFixture
):
    job_id = task_scheduler.schedule_job_recur_by_frequency(nothing, 10, task_policy=IGNORE)
    task_scheduler.pause_job(job_id)
    task_clock.advance(31 * SECOND)
    task_scheduler.resume_job(job_id)
    task_clock.advance(timedelta())
    assert len(task_events.ignored) == 3
    assert caplog.records == []


def test_a_flood_of_dropped_triggers_is_told_in_the_end_as_one(
    task_clock: ManualClock, task_scheduler: task.Scheduler, task_events: Recorder, caplog: pytest.LogCaptureFixture
):
    job_id = task_scheduler.schedule_job_recur_by_frequency(nothing, 1, task_policy=LOG_AND_IGNORE)
    task_scheduler.pause_job(job_id)
    task_clock.advance(timedelta(days=1) + timedelta(milliseconds=500))
    task_scheduler.resume_job(job_id)
    task_clock.advance(timedelta())
    *single, rest = task_events.ignored
    assert [event.up_to for event in single] == [None] * 1000
    assert rest.up_to is not None
    told = len(single) + (rest.up_to - rest.due_at) // SECOND + 1
    assert told + len(task_events.executed) == 86_401
    assert len(caplog.records) == 1001


def test_ignored_triggers_do_not_count(task_clock: ManualClock, task_scheduler: task.Scheduler, task_events: Recorder):
    job_id = task_scheduler.schedule_job_recur_by_frequency(nothing, 10, max_count=3, task_policy=IGNORE)
    task_clock.advance(SECOND)
    task_scheduler.pause_job(job_id)
    task_clock.advance(35 * SECOND)
    task_scheduler.resume_job(job_id)
    task_clock.advance(timedelta(minutes=5))
    assert seconds(task_events.executed) == [0, 40, 50]
    assert seconds(task_events.ignored) == [10, 20, 30]
    assert task_scheduler.get_running_jobs() == []


def test_pausing_and_resuming_twice_is_the_same_as_once(
    task_clock: ManualClock, task_scheduler: task.Scheduler, task_events: Recorder
):
    job_id = task_scheduler.schedule_job_recur_by_frequency(nothing, 10)
    task_scheduler.resume_job(job_id)
    for _ in range(2):
        task_scheduler.pause_job(job_id)
        task_clock.advance(12 * SECOND)
    for _ in range(2):
        task_scheduler.resume_job(job_id)
    task_clock.advance(timedelta())
    assert seconds(task_events.executed) == [0, 10, 20]


def test_a_pause_interrupts_no_execution_under_way(
    task_clock: ManualClock, task_scheduler: task.Scheduler, task_events: Recorder
):
    job_id = task_scheduler.schedule_job_recur_by_frequency(lambda: task_clock.sleep(20 * SECOND), 60)
    task_clock.advance(SECOND)
    task_scheduler.pause_job(job_id)
    task_clock.advance(25 * SECOND)
    (event,) = task_events.executed
    assert event.ended_at == START + 20 * SECOND


def test_all_jobs_are_paused_and_resumed_at_once_but_not_those_scheduled_later(
    task_clock: ManualClock, task_scheduler: task.Scheduler, task_events: Recorder
):
    one = task_scheduler.schedule_job_recur_by_frequency(nothing, 10, start_time=START + SECOND)
    two = task_scheduler.schedule_one_time_job(nothing, START + 5 * SECOND)
    task_scheduler.pause_all_jobs()
    task_scheduler.pause_all_jobs()
    three = task_scheduler.schedule_one_time_job(nothing, START + 7 * SECOND)
    task_clock.advance(20 * SECOND)
    assert [event.job_id for event in task_events.executed] == [three]
    assert task_scheduler.get_running_jobs() == [one, two]
    task_scheduler.resume_all_jobs()
    task_clock.advance(timedelta())
    assert sorted(seconds(task_events.executed)) == [1, 5, 7, 11]
    assert task_scheduler.get_running_jobs() == [one]


def test_resuming_all_resumes_what_was_paused_alone_and_one_can_be_resumed_out_of_all(
    task_clock: ManualClock, task_scheduler: task.Scheduler, task_events: Recorder
):
    ids = [task_scheduler.schedule_one_time_job(nothing, START + n * SECOND) for n in (1, 2, 3)]
    task_scheduler.pause_job(ids[0])
    task_scheduler.pause_all_jobs()
    task_scheduler.resume_job(ids[2])
    task_clock.advance(5 * SECOND)
    assert [event.job_id for event in task_events.executed] == [ids[2]]
    task_scheduler.resume_all_jobs()
    task_clock.advance(timedelta())
    assert [event.job_id for event in task_events.executed] == [ids[2], ids[0], ids[1]]


def test_what_fell_due_in_a_pause_is_caught_up_even_after_the_end(
    task_clock: ManualClock, task_scheduler: task.Scheduler, task_events: Recorder
):
    job_id = task_scheduler.schedule_job_recur_by_frequency(nothing, 10, end_time=START + 25 * SECOND)
    task_clock.advance(SECOND)
    task_scheduler.pause_job(job_id)
    task_clock.advance(timedelta(hours=1))
    assert task_scheduler.get_running_jobs() == [job_id]
    task_scheduler.resume_job(job_id)
    task_clock.advance(timedelta())
    assert seconds(task_events.executed) == [0, 10, 20]
    assert task_scheduler.get_running_jobs() == []


def test_under_ignore_a_job_whose_end_came_in_a_pause_leaves_on_resume(
    task_clock: ManualClock, task_scheduler: task.Scheduler, task_events: Recorder
):
    job_id = task_scheduler.schedule_job_recur_by_frequency(
        nothing, 10, end_time=START + 25 * SECOND, task_policy=IGNORE
    )
    task_clock.advance(SECOND)
    task_scheduler.pause_job(job_id)
    task_clock.advance(timedelta(hours=1))
    task_scheduler.resume_job(job_id)
    task_clock.advance(timedelta())
    assert seconds(task_events.executed) == [0]
    assert seconds(task_events.ignored) == [10, 20]
    assert [(event.job_id, event.why) for event in task_events.ended] == [(job_id, task.Ended.COMPLETED)]


def test_a_job_paused_while_it_waits_for_a_worker_does_not_get_one(task_clock: ManualClock, task_events: Recorder):
    scheduler = task.Scheduler(clock=task_clock, hooks=task_events.hooks, worker_count=1)
    scheduler.schedule_one_time_job(lambda: task_clock.sleep(10 * SECOND), START + SECOND)
    waits = scheduler.schedule_one_time_job(nothing, START + 2 * SECOND)
    task_clock.advance(5 * SECOND)
    scheduler.pause_job(waits)
    task_clock.advance(10 * SECOND)
    assert len(task_events.executed) == 1
    scheduler.resume_job(waits)
    task_clock.advance(timedelta())
    assert len(task_events.executed) == 2


pauses = st.lists(st.tuples(st.sampled_from(["pause", "resume"]), st.integers(0, 40)), max_size=12)


def story(policy: task.TaskPolicy, moves: list[tuple[str, int]], length: int, *, inline: bool = False) -> Recorder:
    """A job every ten seconds, of `length` seconds, paused and resumed as told, and resumed in the end."""
    clock, events = ManualClock(START), Recorder()
    scheduler = task.Scheduler(clock=clock, hooks=events.hooks, worker_count=2, waiting_time=5)
    trigger = task.IntervalTrigger(10 * SECOND, START, START + 600 * SECOND)
    job = nothing if inline else lambda: clock.sleep(length * SECOND)
    job_id = scheduler.schedule(job, trigger, task_policy=policy, inline=inline)
    for move, then in moves:
        (scheduler.pause_job if move == "pause" else scheduler.resume_job)(job_id)
        clock.advance(then * SECOND)
    scheduler.resume_job(job_id)
    clock.advance(timedelta(hours=1))
    assert scheduler.get_running_jobs() == []
    return events


ALL = [10.0 * n for n in range(61)]


@pytest.mark.slow
@given(pauses, st.integers(0, 25), st.booleans())
def test_under_wait_each_due_time_is_executed_exactly_once_whatever_the_pauses(
    moves: list[tuple[str, int]], length: int, inline: bool
):
    events = story(task.TaskPolicy(), moves, length, inline=inline)
    assert sorted(seconds(events.executed)) == ALL
    assert all(event.started_at >= event.due_at for event in events.executed)


@pytest.mark.slow
@given(pauses, st.integers(0, 45), st.booleans())
def test_under_ignore_what_is_executed_and_what_is_dropped_are_all_due_times_whatever_the_pauses(
    moves: list[tuple[str, int]], length: int, inline: bool
):
    events = story(IGNORE, moves, length, inline=inline)
    assert sorted(seconds(events.executed) + seconds(events.ignored)) == ALL
    assert all(timedelta() <= event.started_at - event.due_at <= 5 * SECOND for event in events.executed)
    assert all(event.lateness > 5 * SECOND for event in events.ignored)
