"""A variable or function under another name, wherever that name means it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from clockhouse.flows import expressions, headers
from clockhouse.flows.blocks import Tree
from clockhouse.flows.changes import Change, RefusedError
from clockhouse.flows.nodes import Span
from clockhouse.flows.positions import Positions

_ELSEWHERE = "This name is also given by an import, a failure's branch, a pattern or a global. Change it in the code."
_Functions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_Comprehensions = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def rename(tree: Tree, span: Span, new: str) -> list[Change]:
    """Changes the name at `span` and all others that mean the same thing.

    Raises RefusedError when the new name is no name or is there already, when the name is given by more than
    assignments and definitions, and for source that is not valid.
    """
    old = tree.text[span[0] : span[1]]
    if tree.module is None:
        raise RefusedError("Finish what is half typed first; then things can be renamed.")
    fault = expressions.fault(new, "identifier")
    if fault is not None or not old.isidentifier():
        raise RefusedError(fault or "This is no name that could be changed.")
    if new == old:
        return []
    names = _Names(tree.module, tree.text)
    if names.has(new):
        raise RefusedError(f"There is a {new} already. Take another name.")
    owner = next((use.scope.owner_of(old) for use in names.uses if use.span == span), None)
    if owner is None:
        raise RefusedError("This is no name that could be changed.")
    if old == headers.ENTRY and owner.parent is None:
        raise RefusedError("The platform calls it by this name.")
    if old in names.odd or (names.is_parameter(old) and old in names.keywords):
        raise RefusedError(_ELSEWHERE)
    found = [use.span for use in names.uses if use.name == old and use.scope.owner_of(old) is owner]
    if any(tree.text[start:end] != old for start, end in found):
        raise RefusedError("Python does not say where in a text with braces this name stands. Change it in the code.")
    return [Change(start, end, new) for start, end in found]


@dataclass(slots=True, eq=False)
class _Scope:
    """Where names are bound: a module, a function, a class or a comprehension."""

    parent: _Scope | None
    is_class: bool = False
    is_comprehension: bool = False
    bound: set[str] = field(default_factory=set)

    def owner_of(self, name: str) -> _Scope:
        """The scope that a name of this one belongs to; the module for what nobody binds."""
        if name in self.bound or self.parent is None:
            return self
        outer = self.parent
        while outer.parent is not None and (outer.is_class or name not in outer.bound):
            outer = outer.parent
        return outer


@dataclass(frozen=True, slots=True)
class _Use:
    name: str
    span: Span
    scope: _Scope
    is_parameter: bool = False


class _Names:
    """All names of a module with their scopes; `odd` are those that are given in some other way than by a word."""

    def __init__(self, module: ast.Module, text: str) -> None:
        self._text, self._positions = text, Positions(text)
        self.uses: list[_Use] = []
        self.odd: set[str] = set()
        self.keywords: set[str] = set()
        waiting: list[tuple[ast.AST, _Scope]] = [(module, _Scope(None))]
        while waiting:
            node, scope = waiting.pop()
            waiting += self._visit(node, scope)

    def has(self, name: str) -> bool:
        return name in self.odd or any(use.name == name for use in self.uses)

    def is_parameter(self, name: str) -> bool:
        return any(use.name == name and use.is_parameter for use in self.uses)

    def _visit(self, node: ast.AST, scope: _Scope) -> Iterator[tuple[ast.AST, _Scope]]:
        """Takes note of a node; what is below it, each with its scope."""
        match node:
            case ast.Name(id=name, ctx=context):
                if not isinstance(context, ast.Load):
                    scope.bound.add(name)
                self.uses.append(_Use(name, self._positions.span(node), scope))
            case ast.arg(arg=name):
                scope.bound.add(name)
                start = self._positions.span(node)[0]
                self.uses.append(_Use(name, (start, start + len(name)), scope, is_parameter=True))
            case ast.alias(name=name, asname=other):
                self.odd.add(other or name.partition(".")[0])
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                self.odd.add(name)
            case ast.MatchMapping(rest=str(name)):
                self.odd.add(name)
            case ast.Global(names=names) | ast.Nonlocal(names=names):
                self.odd.update(names)
            case ast.NamedExpr(target=ast.Name(id=name)) if scope.is_comprehension:
                self.odd.add(name)  # it belongs to the function around
            case ast.keyword(arg=str(name)):
                self.keywords.add(name)
        return self._below(node, scope)

    def _below(self, node: ast.AST, scope: _Scope) -> Iterator[tuple[ast.AST, _Scope]]:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            scope.bound.add(node.name)
            start = self._positions.span(node)[0]
            self.uses.append(_Use(node.name, headers.name_at(self._text, start), scope))
        if isinstance(node, _Functions):
            yield from self._of_function(node, scope)
        elif isinstance(node, ast.ClassDef):
            inner = _Scope(scope, is_class=True)
            outside = [*node.decorator_list, *node.bases, *node.keywords]
            yield from ((each, scope) for each in outside)
            yield from ((each, inner) for each in node.body)
        elif isinstance(node, _Comprehensions):
            inner = _Scope(scope, is_comprehension=True)
            yield node.generators[0].iter, scope
            for child in ast.walk(node.generators[0].target):
                if isinstance(child, ast.Name):
                    inner.bound.add(child.id)
            for each in ast.iter_child_nodes(node):
                for part in ast.iter_child_nodes(each) if isinstance(each, ast.comprehension) else [each]:
                    if part is not node.generators[0].iter:
                        yield part, inner
        else:
            yield from ((each, scope) for each in ast.iter_child_nodes(node))

    def _of_function(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, scope: _Scope
    ) -> Iterator[tuple[ast.AST, _Scope]]:
        inner, arguments = _Scope(scope), node.args
        own = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
        for each in own:
            if each is not None:
                self._visit(ast.copy_location(ast.arg(each.arg), each), inner)
                if each.annotation is not None:
                    yield each.annotation, scope
        defaults = [*arguments.defaults, *arguments.kw_defaults]
        yield from ((each, scope) for each in defaults if each is not None)
        if isinstance(node, ast.Lambda):
            yield node.body, inner
            return
        yield from ((each, scope) for each in node.decorator_list)
        if node.returns is not None:
            yield node.returns, scope
        yield from ((each, inner) for each in node.body)
