"""Clauses added to a step and taken from it: elif, else, except, finally, case."""

from __future__ import annotations

import re
from dataclasses import dataclass

from clockhouse.flows.blocks import Clause, Statement, Tree
from clockhouse.flows.changes import Change, RefusedError
from clockhouse.flows.fragments import Fragments, Piece
from clockhouse.flows.lines import BOM

_ORDER = {"if": 0, "elif": 0, "for": 0, "while": 0, "try": 0, "except": 1, "else": 2, "finally": 3}
_MAY_HAVE = {
    "if": {"elif", "else"},
    "for": {"else"},
    "while": {"else"},
    "try": {"except", "else", "finally"},
    "match": {"case"},
}
_FOR_ALL = re.compile(r"case\s+_\s*:")
_HEADER = re.compile(r"(elif|else|except|finally|case)\b\s*(.*?)\s*:?\s*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Target:
    """A step, or one branch of it; of a match, a branch is the statement of its case."""

    item: Statement
    clause: Clause | None = None
    case: int | None = None

    @classmethod
    def of(cls, item: Statement, branch: int | None) -> Target:
        """Raises LookupError when the step has no such branch."""
        if branch is None:
            return cls(item)
        if item.word != "match":
            if not 0 <= branch < len(item.clauses):
                raise LookupError(f"no branch {branch}")
            return cls(item, item.clauses[branch])
        cases = item.clauses[0].block.code
        if not 0 <= branch < len(cases) or not cases[branch].clauses:
            raise LookupError(f"no case {branch}")
        return cls(item, cases[branch].clauses[0], branch)

    def piece(self, fragments: Fragments) -> Piece | None:
        """How Python sees it."""
        clause = self.clause or (self.item.clauses[0] if self.item.clauses else None)
        if clause is None:
            return fragments.statement(self.item)
        if self.case is not None and (cases := fragments.cases(self.item)) is not None:
            return cases[self.case] if self.case < len(cases) else None
        return fragments.clause(clause)


def add(tree: Tree, item: Statement, header: str) -> list[Change]:
    """One more branch, with a `pass` in it, after the last one that may stand before it.

    `header` is such as `else`, `elif x > 1` or `except OSError as error`. Raises RefusedError where it does not fit.
    """
    read = _HEADER.fullmatch(header.strip())
    if read is None or read.group(1) not in _MAY_HAVE.get(item.word, ()):
        raise RefusedError("This step can't have such a branch.")
    word, rest = read.groups()
    words = f"{word} {rest}:" if rest else f"{word}:"
    if item.word == "match":
        return _add_case(tree, item, words)
    if word in ("else", "finally") and any(clause.word == word for clause in item.clauses):
        raise RefusedError(f"This step has its {word} already.")
    before = max(number for number, clause in enumerate(item.clauses) if _ORDER.get(clause.word, 0) <= _ORDER[word])
    line = tree.lines[item.clauses[0].line]
    indent = tree.text[line.full_start : line.start].lstrip(BOM)
    return [_lines(tree, _end_of(tree, item.clauses[before]), indent, words)]


def remove(tree: Tree, item: Statement, branch: int) -> list[Change]:
    """Takes a branch away with its steps. Raises RefusedError for one that the step can't do without."""
    if item.word == "match":
        cases = item.clauses[0].block.code
        if len(cases) < 2:
            raise RefusedError("A match needs a case. Delete the whole step instead.")
        return [Change(cases[branch].note_start, cases[branch].full_end, "")]
    clause = item.clauses[branch]
    if branch == 0:
        raise RefusedError("This branch is the step itself. Delete the whole step instead.")
    words = {other.word for number, other in enumerate(item.clauses) if number != branch}
    if item.word == "try" and not words & {"except", "finally"}:
        raise RefusedError("A try needs an except or a finally. Delete the whole step instead.")
    start = clause.note[0] if clause.note else tree.lines[clause.line].full_start
    return [Change(start, _end_of(tree, clause), "")]


def _add_case(tree: Tree, item: Statement, words: str) -> list[Change]:
    """Below the last case, but above one for all others: after that, Python takes no more."""
    block = item.clauses[0].block
    last = block.code[-1] if block.code else None
    if last is not None and _FOR_ALL.match(tree.text, last.start):
        return [_lines(tree, last.note_start, block.indent_text, words)]
    at = max([tree.lines[item.clauses[0].line].full_end, *(each.full_end for each in block.items)])
    return [_lines(tree, at, block.indent_text, words)]


def _end_of(tree: Tree, clause: Clause) -> int:
    own = tree.lines[clause.line].full_end
    return max([own, *(each.full_end for each in clause.block.items)])


def _lines(tree: Tree, at: int, indent: str, words: str) -> Change:
    text = f"{indent}{words}{tree.newline}{indent}{tree.unit}pass"
    if at and tree.text[at - 1] not in "\r\n":
        return Change(at, at, tree.newline + text)
    return Change(at, at, text + tree.newline)
