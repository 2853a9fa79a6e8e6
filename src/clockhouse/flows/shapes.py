"""The shapes of data that a source knows: records with fields, lists, and plain values, by their types."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from clockhouse.flows.meaning import decorator_name, dotted
from clockhouse.kit import syntax

MOST_LEVELS = 8  # of records in records
_LISTS = frozenset({"list", "List", "Sequence", "Iterable", "Collection", "Iterator", "set", "Set", "frozenset"})
_OPEN = frozenset({"dict", "Dict", "Mapping", "MutableMapping", "Any", "object"})
_WRAPPERS = frozenset({"Optional", "Required", "NotRequired", "Annotated", "Final", "ClassVar", "ReadOnly"})


@dataclass(frozen=True, slots=True)
class Shape:
    """What a type holds. `type` is as the source writes it, empty where it says nothing.

    A record has `fields`, reached by `["name"]` when it `is_keyed` and by `.name` otherwise, and the `constructor` that
    makes one (None: a dict display). A list has the shape of its `item`. What is open may have any keys.
    """

    type: str
    kind: Literal["record", "list", "open", "value"]
    fields: tuple[Member, ...] = ()
    item: Shape | None = None
    is_keyed: bool = False
    constructor: str | None = None

    def field(self, name: str) -> Shape | None:
        """The shape of a field; None for one that is not known."""
        return next((each.shape for each in self.fields if each.name == name), None)


@dataclass(frozen=True, slots=True)
class Member:
    """A field of a record; one that `is_required` has no default."""

    name: str
    shape: Shape
    is_required: bool


UNKNOWN = Shape("", "open", is_keyed=True)


class Shapes:
    """The records that one module defines, and so what its annotations mean."""

    def __init__(self, module: ast.Module) -> None:
        self._classes = {node.name: node for node in module.body if isinstance(node, ast.ClassDef)}
        self._calls = dict(_typed_dicts(module))

    def names(self, name: str) -> bool:
        """Whether the module defines a record of this name."""
        return name in self._classes or name in self._calls

    def of(self, annotation: ast.expr | None) -> Shape:
        """What a parameter, a field or a function of this annotation holds."""
        return UNKNOWN if annotation is None else self._of(annotation, ())

    def _of(self, annotation: ast.expr, within: tuple[str, ...]) -> Shape:
        plain, words = _unwrapped(annotation), ast.unparse(annotation)
        if isinstance(plain, ast.Constant) and plain.value is None:
            return Shape(words, "value")
        if isinstance(plain, ast.Subscript):
            name = (dotted(plain.value) or "").rpartition(".")[2]
            if name in _LISTS or _is_long_tuple(name, plain.slice):
                item = plain.slice.elts[0] if isinstance(plain.slice, ast.Tuple) else plain.slice
                return Shape(words, "list", item=self._of(item, within))
            return Shape(words, "open" if name in _OPEN else "value", is_keyed=True)
        name = (dotted(plain) or "").rpartition(".")[2]
        if name in _LISTS:
            return Shape(words, "list", item=UNKNOWN)
        if name in _OPEN:
            return Shape(words, "open", is_keyed=True)
        if self.names(name) and name not in within and len(within) < MOST_LEVELS:
            return self._record(name, words, (*within, name))
        return Shape(words, "value")

    def _record(self, name: str, words: str, within: tuple[str, ...]) -> Shape:
        if name in self._calls:
            fields = tuple(self._member(*each, within) for each in self._calls[name])
            return Shape(words, "record", fields, is_keyed=True)
        node = self._classes[name]
        is_keyed, found = self._is_typed_dict(node), dict(self._fields(node, within, set()))
        if not found and not is_keyed:
            return Shape(words, "value")
        return Shape(words, "record", tuple(found.values()), is_keyed=is_keyed, constructor=None if is_keyed else name)

    def _fields(self, node: ast.ClassDef, within: tuple[str, ...], seen: set[str]) -> Iterator[tuple[str, Member]]:
        """The fields of a class, those of its bases first."""
        if node.name in seen:
            return
        seen.add(node.name)
        for base in node.bases:
            known = self._classes.get(dotted(base) or "")
            if known is not None:
                yield from self._fields(known, within, seen)
        is_total = not any(each.arg == "total" and _is_false(each.value) for each in node.keywords)
        for step in node.body:
            if not isinstance(step, ast.AnnAssign) or not isinstance(step.target, ast.Name):
                continue
            if _wraps(step.annotation, "ClassVar") or step.target.id.startswith("_"):
                continue
            is_required = step.value is None or _is_bare_field(step.value)
            yield step.target.id, self._member(step.target.id, step.annotation, is_required and is_total, within)

    def _member(self, name: str, annotation: ast.expr, is_required: bool, within: tuple[str, ...]) -> Member:
        optional, needed = _wraps(annotation, "NotRequired"), _wraps(annotation, "Required")
        return Member(name, self._of(annotation, within), needed or (is_required and not optional))

    def _is_typed_dict(self, node: ast.ClassDef, depth: int = 0) -> bool:
        names = [dotted(base) or "" for base in node.bases]
        if any(name.rpartition(".")[2] == "TypedDict" for name in names):
            return True
        known = [self._classes[name] for name in names if name in self._classes]
        return depth < MOST_LEVELS and any(self._is_typed_dict(each, depth + 1) for each in known)


def is_data_mapper(node: ast.stmt) -> bool:
    """Whether a statement is a function that is marked as a data mapper."""
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return False
    return any(decorator_name(ast.unparse(each)) == "data_mapper" for each in node.decorator_list)


def _unwrapped(annotation: ast.expr) -> ast.expr:
    """An annotation without what says that it may be None or left out; one in quotes is read."""
    match annotation:
        case ast.Constant(value=str() as words):
            try:
                inner = syntax.module(words).body
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                return annotation
            only = inner[0] if len(inner) == 1 else None
            return _unwrapped(only.value) if isinstance(only, ast.Expr) else annotation
        case ast.BinOp(left=left, op=ast.BitOr(), right=ast.Constant(value=None)):
            return _unwrapped(left)
        case ast.BinOp(left=ast.Constant(value=None), op=ast.BitOr(), right=right):
            return _unwrapped(right)
        case ast.Subscript(value=value, slice=inside) if (dotted(value) or "").rpartition(".")[2] in _WRAPPERS:
            return _unwrapped(inside.elts[0] if isinstance(inside, ast.Tuple) and inside.elts else inside)
    return annotation


def _wraps(annotation: ast.expr, name: str) -> bool:
    return isinstance(annotation, ast.Subscript) and (dotted(annotation.value) or "").rpartition(".")[2] == name


def _is_long_tuple(name: str, inside: ast.expr) -> bool:
    """`tuple[X, ...]`, which is as good as a list."""
    if name not in ("tuple", "Tuple") or not isinstance(inside, ast.Tuple) or len(inside.elts) != 2:
        return False
    last = inside.elts[1]
    return isinstance(last, ast.Constant) and last.value is ...


def _is_false(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is False


def _is_bare_field(value: ast.expr) -> bool:
    """A `field(...)` of a dataclass, or a setting, without a default."""
    if not isinstance(value, ast.Call) or (dotted(value.func) or "").rpartition(".")[2] not in ("field", "setting"):
        return False
    return not any(each.arg in ("default", "default_factory") for each in value.keywords)


def _typed_dicts(module: ast.Module) -> Iterator[tuple[str, list[tuple[str, ast.expr, bool]]]]:
    """`Name = TypedDict("Name", {...})`, which has keys that are no names."""
    for node in module.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=called, args=[_, ast.Dict() as shown])):
                if (dotted(called) or "").rpartition(".")[2] == "TypedDict":
                    keys = zip(shown.keys, shown.values, strict=True)
                    named = ((key.value, kind) for key, kind in keys if isinstance(key, ast.Constant))
                    yield name, [(key, kind, True) for key, kind in named if isinstance(key, str)]
