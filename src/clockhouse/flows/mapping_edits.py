"""What is done to a data mapper: a link or a value made, changed or taken away, and types made from a sample."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable
from dataclasses import dataclass

from clockhouse.flows import branches, expressions, fields, mapping, placing, samples
from clockhouse.flows.blocks import Tree
from clockhouse.flows.changes import Change, RefusedError
from clockhouse.flows.displays import Display
from clockhouse.flows.indentation import shifted
from clockhouse.flows.mapping import ITEM, DataMapper, Known, Names, Place, Target, Way
from clockhouse.flows.shapes import UNKNOWN, Shape


@dataclass(frozen=True, slots=True)
class MapLink:
    """The target `target` of the mapper `function` is to be the source `source`, list item by list item."""

    function: str
    source: Way
    target: Way


@dataclass(frozen=True, slots=True)
class MapValue:
    """The target is to be this expression; None takes its value away."""

    function: str
    target: Way
    text: str | None


@dataclass(frozen=True, slots=True)
class MapSample:
    """Types from a sample of JSON for a parameter, or, with None, for what is returned."""

    function: str
    parameter: str | None
    name: str
    sample: str


@dataclass(frozen=True, slots=True)
class Typed:
    """New definitions, `code` before the statement `index` of the module with its `needs`, and where they are used."""

    index: int
    code: str
    needs: tuple[str, ...]
    changes: tuple[Change, ...]


Make = Callable[[Names], str]


def link(tree: Tree, operation: MapLink) -> list[Change]:
    """Raises RefusedError when the source does not lead to the target, LookupError when there is no such mapper."""
    mapper, place = _mapper(tree, operation.function)
    source = operation.source
    given = mapping.shape_of(source, mapper.target.names)
    if given is None:
        raise RefusedError("There is no such input any more.")

    def plain(names: Names) -> str:
        found = mapping.access(source, names)
        if found is None:
            raise RefusedError(f"“{_said(source)}” is inside of a list. Link it to a field inside of a list, too.")
        return found[0]

    writing = _Writing(tree, mapper, place, source)
    wanted = _inside(mapper.target.shape, operation.target)
    if wanted is not None and _goes_through(given, wanted):
        return writing.written(operation.target, lambda names: writing.items(wanted, names))
    return writing.written(operation.target, plain)


def value(tree: Tree, operation: MapValue) -> list[Change]:
    """Raises RefusedError when the text is no expression, or the target can't do without its value."""
    mapper, place = _mapper(tree, operation.function)
    if operation.text is None:
        return _taken_away(tree, mapper, place, operation.target)
    text = operation.text.strip()
    fault = expressions.fault(text, "expression", "keyword")
    if fault is not None:
        raise RefusedError(fault)
    return _Writing(tree, mapper, place, None).written(operation.target, lambda names: text)  # noqa: ARG005


def typed(tree: Tree, operation: MapSample) -> Typed:
    """Raises RefusedError for what is no JSON or no name, LookupError when there is no such mapper or parameter."""
    _, place = _mapper(tree, operation.function)
    fault = expressions.fault(operation.name, "identifier")
    if fault is not None:
        raise RefusedError(fault)
    taken = _bound(tree)
    definitions, whole, used = samples.types(operation.sample, operation.name.strip(), is_taken=taken.__contains__)
    if not definitions:
        raise RefusedError("There is no object in this sample, and so no type to make of it.")
    needs = tuple(f"from typing import {name}" for name in sorted(used))
    annotated = _annotated(tree, place, operation.parameter, whole)
    return Typed(place.index, "\n\n\n".join(definitions), needs, tuple(annotated))


