"""The names of a module: where each stands, and what it means there."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from clockhouse.flows import headers
from clockhouse.flows.nodes import Span
from clockhouse.flows.positions import Positions

_Functions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_Comprehensions = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_AS = re.compile(r"\bas\s+(\w+)")


@dataclass(slots=True, eq=False)
class Scope:
    """Where names are bound: a module, a function, a class or a comprehension."""

    parent: Scope | None
    is_class: bool = False
    is_comprehension: bool = False
    bound: set[str] = field(default_factory=set)

    def owner_of(self, name: str) -> Scope:
        """The scope that a name of this one belongs to; the module for what nobody binds."""
        if name in self.bound or self.parent is None:
            return self
        outer = self.parent
        while outer.parent is not None and (outer.is_class or name not in outer.bound):
            outer = outer.parent
        return outer


@dataclass(frozen=True, slots=True)
class Use:
    name: str
    span: Span
    scope: Scope
    is_parameter: bool = False


class Names:
    """All names of a module with their scopes; `odd` are those that are given in some other way than by a word."""

    def __init__(self, module: ast.Module, text: str) -> None:
        self._text, self._positions = text, Positions(text)
        self.uses: list[Use] = []
        self.odd: set[str] = set()
        self.keywords: set[str] = set()
        self.top = Scope(None)
        waiting: list[tuple[ast.AST, Scope]] = [(module, self.top)]
        while waiting:
            node, scope = waiting.pop()
            waiting += self._visit(node, scope)

    def has(self, name: str) -> bool:
        return name in self.odd or any(use.name == name for use in self.uses)

    def is_parameter(self, name: str) -> bool:
        return any(use.name == name and use.is_parameter for use in self.uses)

    def of_module(self, name: str) -> list[Span]:
        """Where a name stands for what the module calls so."""
        return [use.span for use in self.uses if use.name == name and use.scope.owner_of(name) is self.top]

    def _visit(self, node: ast.AST, scope: Scope) -> Iterator[tuple[ast.AST, Scope]]:
        """Takes note of a node; what is below it, each with its scope."""
        match node:
            case ast.Name(id=name, ctx=context):
                if not isinstance(context, ast.Load):
                    scope.bound.add(name)
                self.uses.append(Use(name, self._positions.span(node), scope))
            case ast.arg(arg=name):
                scope.bound.add(name)
                start = self._positions.span(node)[0]
                self.uses.append(Use(name, (start, start + len(name)), scope, is_parameter=True))
            case ast.alias(name=name, asname=other):
                self.odd.add(other or name.partition(".")[0])
            case ast.ExceptHandler(name=str(name), type=ast.expr() as kind):
                self._note_failure(name, kind, scope)
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
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

    def _note_failure(self, name: str, kind: ast.expr, scope: Scope) -> None:
        """The name in `except kind as name`, which Python's tree has without its place."""
        found = _AS.search(self._text, self._positions.span(kind)[1])
        if found is None or found[1] != name:
            self.odd.add(name)
            return
        scope.bound.add(name)
        self.uses.append(Use(name, found.span(1), scope))

    def _below(self, node: ast.AST, scope: Scope) -> Iterator[tuple[ast.AST, Scope]]:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            scope.bound.add(node.name)
            start = self._positions.span(node)[0]
            self.uses.append(Use(node.name, headers.name_at(self._text, start), scope))
        if isinstance(node, _Functions):
            yield from self._of_function(node, scope)
        elif isinstance(node, ast.ClassDef):
            inner = Scope(scope, is_class=True)
            outside = [*node.decorator_list, *node.bases, *node.keywords]
            yield from ((each, scope) for each in outside)
            yield from ((each, inner) for each in node.body)
        elif isinstance(node, _Comprehensions):
            inner = Scope(scope, is_comprehension=True)
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
        self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, scope: Scope
    ) -> Iterator[tuple[ast.AST, Scope]]:
        inner, arguments = Scope(scope), node.args
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
