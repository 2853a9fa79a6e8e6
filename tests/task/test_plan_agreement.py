"""The scheduler and `plan`, from which the platform's engine works, give the same verdict on each occurrence."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from clockhouse.task import (
    CatchUp,
    CatchUpMode,
    CronTrigger,
    IntervalTrigger,
    Scheduler,
    TaskPolicy,
    Trigger,
    WaitingPolicy,
    plan,
)
from clockhouse.task.testing import ManualClock, Recorder

START = datetime(2026, 3, 28, 23, tzinfo=UTC)

triggers = st.one_of(
    st.builds(
        IntervalTrigger,
        every=st.integers(1, 5000).map(lambda seconds: timedelta(seconds=seconds)),
        start=st.just(START),
        end=st.none() | st.just(START + timedelta(hours=5)),
    ),
    st.sampled_from(["*/5 * * * *", "30 2 * * *", "0 */2 * * *"]).map(
        lambda expression: CronTrigger(expression, "Europe/Berlin")
    ),
)


@given(triggers, st.integers(0, 20_000), st.integers(1, 4000))
def test_what_fell_due_in_a_pause_is_judged_as_a_plan_judges_it(trigger: Trigger, pause_s: int, waiting_s: int):
    first = trigger.next_after(START - timedelta(microseconds=1))
    now = START + timedelta(seconds=pause_s)
    for waiting_policy, mode in ((WaitingPolicy.WAIT, CatchUpMode.ALL), (WaitingPolicy.IGNORE, CatchUpMode.NONE)):
        clock, told = ManualClock(START), Recorder()
        scheduler = Scheduler(clock=clock, hooks=told.hooks, waiting_time=waiting_s)
        job = scheduler.schedule(lambda: None, trigger, task_policy=TaskPolicy(waiting_policy=waiting_policy))
        scheduler.pause_job(job)
        clock.advance(timedelta(seconds=pause_s))
        scheduler.resume_job(job)
        clock.advance(timedelta())

        catch_up = CatchUp(mode, grace=timedelta(seconds=waiting_s))
        planned = plan(trigger, planned_at=first, now=now, catch_up=catch_up, limit=100_000)
        assert [event.due_at for event in told.executed] == [due.due_at for due in planned.due]
        ignored = [event for event in told.ignored if event.up_to is None]
        assert [event.due_at for event in ignored] == [missed.due_at for missed in planned.missed][: len(ignored)]
        assert len(ignored) == min(len(planned.missed), 1000)
        if planned.next_at is not None:
            assert scheduler.next_due(job) == planned.next_at
        scheduler.immediate_stop()
