"""Random stories of a scheduler, told again by a model that knows nothing of how it is made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clockhouse import task
from clockhouse.task.testing import ManualClock, Recorder

START = datetime(2026, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
WAITING = 5


@dataclass
class Expected:
    """One recurring job of executions that take no time, in elapsed seconds."""

    start: int
    every: int
    left: int
    ignores: bool
    paused: bool = False
    gone: bool = False
    due: int = 0

    def __post_init__(self) -> None:
        self.due = self.start

    def pass_until(self, now: int) -> list[tuple[int, int]]:
        """What is executed up to `now`, due and started; a paused job does nothing."""
        done: list[tuple[int, int]] = []
        while not self.paused and not self.gone and self.due <= now and self.left:
            done.append((self.due, self.due))
            self.left -= 1
            self.due += self.every
        return done

    def resume(self, now: int) -> list[tuple[int, int]]:
        if not self.paused or self.gone:
            return []
        self.paused = False
        done: list[tuple[int, int]] = []
        while self.due <= now and self.left:
            if not self.ignores or now - self.due <= WAITING:
                done.append((self.due, now))
                self.left -= 1
            self.due += self.every
        return done


moves = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.integers(1, 30), st.integers(1, 12), st.booleans()),
        st.tuples(st.sampled_from(["pause", "resume", "unschedule"]), st.integers(0, 9)),
        st.tuples(st.just("advance"), st.integers(0, 60)),
        st.tuples(st.just("step"), st.integers(-7200, 7200).filter(bool)),
        st.tuples(st.just("configure"), st.integers(1, 6)),
        st.tuples(st.sampled_from(["pause all", "resume all"])),
    ),
    max_size=25,
)


class Story:
    """The same moves made to a scheduler and to what is expected of it."""

    def __init__(self) -> None:
        self.clock, self.events = ManualClock(START), Recorder()
        self.scheduler = task.Scheduler(clock=self.clock, hooks=self.events.hooks, waiting_time=WAITING)
        self.jobs: list[Expected] = []
        self.ids: list[task.JobId] = []
        self.expected: list[tuple[int, int]] = []  # the job and the elapsed second in which it is executed
        self.executed: list[tuple[int, int]] = []

    @property
    def now(self) -> int:
        return int(self.clock.monotonic())

    def move(self, kind: str, *given: int) -> None:
        if kind == "add":
            self.add(*given)
        elif kind == "advance":
            self.clock.advance(given[0] * SECOND)
        elif kind == "step":
            self.clock.set_wall(self.clock.now() + given[0] * SECOND)
        elif kind == "configure":
            self.scheduler.configure_worker_pool(given[0], WAITING)
        elif kind in ("pause all", "resume all"):
            getattr(self.scheduler, kind.replace(" ", "_") + "_jobs")()
            for number in range(len(self.jobs)):
                self.change(kind.partition(" ")[0], number)
        elif self.jobs:
            number = given[0] % len(self.jobs)
            call = getattr(self.scheduler, f"{kind}_job")
            if self.jobs[number].gone or (not self.jobs[number].left):
                with pytest.raises(task.UnknownJob):
                    call(self.ids[number])
            else:
                call(self.ids[number])
                self.change(kind, number)
        self.settle()

    def add(self, every: int, count: int, ignores: bool) -> None:
        number = len(self.jobs)
        policy = task.TaskPolicy(waiting_policy="ignore" if ignores else "wait")  # type: ignore[arg-type]

        def job() -> None:
            self.executed.append((number, self.now))

        self.ids.append(self.scheduler.schedule_job_recur_by_frequency(job, every, count, task_policy=policy))
        self.jobs.append(Expected(self.now, every, count, ignores))

    def change(self, kind: str, number: int) -> None:
        job = self.jobs[number]
        if kind == "pause":
            job.paused = True
        elif kind == "unschedule":
            job.gone = True
        else:
            self.expected += [(number, at) for _, at in job.resume(self.now)]

    def settle(self) -> None:
        """Both come to where the clock is."""
        self.clock.advance(timedelta())
        for number, job in enumerate(self.jobs):
            self.expected += [(number, at) for _, at in job.pass_until(self.now)]
        left = [self.ids[number] for number, job in enumerate(self.jobs) if job.left and not job.gone]
        assert sorted(self.executed) == sorted(self.expected)
        assert self.scheduler.get_running_jobs() == left


@pytest.mark.slow
@given(moves)
def test_a_scheduler_does_what_is_expected_of_it_move_by_move(told: list[tuple[str, int]]):
    story = Story()
    for move in told:
        story.move(*move)
    assert all(event.started_at >= event.due_at for event in story.events.executed)
    by_job = {(event.job_id, event.due_at) for event in story.events.executed}
    steps = any(move[0] == "step" for move in told)
    assert steps or len(by_job) == len(story.events.executed)
