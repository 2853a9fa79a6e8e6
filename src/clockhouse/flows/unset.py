"""Names that are used where nothing can have set them; said only where it is certain."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from dataclasses import dataclass, field

_Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
_Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
_BUILTINS = frozenset(dir(builtins)) | {"WindowsError", "PythonFinalizationError", "ExceptionGroup"}
_BINDING = frozenset({"exec", "eval", "globals", "locals", "vars", "NameError", "UnboundLocalError", "__builtins__"})


@dataclass(frozen=True, slots=True)
class Unset:
    """A use of a name, at the line and column (in UTF-8 bytes) that Python gives, and what is wrong with it."""

    line: int
    column: int
    message: str


@dataclass(slots=True)
class _Use:
    name: str
    at: tuple[int, int]
    loops: tuple[tuple[int, int], ...]  # the lines of the loops around it, of its own scope


@dataclass(slots=True)
class _Scope:
    """A function, a comprehension, a class or the module. `is_ordered`: what is used in it is used when it is read."""

    outer: _Scope | None
    is_ordered: bool
    bound: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    elsewhere: set[str] = field(default_factory=set)  # global and nonlocal names
    uses: list[_Use] = field(default_factory=list)

    def bind(self, name: str, at: tuple[int, int]) -> None:
        self.bound.setdefault(name, []).append(at)

    def is_known(self, name: str) -> bool:
        return name in self.bound or (self.outer is not None and self.outer.is_known(name))


def find(module: ast.Module) -> Iterator[Unset]:
    """The uses of names that nothing sets, or that are set further below only, in no certain order.

    A source that may bind names in ways that can't be seen (`import *`, `exec`, ...) has none.
    """
    try:
        reading = _Reading(module)
    except RecursionError:
        return
    if reading.is_open:
        return
    for scope in reading.scopes:
        for use in scope.uses:
            message = _fault(scope, use)
            if message is not None:
                yield Unset(*use.at, message)


def _fault(scope: _Scope, use: _Use) -> str | None:
    name = use.name
    if name in _BUILTINS or (name.startswith("__") and name.endswith("__")):
        return None
    if not scope.is_known(name):
        return f"{name} is used here, but nothing sets it."
    if not scope.is_ordered or name in scope.elsewhere or name not in scope.bound:
        return None
    places = scope.bound[name]
    in_loop = any(start <= line <= end for start, end in use.loops for line, _ in places)
    if in_loop or min(places) <= use.at:
        return None
    return f"{name} is used here, but it is set only further below."


class _Reading:
    """All scopes of a module with what they bind and use."""

    def __init__(self, module: ast.Module) -> None:
        self.is_open = False
        self._module = _Scope(None, is_ordered=True)
        self.scopes = [self._module]
        for statement in module.body:
            self._visit(statement, self._module, ())

    def _visit(self, node: ast.AST, scope: _Scope, loops: tuple[tuple[int, int], ...]) -> None:
        match node:
            case ast.Name(id=name, ctx=ctx):
                self._name(name, ctx, node, scope, loops)
                return
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
                self._function(node, scope, loops)
                return
            case ast.ClassDef():
                self._class(node, scope, loops)
                return
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                self._comprehension(node, scope, loops)
                return
            case ast.AnnAssign(target=target, value=value):
                for each in (value, target):
                    if each is not None:
                        self._visit(each, scope, loops)
                return
            case ast.For() | ast.AsyncFor() | ast.While():
                loops = (*loops, (node.lineno, node.end_lineno or node.lineno))
            case _:
                self._bind(node, scope)
        for child in ast.iter_child_nodes(node):
            self._visit(child, scope, loops)

    def _name(
        self, name: str, ctx: ast.expr_context, node: ast.Name, scope: _Scope, loops: tuple[tuple[int, int], ...]
    ) -> None:
        at = (node.lineno, node.col_offset)
        self.is_open |= name in _BINDING
        if isinstance(ctx, ast.Load):
            scope.uses.append(_Use(name, at, loops))
        else:
            self._owner(name, scope).bind(name, at)

    def _owner(self, name: str, scope: _Scope) -> _Scope:
        """Where a name is set: in the module, too, when the scope says that it is of there."""
        return self._module if name in scope.elsewhere else scope

    def _bind(self, node: ast.AST, scope: _Scope) -> None:
        """What statements bind beside names that stand in them as such."""
        at = (getattr(node, "lineno", 0), getattr(node, "col_offset", 0))
        for parameter in getattr(node, "type_params", ()):  # of a `type` statement
            scope.bind(parameter.name, (0, 0))
        match node:
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                self.is_open |= any(alias.name == "*" for alias in names)
                for alias in names:
                    name = alias.asname or alias.name.partition(".")[0]
                    self._owner(name, scope).bind(name, at)
            case ast.Global(names=names) | ast.Nonlocal(names=names):
                scope.elsewhere.update(names)
                for name in names:
                    self._module.bind(name, (0, 0))
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                scope.bind(name, at)
            case ast.MatchMapping(rest=str(name)):
                scope.bind(name, at)

    def _function(self, node: _Function, scope: _Scope, loops: tuple[tuple[int, int], ...]) -> None:
        arguments = node.args
        outside: list[ast.expr | None] = [*arguments.defaults, *arguments.kw_defaults]
        if not isinstance(node, ast.Lambda):
            outside += node.decorator_list
            self._owner(node.name, scope).bind(node.name, (node.lineno, node.col_offset))
        for each in outside:
            if each is not None:
                self._visit(each, scope, loops)
        own = self._inner(scope, node)
        several = [arguments.vararg, arguments.kwarg]
        for argument in [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *several]:
            if argument is not None:
                own.bind(argument.arg, (0, 0))
        for inside in [node.body] if isinstance(node, ast.Lambda) else node.body:
            self._visit(inside, own, ())

    def _class(self, node: ast.ClassDef, scope: _Scope, loops: tuple[tuple[int, int], ...]) -> None:
        self._owner(node.name, scope).bind(node.name, (node.lineno, node.col_offset))
        for outside in node.decorator_list:
            self._visit(outside, scope, loops)
        own = self._inner(scope, node, is_ordered=False)
        for inside in [*node.bases, *(each.value for each in node.keywords), *node.body]:
            self._visit(inside, own, ())

    def _comprehension(self, node: _Comprehension, scope: _Scope, loops: tuple[tuple[int, int], ...]) -> None:
        self._visit(node.generators[0].iter, scope, loops)
        own = self._inner(scope, node, is_ordered=False)
        for child in ast.walk(node):
            if isinstance(child, ast.NamedExpr):  # it sets a name of the function around
                scope.bind(child.target.id, (node.lineno, node.col_offset))
        for number, generator in enumerate(node.generators):
            for each in [generator.target, *([generator.iter] if number else []), *generator.ifs]:
                self._visit(each, own, ())
        for value in [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]:
            self._visit(value, own, ())

    def _inner(self, scope: _Scope, node: ast.AST, *, is_ordered: bool = True) -> _Scope:
        own = _Scope(scope, is_ordered)
        for parameter in getattr(node, "type_params", ()):
            own.bind(parameter.name, (0, 0))
        self.scopes.append(own)
        return own
