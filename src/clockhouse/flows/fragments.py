"""How Python sees one statement or header: in the whole source or, when that is damaged, by itself."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from clockhouse.flows.blocks import Clause, Statement, Tree
from clockhouse.flows.nodes import Span
from clockhouse.flows.positions import Located, Positions
from clockhouse.kit import syntax

Syntax = ast.stmt | ast.ExceptHandler | ast.match_case
_CACHED_LETTERS = 4000  # of one piece; longer ones are parsed each time


@dataclass(frozen=True, slots=True)
class Piece:
    """A statement or clause in Python's tree, and where its parts stand in the source."""

    node: Syntax
    span: Callable[[Located], Span]


class Fragments:
    """Finds the piece of Python's tree for the statements of one source."""

    def __init__(self, tree: Tree) -> None:
        self._text = tree.text
        self._known: dict[int, ast.stmt | ast.ExceptHandler] = {}
        self._span: Callable[[Located], Span] | None = None
        if tree.module is not None:
            positions = Positions(tree.text)
            self._span = positions.span
            self._index(tree.module, positions)

    def of(self, statement: Statement) -> Piece | None:
        """A plain statement, or a compound one by its first header."""
        return self.clause(statement.clauses[0]) if statement.clauses else self.statement(statement)

    def statement(self, statement: Statement) -> Piece | None:
        """None for what is no statement of Python."""
        if self._span is not None:
            return self._whole(statement.proper)
        return self._alone("", statement.proper, statement.end, "", _first)

    def clause(self, clause: Clause) -> Piece | None:
        """None for a header that Python does not know, and for one without parts (else, finally, try)."""
        word = clause.word
        if self._span is not None:
            if word == "case":
                return None  # they have no position of their own; see `cases`
            return self._whole(clause.start)
        if word in ("else", "finally", "try"):
            return None
        if word == "elif":  # without its first two letters
            return self._alone("", clause.start + 2, clause.end, " pass", _first)
        if word == "except":
            return self._alone("try: pass\n", clause.start, clause.end, " pass", _handler)
        if word == "match":
            return self._alone("", clause.start, clause.end, "\n case _: pass", _first)
        if word == "case":
            return self._alone("match _:\n ", clause.start, clause.end, " pass", _case)
        return self._alone("", clause.start, clause.end, " pass", _first)

    def cases(self, owner: Statement) -> list[Piece] | None:
        """The cases of a match in order; None on a damaged source, where `clause` finds them one by one."""
        if self._span is None:
            return None
        match = self._known.get(owner.proper)
        if not isinstance(match, ast.Match):
            return None
        return [Piece(case, self._span) for case in match.cases]

    def _index(self, module: ast.Module, positions: Positions) -> None:
        at, known = positions.at, self._known
        waiting: list[ast.stmt | ast.ExceptHandler] = [*module.body]
        while waiting:
            node = waiting.pop()
            known[at(node.lineno, node.col_offset)] = node
            match node:
                case ast.Try() | ast.TryStar():
                    waiting += [*node.body, *node.handlers, *node.orelse, *node.finalbody]
                case ast.If() | ast.For() | ast.AsyncFor() | ast.While():
                    waiting += [*node.body, *node.orelse]
                case ast.Match():
                    waiting += [each for case in node.cases for each in case.body]
                case (
                    ast.FunctionDef()
                    | ast.AsyncFunctionDef()
                    | ast.ClassDef()
                    | ast.With()
                    | ast.AsyncWith()
                    | ast.ExceptHandler()
                ):
                    waiting += node.body

    def _whole(self, start: int) -> Piece | None:
        node = self._known.get(start)
        return None if node is None or self._span is None else Piece(node, self._span)

    def _alone(
        self, head: str, start: int, end: int, tail: str, pick: Callable[[ast.Module], Syntax | None]
    ) -> Piece | None:
        module, positions = _parsed(head + self._text[start:end] + tail)
        node = pick(module) if module is not None else None
        if node is None or positions is None:
            return None
        shift = start - len(head)

        def span(part: Located) -> Span:
            begin, finish = positions.span(part)
            return begin + shift, finish + shift

        return Piece(node, span)


Parsed = tuple[ast.Module | None, Positions | None]


def _parsed(piece: str) -> Parsed:
    return _remembered(piece) if len(piece) <= _CACHED_LETTERS else _parse(piece)


def _parse(piece: str) -> Parsed:
    try:
        return syntax.module(piece), Positions(piece)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None, None


# A damaged source is read again with each key typed, and most of its statements are as they were.
_remembered = lru_cache(maxsize=4096)(_parse)


def _first(module: ast.Module) -> Syntax | None:
    return module.body[0] if len(module.body) == 1 else None


def _handler(module: ast.Module) -> Syntax | None:
    first = module.body[0]
    return first.handlers[0] if isinstance(first, ast.Try | ast.TryStar) else None


def _case(module: ast.Module) -> Syntax | None:
    first = module.body[0]
    return first.cases[0] if isinstance(first, ast.Match) else None
