"""Fixtures for tests of what is scheduled: a clock that stands still, and a scheduler that lives by it.

pytest loads this by itself where Clockhouse is installed. `@pytest.mark.task_clock("2026-03-29T00:00Z")` says where the
clock of a test starts; a datetime says it as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from clockhouse.task import Scheduler
    from clockhouse.task.testing import ManualClock, Recorder

START = datetime(2026, 1, 1, tzinfo=UTC)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "task_clock(start): where the task_clock fixture starts (a datetime, or ISO 8601; naive is UTC)"
    )


@pytest.fixture
def task_clock(request: pytest.FixtureRequest) -> ManualClock:
    """A clock that moves only by `advance`, from midnight of 1 January 2026 UTC or what the mark says."""
    from clockhouse.task.testing import ManualClock

    mark = request.node.get_closest_marker("task_clock")
    return ManualClock(START if mark is None else _start_of(*mark.args, **mark.kwargs))


@pytest.fixture
def task_events() -> Recorder:
    """What `task_scheduler` has told: its executions, errors, ignored occurrences and ended jobs."""
    from clockhouse.task.testing import Recorder

    return Recorder()


@pytest.fixture
def task_scheduler(task_clock: ManualClock, task_events: Recorder) -> Iterator[Scheduler]:
    """A scheduler that executes its jobs while `task_clock` is advanced."""
    from clockhouse.task import Scheduler

    scheduler = Scheduler(clock=task_clock, hooks=task_events.hooks)
    yield scheduler
    scheduler.immediate_stop()


def _start_of(start: datetime | str) -> datetime:
    return start if isinstance(start, datetime) else datetime.fromisoformat(start)
