"""The fields of a step: their text replaced, taken away, or written where there was none."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from clockhouse.flows import lines, steps
from clockhouse.flows.blocks import Tree
from clockhouse.flows.branches import Target
from clockhouse.flows.changes import Change, RefusedError
from clockhouse.flows.fragments import Fragments, Piece, Syntax
from clockhouse.flows.nodes import Field, Span

_KEYWORD = re.compile(r"[^\W\d]\w*")
_PLACED = re.compile(r"arg(\d+)")
_NUMBERED = re.compile(r"as(\d+)")


def replaced(tree: Tree, field: Field, text: str) -> list[Change]:
    """New text for a field that is there; the white space around it, which parameters may have, stays."""
    start, end = field.span
    old = tree.text[start:end]
    if old.strip() == text:
        return []
    if old.strip():
        start, end = start + len(old) - len(old.lstrip()), end - len(old) + len(old.rstrip())
    return [Change(start, end, text)]


def written(tree: Tree, target: Target, name: str, text: str) -> list[Change]:
    """Text for a field that the step may have and has not yet. Raises RefusedError when it may not."""
    where = _Place.of(tree, target)
    for rule in (_write_end, _write_annotation, _write_header, _write_result, _write_argument):
        if (change := rule(where, name, text)) is not None:
            return [change]
    raise RefusedError(f"This step has no field {name}.")


def removed(tree: Tree, target: Target, name: str) -> list[Change]:
    """Takes a field away that the step can do without. Raises RefusedError when it can't."""
    where = _Place.of(tree, target)
    for rule in (_remove_end, _remove_annotation, _remove_header, _remove_result, _remove_argument):
        if (span := rule(where, name)) is not None:
            return [Change(span[0], span[1], "")]
    raise RefusedError("This step can't do without it.")


def is_whole(tree: Tree, target: Target, start: int, words: str) -> bool:
    """Whether the words at `start` are one part of a statement, and not pieces of several."""
    where, end = _Place.of(tree, target), start + len(words)
    if words.isidentifier():
        return True
    for node in _parts(where.piece.node):
        begin, finish = where.piece.span(node)
        if (begin, finish) in ((start, end), (start - 1, end + 1)):  # Python counts brackets to a generator
            return True
        if isinstance(node, ast.keyword) or begin < start or finish > end:
            continue
        if where.outer(node, start) == (start, end):
            return True
    return isinstance(where.piece.node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)


@dataclass(frozen=True, slots=True)
class _Place:
    """A statement, or one of its clauses, in the source and in Python's tree."""

    tree: Tree
    piece: Piece
    start: int
    end: int

    @classmethod
    def of(cls, tree: Tree, target: Target) -> _Place:
        piece = target.piece(Fragments(tree))
        if piece is None:
            raise RefusedError("This step is not Python yet. Finish it in the code first.")
        header = target.clause or (target.item.clauses[0] if target.item.clauses else None)
        if header is None:
            return cls(tree, piece, target.item.proper, target.item.end)
        return cls(tree, piece, header.start, header.end)

    def outer(self, node: ast.expr | ast.pattern, floor: int) -> Span:
        """Where a part stands with the brackets around it, looking back no further than `floor`."""
        text = self.tree.text
        start, end = self.piece.span(node)
        while True:
            before, after = start - 1, end
            while before >= floor and text[before] in " \t\f\\\r\n":
                before -= 1
            while after < self.end and text[after] in " \t\f\\\r\n":
                after += 1
            if before < floor or after >= self.end or text[before] != "(" or text[after] != ")":
                return start, end
            start, end = before, after + 1


def _parts(node: Syntax) -> Iterator[ast.expr | ast.pattern | ast.keyword]:
    """The parts of a statement or header, without the statements in its suite."""
    waiting: list[ast.AST] = [node]
    while waiting:
        each = waiting.pop()
        if isinstance(each, ast.expr | ast.pattern | ast.keyword):
            yield each
        waiting += (
            below for below in ast.iter_child_nodes(each) if not isinstance(below, ast.stmt | ast.ExceptHandler)
        )


