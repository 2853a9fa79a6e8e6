"""Questions about a source, each whole in one function: from plain values to plain values, for another process."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from clockhouse.flows import mapping, model, operations, scope, wire
from clockhouse.flows.changes import RefusedError
from clockhouse.flows.nodes import Path
from clockhouse.flows.operations import Edited, Operation
from clockhouse.flows.positions import Utf16
from clockhouse.flows.reading import read
from clockhouse.flows.scope import Known


def described(text: str, anchors: Sequence[int], unfolded: str | None) -> str:
    """The flow of a source, as JSON. Anchors here and below are in UTF-16 units."""
    found = model.describe(read(text, _offsets(text, anchors)), unfolded=unfolded)
    return json.dumps(wire.model(found, text), separators=(",", ":"))


def edited(text: str, operation: Operation, anchors: Sequence[int]) -> Edited | str:
    """The changes that an operation makes, or why it makes none. Raises LookupError for a step that is gone."""
    try:
        return operations.edit(text, operation, _offsets(text, anchors))
    except RefusedError as refused:
        return str(refused)


def code(text: str, path: Path, count: int, anchors: Sequence[int]) -> str:
    """The code of steps as it would stand at column 0. Raises LookupError for steps that are gone."""
    return operations.code_of(text, path, count, _offsets(text, anchors))


def known(text: str, path: Path, typed: str | None, anchors: Sequence[int]) -> list[Known]:
    """What a step can use, or what may follow what is typed. Raises LookupError for a step that is gone."""
    tree = read(text, _offsets(text, anchors))
    return scope.around(tree, path) if typed is None else scope.fitting(tree, path, typed)


def mapped(text: str, function: str, anchors: Sequence[int]) -> dict[str, Any]:
    """A function as a data mapper, as JSON has it. Raises LookupError when there is no such function."""
    return wire.mapper(mapping.describe(read(text, _offsets(text, anchors)), function), text)


def _offsets(text: str, anchors: Sequence[int]) -> list[int]:
    units = Utf16(text)
    return [units.offset(each) for each in anchors]
