"""What a step can use: inputs, variables, settings, functions, imports; and what fits what is being typed."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

from clockhouse.flows import palette
from clockhouse.flows.blocks import Block, Clause, Statement, Tree
from clockhouse.flows.fragments import Fragments, Piece
from clockhouse.flows.headers import ENTRY
from clockhouse.flows.meaning import Meanings, dotted, is_connector
from clockhouse.flows.nodes import Path
from clockhouse.flows.shapes import Shapes
from clockhouse.kit import declared

KnownKind = Literal[
    "input", "variable", "connection", "setting", "function", "class", "import", "builtin", "keyword", "attribute"
]
T = TypeVar("T")
_TYPED = re.compile(r"([^\W\d][\w.]*|)$")
_KEYWORDS = ("None", "True", "False", "not", "and", "or", "in", "is", "if", "else", "for", "lambda", "await")
_BUILTINS = (
    *("abs", "all", "any", "bool", "dict", "enumerate", "filter", "float", "int", "isinstance", "len", "list", "map"),
    *("max", "min", "range", "repr", "reversed", "round", "set", "sorted", "str", "sum", "tuple", "zip"),
)
_TYPES: dict[str, type] = {
    each.__name__: each for each in (str, int, float, bool, list, dict, set, tuple, bytes) if isinstance(each, type)
}
_OF_SETTINGS = {"text": "str", "choice": "str", "integer": "int", "number": "float", "flag": "bool", "list": "list"}
_OR_NONE = re.compile(r"\s*\|\s*None$")
_LIST = re.compile(r"(?:list|Sequence|Iterable|Iterator|tuple)\[(\w+)(?:, \.\.\.)?\]")


@dataclass(frozen=True, slots=True)
class Known:
    """One thing that an expression can name. `insert` is what to write for it; `detail` its type or signature."""

    name: str
    kind: KnownKind
    insert: str
    detail: str | None = None
    documentation: str | None = None


def around(tree: Tree, path: Path) -> list[Known]:
    """What the node at a path can use: the nearest first, a name that hides another in its place.

    Variables are those that are given a value above it. Raises LookupError when the path leads nowhere.
    """
    return list({known.insert: known for known in reversed(list(_Scope(tree, path).known()))}.values())[::-1]


def fitting(tree: Tree, path: Path, typed: str) -> list[Known]:
    """What may follow the text `typed` in an expression of the node at a path, the likeliest first."""
    ending = _TYPED.search(typed)
    words = ending.group(1) if ending else ""
    owner, dot, start = words.rpartition(".")
    scope = _Scope(tree, path)
    if dot:
        found = list(scope.attributes(owner))
    else:
        keywords = [Known(word, "keyword", word) for word in _KEYWORDS]
        found = [*around(tree, path), *_builtins(), *keywords]
    return [known for known in found if known.name.lower().startswith(start.lower())]


def _builtins() -> Iterator[Known]:
    for name in _BUILTINS:
        text = (getattr(builtins, name).__doc__ or "").strip().split("\n", 1)[0]
        yield Known(name, "builtin", name, None, text or None)


class _Scope:
    """The functions around one node, from the inside out, and the module around them."""

    def __init__(self, tree: Tree, path: Path) -> None:
        self._tree, self._path = tree, path
        self._fragments = Fragments(tree)
        self._meanings = Meanings.of(tree)
        self._owners, self._at = self._walk()
        self._modules: dict[str, str] = {}  # of variables that hold what an operation gave: where its type is from
        self._kinds: dict[str, str | None] = {}  # the types of variables, as far as they are known
        self._returned: dict[str, str] = {}  # the types that functions of this module say they give
        self._seen = list(self._bound())

    def known(self) -> Iterator[Known]:
        yield from self._settings()
        yield from self._seen

    def attributes(self, owner: str) -> Iterator[Known]:
        """What may follow `owner.`."""
        config = self._config()
        if config is not None and owner == config:
            for setting in self._settings():
                name = setting.name.partition(".")[2]
                yield Known(name, "setting", name, setting.detail, setting.documentation)
            return
        root, *names = owner.split(".")
        known = next((each for each in self._seen if each.name == root), None)
        kind = None if known is None else known.detail
        if config is not None and root == config:
            own = {each.name: _OF_SETTINGS.get(each.detail or "", each.detail) for each in self._settings()}
            kind, names = own.get(".".join([root, *names[:1]])), names[1:]
        for name in names:
            kind = next((each.detail for each in self._of_type(kind, root) if each.name == name), None)
        yield from self._of_type(kind, root)

    def _of_type(self, kind: str | None, root: str) -> Iterator[Known]:
        """What a value of a type has; `root` is the variable that it comes from."""
        if kind is None:
            return
        plain = _OR_NONE.sub("", kind)
        operations = palette.operations(self._meanings.resolve(plain))
        for operation in operations:
            yield Known(operation.name, "attribute", operation.name, operation.signature, operation.documentation)
        full = f"{self._modules[root]}.{plain}" if root in self._modules else self._meanings.resolve(plain)
        for member in palette.members(full):
            written = member.name + ("()" if member.type.startswith("()") and member.is_method else "")
            yield Known(member.name, "attribute", written, member.type, member.documentation or None)
        yield from self._of_record(plain)
        found = _TYPES.get(plain.partition("[")[0])
        if found is not None and not operations:
            for name in dir(found):
                if not name.startswith("_"):
                    text = (getattr(found, name).__doc__ or "").strip().split("\n", 1)[0]
                    yield Known(name, "attribute", name, None, text or None)

    def _of_record(self, kind: str) -> Iterator[Known]:
        """The fields of a class of this module."""
        module = self._tree.module
        if module is None or not kind.isidentifier():
            return
        shape = Shapes(module).of(ast.Name(kind))
        if shape.kind == "record" and not shape.is_keyed:
            for member in shape.fields:
                yield Known(member.name, "attribute", member.name, member.shape.type or None)

    def _walk(self) -> tuple[list[Statement], int]:
        """The functions around, the innermost last, and where the node begins."""
        block, owners = self._tree.root, []
        for item, clause in zip(self._path[:-1:2], self._path[1::2], strict=True):
            owner = _item(block.items, item)
            if owner.word == "def":
                owners.append(owner)
            block = _item(owner.clauses, clause).block
        if not self._path:
            raise LookupError("the module is no node")
        return owners, _item(block.items, self._path[-1]).start

    def _config(self) -> str | None:
        """What `main`, around this node, calls its configuration."""
        for owner in self._owners:
            node = self._node(owner)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == ENTRY and node.args.args:
                return node.args.args[0].arg
        return None

    def _settings(self) -> Iterator[Known]:
        config = self._config()
        if config is None:
            return
        for setting in declared.read(self._tree.text).settings:
            name = f"{config}.{setting.name}"
            yield Known(name, "setting", name, setting.type, setting.description or None)

    def _bound(self) -> Iterator[Known]:
        imported = list(self._of_block(self._tree.root, functions_anywhere=True))
        for owner in reversed(self._owners):
            inputs = list(self._inputs(owner))
            kinds = self._kinds
            self._kinds = {**kinds, **{each.name: each.detail for each in inputs}}
            inside = list(self._of_block(owner.clauses[0].block, functions_anywhere=False))
            yield from reversed(inside)
            yield from inputs
            self._kinds = kinds
        yield from reversed(imported)

    def _inputs(self, owner: Statement) -> Iterator[Known]:
        node = self._node(owner)
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            return
        arguments = node.args
        several = [arguments.vararg, arguments.kwarg]
        for each in [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *(one for one in several if one)]:
            annotation = None if each.annotation is None else ast.unparse(each.annotation)
            yield Known(each.arg, "input", each.arg, annotation)

    def _of_block(self, block: Block, *, functions_anywhere: bool) -> Iterator[Known]:
        """The names that the statements above the node bind; functions of a module are known below, too."""
        for item in block.items:
            is_definition = item.word in ("def", "class")
            if item.is_comment or (item.start >= self._at and not (functions_anywhere and is_definition)):
                continue
            piece = self._fragments.of(item)
            if piece is not None:
                yield from self._names(piece)
            if is_definition:
                continue
            for clause in item.clauses:
                yield from self._caught(clause)
                yield from self._of_block(clause.block, functions_anywhere=False)

    def _caught(self, clause: Clause) -> Iterator[Known]:
        """The name of a failure, inside the branch that answers it."""
        piece = self._fragments.clause(clause) if clause.word == "except" else None
        node = None if piece is None else piece.node
        end = max((item.end for item in clause.block.items), default=clause.end)
        if isinstance(node, ast.ExceptHandler) and node.name and clause.start < self._at <= end:
            yield Known(node.name, "variable", node.name, None if node.type is None else ast.unparse(node.type))

    def _names(self, piece: Piece) -> Iterator[Known]:
        node = piece.node
        match node:
            case ast.Import() | ast.ImportFrom():
                self._meanings.note_import(node)
                for alias in node.names:
                    name = alias.asname or alias.name.partition(".")[0]
                    yield Known(name, "import", name, self._meanings.resolve(name))
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                if node.returns is not None:
                    self._returned[node.name] = ast.unparse(node.returns)
                yield Known(node.name, "function", node.name, _signature(node), ast.get_docstring(node))
            case ast.ClassDef():
                yield Known(node.name, "class", node.name, None, ast.get_docstring(node))
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    yield from self._stored(target, self._kind_of(value), self._module_of(value))
            case ast.AnnAssign(target=target, annotation=annotation):
                yield from self._stored(target, ast.unparse(annotation))
            case ast.For(target=target, iter=several) | ast.AsyncFor(target=target, iter=several):
                listed = _LIST.fullmatch(self._kind_of(several) or "")
                yield from self._stored(target, None if listed is None else listed[1], self._module_of(several))
            case ast.With(items=items) | ast.AsyncWith(items=items):
                for item in items:
                    if item.optional_vars is not None:
                        yield from self._stored(item.optional_vars, self._kind_of(item.context_expr))

    def _stored(self, target: ast.expr, kind: str | None, module: str | None = None) -> Iterator[Known]:
        if isinstance(target, ast.Name):
            self._kinds[target.id] = kind
            self._modules.pop(target.id, None)
            if module is not None:
                self._modules[target.id] = module
            is_connection = kind is not None and is_connector(self._meanings.resolve(kind))
            yield Known(target.id, "connection" if is_connection else "variable", target.id, kind)
            return
        for each in ast.walk(target):
            if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store):
                yield Known(each.id, "variable", each.id)

    def _kind_of(self, value: ast.expr) -> str | None:
        """The type that a value plainly has."""
        match value:
            case ast.Constant(value=constant):
                return type(constant).__name__ if constant is not None else None
            case ast.JoinedStr():
                return "str"
            case ast.List() | ast.ListComp():
                return "list"
            case ast.Dict() | ast.DictComp():
                return "dict"
            case ast.Set() | ast.SetComp():
                return "set"
            case ast.Tuple():
                return "tuple"
            case ast.Await(value=inner):
                return self._kind_of(inner)
            case ast.Name(id=name):
                return self._kinds.get(name)
            case ast.Call(func=called):
                given = self._operation(called)
                if given is not None:
                    return given[1].returns if given[1].returns not in ("", "None") else None
                name = dotted(called) or ""
                if name in self._returned:
                    return self._returned[name]
                if name in _TYPES or name.rpartition(".")[2][:1].isupper():
                    return name
        return None

    def _module_of(self, value: ast.expr) -> str | None:
        """The module of the connector that gives a value."""
        match value:
            case ast.Await(value=inner):
                return self._module_of(inner)
            case ast.Name(id=name):
                return self._modules.get(name)
            case ast.Call(func=called):
                given = self._operation(called)
                return None if given is None else given[0]
        return None

    def _operation(self, called: ast.expr) -> tuple[str, palette.Operation] | None:
        """What a connection is asked to do, with the module of its connector."""
        match called:
            case ast.Attribute(value=ast.Name(id=variable), attr=name):
                full = self._meanings.resolve(self._kinds.get(variable))
                found = next((each for each in palette.operations(full) if each.name == name), None)
                return None if found is None else (full.rpartition(".")[0], found)
        return None

    def _node(self, item: Statement) -> ast.AST | None:
        piece = self._fragments.of(item)
        return None if piece is None else piece.node


def _item(found: Sequence[T], number: int) -> T:
    if not 0 <= number < len(found):
        raise LookupError(f"no {number}")
    return found[number]


def _signature(node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    returns = "" if node.returns is None else f" -> {ast.unparse(node.returns)}"
    return f"({ast.unparse(node.args)}){returns}"
