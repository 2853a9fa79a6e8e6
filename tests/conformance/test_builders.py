"""What every builder must do, whatever it builds: each one is a `Case` of this suite."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.support.docker import Engine, OwnedBuilder
from tests.support.hanging import Hanging, hanging_python
from tests.support.ledger import ledger
from tests.support.sources import Sources
from tests.support.waiting import eventually

from clockhouse.builders.base import Builder, Built, Event, Failed, Line, Order, Step, StepState
from clockhouse.builders.python import PythonBuilder
from clockhouse.builders.source import Author
from clockhouse.errors import NotFound
from clockhouse.task.clock import SystemClock

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
Files = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Case:
    """A builder with sources that show each behaviour.

    `broken` and `uninstallable` come with the path and line that explains their failure. `hanging` is a source whose
    build does not end, given a folder for what it needs to tell of itself.
    """

    make: Callable[[Path], Builder]
    good: Files
    broken: tuple[Files, str, int]
    uninstallable: tuple[Files, str, int]
    hanging: Callable[[Path], Hanging]


PYTHON = Case(
    make=lambda folder: PythonBuilder(SystemClock(), folder / "cache"),
    good={"main.py": "print('hello')\n", "lib/part.py": "x = 1\n"},
    broken=({"main.py": "import lib\n", "lib.py": "x = 1\ndef broken(:\n    pass\n"}, "lib.py", 2),
    uninstallable=(
        {"main.py": "print('hello')\n", "requirements.txt": "--no-index\n# why\nsurely-there-is-no-such-thing>=2\n"},
        "requirements.txt",
        3,
    ),
    hanging=lambda _: hanging_python(),
)


@pytest.fixture
def dockerfile_case(docker_engine: Engine, busybox: str) -> Case:
    start = f"FROM {busybox}\n"

    def hanging(_: Path) -> Hanging:
        files = {"Dockerfile": f"{start}USER 10001\nRUN while :; do sleep 1; done\n"}

        def begun() -> None:
            eventually(docker_engine.left)

        def ended() -> None:
            eventually(lambda: not docker_engine.left())

        return Hanging(files, begun, ended)

    return Case(
        make=lambda _: OwnedBuilder(docker_engine),
        good={"Dockerfile": f"{start}COPY . /app\nRUN cat /app/lib/part\nUSER 10001\n", "lib/part": "x = 1\n"},
        broken=({"Dockerfile": f"{start}BAKE a cake\n"}, "Dockerfile", 2),
        uninstallable=({"Dockerfile": f"{start}# why\nRUN echo no such thing; false\n"}, "Dockerfile", 3),
        hanging=hanging,
    )


@pytest.fixture(params=["python", pytest.param("dockerfile", marks=[pytest.mark.docker, pytest.mark.slow])])
def case(request: pytest.FixtureRequest) -> Case:
    if request.param == "python":
        return PYTHON
    found = request.getfixturevalue("dockerfile_case")
    assert isinstance(found, Case)
    return found


@pytest.fixture
def house(case: Case, tmp_path: Path) -> Iterator[House]:
    made = House(case.make(tmp_path), tmp_path)
    yield made
    made.sources.database.close()


class House:
    """A builder with real repositories to build from, and a folder of artifacts."""

    def __init__(self, builder: Builder, folder: Path) -> None:
        self.builder = builder
        self.sources = Sources(ledger(folder / "clockhouse.db").database)
        self.artifacts = folder / "artifacts"

    def order(self, files: Files, name: str = "one") -> Order:
        commit = self.sources.create(name, files, author=Author("Anna", "a@example.org"), message="m", at=NOON)
        return self.ordered(name, commit.sha, name)

    def ordered(self, component: str, sha: str, name: str) -> Order:
        def check_out(folder: Path) -> None:
            self.sources.check_out(component, sha, folder)

        return Order(name, check_out, self.artifacts / name)

    def build(self, order: Order) -> list[Event]:
        async def collect() -> list[Event]:
            return [event async for event in self.builder.build(order)]

        return asyncio.run(collect())

    def left(self) -> list[str]:
        """What is in the folder of artifacts."""
        return sorted(os.listdir(self.artifacts)) if self.artifacts.exists() else []


def contents(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Every file below `folder`, with the moment it was last changed."""
    files = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return {str(path.relative_to(folder)): (path.stat().st_mtime_ns, path.read_bytes()) for path in files}


@pytest.mark.slow
def test_a_commit_becomes_an_artifact(house: House, case: Case) -> None:
    events = house.build(house.order(case.good))
    assert isinstance(events[-1], Built)
    assert len(events[-1].digest) == 64
    assert house.left() == ["one"]
    for path, text in case.good.items():
        assert (house.artifacts / "one" / "source" / path).read_text() == text


@pytest.mark.slow
def test_steps_are_told_in_pairs_and_lines_in_between(house: House, case: Case) -> None:
    *told, outcome = house.build(house.order(case.good))
    assert isinstance(outcome, Built)
    current = None
    for event in told:
        assert isinstance(event, Step | Line)
        assert event.at.tzinfo is UTC
        if isinstance(event, Line):
            assert event.step == current
        elif event.state is StepState.STARTED:
            assert current is None
            assert event.took_s is None
            current = event.name
        else:
            assert (event.name, event.state) == (current, StepState.FINISHED)
            assert event.took_s is not None
            current = None
    assert current is None


