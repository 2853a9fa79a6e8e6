"""A data mapper as two trees with links: what its parameters hold, and what the record that it returns is made of."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from clockhouse.flows.blocks import Statement, Tree
from clockhouse.flows.fragments import Fragments
from clockhouse.flows.meaning import dotted
from clockhouse.flows.nodes import Span
from clockhouse.flows.positions import Located
from clockhouse.flows.shapes import UNKNOWN, Shape, Shapes

ITEM = "[]"  # a step of a way: each item of a list
Way = tuple[str, ...]  # names from a parameter, or from what is returned, down to a field
ShapeKind = Literal["record", "list", "open", "value"]
_PLAIN = frozenset({"str", "int", "float", "bool", "bytes"})
_WIDENED = frozenset({("int", "float"), ("bool", "int"), ("bool", "float")})
_HALF_TYPED = "Finish what is half typed first; then it can be shown as links."
_TOO_DEEP = "It is nested too deeply to be shown as links. Change it in the code."
_SEVERAL = "It does not simply return one value at its end. Change it as steps, or in the code."


@dataclass(frozen=True, slots=True)
class Known:
    """A name that expressions of one place can use: where it leads, and what it holds."""

    way: Way
    shape: Shape


Names = Mapping[str, Known]


@dataclass(frozen=True, slots=True)
class Source:
    """A part of what comes in. `type` is empty where the source does not tell it."""

    name: str
    way: Way
    type: str
    kind: ShapeKind
    parts: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True)
class Target:
    """A part of what goes out. `value` is the expression that gives it, None when nothing does.

    `link` is the way of the source that it plainly is; of a list made item by item, that of the list gone through, with
    the name of its item in `each` and a condition in `where`. With `parts`, these make the value; `is_made` then says
    that they do so already.
    """

    name: str
    way: Way
    shape: Shape
    is_required: bool
    names: Names
    value: ast.expr | None
    link: Way | None = None
    each: str | None = None
    where: str | None = None
    problem: str | None = None
    is_made: bool = False
    parts: tuple[Target, ...] = ()


_NOTHING = Target("", (), UNKNOWN, is_required=True, names={}, value=None)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a mapper stands: the statement `index` of the module, and its function in Python's tree."""

    index: int
    item: Statement
    node: ast.FunctionDef | ast.AsyncFunctionDef
    span: Callable[[Located], Span]


@dataclass(frozen=True, slots=True)
class DataMapper:
    """A function as a mapper. `problem` says why its links can't be shown or changed; `target` is then just its type.

    `place` is None when the source is half typed.
    """

    name: str
    sources: tuple[Source, ...]
    target: Target
    place: Place | None
    problem: str | None = None

    def at(self, way: Way) -> Target:
        """The target of a way. Raises LookupError when there is none."""
        found = self.target
        for step in way:
            part = next((part for part in found.parts if part.name == step), None)
            if part is None:
                raise LookupError(f"no {'.'.join(way)}")
            found = part
        return found


def describe(tree: Tree, name: str) -> DataMapper:
    """The top-level function of this name as a mapper. Raises LookupError when a whole source has none."""
    place = _place(tree, name)
    if tree.module is None or place is None:
        return DataMapper(name, (), _NOTHING, None, _HALF_TYPED)
    try:
        return _described(name, place, Shapes(tree.module))
    except RecursionError:
        return DataMapper(name, (), _NOTHING, None, _TOO_DEEP)


def _described(name: str, place: Place, shapes: Shapes) -> DataMapper:
    function = place.node
    names = {each.arg: Known((each.arg,), shapes.of(each.annotation)) for each in parameters(function)}
    returned, reading = returned_by(function), _Reading(shapes)
    problem = returned if isinstance(returned, str) else None
    value = returned.value if isinstance(returned, ast.Return) else None
    target = reading.target("", (), shapes.of(function.returns), names, value, is_required=True)
    sources = tuple(_source(each, (each,), names[each].shape, reading.used) for each in names)
    return DataMapper(name, sources, target if problem else _judged(target), place, problem)


def parameters(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.arg]:
    """What a function takes, without what takes in several."""
    return [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]


def returned_by(function: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.Return | str | None:
    """The one `return`, at the end of the body; None when there is none; words when it is not so simple."""
    found: list[ast.Return] = []
    waiting: list[ast.AST] = [*function.body]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Return):
            found.append(node)
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.expr):
            waiting += ast.iter_child_nodes(node)
    if not found:
        return None
    last = function.body[-1]
    return last if found == [last] and isinstance(last, ast.Return) else _SEVERAL


