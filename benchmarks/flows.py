"""Flows: how long it takes from a source to its flow as JSON, and to an edit of it."""

from __future__ import annotations

import ast
import json
import time
from collections.abc import Callable

from benchmarks.figure import RUNS, Figure
from clockhouse.flows import answers, model, wire
from clockhouse.flows.operations import SetField, edit
from clockhouse.flows.reading import read
from clockhouse.flows.workers import Workers

REPEATS = 2
HEAD = '''\
"""A task of many steps."""

import logging
import time

from clockhouse.kit import TaskConfig, run, setting

log = logging.getLogger(__name__)


class Config(TaskConfig):
    url: str = setting("Where to look", pattern="https?://.+")
    tries: int = setting("How often", default=3, minimum=1)
'''
FUNCTION = '''\


def step_{number}(config: Config, items: list[dict[str, str]]) -> dict[str, int]:
    """Counts what is there."""
    counts: dict[str, int] = {{}}
    for item in items:
        # what has no name is not counted
        if not item.get("name"):
            log.warning("No name in %s (try %s)", item, config.tries)
            continue
        counts[item["name"]] = counts.get(item["name"], 0) + 1
    try:
        answer = ask(config.url, {{"step": {number}, "counts": f"{{len(counts)}} of {{len(items)}}"}}, timeout=5)
    except (OSError, ValueError) as error:
        log.error("Step {number} failed: %s", error)
        raise
    return {{**counts, "answer": len(answer)}}
'''
LINES_EACH = FUNCTION.count("\n")


def flows() -> list[Figure]:
    """A source read and described as JSON, one field edited; processor time unless waited for; floor: `ast.parse`."""
    figures = []
    workers = Workers()
    for lines, target in ((500, 25), (5000, 400)):
        text = source(lines)
        at = text.index("counts.get(") + len("counts.get")
        half_typed = text[:at] + text[at + 1 :]
        anchors = [line.full_start - (line.full_start > at) for line in read(text).lines]
        number = next(node.path for node in model.describe(read(text)).body.nodes if node.facts.name == "step_0")

        def described(text: str = text) -> object:
            return json.dumps(wire.model(model.describe(read(text)), text))

        def described_half_typed(text: str = half_typed, anchors: list[int] = anchors) -> object:
            return json.dumps(wire.model(model.describe(read(text, anchors)), text))

        def edited(text: str = text, path: tuple[int, ...] = (*number, 0, 1)) -> object:
            return edit(text, SetField(path, "value", "dict()"))

        def parsed(text: str = text) -> object:
            return ast.parse(text)

        def asked(text: str = text) -> object:
            return workers(answers.described, text, (), None)

        floor = _runs(parsed)
        figures += [
            Figure(f"flow of {lines} lines", "ms", _runs(described), target, floor),
            Figure(f"flow of {lines} lines, one half typed", "ms", _runs(described_half_typed), target, floor),
            Figure(f"edit in {lines} lines", "ms", _runs(edited), target, floor),
            Figure(f"flow of {lines} lines, waited for", "ms", _runs(asked, time.perf_counter), 2 * target, floor),
        ]
    workers.close()
    return figures


def source(lines: int) -> str:
    """A task with about so many lines."""
    count = (lines - HEAD.count("\n")) // LINES_EACH
    return HEAD + "".join(FUNCTION.format(number=number) for number in range(count))


def _runs(work: Callable[[], object], clock: Callable[[], float] = time.process_time) -> list[float]:
    return [_best(work, clock) for _ in range(RUNS)]


def _best(work: Callable[[], object], clock: Callable[[], float]) -> float:
    """The least of a few: what else the machine does only ever adds."""
    found = []
    for _ in range(REPEATS):
        began = clock()
        work()
        found.append((clock() - began) * 1000)
    return min(found)