class _Writing:
    """Writes one value into a mapper, with all that has to be there first. `source` is what it is linked to."""

    def __init__(self, tree: Tree, mapper: DataMapper, place: Place, source: Way | None) -> None:
        self._tree, self._mapper, self._place, self._source = tree, mapper, place, source
        self._block = place.item.clauses[-1].block

    def first_unmade(self, way: Way) -> Target:
        """The first target on the way that is not made of its parts; the last one when all are."""
        found = self._mapper.target
        while len(found.way) < len(way) and found.is_made:
            step = way[len(found.way)]
            part = next((each for each in found.parts if each.name == step), None)
            if part is None:
                if found.shape.kind != "open" or step == ITEM:
                    raise LookupError(f"no {_said(way)}")
                part = Target(step, (*found.way, step), UNKNOWN, is_required=False, names=found.names, value=None)
            found = part
        return found

    def written(self, way: Way, make: Make) -> list[Change]:
        target = self.first_unmade(way)
        rest = way[len(target.way) :]
        if rest and target.value is not None:
            raise RefusedError(f"“{_said(target.way)}” is one expression. Take it away first, then map its fields.")
        if not rest and target.is_made and any(part.value is not None for part in target.parts):
            raise RefusedError(f"The fields of “{_said(way)}” are mapped one by one. Take them away first.")
        if rest and not target.way and target.shape.kind in ("record", "open") and target.value is None:
            inner = self._made(target.shape.field(rest[0]) or UNKNOWN, rest[1:], target.names, make)
            return self._returned(_record(target.shape, rest[0], inner, unit=self._tree.unit))
        return self._placed(target, self._made(target.shape, rest, target.names, make))

    def items(self, wanted: Shape, names: Names) -> str:
        """The list gone through item by item, each of which has no fields yet."""
        return self._made(wanted, (ITEM,), names, lambda inner: _empty(wanted.item or UNKNOWN))  # noqa: ARG005

    def _made(self, shape: Shape, rest: Way, names: Names, make: Make) -> str:
        """The expression for something of this shape, of which no more than the rest of the way is given."""
        if not rest:
            return make(names)
        step = rest[0]
        if step == ITEM:
            return self._gone_through(shape, rest, names, make)
        inner = self._made(shape.field(step) or UNKNOWN, rest[1:], names, make)
        return _record(shape, step, inner)

    def _gone_through(self, shape: Shape, rest: Way, names: Names, make: Make) -> str:
        ways = [] if self._source is None else _lists(self._source, names)
        if not ways:
            raise RefusedError("Link a list to this list first.")
        found = mapping.access(ways[0], names)
        if found is None:
            raise RefusedError(f"“{_said(ways[0])}” can't be reached from here.")
        text, given = found
        item = _free(samples.singular(ways[0][-1]), names)
        inner = {**names, item: Known((*ways[0], ITEM), given.item or UNKNOWN)}
        return f"[{self._made(shape.item or UNKNOWN, rest[1:], inner, make)} for {item} in {text}]"

    def _placed(self, target: Target, text: str) -> list[Change]:
        """The text as the value of a target: in place of the one it has, else as one more of its record's entries."""
        if target.value is not None:
            return [Change(*self._place.span(target.value), text)]
        if not target.way:
            return self._returned(text)
        owner = self._mapper.at(target.way[:-1])
        display = _display(self._tree, self._place, owner)
        order = [part.name for part in owner.parts]
        own = order.index(target.name) if target.name in order else len(order)
        earlier = set(order[:own])
        places = [number + 1 for number, each in enumerate(display.entries) if each.is_placed or each.name in earlier]
        after = max(places, default=0) if own < len(order) else len(display.entries)
        indent = None if owner.way else self._block.indent_text + self._tree.unit
        return display.added(target.name, text, after=after, newline=self._tree.newline, indent=indent)

    def _returned(self, text: str) -> list[Change]:
        """A `return` of this text, which is written from column 0."""
        present = mapping.returned_by(self._place.node)
        if not isinstance(present, ast.Return):
            return placing.insert(self._tree, self._block, len(self._block.items), f"return {text}")
        end = self._place.span(present)[1]
        lines = shifted(text, "", self._block.indent_text, self._tree.newline).lstrip()
        return [Change(end, end, f" {lines}")]


def _mapper(tree: Tree, function: str) -> tuple[DataMapper, Place]:
    mapper = mapping.describe(tree, function)
    if mapper.problem is not None or mapper.place is None:
        raise RefusedError(mapper.problem or "This mapper can't be changed now.")
    return mapper, mapper.place