def resolved(node: ast.expr, names: Names) -> Known | None:
    """Where a plain access such as `order["customer"].name` leads; None for any other expression."""
    match node:
        case ast.Name(id=name):
            return names.get(name)
        case ast.Attribute(value=owner, attr=name) | ast.Subscript(value=owner, slice=ast.Constant(value=str(name))):
            known = resolved(owner, names)
            if known is None:
                return None
            shape = known.shape.field(name)
            if shape is None and known.shape.kind == "open":
                shape = UNKNOWN
            return None if shape is None else Known((*known.way, name), shape)
    return None


def access(way: Way, names: Names) -> tuple[str, Shape] | None:
    """The expression for a source, and what it holds; None where these names do not lead to it."""
    leading = [(each, known) for each, known in names.items() if way[: len(known.way)] == known.way]
    if not leading:
        return None
    text, known = max(leading, key=lambda found: len(found[1].way))
    shape = known.shape
    for step in way[len(known.way) :]:
        inner = shape.field(step) or (UNKNOWN if shape.kind == "open" else None)
        if step == ITEM or inner is None:
            return None
        text += f"[{json.dumps(step, ensure_ascii=False)}]" if shape.is_keyed else f".{step}"
        shape = inner
    return text, shape


def shape_of(way: Way, names: Names) -> Shape | None:
    """What a source holds, items of lists included; None when there is no such source."""
    known = names.get(way[0]) if way else None
    shape = None if known is None else known.shape
    for step in way[1:]:
        if shape is None:
            return None
        if step == ITEM:
            shape = shape.item if shape.kind == "list" else (UNKNOWN if shape.kind == "open" else None)
        else:
            shape = shape.field(step) or (UNKNOWN if shape.kind == "open" else None)
    return shape


class _Reading:
    """One mapper; `used` are the ways that its expressions take."""

    def __init__(self, shapes: Shapes) -> None:
        self._shapes = shapes
        self.used: set[Way] = set()

    def target(
        self, name: str, way: Way, shape: Shape, names: Names, value: ast.expr | None, *, is_required: bool
    ) -> Target:
        bare = Target(name, way, shape, is_required, names, value)
        made = self._record(bare) or self._list(bare)
        if made is not None:
            return made
        if value is not None:
            self._note(value, names)
            known = resolved(value, names)
            return replace(bare, link=None if known is None else known.way)
        return replace(bare, parts=self._empty(bare))

    def _empty(self, bare: Target) -> tuple[Target, ...]:
        """The parts that something could be made of."""
        shape = bare.shape
        if shape.kind == "list" and shape.item is not None and shape.item.kind == "record":
            inner = self.target(ITEM, (*bare.way, ITEM), shape.item, bare.names, None, is_required=True)
            return (inner,)
        return tuple(
            self.target(each.name, (*bare.way, each.name), each.shape, bare.names, None, is_required=each.is_required)
            for each in (shape.fields if shape.kind == "record" else ())
        )

    def _record(self, bare: Target) -> Target | None:
        """A call that makes a record, or a dict display, with a part for each field."""
        match bare.value:
            case ast.Call(func=called) as call:
                name = dotted(called) or ""
                shape = bare.shape if name == bare.shape.constructor else self._shapes.of(called)
                if shape.kind != "record" or any(isinstance(each, ast.Starred) for each in call.args):
                    return None
                given = {member.name: each for member, each in zip(shape.fields, call.args, strict=False)}
                given |= {each.arg: each.value for each in call.keywords if each.arg is not None}
                brings = any(each.arg is None for each in call.keywords)
            case ast.Dict(keys=keys, values=values):
                shape = bare.shape
                if shape.kind == "value" or (shape.kind == "record" and not shape.is_keyed):
                    return None
                pairs = ((key, value) for key, value in zip(keys, values, strict=True) if isinstance(key, ast.Constant))
                given = {key.value: value for key, value in pairs if isinstance(key.value, str)}
                brings = len(given) < len(keys)
            case _:
                return None
        parts = tuple(self._parts(replace(bare, shape=shape), given, brings=brings))
        return replace(bare, shape=shape, is_made=True, parts=parts)

    def _parts(self, bare: Target, given: Mapping[str, ast.expr], *, brings: bool) -> Iterator[Target]:
        known = {each.name: each for each in bare.shape.fields}
        for name in [*known, *(each for each in given if each not in known)]:
            member, way = known.get(name), (*bare.way, name)
            shape = UNKNOWN if member is None else member.shape
            is_required = member is not None and member.is_required and not brings
            part = self.target(name, way, shape, bare.names, given.get(name), is_required=is_required)
            if member is None and bare.shape.kind == "record":
                part = replace(part, problem=f"{bare.shape.type} has no field {name}.")
            yield part

    def _list(self, bare: Target) -> Target | None:
        """A comprehension over a list of the sources, with a part for what it makes of each item."""
        if not isinstance(bare.value, ast.ListComp) or len(bare.value.generators) != 1:
            return None
        if bare.shape.kind not in ("list", "open"):
            return None
        made = bare.value.generators[0]
        known = resolved(made.iter, bare.names)
        if known is None or not isinstance(made.target, ast.Name) or made.is_async:
            return None
        if known.shape.kind not in ("list", "open"):
            return None
        self._note(made.iter, bare.names)
        item = Known((*known.way, ITEM), known.shape.item or UNKNOWN)
        names = {**bare.names, made.target.id: item}
        self.used.add(item.way)
        for condition in made.ifs:
            self._note(condition, names)
        inner = self.target(
            ITEM, (*bare.way, ITEM), bare.shape.item or UNKNOWN, names, bare.value.elt, is_required=True
        )
        where = " and ".join(ast.unparse(each) for each in made.ifs) or None
        return replace(bare, link=known.way, each=made.target.id, where=where, is_made=True, parts=(inner,))

    def _note(self, value: ast.expr, names: Names) -> None:
        for node in ast.walk(value):
            if isinstance(node, ast.Attribute | ast.Subscript | ast.Name):
                known = resolved(node, names)
                if known is not None:
                    self.used.add(known.way)


