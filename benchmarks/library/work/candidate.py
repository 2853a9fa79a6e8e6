"""What a scheduler has to do to be measured; each sibling module offers `start` and brings one."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable
from typing import Any, Protocol, cast

Job = Callable[[], None]
Planned = tuple[Job, int, int]
"""A job, when it is due first in microseconds since 1970, and its interval in microseconds."""


class Candidate(Protocol):
    """A scheduler that runs. Every occurrence counts: one that is late is executed late, none is dropped or merged."""

    def add(self, jobs: Iterable[Planned]) -> list[Any]:
        """What each job is known by from now on; they are added one by one."""

    def run(self) -> None:
        """Called once, when the first jobs are there; whoever runs already does nothing."""

    def pause(self, key: Any) -> None: ...

    def resume(self, key: Any) -> None: ...

    def remove(self, key: Any) -> None: ...


def start(name: str, workers: int) -> Candidate:
    """A candidate with a pool of so many threads; 0 has jobs run on the scheduler's own thread."""
    return cast(Candidate, importlib.import_module(f"benchmarks.library.work.{name}").start(workers))
