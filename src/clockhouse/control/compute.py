"""Where what takes a processor's time is worked out."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, Protocol, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Compute(Protocol):
    """Calls a function, perhaps in another process: it is one of ours, by name, with plain arguments by position.

    Raises what the function raises, and TooLongError (of `flows.workers`) when its answer does not come in time.
    """

    def __call__(self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T: ...


def here(work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """In the thread that asks."""
    return work(*args, **kwargs)
