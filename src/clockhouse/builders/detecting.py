"""Any source: checked out once, looked at, and handed to the builder of its kind."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path

from clockhouse.builders import detection, seal
from clockhouse.builders.base import Builder, Detected, Event, Failed, Line, Order, Problem, Said, Step, StepState
from clockhouse.builders.detection import Detection
from clockhouse.builders.threads import whole
from clockhouse.errors import ClockhouseError
from clockhouse.model import declaration, declaration_reading
from clockhouse.model.recipe import Recipe
from clockhouse.model.source import SourceKind
from clockhouse.task.clock import Clock

_STEP = "Check out"
_TEXT_MAX_BYTES = 1024 * 1024
_MISSING = {
    SourceKind.DOCKERFILE: "This server builds no Dockerfiles: start it with a Docker Engine (--docker-host).",
    SourceKind.IMAGE: "This server takes no images: start it with a Docker Engine (--docker-host).",
    SourceKind.BALLERINA: "This server builds no Ballerina projects.",
    SourceKind.PYTHON: "This server builds no Python projects.",
}


class DetectingBuilder:
    """Builds with the builder of the kind that was chosen for a source, or else found in it."""

    def __init__(self, clock: Clock, builders: Mapping[SourceKind, Builder]) -> None:
        self._clock = clock
        self._builders = builders

    async def build(self, order: Order) -> AsyncGenerator[Event, None]:
        """Build, telling steps and lines as they happen; see `Builder.build`."""
        artifact = order.artifact.absolute()
        fetched = artifact.with_name(f"{artifact.name}.source.part")
        began = self._clock.monotonic()
        try:
            is_there = await asyncio.to_thread(_is_there, artifact)
            if not is_there:
                yield Step(self._clock.now(), _STEP, StepState.STARTED)
            looked = await whole(_check_out, order, fetched) if not is_there else _Looked(_python(), order.recipe)
            found = looked if isinstance(looked, Problem) else looked.detection
            builder = None if isinstance(found, Problem) else self._builders.get(found.kind or SourceKind.PYTHON)
            if isinstance(looked, Problem) or isinstance(found, Problem) or builder is None:
                problem = found if isinstance(found, Problem) else Problem(_MISSING[found.kind or SourceKind.PYTHON])
                yield Line(self._clock.now(), _STEP, problem.message)
                yield Step(self._clock.now(), _STEP, StepState.FAILED, self._clock.monotonic() - began)
                yield Failed(problem)
                return
            for sentence in found.saw:
                yield Line(self._clock.now(), _STEP, sentence)
            if found.saw:
                yield Detected(found.sentence)
            if looked.declaration is not None:
                yield Said(looked.declaration)
            moved = replace(order, check_out=fetched.rename, recipe=looked.recipe)
            async with aclosing(builder.build(moved)) as events:
                async for event in events:
                    if isinstance(event, Step) and event.name == _STEP:
                        if event.state is StepState.STARTED:
                            continue
                        event = replace(event, took_s=self._clock.monotonic() - began)
                    yield event
        finally:
            await asyncio.to_thread(shutil.rmtree, fetched, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class _Looked:
    """What the source is, what it is built by, and its clockhouse.yaml, if it has one."""

    detection: Detection
    recipe: Recipe
    declaration: str | None = None


def _check_out(order: Order, folder: Path) -> _Looked | Problem:
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(folder, ignore_errors=True)  # of a build that was killed
        order.check_out(folder)
    except ClockhouseError as error:
        return Problem(error.sentence)
    except OSError as error:
        return Problem(f"The source cannot be written ({error.strerror}). Check the data directory, then build again.")
    declared = _declared(folder, order.recipe)
    if isinstance(declared, Problem):
        return declared
    text, recipe = declared
    return _Looked(_looked_at(folder, recipe.wanted), recipe, text)


def _declared(folder: Path, recipe: Recipe) -> tuple[str | None, Recipe] | Problem:
    """The text of the source's clockhouse.yaml, and the recipe as that has it."""
    path = folder / declaration.FILE
    if not path.is_file() or path.is_symlink():
        return None, recipe
    if path.stat().st_size > _TEXT_MAX_BYTES:
        return Problem(f"{declaration.FILE} is larger than {_TEXT_MAX_BYTES // 1024} KiB.", declaration.FILE)
    text = path.read_text(encoding="utf-8", errors="replace")
    try:
        found = declaration_reading.read(text)
    except declaration_reading.Unreadable as error:
        lines = text.splitlines()
        excerpt = lines[error.line - 1] if error.line <= len(lines) else None
        return Problem(error.sentence, declaration.FILE, error.line, excerpt)
    return text, replace(recipe, **found.build)


def _looked_at(folder: Path, chosen: SourceKind | None) -> Detection:
    paths = {
        os.path.relpath(os.path.join(parent, name), folder) for parent, _, names in os.walk(folder) for name in names
    }

    def read(name: str) -> str | None:
        path = folder / name
        if not path.is_file() or path.stat().st_size > _TEXT_MAX_BYTES:
            return None
        return path.read_text(encoding="utf-8", errors="replace")

    found = detection.detect(paths, read, chosen)
    # What holds nothing that is known is left to Python's builder, which says what it misses.
    return found if found.kind is not None else replace(found, kind=SourceKind.PYTHON)


def _is_there(artifact: Path) -> bool:
    try:
        return seal.read(artifact) is not None
    except ValueError:
        return True  # whatever it is, the builder tells


def _python() -> Detection:
    return Detection(SourceKind.PYTHON, ())
