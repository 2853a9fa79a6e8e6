"""Which parts of the header of a compound statement can be edited."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from clockhouse.flows import lines
from clockhouse.flows.blocks import Clause, Statement
from clockhouse.flows.fragments import Piece
from clockhouse.flows.meaning import Meanings, dotted
from clockhouse.flows.nodes import NO_FACTS, Facts, Field, Span

ENTRY = "main"


def read(
    piece: Piece | None, owner: Statement, clause: Clause, text: str, meanings: Meanings, scope: tuple[str, ...]
) -> tuple[tuple[Field, ...], Facts]:
    """The fields and facts of a statement by its first header; `scope` names the functions and classes around it."""
    if piece is None:
        return (), NO_FACTS
    node, span = piece.node, piece.span
    match node:
        case ast.For() | ast.AsyncFor():
            fields = (Field("item", "target", span(node.target)), Field("collection", "expression", span(node.iter)))
            return fields, Facts(is_async=isinstance(node, ast.AsyncFor))
        case ast.While():
            return (Field("condition", "expression", span(node.test)),), NO_FACTS
        case ast.With() | ast.AsyncWith():
            for item in node.items:
                meanings.note_connection(item.optional_vars, item.context_expr)
            return tuple(_resources(node, piece)), Facts(is_async=isinstance(node, ast.AsyncWith))
        case ast.Match():
            return (Field("subject", "expression", span(node.subject)),), NO_FACTS
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            return _function(piece, node, owner, clause, text, meanings, scope)
        case ast.ClassDef():
            return _class(node, owner, clause, text, scope)
        case ast.If():
            return (), Facts(is_start=_is_start(node.test))
    return (), NO_FACTS


def of_branch(piece: Piece | None, clause: Clause, text: str) -> tuple[Field, ...]:
    """The fields of one clause of an if, a try or a match."""
    if piece is None:
        return ()
    node, span = piece.node, piece.span
    if isinstance(node, ast.If) and clause.word in ("if", "elif"):
        return (Field("condition", "expression", span(node.test)),)
    if isinstance(node, ast.ExceptHandler):
        return tuple(_handler(node, piece, text, clause.end))
    if isinstance(node, ast.match_case):
        pattern = Field("pattern", "pattern", span(node.pattern))
        guard = () if node.guard is None else (Field("guard", "expression", span(node.guard)),)
        return (pattern, *guard)
    return ()


def word_at(text: str, word: str, start: int, end: int) -> Span:
    """Where a word stands between two places; an empty range where it does not."""
    found = re.compile(rf"\b{re.escape(word)}\b").search(text, start, end)
    return found.span() if found else (start, start)


def _resources(node: ast.With | ast.AsyncWith, piece: Piece) -> Iterator[Field]:
    for number, item in enumerate(node.items):
        yield Field(f"resource{number}", "expression", piece.span(item.context_expr))
        if item.optional_vars is not None:
            yield Field(f"as{number}", "target", piece.span(item.optional_vars))


def _handler(node: ast.ExceptHandler, piece: Piece, text: str, end: int) -> Iterator[Field]:
    if node.type is None:
        return
    where = piece.span(node.type)
    yield Field("type", "type", where)
    if node.name:
        as_at = word_at(text, "as", where[1], end)[1]
        yield Field("as", "identifier", word_at(text, node.name, as_at, end))


def _function(
    piece: Piece,
    node: ast.FunctionDef | ast.AsyncFunctionDef,
    owner: Statement,
    clause: Clause,
    text: str,
    meanings: Meanings,
    scope: tuple[str, ...],
) -> tuple[tuple[Field, ...], Facts]:
    meanings.note_parameters(node.args)
    name = name_at(text, clause.start)
    fields = [Field("name", "identifier", name)]
    parameters = _in_brackets(text, name[1], clause.end)
    if parameters is not None:
        fields.append(Field("parameters", "parameters", parameters))
    if node.returns is not None:
        fields.append(Field("returns", "type", piece.span(node.returns)))
    facts = Facts(
        name=node.name,
        qualname=".".join((*scope, node.name)),
        decorators=tuple(text[start:end] for start, end in owner.decorators),
        is_async=isinstance(node, ast.AsyncFunctionDef),
        is_entry=node.name == ENTRY and not scope,
    )
    return tuple(fields), facts


def _class(
    node: ast.ClassDef, owner: Statement, clause: Clause, text: str, scope: tuple[str, ...]
) -> tuple[tuple[Field, ...], Facts]:
    name = name_at(text, clause.start)
    fields = [Field("name", "identifier", name)]
    bases = _in_brackets(text, name[1], clause.end)
    if bases is not None:
        fields.append(Field("bases", "bases", bases))
    facts = Facts(
        name=node.name,
        qualname=".".join((*scope, node.name)),
        decorators=tuple(text[start:end] for start, end in owner.decorators),
        bases=tuple(dotted(base) or "" for base in node.bases),
    )
    return tuple(fields), facts


_DEFINED = re.compile(r"(?:async[ \t\f\\\r\n]+)?(?:def|class)[ \t\f\\\r\n]+")
_NAME = re.compile(r"\w+")


def name_at(text: str, start: int) -> Span:
    """The name of the function or class that is defined at `start`.

    As it is written: Python's tree may hold another form of the same letters.
    """
    defined = _DEFINED.match(text, start)
    found = _NAME.match(text, defined.end()) if defined else None
    return found.span() if found else (start, start)


def _in_brackets(text: str, start: int, end: int) -> Span | None:
    """What stands in the round brackets after a name, past the type parameters in square ones."""
    at = _skip(text, start)
    if at < end and text[at] == "[":
        at = _skip(text, lines.closing(text, at) + 1)
    if at >= end or text[at] != "(":
        return None
    closed = lines.closing(text, at)
    return (at + 1, closed) if closed < end else None


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t\f\\\r\n":
        at += 1
    return at


def _is_start(test: ast.expr) -> bool:
    return (
        isinstance(test, ast.Compare)
        and isinstance(test.left, ast.Name)
        and test.left.id == "__name__"
        and isinstance(test.comparators[0], ast.Constant)
        and test.comparators[0].value == "__main__"
    )