def _display(tree: Tree, place: Place, owner: Target) -> Display:
    if not isinstance(owner.value, ast.Call | ast.Dict):
        raise LookupError(f"no record {_said(owner.way)}")
    return Display.of(tree.text, owner.value, place.span)


def _taken_away(tree: Tree, mapper: DataMapper, place: Place, way: Way) -> list[Change]:
    target = mapper.at(way)
    if target.value is None:
        return []
    if not way or way[-1] == ITEM:
        if target.is_made:
            raise RefusedError("Each item needs a value. Take the list away." if way else "A mapper returns a value.")
        return [Change(*place.span(target.value), _empty(target.shape))]
    display = _display(tree, place, mapper.at(way[:-1]))
    number = next((number for number, each in enumerate(display.entries) if each.name == target.name), None)
    if number is None:
        last = display.entries[-1]
        if not last.is_placed or last.start > place.span(target.value)[0]:
            raise RefusedError("It is given by its place, and others follow. Change it in the code.")
        number = len(display.entries) - 1
    return [display.removed(number)]


def _inside(shape: Shape, way: Way) -> Shape | None:
    found: Shape | None = shape
    for step in way:
        if found is None:
            return None
        found = found.item if step == ITEM else found.field(step)
    return found


def _goes_through(given: Shape, wanted: Shape) -> bool:
    """Whether a list is mapped to one of other records, item by item."""
    if given.kind != "list" or wanted.kind != "list" or wanted.item is None or wanted.item.kind != "record":
        return False
    return given.item is None or given.item.type != wanted.item.type


def _lists(source: Way, names: Names) -> list[Way]:
    """The lists that a source is inside of, or is, and that these names are not inside of; the outermost first."""
    covered = max((len(each.way) for each in names.values() if source[: len(each.way)] == each.way), default=0)
    inside = [source[:place] for place in range(covered, len(source)) if source[place] == ITEM]
    return inside or [source]


def _record(shape: Shape, name: str, inner: str, *, unit: str | None = None) -> str:
    """Something of this shape with one field, which has a line of its own, indented by the `unit` when there is one."""
    head, tail = ("{", "}") if shape.constructor is None else (f"{shape.constructor}(", ")")
    own = f"{json.dumps(name, ensure_ascii=False)}: {inner}" if shape.constructor is None else f"{name}={inner}"
    return head + own + tail if unit is None else f"{head}\n{unit}{own},\n{tail}"


def _empty(shape: Shape) -> str:
    if shape.constructor is not None:
        return f"{shape.constructor}()"
    return "[]" if shape.kind == "list" else "None" if shape.kind == "value" else "{}"


def _free(wanted: str, names: Names) -> str:
    name = wanted if wanted.isidentifier() and expressions.fault(wanted, "identifier") is None else "item"
    if name not in names:
        return name
    number = 2
    while f"{name}{number}" in names:
        number += 1
    return f"{name}{number}"


def _said(way: Way) -> str:
    return ".".join(step for step in way if step != ITEM) or "The result"


def _bound(tree: Tree) -> set[str]:
    """The names that a definition at the top of the module must not take."""
    nodes = list(ast.walk(tree.module)) if tree.module is not None else []
    names = {node.id for node in nodes if isinstance(node, ast.Name)}
    return names | {node.name for node in nodes if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.alias)}


def _annotated(tree: Tree, place: Place, parameter: str | None, kind: str) -> list[Change]:
    """The type written where the parameter, or what is returned, has its own."""
    if parameter is None:
        if place.node.returns is not None:
            return [Change(*place.span(place.node.returns), kind)]
        return fields.written(tree, branches.Target.of(place.item, None), "returns", kind)
    own = next((each for each in mapping.parameters(place.node) if each.arg == parameter), None)
    if own is None:
        raise LookupError(f"no parameter {parameter}")
    if own.annotation is not None:
        return [Change(*place.span(own.annotation), kind)]
    end = place.span(own)[1]
    return [Change(end, end, f": {kind}")]