@pytest.mark.slow
def test_the_same_commit_builds_to_the_same_digest_and_another_to_another(house: House, case: Case) -> None:
    order = house.order(case.good)
    first = house.build(order)[-1]
    head = house.sources.head("one")
    assert head is not None
    again = house.build(house.ordered("one", head.sha, "again"))[-1]
    other = house.build(house.order({**case.good, "notes.txt": "x"}, "other"))[-1]
    assert isinstance(first, Built)
    assert isinstance(again, Built)
    assert isinstance(other, Built)
    assert first == again
    assert first.digest != other.digest


@pytest.mark.slow
def test_an_artifact_that_is_there_is_told_again_and_not_touched(house: House, case: Case) -> None:
    order = house.order(case.good)
    first = house.build(order)[-1]
    before = contents(order.artifact)
    assert house.build(order) == [first]
    assert contents(order.artifact) == before


@pytest.mark.slow
def test_what_a_killed_build_left_does_not_disturb_the_next(house: House, case: Case) -> None:
    order = house.order(case.good)
    left = house.artifacts / "one.part" / "source"
    left.mkdir(parents=True)
    (left / "stale.py").write_text("stale = True\n")
    assert isinstance(house.build(order)[-1], Built)
    assert house.left() == ["one"]
    assert not (order.artifact / "source" / "stale.py").exists()


def test_something_else_in_the_place_of_the_artifact_is_left_alone(house: House, case: Case) -> None:
    order = house.order(case.good)
    order.artifact.mkdir(parents=True)
    (order.artifact / "letter").write_text("mine")
    assert isinstance(house.build(order)[-1], Failed)
    assert [path.name for path in order.artifact.iterdir()] == ["letter"]


def test_a_syntax_error_fails_with_its_line(house: House, case: Case) -> None:
    files, path, line = case.broken
    *told, outcome = house.build(house.order(files))
    assert isinstance(outcome, Failed)
    assert (outcome.problem.path, outcome.problem.line) == (path, line)
    assert outcome.problem.excerpt is not None
    assert files[path].splitlines()[line - 1] in outcome.problem.excerpt
    assert isinstance(told[-1], Step)
    assert told[-1].state is StepState.FAILED
    assert house.left() == []


@pytest.mark.slow
def test_an_uninstallable_dependency_fails_with_its_line(house: House, case: Case) -> None:
    files, path, line = case.uninstallable
    *_, outcome = house.build(house.order(files))
    assert isinstance(outcome, Failed)
    assert (outcome.problem.path, outcome.problem.line) == (path, line)
    assert outcome.problem.excerpt == files[path].splitlines()[line - 1]
    assert house.left() == []


def test_a_commit_that_does_not_exist_fails_with_a_sentence(house: House, case: Case) -> None:
    house.order(case.good)
    *_, outcome = house.build(house.ordered("one", "0" * 40, "none"))
    assert isinstance(outcome, Failed)
    with pytest.raises(NotFound) as told:
        house.sources.read("one", "0" * 40)
    assert outcome.problem.message == told.value.sentence
    assert house.left() == []


def test_a_place_that_cannot_be_written_fails_with_a_sentence(house: House, case: Case) -> None:
    order = house.order(case.good)
    house.artifacts.write_text("a file where the folder should be")
    outcome = house.build(order)[-1]
    assert isinstance(outcome, Failed)
    assert "then build again" in outcome.problem.message


def test_closing_early_removes_what_was_half_made(house: House, case: Case) -> None:
    order = house.order(case.good)

    async def leave_at_the_first_line() -> None:
        async with aclosing(house.builder.build(order)) as events:
            async for event in events:
                if isinstance(event, Line):
                    break
        assert house.left() == []

    asyncio.run(leave_at_the_first_line())


@pytest.mark.slow
def test_a_link_in_a_commit_leads_nowhere(house: House, case: Case, tmp_path: Path) -> None:
    house.order(case.good)
    (tmp_path / "outside").mkdir()
    good = {path.encode(): (0o100644, text.encode()) for path, text in case.good.items()}
    sha = house.sources.pushed("one", {**good, b"link": (0o120000, bytes(tmp_path / "outside"))})
    assert isinstance(house.build(house.ordered("one", sha, "linked"))[-1], Built)
    assert not os.path.lexists(house.artifacts / "linked" / "source" / "link")


def test_a_path_that_leads_outside_fails_and_writes_nothing(house: House, case: Case, tmp_path: Path) -> None:
    house.order(case.good)
    sha = house.sources.pushed("one", {b"main.py": (0o100644, b""), b"../harm.py": (0o100644, b"harm")})
    before = sorted(tmp_path.iterdir())
    outcome = house.build(house.ordered("one", sha, "hostile"))[-1]
    assert isinstance(outcome, Failed)
    assert "not inside the source folder" in outcome.problem.message
    assert house.left() == []
    assert {path.name for path in tmp_path.iterdir()} - {path.name for path in before} <= {"artifacts"}


@pytest.mark.slow
def test_cancelling_in_the_middle_ends_every_process_and_leaves_nothing(
    house: House, case: Case, tmp_path: Path
) -> None:
    hanging = case.hanging(tmp_path)
    order = house.order(hanging.files)

    async def collect() -> list[Event]:
        return [event async for event in house.builder.build(order)]

    async def cancel_once_it_hangs() -> None:
        building = asyncio.create_task(collect())
        await asyncio.to_thread(hanging.begun)
        building.cancel()
        with pytest.raises(asyncio.CancelledError):
            await building
        assert house.left() == []
        await asyncio.to_thread(hanging.ended)

    asyncio.run(asyncio.wait_for(cancel_once_it_hangs(), 60))