def _judged(target: Target, *, is_within: bool = True) -> Target:
    """The same with what is wrong with each part; what stands in nothing that is made yet is not looked at."""
    problem = target.problem
    if problem is None and is_within:
        problem = _fault(target)
    parts = tuple(_judged(part, is_within=target.is_made) for part in target.parts)
    return replace(target, problem=problem, parts=parts)


def _fault(target: Target) -> str | None:
    if target.value is None:
        return "It needs a value." if target.is_required else None
    if target.link is None or target.is_made:
        return None
    known = resolved(target.value, target.names)
    given = None if known is None else known.shape
    if given is None or "open" in (given.kind, target.shape.kind):
        return None
    if (given.kind == "list") != (target.shape.kind == "list"):
        return f"{_words(given)} goes into {_words(target.shape)}."
    own, wanted = _bare(given.type), _bare(target.shape.type)
    if own != wanted and {own, wanted} <= _PLAIN and (own, wanted) not in _WIDENED:
        return f"{_words(given)} goes into {_words(target.shape)}."
    if "None" in given.type and "None" not in target.shape.type and wanted in _PLAIN:
        return "It may be None."
    return None


def _words(shape: Shape) -> str:
    return shape.type or shape.kind


def _bare(kind: str) -> str:
    return kind.removesuffix("| None").strip()


def _source(name: str, way: Way, shape: Shape, used: set[Way]) -> Source:
    parts: list[Source] = []
    if shape.kind == "record":
        parts = [_source(each.name, (*way, each.name), each.shape, used) for each in shape.fields]
    elif shape.kind == "list":
        parts = [_source(ITEM, (*way, ITEM), shape.item or UNKNOWN, used)]
    elif shape.kind == "open":
        inner = dict.fromkeys(
            each[len(way)] for each in sorted(used) if each[: len(way)] == way and len(each) > len(way)
        )
        parts = [_source(each, (*way, each), UNKNOWN, used) for each in inner]
    return Source(name, way, shape.type, shape.kind, tuple(parts))


def _place(tree: Tree, name: str) -> Place | None:
    fragments = Fragments(tree)
    for index, item in enumerate(tree.root.items):
        piece = fragments.clause(item.clauses[0]) if item.word == "def" else None
        node = None if piece is None else piece.node
        if piece is not None and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == name:
            return Place(index, item, node, piece.span)
    if tree.module is not None:
        raise LookupError(f"no function {name}")
    return None
