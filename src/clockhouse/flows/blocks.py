"""Logical lines as a tree of statements, by indentation alone.

It works on damaged source too: what fits nowhere is kept as a statement of its own in the nearest block, never dropped.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from clockhouse.flows import lines
from clockhouse.flows.lines import BOM, HEADERS, Comment, Line

MOST_LEVELS = 100  # of indentation, as Python has it
OFF = "# off: "  # a statement that is switched off is a comment, its first line marked with this
OFF_MORE = "# off| "  # and its further lines with this

_JOINS = {
    "elif": {"if", "elif"},
    "else": {"if", "elif", "for", "while", "except"},
    "except": {"try", "except"},
    "finally": {"try", "except", "else"},
}
_OWNERS = {
    "elif": {"if"},
    "else": {"if", "for", "while", "try"},
    "except": {"try"},
    "finally": {"try"},
}
_SPLIT_SPACE = " \t\f\\\r\n"


@dataclass(slots=True, eq=False)
class Clause:
    """A header and its suite: `if x:`, `else:`, `except E:`, `case p:`, `def f():`.

    `end` is after the colon, or after the last token of a header that has none yet. `note` are the comment lines above.
    """

    word: str
    start: int
    end: int
    line: int
    block: Block
    note: tuple[int, int] | None = None
    broken: str | None = None


@dataclass(slots=True, eq=False)
class Statement:
    """A statement, or a group of comment lines that belongs to none.

    `word` is the keyword of a compound statement, "?" for one half typed, or empty. `start` includes decorators,
    `proper` does not. `line` and `last_line` count logical lines. `segment` of `segments` is its place among those that
    share a line. `note` is the comment right above: the start of its first line, and its end.
    """

    word: str
    start: int
    end: int
    proper: int
    line: int
    last_line: int
    full_start: int
    full_end: int
    segment: int = 0
    segments: int = 1
    clauses: list[Clause] = field(default_factory=list)
    decorators: tuple[tuple[int, int], ...] = ()
    note: tuple[int, int] | None = None
    broken: str | None = None
    is_comment: bool = False

    @property
    def note_start(self) -> int:
        """Where its whole lines begin, the comment right above included."""
        return self.full_start if self.note is None else self.note[0]


@dataclass(slots=True, eq=False)
class Block:
    """Statements of one indentation. `is_inline` when they are on the line of their header.

    `at` is where the first statement of an empty block would go.
    """

    indent: int
    indent_text: str
    at: int
    is_inline: bool = False
    items: list[Statement] = field(default_factory=list)

    @property
    def code(self) -> list[Statement]:
        """Its statements without the comments."""
        return [item for item in self.items if not item.is_comment]


@dataclass(frozen=True, slots=True)
class Tree:
    """A source and its statements. `module` is Python's own tree; without it, `error` and perhaps `error_at` (line
    from 1, column from 1) say why Python can't read it. `unit` is one level of indentation."""

    text: str
    lines: list[Line]
    root: Block
    module: ast.Module | None
    error: str | None
    error_at: tuple[int, int] | None
    newline: str
    unit: str

    @property
    def is_valid(self) -> bool:
        return self.module is not None


def walk(block: Block) -> Iterator[tuple[Statement, Block]]:
    """All statements below a block with the block each is in, in order of the source."""
    for item in block.items:
        yield item, block
        for clause in item.clauses:
            yield from walk(clause.block)


def newline_of(text: str) -> str:
    """The line break that a source uses first; that of Unix when it has none."""
    found = lines.NEWLINE.search(text)
    return found.group() if found else "\n"


