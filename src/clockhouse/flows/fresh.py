"""Names for what is put in: one that is taken gets a number, and what the module has already is used."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from clockhouse.flows import changes, imports
from clockhouse.flows.blocks import Block, Tree
from clockhouse.flows.changes import Change
from clockhouse.flows.fragments import Fragments
from clockhouse.flows.meaning import Meanings, dotted
from clockhouse.flows.names import Names
from clockhouse.flows.nodes import Path
from clockhouse.kit import syntax

_WORD = re.compile(r"\w+")
_NUMBER = re.compile(r"_([1-9]\d*)$")
_DEFINITION = re.compile(r"(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)")
_Plain = ast.Import | ast.ImportFrom | ast.Assign | ast.AnnAssign
_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True, slots=True)
class Fitted:
    """Code, and what it needs at the top of the module, under names that do no harm where it goes."""

    code: str
    needs: tuple[str, ...]


def fitted(tree: Tree, path: Path, code: str, needs: Sequence[str], *, is_fresh: bool) -> Fitted:
    """The same code for the block at `path`. It is Python.

    What it needs goes by the name that the module has for it, or by another where that means something else. With
    `is_fresh`, all names that it gives are new ones; without, its functions and classes are no others of the block.
    """
    fragments = Fragments(tree)
    there = _Module.of(tree, fragments)
    place = _Place.of(tree, fragments, path, there)
    taken = {*place.used, *there.means}
    others: dict[str, str] = {}
    wanted = [_need(need, there, place, taken, others) for need in needs]
    module = syntax.module(code)
    names = Names(module, code)
    if is_fresh:
        given, occupied = sorted(names.top.bound), frozenset(taken)
    else:
        given = [each.name for each in module.body if isinstance(each, _Definition) and _is_plain(each)]
        occupied = frozenset(_defined(tree, place.block))
    for name in given:
        if name in occupied:
            others[name] = _free(name, taken | names.top.bound)
            taken.add(others[name])
    return _without_idle(_renamed(code, names, others), [need for need in wanted if need is not None])


def _need(need: str, there: _Module, place: _Place, taken: set[str], others: dict[str, str]) -> str | None:
    """The statement as it is to be added, its name noted in `others` where it is another; None for one not needed."""
    need = _renamed(need, Names(syntax.module(need), need), others)
    node = imports.parsed(need)
    name, means = next(there.given_by(node))
    if place.bound.get(name) == means:
        return None
    known = [each for each, meant in there.means.items() if meant == means and each not in place.bound]
    if known and name not in known:
        others[name] = known[0]
        return None
    if not known and (name in there.means or name in place.bound):
        others[name] = _free(name, taken)
        node, need = _named(node, others[name])
    taken.add(others.get(name, name))
    there.note(node)
    return need


def _without_idle(code: str, needs: Sequence[str]) -> Fitted:
    """Imports that were for what is there already are not needed."""
    nodes = [imports.parsed(need) for need in needs]
    values = [need for need, node in zip(needs, nodes, strict=True) if isinstance(node, ast.Assign)]
    words = {word for text in (code, *values) for word in _WORD.findall(text)}
    used = [need for need, node in zip(needs, nodes, strict=True) if words & {*imports.given_by(node)}]
    return Fitted(code, tuple(used))


def _named(node: ast.stmt, name: str) -> tuple[ast.stmt, str]:
    """An import or an assignment of one thing under another name."""
    match node:
        case ast.Import(names=[alias]) | ast.ImportFrom(names=[alias]):
            alias.asname = name
        case ast.Assign():
            node.targets = [ast.Name(name, ast.Store())]
    return node, ast.unparse(node)


def _renamed(code: str, names: Names, others: Mapping[str, str]) -> str:
    found = [Change(*span, other) for name, other in others.items() for span in names.of_module(name)]
    return changes.apply(code, changes.ordered(found))


def _free(name: str, taken: set[str]) -> str:
    """`name_2`, or with the next number that is free."""
    number = _NUMBER.search(name)
    stem, count = (name[: number.start()], int(number[1])) if number else (name, 1)
    while (other := f"{stem}_{count + 1}") in taken:
        count += 1
    return other


def _is_plain(defined: _Definition) -> bool:
    """Whether a second definition of the name would be a mistake: no overload, no setter, nothing like `__init__`."""
    if defined.name.startswith("__") or defined.name == "_":
        return False
    words = {word for each in defined.decorator_list for word in _WORD.findall(ast.unparse(each))}
    return not words & {"overload", "register", defined.name}


def _defined(tree: Tree, block: Block) -> Iterator[str]:
    for item in block.code:
        if item.word in ("def", "class") and (found := _DEFINITION.match(tree.text, item.proper)) is not None:
            yield found[1]


@dataclass(slots=True)
class _Module:
    """What the names of a module mean; "" for what could be anything."""

    means: dict[str, str] = field(default_factory=dict)
    names: Meanings = field(default_factory=lambda: Meanings({}, set(), {}, {}))

    @classmethod
    def of(cls, tree: Tree, fragments: Fragments) -> _Module:
        found = cls()
        for item in tree.root.code:
            piece = fragments.of(item)
            if piece is not None and isinstance(piece.node, ast.stmt):
                found.note(piece.node)
        return found

    def note(self, node: ast.stmt) -> None:
        if isinstance(node, ast.Import | ast.ImportFrom):
            self.names.note_import(node)
        for name, means in self.given_by(node):
            self.means[name] = means if self.means.get(name, means) == means else ""

    def given_by(self, node: ast.stmt) -> Iterator[tuple[str, str]]:
        """Each name that a statement of the module gives, and what it means."""
        match node:
            case ast.Import(names=aliases):
                for each in aliases:
                    own = each.name if each.asname else each.name.partition(".")[0]
                    yield each.asname or own, f"import {own}"
            case ast.ImportFrom(module=module, level=level, names=aliases):
                yield from ((each.asname or each.name, f"from {'.' * level}{module} {each.name}") for each in aliases)
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=called)):
                yield name, self._made(called)
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.Call(func=called)):
                yield name, self._made(called)
            case ast.If() | ast.Try() | ast.For() | ast.While() | ast.With():
                yield from ((name, "") for name, is_given in _used(node) if is_given)
            case _:
                yield from ((name, "") for name in imports.given_by(node))

    def _made(self, called: ast.expr) -> str:
        """By what makes it. A logger is one whatever library it is of."""
        full = self.names.resolve(dotted(called))
        is_logger = full.rpartition(".")[2].replace("_", "").lower() == "getlogger"
        return "logger" if is_logger else f"{full}()" if full else ""


@dataclass(frozen=True, slots=True)
class _Place:
    """A block, with the names that are used around it, and what those mean that its function gives."""

    block: Block
    used: frozenset[str]
    bound: Mapping[str, str]

    @classmethod
    def of(cls, tree: Tree, fragments: Fragments, path: Path, there: _Module) -> _Place:
        block, owner = tree.root, None
        for item, clause in zip(path[::2], path[1::2], strict=True):
            statement = block.items[item]
            owner = statement if owner is None and statement.word in ("def", "class") else owner
            block = statement.clauses[clause].block
        if tree.module is None:
            words = tree.text if owner is None else tree.text[owner.start : owner.end]
            return cls(block, frozenset(_WORD.findall(words)), {})
        piece = None if owner is None else fragments.of(owner)
        found = list(_used(tree.module if piece is None else piece.node))
        used = frozenset(name for name, _ in found)
        if piece is None:
            return cls(block, used, {})
        inner, given = _Module({}, there.names), Counter(name for name, is_given in found if is_given)
        for each in ast.walk(piece.node):
            if isinstance(each, _Plain):
                given -= Counter(name for name, _ in inner.given_by(each))
                inner.note(each)
        return cls(block, used, {**inner.means, **dict.fromkeys(given, "")})


def _used(node: ast.AST) -> Iterator[tuple[str, bool]]:
    """All names in a piece of code, each with whether it is given there."""
    for each in ast.walk(node):
        match each:
            case ast.Name(id=name, ctx=context):
                yield name, not isinstance(context, ast.Load)
            case ast.arg(arg=name) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                yield name, True
            case ast.ExceptHandler(name=str(name)) | ast.MatchMapping(rest=str(name)):
                yield name, True
            case ast.alias(name=name, asname=other):
                yield other or name.partition(".")[0], True
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name, each is not node
            case ast.Global(names=names) | ast.Nonlocal(names=names):
                yield from ((name, False) for name in names)
