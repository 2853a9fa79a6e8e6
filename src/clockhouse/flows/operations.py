"""What may be done to a flow: each operation is a few changes of the text that it was read from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import singledispatch
from typing import TypeVar

from clockhouse.flows import (
    branches,
    changes,
    expressions,
    extraction,
    fields,
    fresh,
    imports,
    mapping_edits,
    model,
    nodes,
    placing,
    renaming,
    settings,
    switching,
)
from clockhouse.flows.blocks import Block, Tree, walk
from clockhouse.flows.branches import Target
from clockhouse.flows.changes import Change, RefusedError
from clockhouse.flows.mapping_edits import MapLink, MapSample, MapValue
from clockhouse.flows.nodes import Path
from clockhouse.flows.reading import parsed, read
from clockhouse.kit import syntax
from clockhouse.kit.declared import Setting

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Insert:
    """`code`, written from column 0, before the node `index` of the block at `block`; with what it needs on top.

    With `is_fresh`, the names that it gives are new ones: one that is taken gets a number.
    """

    block: Path
    index: int
    code: str
    needs: tuple[str, ...] = ()
    is_fresh: bool = False


@dataclass(frozen=True, slots=True)
class Delete:
    path: Path
    count: int = 1


@dataclass(frozen=True, slots=True)
class Move:
    path: Path
    block: Path
    index: int
    count: int = 1


@dataclass(frozen=True, slots=True)
class Duplicate:
    """The same nodes once more: right below, or before `index` of the block at `block`."""

    path: Path
    count: int = 1
    block: Path | None = None
    index: int = 0


@dataclass(frozen=True, slots=True)
class Replace:
    """New code for one node, written from column 0, or, with `is_exact`, with the indentation that it is to have."""

    path: Path
    code: str
    is_exact: bool = False


@dataclass(frozen=True, slots=True)
class SetField:
    """New text for a field of a node, or of one of its branches. None takes it away; one not there yet is added."""

    path: Path
    field: str
    text: str | None
    branch: int | None = None


@dataclass(frozen=True, slots=True)
class Rename:
    """Another name for what a field names, wherever that name means it."""

    path: Path
    field: str
    name: str
    branch: int | None = None


@dataclass(frozen=True, slots=True)
class SetNote:
    """The comment above a node, without its marks; empty takes it away."""

    path: Path
    text: str


@dataclass(frozen=True, slots=True)
class AddBranch:
    path: Path
    header: str


@dataclass(frozen=True, slots=True)
class RemoveBranch:
    path: Path
    branch: int


@dataclass(frozen=True, slots=True)
class SwitchOff:
    path: Path
    count: int = 1


@dataclass(frozen=True, slots=True)
class SwitchOn:
    path: Path


@dataclass(frozen=True, slots=True)
class Extract:
    """Makes a function of nodes, and a call of it in their place."""

    path: Path
    name: str
    count: int = 1


@dataclass(frozen=True, slots=True)
class AddImports:
    needs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Declare:
    """A setting of the task's configuration: a new one, or in place of the one named `was`."""

    setting: Setting
    was: str | None = None


@dataclass(frozen=True, slots=True)
class Undeclare:
    name: str


Operation = (
    Insert
    | Delete
    | Move
    | Duplicate
    | Replace
    | SetField
    | Rename
    | SetNote
    | AddBranch
    | RemoveBranch
    | SwitchOff
    | SwitchOn
    | Extract
    | AddImports
    | Declare
    | Undeclare
    | MapLink
    | MapValue
    | MapSample
)


@dataclass(frozen=True, slots=True)
class Edited:
    """The changes, in order of the text, and the text that they make.

    `select` is a place in the new text inside what was added or changed.
    """

    changes: tuple[Change, ...]
    text: str
    select: int | None


def edit(text: str, operation: Operation, anchors: Sequence[int] = ()) -> Edited:
    """The changes that an operation makes; all other bytes of the source stay.

    Raises RefusedError when it can't be done or Python could not read the result any more (of a source that it could
    read before), and LookupError when a path leads nowhere. `anchors` are those of `reading.read`.
    """
    tree = read(text, anchors)
    found = changes.ordered(_changes(operation, tree))
    new = changes.apply(text, found)
    if tree.is_valid and (error := parsed(new)[1]) is not None:
        raise RefusedError(f"Python could not read the result: {error}.")
    if isinstance(operation, SetField):
        after = read(new, [changes.mapped(anchor, found) for anchor in anchors])
        _guard_field(operation, tree, after, found)
    return Edited(found, new, _selected(operation, found))


@singledispatch
def _changes(operation: Operation, tree: Tree) -> list[Change]:  # noqa: ARG001  # one for each operation is below
    raise TypeError(operation)


