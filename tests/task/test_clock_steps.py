"""Steps of the wall clock: due times follow, each of them still due once, without a burst and without a gap."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clockhouse import task
from clockhouse.task.testing import ManualClock, Recorder

START = datetime(2026, 1, 1, 12, tzinfo=UTC)
NOTHING = timedelta()
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
IGNORE = task.TaskPolicy(waiting_policy=task.WaitingPolicy.IGNORE)
POLICIES = [task.TaskPolicy(waiting_policy=policy) for policy in task.WaitingPolicy]


def nothing() -> None:
    """A job."""


class World:
    """A scheduler on a clock, and at which elapsed seconds its jobs were executed."""

    def __init__(self, worker_count: int = 5) -> None:
        self.clock = ManualClock(START)
        self.events = Recorder()
        self.scheduler = task.Scheduler(clock=self.clock, hooks=self.events.hooks, worker_count=worker_count)
        self.at: list[float] = []

    def job(self) -> None:
        self.at.append(self.clock.monotonic())

    def step(self, by: timedelta) -> None:
        self.clock.set_wall(self.clock.now() + by)

    @property
    def due(self) -> list[datetime]:
        return [event.due_at for event in self.events.executed]


@pytest.fixture
def world() -> World:
    return World()


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("step", [HOUR, -HOUR])
def test_an_interval_goes_on_as_time_passes(world: World, policy: task.TaskPolicy, step: timedelta):
    world.scheduler.schedule_job_recur_by_frequency(world.job, 10, task_policy=policy)
    world.clock.advance(25 * SECOND)
    world.step(step)
    world.clock.advance(25 * SECOND)
    assert world.at == [0, 10, 20, 30, 40, 50]
    assert world.events.ignored == []
    assert world.due[3] == START + 30 * SECOND + step  # by the clock as it is now


@pytest.mark.parametrize("policy", POLICIES)
def test_a_calendar_stepped_over_is_executed_once_for_all_of_it(world: World, policy: task.TaskPolicy):
    world.scheduler.schedule(world.job, task.CronTrigger("*/10 * * * *"), task_policy=policy)
    world.clock.advance(25 * MINUTE)
    world.step(HOUR)
    world.clock.advance(10 * MINUTE)
    assert world.due == [START + n * MINUTE for n in (0, 10, 20, 80, 90)]
    assert world.at == [0, 600, 1200, 1500, 1800]
    (event,) = world.events.ignored
    assert (event.due_at, event.up_to, event.why) == (START + 30 * MINUTE, START + 80 * MINUTE, task.Ignored.CLOCK)


def test_what_a_step_left_out_is_logged_whatever_the_policy(world: World, caplog: pytest.LogCaptureFixture):
    world.scheduler.schedule(world.job, task.CronTrigger("*/10 * * * *"))
    world.clock.advance(25 * MINUTE)
    world.step(HOUR)
    world.clock.advance(NOTHING)
    assert [record.levelname for record in caplog.records] == ["WARNING"]


@pytest.mark.parametrize("policy", POLICIES)
def test_a_calendar_stepped_back_over_is_not_executed_again(world: World, policy: task.TaskPolicy):
    world.scheduler.schedule(world.job, task.CronTrigger("*/10 * * * *"), task_policy=policy)
    world.clock.advance(25 * MINUTE)
    world.step(-HOUR)
    world.clock.advance(65 * MINUTE)
    assert world.due == [START + n * MINUTE for n in (0, 10, 20, 30)]
    assert world.at[-1] == (25 + 65) * 60
    assert world.events.ignored == []


def test_a_step_there_and_back_executes_nothing_twice(world: World):
    world.scheduler.schedule(world.job, task.CronTrigger("*/10 * * * *"))
    world.clock.advance(25 * MINUTE)
    world.step(HOUR)
    world.clock.advance(NOTHING)
    world.step(-HOUR)
    world.clock.advance(75 * MINUTE)
    assert world.due == [START + n * MINUTE for n in (0, 10, 20, 80, 90, 100)]
    assert len(world.events.ignored) == 1


@pytest.mark.parametrize("inline", [False, True])
def test_a_one_time_job_stepped_over_is_executed_at_once(world: World, inline: bool):
    trigger = task.DateTrigger(START + 30 * MINUTE)
    world.scheduler.schedule(world.job, trigger, inline=inline, task_policy=IGNORE)
    world.step(HOUR)
    world.clock.advance(NOTHING)
    assert (world.at, world.due) == ([0], [START + 30 * MINUTE])
    assert world.scheduler.get_running_jobs() == []


@pytest.mark.parametrize(("step", "elapsed"), [(10 * MINUTE, 20), (-HOUR, 90)])
def test_a_one_time_job_stays_at_its_place_on_the_wall_clock(world: World, step: timedelta, elapsed: int):
    world.scheduler.schedule_one_time_job(world.job, START + 30 * MINUTE)
    world.step(step)
    world.clock.advance(3 * HOUR)
    assert world.at == [elapsed * 60]
    assert world.due == [START + 30 * MINUTE]


@pytest.mark.parametrize(("step", "first"), [(10 * MINUTE, 20), (-HOUR, 90), (HOUR, 0)])
def test_a_first_start_time_stays_at_its_place_and_the_interval_counts_from_there(
    world: World, step: timedelta, first: int
):
    start = START + 30 * MINUTE
    world.scheduler.schedule_job_recur_by_frequency(world.job, 60, 3, start, task_policy=IGNORE)
    world.step(step)
    world.clock.advance(3 * HOUR)
    assert world.at == [first * 60, first * 60 + 60, first * 60 + 120]
    assert world.due[0] == start


@pytest.mark.parametrize("step", [HOUR, -HOUR])
def test_a_paused_interval_keeps_what_it_has_to_catch_up(world: World, step: timedelta):
    job_id = world.scheduler.schedule_job_recur_by_frequency(world.job, 10)
    world.clock.advance(15 * SECOND)
    world.scheduler.pause_job(job_id)
    world.clock.advance(20 * SECOND)
    world.step(step)
    world.clock.advance(10 * SECOND)
    assert world.at == [0, 10]
    world.scheduler.resume_job(job_id)
    world.clock.advance(10 * SECOND)
    assert world.at == [0, 10, 45, 45, 45, 50]


def test_a_paused_calendar_catches_up_what_fell_due_and_once_what_was_stepped_over(world: World):
    job_id = world.scheduler.schedule(world.job, task.CronTrigger("*/10 * * * *"))
    world.clock.advance(5 * MINUTE)
    world.scheduler.pause_job(job_id)
    world.clock.advance(20 * MINUTE)
    world.step(HOUR)
    world.clock.advance(10 * MINUTE)
    world.scheduler.resume_job(job_id)
    world.clock.advance(NOTHING)
    assert sorted(world.due) == [START + n * MINUTE for n in (0, 10, 20, 80, 90)]
    assert [(event.due_at, event.up_to) for event in world.events.ignored] == [
        (START + 30 * MINUTE, START + 80 * MINUTE)
    ]


def test_a_calendar_that_waits_for_a_worker_is_no_burst_after_a_step(world: World):
    world.scheduler.configure_worker_pool(worker_count=1)
    world.scheduler.schedule_one_time_job(lambda: world.clock.sleep(10 * MINUTE), START + 30 * SECOND)
    world.scheduler.schedule(world.job, task.CronTrigger("* * * * *", start=START + MINUTE))
    world.clock.advance(90 * SECOND)
    world.step(HOUR)
    world.clock.advance(8 * MINUTE)
    waited = [START + n * MINUTE for n in (1, 61, *range(62, 71))]
    assert world.at == []
    world.clock.advance(2 * MINUTE)
    assert sorted(world.due) == sorted([START + 30 * SECOND, *waited, START + 71 * MINUTE])


def test_what_a_paused_job_had_to_catch_up_outlives_an_end_that_was_stepped_over(world: World):
    job_id = world.scheduler.schedule_job_recur_by_frequency(world.job, 10, end_time=START + 60 * SECOND)
    world.clock.advance(SECOND)
    world.scheduler.pause_job(job_id)
    world.clock.advance(24 * SECOND)
    world.step(HOUR)
    world.clock.advance(SECOND)
    world.scheduler.resume_job(job_id)
    world.clock.advance(HOUR)
    assert world.at == [0, 26, 26]
    assert world.scheduler.get_running_jobs() == []


@pytest.mark.parametrize("step", [HOUR, -HOUR])
def test_a_retry_comes_after_its_interval_of_time_passing(world: World, step: timedelta):
    def fail() -> None:
        world.job()
        raise OSError

    retry = task.RetryConfiguration(2, 10)
    world.scheduler.schedule_job_recur_by_frequency(fail, 60, 1, retry=retry)
    world.clock.advance(5 * SECOND)
    world.step(step)
    world.clock.advance(HOUR)
    assert world.at == [0, 10, 20]


@pytest.mark.parametrize("step", [20 * MINUTE, -20 * MINUTE])
def test_an_occurrence_held_back_by_an_overlap_keeps_its_due_time(world: World, step: timedelta):
    world.scheduler.schedule(
        lambda: world.clock.sleep(35 * MINUTE), task.CronTrigger("*/30 * * * *"), overlap=task.Overlap.BUFFER_ONE
    )
    world.clock.advance(32 * MINUTE)
    world.step(step)
    world.clock.advance(50 * MINUTE)
    assert world.due[1] == START + 30 * MINUTE


def test_a_step_before_anything_was_scheduled_is_seen_by_the_first_call(world: World):
    world.step(-HOUR)
    world.scheduler.schedule_one_time_job(world.job, world.clock.now() + MINUTE)
    world.clock.advance(MINUTE)
    assert world.at == [60]
    world.step(3 * HOUR)
    with pytest.raises(task.InvalidTrigger):
        world.scheduler.schedule_one_time_job(world.job, world.clock.now() - SECOND)


@pytest.mark.parametrize("step", [HOUR, -HOUR])
def test_a_step_is_seen_by_calls_right_after_it(world: World, step: timedelta):
    world.scheduler.schedule_job_recur_by_frequency(nothing, 3600)
    world.clock.advance(SECOND)
    world.step(step)
    world.scheduler.schedule_one_time_job(world.job, world.clock.now() + MINUTE)
    world.scheduler.schedule_job_recur_by_frequency(world.job, 60, max_count=2)
    world.clock.advance(2 * MINUTE)
    assert world.at == [1, 61, 61]


# Of whole seconds but not of whole minutes, so that no step ends on a due time.
steps = st.lists(st.tuples(st.integers(-7200, 7200).filter(bool), st.integers(0, 900)), max_size=6)


@pytest.mark.slow
@given(steps, st.sampled_from(POLICIES))
def test_an_interval_keeps_its_rate_through_any_steps(moves: list[tuple[int, int]], policy: task.TaskPolicy):
    world = World()
    world.scheduler.schedule_job_recur_by_frequency(world.job, 60, task_policy=policy)
    for step, then in moves:
        world.step(step * SECOND)
        world.clock.advance(then * SECOND)
    world.clock.advance(NOTHING)
    assert world.at == [60.0 * n for n in range(int(world.clock.monotonic()) // 60 + 1)]
    assert world.events.ignored == []


@pytest.mark.slow
@given(steps, st.sampled_from(POLICIES))
def test_a_calendar_is_executed_for_rising_due_times_never_early_and_once_for_a_step(
    moves: list[tuple[int, int]], policy: task.TaskPolicy
):
    world = World()
    shown: list[datetime] = []

    def job() -> None:
        shown.append(world.clock.now())

    world.scheduler.schedule(job, task.CronTrigger("* * * * *"), task_policy=policy)
    executions = 0
    for step, then in moves:
        world.clock.advance(NOTHING)
        world.step(step * SECOND)
        before = len(shown)
        world.clock.advance(NOTHING)
        executions += len(shown) - before
        assert len(shown) - before <= 1
        world.clock.advance(then * SECOND)
    world.clock.advance(NOTHING)
    assert world.due == sorted(set(world.due))
    assert all(at >= due for at, due in zip(shown, world.due, strict=True))
    left_out = sum(((event.up_to or event.due_at + MINUTE) - event.due_at) // MINUTE for event in world.events.ignored)
    newest = max([START, *world.due])
    assert len(world.due) + left_out == (newest - START) // MINUTE + 1