def _write_end(where: _Place, name: str, text: str) -> Change | None:
    """What may follow at the end of a statement: a value, an error, a message."""
    head = {
        ("value", ast.Return): " ",
        ("value", ast.AnnAssign): " = ",
        ("error", ast.Raise): " ",
        ("cause", ast.Raise): " from ",
        ("message", ast.Assert): ", ",
    }.get((name, type(where.piece.node)))
    return None if head is None else Change(where.end, where.end, head + text)


def _remove_end(where: _Place, name: str) -> Span | None:
    match where.piece.node:
        case ast.Return(value=ast.expr()) if name == "value":
            return where.start + len("return"), where.end
        case ast.Raise(exc=ast.expr(), cause=None) if name == "error":
            return where.start + len("raise"), where.end
        case ast.Raise(exc=ast.expr() as error, cause=ast.expr()) if name == "cause":
            return where.outer(error, where.start + len("raise"))[1], where.end
        case ast.Assert(test=test, msg=ast.expr()) if name == "message":
            return where.outer(test, where.start + len("assert"))[1], where.end
        case ast.AnnAssign(annotation=annotation, value=ast.expr()) if name == "value":
            return where.outer(annotation, where.start)[1], where.end
    return None


def _write_annotation(where: _Place, name: str, text: str) -> Change | None:
    node = where.piece.node
    if name != "type" or not isinstance(node, ast.Assign) or len(node.targets) != 1:
        return None
    end = where.piece.span(node.targets[0])[1]
    return Change(end, end, f": {text}")


def _remove_annotation(where: _Place, name: str) -> Span | None:
    node = where.piece.node
    if name != "type" or not isinstance(node, ast.AnnAssign) or node.value is None:
        return None
    return where.piece.span(node.target)[1], where.outer(node.annotation, where.start)[1]


def _write_header(where: _Place, name: str, text: str) -> Change | None:
    node = where.piece.node
    at, words = -1, text
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() if name == "returns":
            at, words = _after_brackets(where), f" -> {text}"
        case ast.ClassDef(bases=[], keywords=[]) if name == "bases":
            at, words = where.end - 1, f"({text})"
        case ast.ExceptHandler(type=None) if name == "type":
            at, words = where.start + len("except"), f" {text}"
        case ast.ExceptHandler(type=ast.expr() as caught) if name == "as":
            at, words = where.outer(caught, where.start)[1], f" as {text}"
        case ast.match_case(pattern=pattern) if name == "guard":
            at, words = where.outer(pattern, where.start)[1], f" if {text}"
        case ast.With() | ast.AsyncWith() if (numbered := _NUMBERED.fullmatch(name)) is not None:
            if int(numbered.group(1)) < len(node.items):
                resource = node.items[int(numbered.group(1))].context_expr
                at, words = where.outer(resource, where.start)[1], f" as {text}"
    return None if at < 0 else Change(at, at, words)


def _remove_header(where: _Place, name: str) -> Span | None:
    node, span = where.piece.node, where.piece.span
    match node:
        case ast.FunctionDef(returns=ast.expr() as kind) | ast.AsyncFunctionDef(returns=ast.expr() as kind):
            if name == "returns":
                return _after_brackets(where), where.outer(kind, where.start)[1]
        case ast.ExceptHandler(type=ast.expr() as caught, name=str()) if name == "as":
            return where.outer(caught, where.start)[1], _before_colon(where)
        case ast.ExceptHandler(type=ast.expr(), name=None) if name == "type":
            return where.start + len("except"), _before_colon(where)
        case ast.match_case(pattern=pattern, guard=ast.expr()) if name == "guard":
            return where.outer(pattern, where.start)[1], _before_colon(where)
        case ast.With() | ast.AsyncWith() if (numbered := _NUMBERED.fullmatch(name)) is not None:
            number = int(numbered.group(1))
            target = node.items[number].optional_vars if number < len(node.items) else None
            if target is not None:
                return where.outer(node.items[number].context_expr, where.start)[1], span(target)[1]
    return None


