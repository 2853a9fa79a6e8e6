"""Any source: checked out once, and built as what it is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from pathlib import Path

import pytest

from clockhouse.builders.base import Built, Detected, Entry, Event, Failed, Line, Order, Said, Step, StepState
from clockhouse.builders.detecting import DetectingBuilder
from clockhouse.errors import Unavailable
from clockhouse.model.recipe import Recipe
from clockhouse.model.source import SourceKind
from clockhouse.task.clock import SystemClock


class Noting:
    """A builder that checks out and says what it found."""

    def __init__(self, kind: str) -> None:
        self._kind = kind

    async def build(self, order: Order) -> AsyncGenerator[Event, None]:
        now = SystemClock().now()
        yield Step(now, "Check out", StepState.STARTED)
        source = order.artifact.with_suffix(".part")
        order.check_out(source)
        yield Step(now, "Check out", StepState.FINISHED, 0.0)
        yield Built(self._kind, Entry(",".join(sorted(path.name for path in source.iterdir()))), ())


def build(folder: Path, files: Mapping[str, str], chosen: SourceKind | None = None) -> list[Event]:
    def check_out(source: Path) -> None:
        source.mkdir()
        for name, text in files.items():
            (source / name).write_text(text)
        if "broken" in files:
            raise Unavailable("The branch has vanished.")

    async def collect() -> list[Event]:
        builders = {SourceKind.PYTHON: Noting("python"), SourceKind.BALLERINA: Noting("ballerina")}
        builder = DetectingBuilder(SystemClock(), builders)
        order = Order("one", check_out, folder / "artifacts/one", Recipe(kind=chosen))
        async with aclosing(builder.build(order)) as events:
            return [event async for event in events]

    return asyncio.run(collect())


@pytest.mark.parametrize(
    ("files", "chosen", "kind"),
    [
        (["main.py"], None, "python"),
        (["Ballerina.toml", "main.py"], None, "ballerina"),
        (["Ballerina.toml", "main.py"], SourceKind.PYTHON, "python"),
        (["README.md"], None, "python"),  # which says what it misses
    ],
)
def test_it_is_built_as_what_it_is_or_was_chosen_to_be(
    tmp_path: Path, files: list[str], chosen: SourceKind | None, kind: str
) -> None:
    events = build(tmp_path, dict.fromkeys(files, ""), chosen)
    assert events[-1] == Built(kind, Entry(",".join(sorted(files))), ())
    steps = [(event.name, event.state) for event in events if isinstance(event, Step)]
    assert steps == [("Check out", StepState.STARTED), ("Check out", StepState.FINISHED)]


def test_it_says_what_it_saw(tmp_path: Path) -> None:
    events = build(tmp_path, {"Ballerina.toml": ""})
    said = "Ballerina.toml was found, so it is built as Ballerina."
    assert [event.text for event in events if isinstance(event, Line)] == [said]
    assert Detected(said) in events


@pytest.mark.parametrize(
    ("files", "told"),
    [({"broken": ""}, "The branch has vanished."), ({"Dockerfile": ""}, "This server builds no Dockerfiles")],
)
def test_what_cannot_be_had_or_built_fails_its_step_and_leaves_nothing(
    tmp_path: Path, files: dict[str, str], told: str
) -> None:
    events = build(tmp_path, files)
    assert isinstance(events[-1], Failed)
    assert events[-1].problem.message.startswith(told)
    assert [event.state for event in events if isinstance(event, Step)][-1] is StepState.FAILED
    assert list((tmp_path / "artifacts").iterdir()) == []


DECLARED = "build: {kind: ballerina, time_out: 1m}\nenvironments: {development: {schedules: [{every: 10m}]}}\n"


def test_it_is_built_as_its_own_file_says(tmp_path: Path) -> None:
    events = build(tmp_path, {"main.py": "", "clockhouse.yaml": DECLARED}, SourceKind.PYTHON)
    assert Said(DECLARED) in events
    assert isinstance(events[-1], Built)
    assert events[-1].digest == "ballerina"


def test_a_file_that_cannot_be_meant_so_fails_the_build_at_its_line(tmp_path: Path) -> None:
    events = build(tmp_path, {"main.py": "", "clockhouse.yaml": "build:\n  kind: cobol\n"})
    assert isinstance(events[-1], Failed)
    problem = events[-1].problem
    assert (problem.path, problem.line, problem.excerpt) == ("clockhouse.yaml", 2, "  kind: cobol")
    assert "There is no “cobol” here" in problem.message
    assert list((tmp_path / "artifacts").iterdir()) == []
