"""What may be asked of a source as a flow: nothing is kept, the text comes with each question."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar

from clockhouse.control import access
from clockhouse.control.parts import Parts
from clockhouse.errors import Conflict, Invalid
from clockhouse.flows import answers, expressions, palette
from clockhouse.flows.nodes import FieldKind, Kind, Path
from clockhouse.flows.operations import Edited, Operation
from clockhouse.flows.palette import Connector, FormField, Template
from clockhouse.flows.scope import Known
from clockhouse.flows.workers import TooLongError
from clockhouse.kit import declared
from clockhouse.kit.declared import Declared
from clockhouse.model.actor import Actor, Permission

P = ParamSpec("P")
T = TypeVar("T")

_TOO_LONG = (
    "This source takes too long to be read as a flow, or the server is very busy. Go on in its code, split it into "
    "several files, or try again in a moment."
)
_ELSEWHERE = "The source has no such step any more. Look at the flow again."


@dataclass(frozen=True, slots=True)
class Palette:
    templates: tuple[Template, ...]
    forms: dict[Kind, tuple[FormField, ...]]
    connectors: tuple[Connector, ...]


def describe(parts: Parts, actor: Actor, text: str, *, anchors: Sequence[int], unfolded: str | None) -> str:
    """The flow of a source as JSON; see `flows.model`. Anchors here and below are in UTF-16 units."""
    access.require(actor, Permission.READ)
    return _answer(parts, answers.described, text, anchors, unfolded)


def edit(parts: Parts, actor: Actor, text: str, operation: Operation, *, anchors: Sequence[int]) -> Edited | str:
    """The changes that an operation makes, or the reason why it makes none. Raises Conflict for a step that is gone."""
    access.require(actor, Permission.READ)
    return _answer(parts, answers.edited, text, operation, anchors)


def code(parts: Parts, actor: Actor, text: str, path: Path, count: int, *, anchors: Sequence[int]) -> str:
    """The code of steps as it would stand at column 0. Raises Conflict for steps that are gone."""
    access.require(actor, Permission.READ)
    return _answer(parts, answers.code, text, path, count, anchors)


def fault(actor: Actor, text: str, kind: FieldKind, role: str | None) -> str | None:
    """What is wrong with a field's text; None when nothing is."""
    access.require(actor, Permission.READ)
    return expressions.fault(text, kind, role)


def known(
    parts: Parts, actor: Actor, text: str, path: Path, typed: str | None, *, anchors: Sequence[int]
) -> list[Known]:
    """What a step can use, or what may follow what is typed. Raises Conflict for a step that is gone."""
    access.require(actor, Permission.READ)
    return _answer(parts, answers.known, text, path, typed, anchors)


def mapper(parts: Parts, actor: Actor, text: str, function: str, *, anchors: Sequence[int]) -> dict[str, Any]:
    """A function as a data mapper, as JSON has it. Raises Conflict when the source has no such function any more."""
    access.require(actor, Permission.READ)
    return _answer(parts, answers.mapped, text, function, anchors)


def settings(parts: Parts, actor: Actor, text: str) -> Declared:
    """What the source declares, with what is wrong about it."""
    access.require(actor, Permission.READ)
    return _answer(parts, declared.read, text)


def offered(actor: Actor) -> Palette:
    """What there is to insert."""
    access.require(actor, Permission.READ)
    return Palette(palette.TEMPLATES, dict(palette.FORMS), palette.connectors())


def _answer(parts: Parts, question: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Raises Conflict for a step that is gone, Invalid for a source that takes too long."""
    try:
        return parts.compute(question, *args, **kwargs)
    except LookupError:
        raise Conflict(_ELSEWHERE) from None
    except TooLongError:
        raise Invalid(_TOO_LONG) from None