@_changes.register
def _(operation: Insert, tree: Tree) -> list[Change]:
    _check_code(operation.code)
    block = _block(tree, operation.block)
    index = min(max(operation.index, 0), len(block.items))
    fitted = fresh.fitted(tree, operation.block, operation.code, operation.needs, is_fresh=operation.is_fresh)
    above, own = imports.add(tree, fitted.needs), placing.insert(tree, block, index, fitted.code)
    if above and own and above[-1].start == own[0].start:
        space = tree.newline * (2 if placing.is_definition(fitted.code) else 1)
        is_apart = above[-1].text.endswith(tree.newline * 2) or own[0].text.startswith(tree.newline)
        above[-1] = above[-1] if is_apart else replace(above[-1], text=above[-1].text + space)
    return [*above, *own]


@_changes.register
def _(operation: Delete, tree: Tree) -> list[Change]:
    block, index = _place(tree, operation.path, operation.count)
    return placing.delete(tree, block, index, operation.count)


@_changes.register
def _(operation: Move, tree: Tree) -> list[Change]:
    block, index = _place(tree, operation.path, operation.count)
    target = _block(tree, operation.block)
    place = min(max(operation.index, 0), len(target.items))
    return placing.move(tree, block, index, operation.count, target, place)


@_changes.register
def _(operation: Duplicate, tree: Tree) -> list[Change]:
    block, index = _place(tree, operation.path, operation.count)
    code = placing.code_of(tree, block, index, operation.count)
    if not tree.is_valid and parsed(code)[1] is not None:  # its open quotes would take other steps with them
        raise RefusedError("This step is not Python yet. Finish it in the code first.")
    path = operation.path[:-1] if operation.block is None else operation.block
    target, place = _block(tree, path), index + operation.count if operation.block is None else operation.index
    if parsed(code)[1] is None:
        code = fresh.fitted(tree, path, code, (), is_fresh=False).code
    return placing.insert(tree, target, min(place, len(target.items)), code)


@_changes.register
def _(operation: Replace, tree: Tree) -> list[Change]:
    block, index = _place(tree, operation.path)
    item = block.items[index]
    if not operation.code.strip():
        return placing.delete(tree, block, index)
    if operation.is_exact:
        return [Change(item.start, item.end, operation.code)]
    return placing.replace(tree, block, index, operation.code)


@_changes.register
def _(operation: SetField, tree: Tree) -> list[Change]:
    block, index = _place(tree, operation.path)
    target = Target.of(block.items[index], operation.branch)
    known = _field(tree, operation)
    if operation.text is None:
        return fields.removed(tree, target, operation.field) if known else []
    text = operation.text.strip()
    if known is None:
        fault = expressions.fault(text, "expression") if operation.field not in _NO_EXPRESSIONS else None
        if fault is not None:
            raise RefusedError(fault)
        return fields.written(tree, target, operation.field, text)
    fault = expressions.fault(text, known.kind, known.role)
    if fault is not None:
        raise RefusedError(fault)
    return fields.replaced(tree, known, text)


@_changes.register
def _(operation: Rename, tree: Tree) -> list[Change]:
    known = _field(tree, operation)
    if known is None:
        raise RefusedError("This is no name that could be changed.")
    return renaming.rename(tree, known.span, operation.name.strip())


@_changes.register
def _(operation: SetNote, tree: Tree) -> list[Change]:
    block, index = _place(tree, operation.path)
    item = block.items[index]
    lines = [f"# {line}".rstrip() for line in operation.text.strip().splitlines()]
    if item.is_comment:
        if not lines:
            return placing.delete(tree, block, index)
        return [Change(item.start, item.end, (tree.newline + block.indent_text).join(lines))]
    if block.is_inline or item.segment > 0:
        raise RefusedError("This step shares its line with others. Give it a line of its own first.")
    text = "".join(block.indent_text + line + tree.newline for line in lines)
    start = max(item.note_start, tree.root.at)
    return [Change(start, max(item.full_start, tree.root.at), text)]


@_changes.register
def _(operation: AddBranch, tree: Tree) -> list[Change]:
    block, index = _place(tree, operation.path)
    return branches.add(tree, block.items[index], operation.header)


@_changes.register
def _(operation: RemoveBranch, tree: Tree) -> list[Change]:
    block, index = _place(tree, operation.path)
    Target.of(block.items[index], operation.branch)
    return branches.remove(tree, block.items[index], operation.branch)


@_changes.register
def _(operation: SwitchOff, tree: Tree) -> list[Change]:
    block, index = _place(tree, operation.path, operation.count)
    return switching.off(tree, block, index, operation.count)


@_changes.register
def _(operation: SwitchOn, tree: Tree) -> list[Change]:
    block, index = _place(tree, operation.path)
    return switching.on(tree, block, index)


@_changes.register
def _(operation: Extract, tree: Tree) -> list[Change]:
    block, index = _place(tree, operation.path, operation.count)
    fault = expressions.fault(operation.name, "identifier")
    if fault is not None:
        raise RefusedError(fault)
    return extraction.extract(tree, operation.path, block, index, operation.count, operation.name)