def _write_result(where: _Place, name: str, text: str) -> Change | None:
    if name != "result" or not isinstance(where.piece.node, ast.Expr) or _call(where) is None:
        return None
    return Change(where.start, where.start, f"{text} = ")


def _remove_result(where: _Place, name: str) -> Span | None:
    node = where.piece.node
    if name != "result" or _call(where) is None:
        return None
    if isinstance(node, ast.Assign) and len(node.targets) == 1:
        return where.start, where.outer(node.value, where.start)[0]
    if isinstance(node, ast.AnnAssign) and node.value is not None:
        return where.start, where.outer(node.value, where.start)[0]
    return None


def _write_argument(where: _Place, name: str, text: str) -> Change | None:
    call = _call(where)
    if call is None:
        return None
    arguments = _arguments(where, call)
    opening = _opening(where, call)
    placed = _PLACED.fullmatch(name)
    if placed is not None and int(placed.group(1)) == len(call.args):
        return _listed(where, arguments, opening, len(call.args), text)
    if name.startswith("**") or _KEYWORD.fullmatch(name) is None or placed is not None:
        return None
    return _listed(where, arguments, opening, len(arguments), f"{name}={text}")


def _listed(where: _Place, arguments: list[Span], opening: int, place: int, words: str) -> Change:
    """One more argument at a place among those that are there."""
    if place == 0:
        at = opening + 1
        return Change(at, at, f"{words}, " if arguments else words)
    end = arguments[place - 1][1]
    between = where.tree.text[arguments[place - 2][1] : arguments[place - 1][0]] if place > 1 else ", "
    return Change(end, end, (between if between.strip() == "," else ", ") + words)


def _remove_argument(where: _Place, name: str) -> Span | None:
    call = _call(where)
    if call is None:
        return None
    names = steps.argument_names(call)
    if name not in names:
        return None
    arguments, place = _arguments(where, call), names.index(name)
    if len(arguments) == 1:
        return _opening(where, call) + 1, where.piece.span(call)[1] - 1
    if place < len(arguments) - 1:
        return arguments[place][0], arguments[place + 1][0]
    return arguments[place - 1][1], arguments[place][1]


def _arguments(where: _Place, call: ast.Call) -> list[Span]:
    """Where each argument stands, brackets around it and its name included, in the order of the fields."""
    floor = _opening(where, call) + 1
    found = [where.outer(argument, floor) for argument in call.args]
    found += [_named(where, keyword, floor) for keyword in call.keywords]
    if len(call.args) == 1 and not call.keywords and isinstance(call.args[0], ast.GeneratorExp):
        end = where.piece.span(call)[1]
        if found[0][1] >= end:
            return [(floor, end - 1)]
    return found


def _named(where: _Place, keyword: ast.keyword, floor: int) -> Span:
    start = where.piece.span(keyword)[0]
    return start, where.outer(keyword.value, max(floor, start))[1]


def _opening(where: _Place, call: ast.Call) -> int:
    """Where the bracket of the arguments opens."""
    text, at = where.tree.text, where.outer(call.func, where.start)[1]
    while text[at] != "(":
        if text[at] == "#":
            at = text.index("\n", at)
        at += 1
    return at


def _call(where: _Place) -> ast.Call | None:
    node = where.piece.node
    value = node.value if isinstance(node, ast.Expr | ast.Assign | ast.AnnAssign) else None
    if isinstance(value, ast.Await):
        value = value.value
    return value if isinstance(value, ast.Call) else None


def _after_brackets(where: _Place) -> int:
    """After the brackets of a function's parameters."""
    text = where.tree.text
    at = text.index("(", where.start)
    if (generic := text.find("[", where.start, at)) >= 0:
        at = text.index("(", lines.closing(text, generic))
    return lines.closing(text, at) + 1


def _before_colon(where: _Place) -> int:
    return where.start + len(where.tree.text[where.start : where.end - 1].rstrip())
