"""How an artifact comes to be: in a folder beside its place, whole or not at all."""

from __future__ import annotations

import shutil
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from pathlib import Path
from typing import Protocol

from clockhouse.builders import seal
from clockhouse.builders.base import Built, Event, Failed, Line, Order, Problem, Step
from clockhouse.builders.threads import whole


class Stopped(Exception):
    """The build cannot go on for a reason that its author can mend."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


class Making(Protocol):
    """One build under way."""

    outcome: Built | Failed  # once the events have ended

    def events(self) -> AsyncGenerator[Step | Line, None]:
        """Every step in turn until one fails."""
        ...


async def made(order: Order, begin: Callable[[Path], Making]) -> AsyncGenerator[Event, None]:
    """Makes what is ordered, unless it is there already; see `Builder.build`. `begin` gets the folder to make it in."""
    artifact = order.artifact.absolute()
    part = artifact.with_name(f"{artifact.name}.part")
    try:
        outcome: Built | Failed | None = await whole(seal.read, artifact)
    except ValueError:
        outcome = Failed(Problem(f"Something that is no build is at {artifact}. Move it away, then build again."))
    if outcome is None:
        try:
            await whole(shutil.rmtree, part, ignore_errors=True)  # of a build that was killed
            making = begin(part)
            async with aclosing(making.events()) as events:
                async for event in events:
                    yield event
            outcome = making.outcome
        finally:
            await whole(shutil.rmtree, part, ignore_errors=True)
    yield outcome