@_changes.register
def _(operation: AddImports, tree: Tree) -> list[Change]:
    return imports.add(tree, operation.needs)


@_changes.register
def _(operation: Declare, tree: Tree) -> list[Change]:
    return settings.declare(tree, operation.setting, operation.was)


@_changes.register
def _(operation: Undeclare, tree: Tree) -> list[Change]:
    return settings.undeclare(tree, operation.name)


@_changes.register
def _(operation: MapLink, tree: Tree) -> list[Change]:
    return mapping_edits.link(tree, operation)


@_changes.register
def _(operation: MapValue, tree: Tree) -> list[Change]:
    return mapping_edits.value(tree, operation)


@_changes.register
def _(operation: MapSample, tree: Tree) -> list[Change]:
    made = mapping_edits.typed(tree, operation)
    return [*_changes(Insert((), made.index, made.code, made.needs), tree), *made.changes]


_NO_EXPRESSIONS = frozenset({"as", "bases"})


def code_of(text: str, path: Path, count: int = 1, anchors: Sequence[int] = ()) -> str:
    """The code of nodes as it would stand at column 0. Raises LookupError when the path leads nowhere."""
    tree = read(text, anchors)
    block, index = _place(tree, path, count)
    return placing.code_of(tree, block, index, count)


def _check_code(code: str) -> None:
    if not code.strip():
        raise RefusedError("There is nothing to insert.")
    try:
        syntax.module(code)
    except SyntaxError as error:
        raise RefusedError(f"This is not Python: {error.msg}.") from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise RefusedError(f"This is not Python: {error}.") from None


def _block(tree: Tree, path: Path) -> Block:
    """The block at a path. Raises LookupError when there is none."""
    if len(path) % 2:
        raise LookupError("the path of a block ends in a clause")
    block = tree.root
    for item, clause in zip(path[::2], path[1::2], strict=True):
        block = _at(_at(block.items, item).clauses, clause).block
    return block


def _place(tree: Tree, path: Path, count: int = 1) -> tuple[Block, int]:
    """The block of a node, and its number in there. Raises LookupError when there are not so many."""
    if not path:
        raise LookupError("the path of a node ends in an item")
    block = _block(tree, path[:-1])
    if count < 1:
        raise LookupError("no nodes")
    _at(block.items, path[-1] + count - 1)
    _at(block.items, path[-1])
    return block, path[-1]


def _at(found: Sequence[T], number: int) -> T:
    if not 0 <= number < len(found):
        raise LookupError(f"no {number}")
    return found[number]


def _field(tree: Tree, operation: SetField | Rename) -> nodes.Field | None:
    node = model.node_of(tree, operation.path)
    own = node.fields if operation.branch is None else node.branches[operation.branch].fields
    return next((field for field in own if field.name == operation.field), None)


def _guard_field(operation: SetField, before: Tree, after: Tree, found: Sequence[Change]) -> None:
    """Nothing but the one field may come out another: what was typed is one whole part of the statement."""
    if _shape(before) != _shape(after):
        raise RefusedError("This would change more than the field. To go over several lines, put it in brackets.")
    if operation.text is None:
        left = _texts(before, operation) - _texts(after, operation)
        if left.total() > 1 or _texts(after, operation) - _texts(before, operation):
            raise RefusedError("This would change more than the field. Change it in the code.")
        return
    block, index = _place(after, operation.path)
    target = Target.of(block.items[index], operation.branch)
    words = operation.text.strip()
    if found and not fields.is_whole(after, target, found[0].start + found[0].text.find(words), words):
        raise RefusedError("This would change more than the field. Put it in brackets, or edit the code.")


def _texts(tree: Tree, operation: SetField) -> Counter[str]:
    node = model.node_of(tree, operation.path)
    own = node.fields if operation.branch is None else node.branches[operation.branch].fields
    return Counter(tree.text[field.span[0] : field.span[1]] for field in own)


def _shape(tree: Tree) -> list[tuple[str, int, int, bool]]:
    """What stays as it is when no more than a field changes."""
    return [(item.word, item.segment, len(item.clauses), item.is_comment) for item, _ in walk(tree.root)]


def _selected(operation: Operation, found: Sequence[Change]) -> int | None:
    """The first letter of what is new; after a deletion there is nothing to select."""
    if isinstance(operation, Delete | RemoveBranch | Undeclare) or not found:
        return None
    own = _own(operation, found)
    if own is None:
        return None
    shift = sum(len(each.text) - (each.end - each.start) for each in found if each < own)
    return own.start + shift + len(own.text) - len(own.text.lstrip(" \t\f\r\n"))


def _own(operation: Operation, found: Sequence[Change]) -> Change | None:
    """The change that makes what was asked for, beside those that it needs."""
    if isinstance(operation, Insert):
        words = operation.code.split(None, 1)[0]
        return next((each for each in reversed(found) if words in each.text), found[-1])
    return max(found, key=lambda each: len(each.text))
