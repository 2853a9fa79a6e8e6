"""What a plain statement is as a step, and which of its parts can be edited."""

from __future__ import annotations

import ast

from clockhouse.flows.fragments import Piece
from clockhouse.flows.meaning import Meanings
from clockhouse.flows.nodes import NO_FACTS, Facts, Field, Kind

Step = tuple[Kind, tuple[Field, ...], Facts]
UNKNOWN: Step = ("code", (), NO_FACTS)


def read(piece: Piece, meanings: Meanings, *, is_first: bool, in_config: bool) -> Step:
    """The kind of a statement, its fields and its facts.

    `is_first` where a string is a docstring; `in_config` in the body of a task's configuration.
    """
    node, span = piece.node, piece.span
    match node:
        case ast.Expr(value=value):
            return _expression(piece, value, meanings, is_first=is_first)
        case ast.Assign(targets=[target], value=value):
            fields = [Field("target", "target", span(target))]
            return _assigned(piece, fields, target, value, meanings)
        case ast.Assign(targets=targets, value=value):
            several = [Field(f"target{number}", "target", span(each)) for number, each in enumerate(targets)]
            return "assign", (*several, Field("value", "expression", span(value))), NO_FACTS
        case ast.AnnAssign():
            return _annotated(piece, node, meanings, in_config=in_config)
        case ast.AugAssign(target=target, value=value):
            return (
                "assign",
                (Field("target", "target", span(target)), Field("value", "expression", span(value))),
                NO_FACTS,
            )
        case ast.Import() | ast.ImportFrom():
            meanings.note_import(node)
            return "import", (), NO_FACTS
    return _ending(piece)


def of_call(call: ast.Call, piece: Piece) -> list[Field]:
    """The fields of a call: what is called, and what is passed to it."""
    span = piece.span
    fields = [Field("function", "callee", span(call.func))]
    alone = len(call.args) == 1 and not call.keywords
    names = argument_names(call)
    for name, argument in zip(names, call.args, strict=False):
        start, end = span(argument)
        if alone and isinstance(argument, ast.GeneratorExp) and end == span(call)[1]:
            start, end = start + 1, end - 1  # Python counts the brackets of the call to the expression
        fields.append(Field(name, "expression", (start, end), "argument"))
    for name, keyword in zip(names[len(call.args) :], call.keywords, strict=True):
        where = span(keyword) if keyword.arg is None else span(keyword.value)
        fields.append(Field(name, "expression", where, "keyword"))
    return fields


def argument_names(call: ast.Call) -> list[str]:
    """The fields of what is passed: arg0, arg1, ..., then names; `**`, `**1`, ... for what brings several names."""
    found = [f"arg{number}" for number in range(len(call.args))]
    unpacked = 0
    for keyword in call.keywords:
        found.append(keyword.arg or f"**{unpacked or ''}")
        unpacked += keyword.arg is None
    return found


def _expression(piece: Piece, value: ast.expr, meanings: Meanings, *, is_first: bool) -> Step:
    if is_first and isinstance(value, ast.Constant) and isinstance(value.value, str):
        return "doc", (), NO_FACTS
    match value:
        case ast.Yield(value=ast.expr() as given) | ast.YieldFrom(value=given):
            return "yield", (Field("value", "expression", piece.span(given)),), NO_FACTS
        case ast.Yield():
            return "yield", (), NO_FACTS
        case ast.Constant(value=constant) if constant is ...:
            return "pass", (), NO_FACTS
    called = value.value if isinstance(value, ast.Await) else value
    if called is not value and not isinstance(called, ast.Call):
        return "wait", (Field("value", "expression", piece.span(called)),), Facts(is_awaited=True)
    if not isinstance(called, ast.Call):
        return UNKNOWN
    kind, facts = meanings.call(called, None, is_awaited=called is not value)
    return kind, tuple(of_call(called, piece)), facts


def _assigned(piece: Piece, fields: list[Field], target: ast.expr, value: ast.expr, meanings: Meanings) -> Step:
    called = value.value if isinstance(value, ast.Await) else value
    if isinstance(called, ast.Call):
        kind, facts = meanings.call(called, target, is_awaited=called is not value)
        result = [Field("result" if each.name == "target" else each.name, each.kind, each.span) for each in fields]
        return kind, (*result, *of_call(called, piece)), facts
    kind = "variable" if isinstance(target, ast.Name) else "assign"
    return kind, (*fields, Field("value", "expression", piece.span(value))), NO_FACTS


def _annotated(piece: Piece, node: ast.AnnAssign, meanings: Meanings, *, in_config: bool) -> Step:
    span = piece.span
    fields = [Field("target", "target", span(node.target)), Field("type", "type", span(node.annotation))]
    if in_config and isinstance(node.target, ast.Name):
        value = [Field("value", "expression", span(node.value))] if node.value is not None else []
        return "setting", (*fields, *value), Facts(name=node.target.id)
    if node.value is None:
        return "variable", tuple(fields), NO_FACTS
    return _assigned(piece, fields, node.target, node.value, meanings)


def _ending(piece: Piece) -> Step:
    """Statements that end or check something; whatever else there is is code."""
    node, span = piece.node, piece.span
    kind: Kind = "code"
    parts: list[tuple[str, ast.expr | None]] = []
    match node:
        case ast.Return(value=value):
            kind, parts = "return", [("value", value)]
        case ast.Raise(exc=error, cause=cause):
            kind, parts = "raise", [("error", error), ("cause", cause)]
        case ast.Assert(test=test, msg=message):
            kind, parts = "check", [("condition", test), ("message", message)]
        case ast.Delete(targets=targets):
            kind, parts = "delete", [(f"target{number}", each) for number, each in enumerate(targets)]
        case ast.Break():
            kind = "break"
        case ast.Continue():
            kind = "continue"
        case ast.Pass():
            kind = "pass"
    fields = tuple(Field(name, "expression", span(part)) for name, part in parts if part is not None)
    return kind, fields, NO_FACTS
