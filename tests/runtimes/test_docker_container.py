"""Up to where a container's log is told, with an Engine whose instants are chosen: a real one's are not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from clockhouse.docker import EngineError, Logged
from clockhouse.kit.declared import Entry
from clockhouse.runtimes.base import Lines, Work
from clockhouse.runtimes.docker_container import Container
from clockhouse.task.clock import SystemClock

STARTED = datetime(2026, 11, 22, 12, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


class Engine:
    """Tells a container's log as an Engine does; each way to follow it but the last breaks after some pieces."""

    def __init__(self, log: list[Logged], breaks: list[int]) -> None:
        self._log = log
        self._breaks = breaks

    async def inspect(self, _name: str) -> dict[str, Any]:
        at = STARTED.isoformat().replace("+00:00", ".0Z")
        return {"State": {"Running": bool(self._breaks), "StartedAt": at, "FinishedAt": at, "ExitCode": 0}}

    async def wait(self, _name: str) -> int:
        return 0

    async def usage(self, _name: str) -> None:
        raise EngineError("No such container.")

    async def logs(
        self, _name: str, *, since: datetime | None = None, follow: bool = True
    ) -> AsyncGenerator[list[Logged], None]:
        left = [each for each in self._log if since is None or each.at >= since]
        if follow and self._breaks:
            for each in left[: self._breaks.pop(0)]:
                yield [each]
            raise EngineError("The connection broke.")
        yield left


def written(moments: list[tuple[int, bool]]) -> list[Logged]:
    """A line for each moment, in microseconds since the start as the Engine tells that, of one stream or the other."""
    return [
        Logged(STARTED + moment * MICROSECOND, "stderr" if is_error else "stdout", b"%d\n" % number)
        for number, (moment, is_error) in enumerate(moments)
    ]


async def told(log: list[Logged], known: dict[str, int], breaks: list[int]) -> list[str]:
    engine: Any = Engine(log, breaks)
    container = Container(SystemClock(), engine, Work("e1", Path("/nowhere"), Entry("main.py")), server="test")
    await container.find(known)
    lines: list[Lines] = [each async for each in container.lines()]
    await container.exited()
    return [text for each in lines for text in each.texts]


def test_what_it_wrote_before_the_engine_calls_it_started_is_told_by_who_adopts_it() -> None:
    log = written([(moment - 200, False) for moment in range(100)])
    assert asyncio.run(told(log, {"stdout": 70}, [])) == [str(number) for number in range(70, 100)]


def test_of_lines_of_one_instant_those_that_were_told_are_not_told_again() -> None:
    log = written([(0, False), (0, True), (0, False), (0, True)])
    assert asyncio.run(told(log, {"stdout": 1}, [])) == ["1", "2", "3"]


moments = st.lists(st.tuples(st.integers(-3, 3), st.booleans()), max_size=12).map(sorted)


@settings(max_examples=40)
@given(moments=moments, breaks=st.lists(st.integers(0, 5), max_size=2), adopted_after=st.integers(0, 12))
def test_each_line_is_told_once_wherever_its_log_breaks(
    moments: list[tuple[int, bool]], breaks: list[int], adopted_after: int
) -> None:
    log = written(moments)
    before = log[:adopted_after]
    known = {stream: sum(each.stream == stream for each in before) for stream in ("stdout", "stderr")}
    assert asyncio.run(told(log, known, list(breaks))) == [str(number) for number in range(len(before), len(log))]