class Builder:
    """Stacks logical lines by their indentation."""

    def __init__(self, text: str, split: list[Line], comments: list[Comment], *, is_valid: bool) -> None:
        self._text, self._lines, self._comments, self._is_valid = text, split, comments, is_valid
        self.root = Block(0, "", at=1 if text.startswith(BOM) else 0)
        self._stack = [self.root]
        self._opener: Clause | None = None  # a header that waits for its block
        self._decorators: list[tuple[int, int]] = []
        self._decorated = 0  # the line of the first of them
        self._decorated_note: tuple[int, int] | None = None
        self._units: Counter[str] = Counter()

    def build(self) -> Block:
        waiting: list[Comment] = []
        seen, comments = 0, self._comments
        for number, line in enumerate(self._lines):
            while seen < len(comments) and comments[seen].full_start < line.full_start:
                waiting.append(comments[seen])
                seen += 1
            note = self._take_note(waiting, line)
            self._open_block(line)
            self._place_comments(waiting, line.indent)
            waiting.clear()
            self._add(number, line, note)
        if self._opener is not None:
            self._leave_empty(self._opener)
        self._place_comments([*waiting, *comments[seen:]], 0)
        _close(self.root)
        return self.root

    @property
    def unit(self) -> str:
        """One level of indentation as this source has it most often."""
        if not self._units:
            return "    "
        return max(self._units, key=lambda unit: (self._units[unit], -len(unit)))

    def _take_note(self, waiting: list[Comment], line: Line) -> tuple[int, int] | None:
        """Comments right above and at the same column belong to the statement; one that is switched off does not."""
        begin, first, last = line.full_start, None, None
        while waiting and waiting[-1].indent == line.indent and waiting[-1].full_end == begin:
            if self._is_off(waiting[-1]):
                break
            first = waiting.pop()
            last = last or first
            begin = first.full_start
        return (first.full_start, last.end) if first and last else None

    def _is_off(self, comment: Comment) -> bool:
        return self._text.startswith((OFF.rstrip(), OFF_MORE.rstrip()), comment.start)

    def _open_block(self, line: Line) -> None:
        opener, self._opener = self._opener, None
        if opener is None:
            return
        above = self._stack[-1]
        if line.indent <= above.indent or len(self._stack) > MOST_LEVELS:
            self._leave_empty(opener)
            return
        indent_text = self._text[line.full_start : line.start].lstrip(BOM).replace("\f", "")
        if indent_text.startswith(above.indent_text):
            self._units[indent_text[len(above.indent_text) :]] += 1
        opener.block = Block(line.indent, indent_text, at=line.full_start)
        self._stack.append(opener.block)

    def _leave_empty(self, opener: Clause) -> None:
        opener.broken = opener.broken or "expected an indented block"

    def _place_comments(self, comments: list[Comment], floor: int) -> None:
        """Comments that lead no statement go to the block they are indented for, but to none further out than the
        statement below them."""
        at = 0
        while at < len(comments):
            first = comments[at]
            depth = len(self._stack) - 1
            while depth > 0 and self._stack[depth].indent > max(first.indent, floor):
                depth -= 1
            after = self._group_end(comments, at)
            last = comments[after - 1]
            group = Statement("", first.start, last.end, first.start, -1, -1, first.full_start, last.full_end)
            group.is_comment = True
            self._stack[depth].items.append(group)
            at = after

    def _group_end(self, comments: list[Comment], at: int) -> int:
        text, first = self._text, comments[at]
        is_off = self._is_off(first)
        after = at + 1
        while after < len(comments) and comments[after].full_start == comments[after - 1].full_end:
            following = comments[after]
            if is_off:
                if not text.startswith(OFF_MORE.rstrip(), following.start):
                    break
            elif following.indent != first.indent or self._is_off(following):
                break
            after += 1
        return after

    def _add(self, number: int, line: Line, note: tuple[int, int] | None) -> None:
        while len(self._stack) > 1 and line.indent < self._stack[-1].indent:
            self._stack.pop()
        block = self._stack[-1]
        wrong = None if line.indent == block.indent else "the indentation fits no block"
        if line.first == "@" and line.colon < 0:
            self._decorator(number, line, block, note)
            return
        word = self._word(number, line)
        if word in ("", "?") and wrong is None and (owner := self._interrupted(number, line, block)) is not None:
            self._add_clause(number, line, owner, note)
        elif word:
            self._compound(number, line, block, note, word, wrong)
        else:
            self._simple(number, line, block, note, wrong)
        self._decorators = []

    def _following(self, number: int) -> Line | None:
        return self._lines[number + 1] if number + 1 < len(self._lines) else None

    def _decorator(self, number: int, line: Line, block: Block, note: tuple[int, int] | None) -> None:
        if not self._decorators:
            self._decorated, self._decorated_note = number, note
        self._decorators.append((line.start, line.end))
        following = self._following(number)
        if following is not None and following.indent == line.indent and _takes_decorator(following):
            return
        first = self._lines[self._decorated]
        alone = Statement(
            "", first.start, line.end, first.start, self._decorated, number, first.full_start, line.full_end
        )
        alone.note, alone.broken = self._decorated_note, "a decorator without a function"
        block.items.append(alone)
        self._decorators = []

    def _word(self, number: int, line: Line) -> str:
        """The keyword of a compound statement; "?" where a block follows what is no header yet; else empty."""
        following = self._following(number)
        opens = following is not None and following.indent > line.indent
        word = line.second if line.first == "async" else line.first
        if line.first in HEADERS and line.colon >= 0:
            if line.first == "async":
                is_header = word in ("def", "for", "with")
            elif word == "match":
                is_header = line.colon == line.end - 1 and following is not None and opens and following.first == "case"
            else:
                is_header = word != "case" or self._is_in_match()
            if is_header:
                return word
        if self._is_valid or not opens:
            return ""
        return word if word in HEADERS and word not in ("match", "case", "async") else "?"

    def _is_in_match(self) -> bool:
        if len(self._stack) < 2:
            return False
        owner = next((item for item in reversed(self._stack[-2].items) if not item.is_comment), None)
        return owner is not None and owner.word == "match" and owner.clauses[-1].block is self._stack[-1]

    def _interrupted(self, number: int, line: Line, block: Block) -> Statement | None:
        """The statement between two clauses of which this line stands: somebody is typing a clause between them."""
        if self._is_valid:
            return None
        after = number + 1
        while after < len(self._lines) and self._lines[after].indent > line.indent:
            after += 1
        following = self._lines[after] if after < len(self._lines) else None
        if following is None or following.indent != line.indent or following.first not in _JOINS:
            return None
        return self._owner(block, following.first, of_half_typed=False)

    def _add_clause(self, number: int, line: Line, owner: Statement, note: tuple[int, int] | None) -> None:
        """A clause that is no header yet, with the block below it."""
        block = Block(line.indent + 4, self._stack[-1].indent_text + "    ", at=line.full_end)
        clause = Clause("?", line.start, line.end, number, block, note, line.broken or "this is not Python yet")
        _take_comments_in(self._stack[-1], owner)
        owner.clauses.append(clause)
        owner.last_line, owner.end, owner.full_end = number, line.end, line.full_end
        self._opener = clause

    def _simple(self, number: int, line: Line, block: Block, note: tuple[int, int] | None, wrong: str | None) -> None:
        parts = self._segments(line, line.start)
        for place, (start, end) in enumerate(parts):
            one = Statement("", start, end, start, number, number, line.full_start, line.full_end, place, len(parts))
            one.note, one.broken = note if place == 0 else None, wrong or line.broken
            block.items.append(one)

    def _compound(
        self, number: int, line: Line, block: Block, note: tuple[int, int] | None, word: str, wrong: str | None
    ) -> None:
        has_colon = line.colon >= 0
        header_end = line.colon + 1 if has_colon else line.end
        empty = Block(block.indent + 4, block.indent_text + "    ", at=line.full_end)
        clause = Clause(word, line.start, header_end, number, empty)
        unfinished = "this is not Python yet" if word == "?" else None if has_colon else "':' is missing"
        clause.broken = line.broken or unfinished
        statement = self._owner(block, word) if wrong is None else None
        if statement is not None:
            _take_comments_in(block, statement)
            clause.note = note
            statement.clauses.append(clause)
        else:
            statement = self._compound_of(number, line, note, clause)
            statement.broken = wrong or (f"'{word}' follows no statement it belongs to" if word in _JOINS else None)
            block.items.append(statement)
        statement.last_line, statement.end, statement.full_end = number, line.end, line.full_end
        if has_colon and self._text[header_end : line.end].strip(_SPLIT_SPACE):
            clause.block = self._inline(number, line, block, header_end)
        else:
            self._opener = clause

    def _compound_of(self, number: int, line: Line, note: tuple[int, int] | None, clause: Clause) -> Statement:
        word, start = clause.word, line.start
        if not self._decorators:
            made = Statement(word, start, line.end, start, number, number, line.full_start, line.full_end)
        else:
            first = self._lines[self._decorated]
            made = Statement(
                word, first.start, line.end, start, self._decorated, number, first.full_start, line.full_end
            )
            made.decorators, note = tuple(self._decorators), self._decorated_note
        made.clauses, made.note = [clause], note
        return made

    def _owner(self, block: Block, word: str, *, of_half_typed: bool = True) -> Statement | None:
        """The statement that an `else` and its like belongs to; a half-typed header may be the one."""
        if word not in _JOINS:
            return None
        before = next((item for item in reversed(block.items) if not item.is_comment), None)
        if before is None or not before.clauses:
            return None
        if before.word == "?":
            return before if of_half_typed else None
        last = before.clauses[-1].word
        return before if before.word in _OWNERS[word] and (last == "?" or last in _JOINS[word]) else None

    def _inline(self, number: int, line: Line, block: Block, header_end: int) -> Block:
        inline = Block(line.indent, block.indent_text, at=header_end, is_inline=True)
        parts = self._segments(line, header_end)
        for place, (start, end) in enumerate(parts):
            inline.items.append(
                Statement("", start, end, start, number, number, line.full_start, line.full_end, place, len(parts))
            )
        return inline

    def _segments(self, line: Line, start: int) -> list[tuple[int, int]]:
        """What stands between the semicolons from `start` on, without the white space around."""
        found = []
        for cut in [*(each for each in line.semicolons if each >= start), line.end]:
            part = self._text[start:cut]
            begin = start + len(part) - len(part.lstrip(_SPLIT_SPACE))
            end = start + len(part.rstrip(lines.BLANKS))
            if end > begin:
                found.append((begin, end))
            start = cut + 1
        return found or [(line.start, line.end)]


def _takes_decorator(line: Line) -> bool:
    return line.first in ("@", "def", "class") or (line.first == "async" and line.second == "def")


def _take_comments_in(block: Block, statement: Statement) -> None:
    """Comments between two clauses go with the clause before."""
    after = block.items.index(statement) + 1 if statement in block.items else len(block.items)
    statement.clauses[-1].block.items.extend(block.items[after:])
    del block.items[after:]


def _close(block: Block) -> None:
    """A compound statement reaches to the end of its last block; its whole lines include the block's last comments."""
    for item in block.items:
        for clause in item.clauses:
            below = clause.block
            _close(below)
            if not below.items or below.is_inline:
                continue
            item.end = max([item.end, *(each.end for each in below.items if not each.is_comment)])
            item.full_end = max(item.full_end, below.items[-1].full_end)
            item.last_line = max(item.last_line, *(each.last_line for each in below.items))
