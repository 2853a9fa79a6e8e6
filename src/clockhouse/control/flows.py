"""What may be asked of a source as a flow: nothing is kept, the text comes with each question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clockhouse.control import access
from clockhouse.errors import Conflict
from clockhouse.flows import expressions, model, operations, palette, scope
from clockhouse.flows.changes import RefusedError
from clockhouse.flows.nodes import FieldKind, Kind, Model, Path
from clockhouse.flows.operations import Edited, Operation
from clockhouse.flows.palette import Connector, FormField, Template
from clockhouse.flows.reading import read
from clockhouse.flows.scope import Known
from clockhouse.kit import declared
from clockhouse.kit.declared import Declared
from clockhouse.model.actor import Actor, Permission

_ELSEWHERE = "The source has no such step any more. Look at the flow again."


@dataclass(frozen=True, slots=True)
class Palette:
    templates: tuple[Template, ...]
    forms: dict[Kind, tuple[FormField, ...]]
    connectors: tuple[Connector, ...]


def describe(actor: Actor, text: str, *, anchors: Sequence[int], unfolded: str | None) -> Model:
    """The flow of a source; see `flows.model`."""
    access.require(actor, Permission.READ)
    return model.describe(read(text, anchors), unfolded=unfolded)


def edit(actor: Actor, text: str, operation: Operation, *, anchors: Sequence[int]) -> Edited | str:
    """The changes that an operation makes, or the reason why it makes none. Raises Conflict for a step that is gone."""
    access.require(actor, Permission.READ)
    try:
        return operations.edit(text, operation, anchors)
    except RefusedError as refused:
        return str(refused)
    except LookupError:
        raise Conflict(_ELSEWHERE) from None


def code(actor: Actor, text: str, path: Path, count: int, *, anchors: Sequence[int]) -> str:
    """The code of steps as it would stand at column 0. Raises Conflict for steps that are gone."""
    access.require(actor, Permission.READ)
    try:
        return operations.code_of(text, path, count, anchors)
    except LookupError:
        raise Conflict(_ELSEWHERE) from None


def fault(actor: Actor, text: str, kind: FieldKind, role: str | None) -> str | None:
    """What is wrong with a field's text; None when nothing is."""
    access.require(actor, Permission.READ)
    return expressions.fault(text, kind, role)


def known(actor: Actor, text: str, path: Path, typed: str | None, *, anchors: Sequence[int]) -> list[Known]:
    """What a step can use, or what may follow what is typed. Raises Conflict for a step that is gone."""
    access.require(actor, Permission.READ)
    tree = read(text, anchors)
    try:
        return scope.around(tree, path) if typed is None else scope.fitting(tree, path, typed)
    except LookupError:
        raise Conflict(_ELSEWHERE) from None


def settings(actor: Actor, text: str) -> Declared:
    """What the source declares, with what is wrong about it."""
    access.require(actor, Permission.READ)
    return declared.read(text)


def offered(actor: Actor) -> Palette:
    """What there is to insert."""
    access.require(actor, Permission.READ)
    return Palette(palette.TEMPLATES, dict(palette.FORMS), palette.connectors())
