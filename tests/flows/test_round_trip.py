"""Edits of real files: every other byte stays, Python reads what comes out, and what is undone is undone."""

import ast
import random
from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.flows import corpus

from clockhouse.flows import changes, model, nodes
from clockhouse.flows.blocks import Block, Tree
from clockhouse.flows.changes import Change, RefusedError
from clockhouse.flows.indentation import shifted
from clockhouse.flows.operations import (
    AddBranch,
    Delete,
    Duplicate,
    Edited,
    Extract,
    Insert,
    Move,
    Operation,
    Replace,
    SetField,
    SwitchOff,
    SwitchOn,
    edit,
)
from clockhouse.flows.reading import read
from clockhouse.kit import syntax

FILES = 10  # of up to LINES lines; see corpus.py for more
LINES = 150
PROBES = [
    "flow_probe = None",
    'flow_probe.info("hello, %s", 1)',
    'if flow_probe:\n    # a note\n    flow_probe = """two\n  lines"""\nelse:\n    pass',
    "for flow_probe in []:\n    print(flow_probe)",
]
Places = list[tuple[nodes.Path, int]]


def undo(text: str, made: Sequence[Change]) -> list[Change]:
    """The changes of the new text that give the old one."""
    found, shift = [], 0
    for each in made:
        start = each.start + shift
        found.append(Change(start, start + len(each.text), text[each.start : each.end]))
        shift += len(each.text) - (each.end - each.start)
    return found


def places(tree: Tree) -> tuple[Places, Places]:
    """The paths of all statements with their blocks' sizes, and the paths of all blocks with theirs."""
    statements: Places = []
    blocks: Places = []

    def below(block: Block, path: nodes.Path, *, of_match: bool = False) -> None:
        if not of_match:
            blocks.append((path, len(block.items)))
        for number, item in enumerate(block.items):
            if not of_match:
                statements.append(((*path, number), len(block.items)))
            for place, clause in enumerate(item.clauses):
                below(clause.block, (*path, number, place), of_match=item.word == "match")

    below(tree.root, ())
    return statements, blocks


def statements_of(text: str) -> Counter[str]:
    """How many of each kind of statement there are, without `pass`."""
    module = syntax.module(text.removeprefix("\ufeff"))
    return Counter(
        type(node).__name__ for node in ast.walk(module) if isinstance(node, ast.stmt) and not _is_filler(node)
    )


def _is_filler(node: ast.stmt) -> bool:
    is_dots = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and node.value.value is ...
    return isinstance(node, ast.Pass) or is_dots


def check(source: corpus.Source, operation: Operation) -> str | None:
    """The new text, after what every edit must keep; None when it was refused."""
    try:
        made = edit(source.text, operation)
    except RefusedError:
        return None
    new = changes.apply(source.text, made.changes)
    assert changes.apply(new, undo(source.text, made.changes)) == source.text
    assert read(new).is_valid
    return new


@pytest.mark.slow
def test_fields_set_to_what_they_are_leave_every_byte() -> None:
    for source in corpus.sample(FILES, seed=3, at_most_lines=LINES):
        tree = read(source.text)
        if not tree.is_valid:
            continue
        body = model.describe(tree).body
        choose = random.Random(source.name)
        statements = [(path, item) for path, item in _with_items(tree) if not item[0].items[item[1]].is_comment]
        for path, (block, index) in choose.sample(statements, min(3, len(statements))):
            same = edit(source.text, Replace(path, code_of_statement(tree, block, index)))
            assert changes.apply(source.text, same.changes) == source.text, (source.name, path)
        for node in choose.sample(list(nodes.walk(body)), min(4, sum(1 for _ in nodes.walk(body)))):
            for each in node.fields:
                words = source.text[slice(*each.span)]
                same = edit(source.text, SetField(node.path, each.name, words))
                assert changes.apply(source.text, same.changes) == source.text, (source.name, node.label, each.name)


def _with_items(tree: Tree) -> list[tuple[nodes.Path, tuple[Block, int]]]:
    by_item = {id(item): (block, number) for block in _blocks(tree.root) for number, item in enumerate(block.items)}
    statements, _ = places(tree)
    found = []
    for path, _ in statements:
        block = tree.root
        for item, clause in zip(path[:-1:2], path[1::2], strict=True):
            block = block.items[item].clauses[clause].block
        found.append((path, by_item[id(block.items[path[-1]])]))
    return found


def _blocks(block: Block) -> list[Block]:
    return [block, *(below for item in block.items for clause in item.clauses for below in _blocks(clause.block))]


def code_of_statement(tree: Tree, block: Block, index: int) -> str:
    """A statement as its form shows it: from column 0, without the comment above."""
    item = block.items[index]
    code = tree.text[item.start : item.end]
    is_shared = block.is_inline or item.segments > 1
    return code if is_shared else shifted(block.indent_text + code, block.indent_text, "", tree.newline)


