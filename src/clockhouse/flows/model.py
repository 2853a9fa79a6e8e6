"""The flow model of a source: its statements as steps with fields, branches, notes and problems."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator

from clockhouse.flows import headers, steps, unset
from clockhouse.flows.blocks import OFF, Block, Clause, Statement, Tree
from clockhouse.flows.fragments import Fragments, Piece
from clockhouse.flows.lines import BLANKS
from clockhouse.flows.meaning import Meanings
from clockhouse.flows.nodes import Branch, Facts, Kind, Model, Node, Note, Path, Problem, Span, Steps
from clockhouse.flows.positions import Positions

LONGEST_LABEL = 80
_KINDS: dict[str, Kind] = {
    "if": "if",
    "for": "foreach",
    "while": "while",
    "try": "try",
    "with": "with",
    "match": "match",
    "def": "function",
    "class": "class",
}
_NOT_YET = "this is not Python yet"


def describe(tree: Tree, *, unfolded: str | None = None) -> Model:
    """The flow of a source.

    `unfolded` is the qualified name of the one function whose steps are wanted; others are then folded: they keep their
    fields and have no steps. None unfolds all.
    """
    reading = _Reading(tree, unfolded)
    body = reading.module()
    return Model(
        tree.is_valid,
        tree.newline,
        tree.unit,
        body,
        reading.meanings.connections,
        tuple(line.full_start for line in tree.lines) if tree.is_valid else (),
        _problem(tree),
    )


def node_of(tree: Tree, path: Path) -> Node:
    """One node by its path, with everything below it. Raises LookupError when the path leads nowhere.

    Its kind is what it can be told without the rest of the source: a call of a connection is a plain call here.
    """
    return _Reading(tree, None).one(path)


class _Reading:
    """One pass from the top of a source to its end."""

    def __init__(self, tree: Tree, unfolded: str | None) -> None:
        self._tree, self._text = tree, tree.text
        self._fragments = Fragments(tree)
        self._unfolded = unfolded
        self._scope: list[str] = []  # names of the functions and classes around
        self._in_config = False
        self.meanings = Meanings.of(tree)
        self._unset = _unset(tree)

    def module(self) -> Steps:
        return self._steps(self._tree.root, (), begins_scope=True)

    def one(self, path: Path) -> Node:
        block, begins_scope = self._tree.root, True
        for item, clause in zip(path[:-1:2], path[1::2], strict=True):
            owner = _item(block, item)
            if clause < 0 or clause >= len(owner.clauses):
                raise LookupError(f"no clause {clause}")
            block, begins_scope = owner.clauses[clause].block, owner.word in ("def", "class")
        statement = _item(block, path[-1]) if path else None
        if statement is None:
            raise LookupError("the module is no node")
        is_first = begins_scope and not any(not each.is_comment for each in block.items[: path[-1]])
        return self._node(statement, path, is_first=is_first)

    def _steps(self, block: Block, path: Path, *, begins_scope: bool = False) -> Steps:
        nodes: list[Node] = []
        is_first = begins_scope
        for number, item in enumerate(block.items):
            nodes.append(self._node(item, (*path, number), is_first=is_first))
            is_first = is_first and item.is_comment
        return Steps(path, block.indent_text, block.is_inline, block.at, tuple(nodes))

    def _node(self, item: Statement, path: Path, *, is_first: bool) -> Node:
        if item.is_comment:
            return self._comment(item, path)
        if item.clauses:
            return self._compound(item, path)
        return self._simple(item, path, is_first=is_first)

    def _comment(self, item: Statement, path: Path) -> Node:
        words = self._text[item.start : item.end]
        is_off = words.startswith(OFF.rstrip())
        label = short(plain(words).split("\n", 1)[0].removeprefix("off:"))
        facts = Facts(is_off=is_off)
        return Node("comment", label, (item.start, item.end), (item.full_start, item.full_end), path, facts=facts)

    def _simple(self, item: Statement, path: Path, *, is_first: bool) -> Node:
        piece = self._fragments.statement(item)
        step = steps.UNKNOWN
        if piece is not None:
            step = steps.read(piece, self.meanings, is_first=is_first, in_config=self._in_config)
        kind, fields, facts = step
        return Node(
            kind,
            short(self._text[item.start : min(item.end, item.start + 4 * LONGEST_LABEL)]),
            (item.start, item.end),
            (item.note_start, item.full_end),
            path,
            fields,
            (),
            self._note(item.note),
            self._trailing(item),
            item.broken or (_NOT_YET if piece is None else None),
            facts,
            self._warning([(item.start, item.end)]),
        )

    def _compound(self, item: Statement, path: Path) -> Node:
        first = item.clauses[0]
        piece = self._fragments.clause(first)
        own, facts = headers.read(piece, item, first, self._text, self.meanings, tuple(self._scope))
        kind = _KINDS.get(item.word, "code")
        if kind == "class" and any(base.rpartition(".")[2] == "TaskConfig" for base in facts.bases):
            kind = "config"
        is_scope = kind in ("function", "class", "config") and facts.name is not None
        facts = self._folded(facts) if is_scope else facts
        branches = tuple(self._within(item, path, piece, facts, is_config=kind == "config"))
        return Node(
            kind,
            short(self._text[first.start : min(first.end, first.start + 4 * LONGEST_LABEL)].rstrip(":")),
            (item.start, item.end),
            (item.note_start, item.full_end),
            path,
            own,
            branches,
            self._note(item.note),
            None,
            item.broken or first.broken or (_NOT_YET if _lacks_piece(piece, item) else None),
            facts,
            self._warning([(item.start, first.end), *((each.start, each.end) for each in item.clauses[1:])]),
        )

    def _warning(self, spans: list[Span]) -> str | None:
        """The first use of a name that nothing sets."""
        if not self._unset:
            return None
        for start, end in spans:
            following = bisect_left(self._unset, start, key=_place)
            if following < len(self._unset) and self._unset[following][0] < end:
                return self._unset[following][1]
        return None

    def _within(
        self, item: Statement, path: Path, piece: Piece | None, facts: Facts, *, is_config: bool
    ) -> Iterator[Branch]:
        """The branches, read with the names of this function or class around them."""
        outer = self._in_config
        if facts.name is not None:
            self._scope.append(facts.name)
            self._in_config = is_config
        if item.word == "match":
            yield from self._cases(item, path)
        else:
            for number, clause in enumerate(item.clauses):
                own = piece if number == 0 else self._fragments.clause(clause)
                steps_of = Steps((*path, number), clause.block.indent_text, clause.block.is_inline, clause.block.at, ())
                if not facts.is_folded:
                    begins = item.word in ("def", "class")
                    steps_of = self._steps(clause.block, (*path, number), begins_scope=begins)
                yield self._branch(clause, own, steps_of)
        if facts.name is not None:
            self._scope.pop()
            self._in_config = outer

    def _cases(self, item: Statement, path: Path) -> Iterator[Branch]:
        """The cases of a match are its branches; what else stands between them is not Python yet."""
        pieces = self._fragments.cases(item)
        code = [(number, each) for number, each in enumerate(item.clauses[0].block.items) if not each.is_comment]
        for place, (number, each) in enumerate(code):
            where = (*path, 0, number)
            if not each.clauses:
                empty = Steps((*where, 0), "", is_inline=False, at=each.full_end, nodes=())
                yield Branch("?", (each.start, each.end), (), empty, problem=each.broken or _NOT_YET)
                continue
            clause = each.clauses[0]
            if pieces is not None:
                piece = pieces[place] if place < len(pieces) else None
            else:
                piece = self._fragments.clause(clause)
            branch = self._branch(clause, piece, self._steps(clause.block, (*where, 0)), each.note)
            yield branch

    def _branch(self, clause: Clause, piece: Piece | None, steps_of: Steps, note: Span | None = None) -> Branch:
        problem = clause.broken
        if problem is None and piece is None and clause.word in ("elif", "except", "case"):
            problem = _NOT_YET
        return Branch(
            clause.word,
            (clause.start, clause.end),
            headers.of_branch(piece, clause, self._text),
            steps_of,
            self._note(note or clause.note),
            None if clause.block.is_inline else self._comment_of(clause.line),
            problem,
        )

    def _folded(self, facts: Facts) -> Facts:
        wanted, own = self._unfolded, facts.qualname
        if wanted is None or own is None:
            return facts
        is_related = wanted == own or wanted.startswith(own + ".") or own.startswith(wanted + ".")
        return (
            facts
            if is_related
            else Facts(
                name=facts.name,
                qualname=own,
                decorators=facts.decorators,
                bases=facts.bases,
                is_async=facts.is_async,
                is_entry=facts.is_entry,
                is_folded=True,
            )
        )

    def _note(self, span: Span | None) -> Note | None:
        if span is None:
            return None
        start = span[0]
        while self._text[start] in BLANKS:
            start += 1
        return Note((start, span[1]), plain(self._text[start : span[1]]))

    def _trailing(self, item: Statement) -> Note | None:
        return self._comment_of(item.line) if item.segment == item.segments - 1 else None

    def _comment_of(self, line: int) -> Note | None:
        span = self._tree.lines[line].comment
        return None if span is None else Note(span, plain(self._text[span[0] : span[1]]))


def plain(comment: str) -> str:
    """The text of a comment without its marks."""
    return "\n".join(line.strip().lstrip("#").strip() for line in comment.splitlines())


def short(text: str) -> str:
    """The text on one line, cut where it gets long."""
    words = " ".join(text.split())
    return words if len(words) <= LONGEST_LABEL else words[: LONGEST_LABEL - 1] + "…"


def _place(found: tuple[int, str]) -> int:
    return found[0]


def _unset(tree: Tree) -> list[tuple[int, str]]:
    if tree.module is None:
        return []
    places = Positions(tree.text)
    return sorted((places.at(each.line, each.column), each.message) for each in unset.find(tree.module))


def _item(block: Block, number: int) -> Statement:
    if not 0 <= number < len(block.items):
        raise LookupError(f"no item {number}")
    return block.items[number]


def _lacks_piece(piece: Piece | None, item: Statement) -> bool:
    return piece is None and item.word not in ("try", "else", "finally", "case")


def _problem(tree: Tree) -> Problem | None:
    if tree.error is None:
        return None
    if tree.error_at is None:
        return Problem(tree.error, None, None)
    line, column = tree.error_at
    starts = Positions(tree.text)
    return Problem(tree.error, starts.near(line, column), line)