@pytest.mark.slow
def test_steps_put_in_taken_out_and_moved_leave_everything_else() -> None:
    refused = made = 0
    for source in corpus.sample(FILES, seed=5, at_most_lines=LINES):
        tree = read(source.text)
        if not tree.is_valid or not tree.root.items:
            continue
        choose = random.Random(source.name)
        before = statements_of(source.text)
        statements, blocks = places(tree)
        for _ in range(3):
            block, size = choose.choice(blocks)
            code = choose.choice(PROBES)
            new = check(source, Insert(block, choose.randint(0, size), code))
            assert new is not None, source.name
            assert statements_of(new) - before == statements_of(code), (source.name, block)
        for _ in range(3):
            path, size = choose.choice(statements)
            count = choose.randint(1, min(2, size - path[-1]))
            deleted = check(source, Delete(path, count))
            assert deleted is not None, (source.name, path)
            assert not statements_of(deleted) - before, (source.name, path)
            place = choose.choice(blocks)
            moved = check(source, Move(path, place[0], choose.randint(0, place[1]), count))
            made, refused = made + 1, refused + (moved is None)
            assert moved is None or statements_of(moved) == before, (source.name, path, place)
            off = check(source, SwitchOff(path))
            if off is not None:
                again = next(each for each in _off_paths(off) if each[:-1] == path[:-1])
                back = edit(off, SwitchOn(again))
                assert changes.apply(off, back.changes) == source.text, (source.name, path)
            check(source, Duplicate(path, count))
            check(source, AddBranch(path, "else"))
            extracted = check(source, Extract(path, "flow_extracted", count))
            assert extracted is None or not before - statements_of(extracted), (source.name, path)
    assert refused <= 0.1 * made


def _off_paths(text: str) -> list[nodes.Path]:
    return [node.path for node in nodes.walk(model.describe(read(text)).body) if node.facts.is_off]


TASK = corpus.Source(
    "task",
    b"",
    '"""A task."""\nimport logging\n\n\nclass Config:\n    a: int = 1  # one\n\n\n# main\n'
    "def main(config):\n    total = 0\n    for x in range(3):\n        # add\n        total += x; y = 2\n"
    "        if x: continue\n        else: print(x)\n    try:\n        f(total, k=[1,\n  2])\n"
    "    except OSError as e: raise A from e\n"
    "    match total:\n        case 0: pass\n        case _:\n            pass\n"
    '    text = """one\n  two"""\n    return total\n\n\nif __name__ == "__main__":\n    main(1)\n',
    "utf-8",
)


@st.composite
def operations(draw: st.DrawFn, text: str, anchors: Sequence[int] = ()) -> Operation:
    """One that a person could ask for on this text."""
    statements, blocks = places(read(text, anchors))
    block, size = draw(st.sampled_from(blocks))
    code = draw(st.sampled_from(PROBES))
    if not statements:
        return Insert(block, 0, code)
    path, length = draw(st.sampled_from(statements))
    count = draw(st.integers(1, length - path[-1]))
    index = draw(st.integers(0, size))
    return draw(
        st.sampled_from(
            [
                Insert(block, index, code),
                Delete(path, count),
                Move(path, block, index, count),
                Duplicate(path, count),
                SwitchOff(path, count),
                SwitchOn(path),
                AddBranch(path, "else"),
                Extract(path, f"extracted{len(text)}", count),
                SetField(path, "value", "1 + 1"),
                Replace(path, code),
            ]
        )
    )


@pytest.mark.slow
@settings(max_examples=40)
@given(data=st.data())
def test_any_sequence_of_edits_is_undone_to_the_byte(data: st.DataObject) -> None:
    text, past = TASK.text, []
    for _ in range(data.draw(st.integers(1, 6))):
        operation = data.draw(operations(text))
        try:
            made: Edited = edit(text, operation)
        except RefusedError:
            continue
        past.append(undo(text, made.changes))
        text = changes.apply(text, made.changes)
        assert read(text).is_valid, operation
    for back in reversed(past):
        text = changes.apply(text, back)
    assert text == TASK.text


@pytest.mark.slow
@settings(max_examples=60)
@given(data=st.data())
def test_an_edit_beside_what_is_half_typed_loses_no_step(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(TASK.text) - 1))
    end = start + data.draw(st.integers(1, 30))
    text = TASK.text[:start] + TASK.text[end:]
    anchors = [line.full_start for line in read(TASK.text).lines]
    known = [*(each for each in anchors if each <= start), *(each - (end - start) for each in anchors if each >= end)]
    operation = data.draw(operations(text, known))
    before = _labels(read(text, known))

    try:
        made = edit(text, operation, known)
    except RefusedError:
        return

    assert changes.apply(made.text, undo(text, made.changes)) == text
    if isinstance(operation, Insert | Duplicate):
        after = _labels(read(made.text, [changes.mapped(each, made.changes) for each in known]))
        lost = before - after
        assert not set(lost) - {"pass"}, (operation, lost)


def _labels(tree: Tree) -> Counter[str]:
    return Counter(node.label for node in nodes.walk(model.describe(tree).body))
