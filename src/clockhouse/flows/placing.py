"""Statements put into a block, taken out of it, and moved: whole lines at the indentation that is there."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from clockhouse.flows.blocks import OFF, Block, Statement, Tree, walk
from clockhouse.flows.changes import Change, RefusedError
from clockhouse.flows.indentation import shifted
from clockhouse.flows.lines import BOM
from clockhouse.kit import syntax

_PLACEHOLDERS = ("pass", "...")
DEFINITIONS = ("def ", "async def ", "class ", "@")  # what begins a definition


def insert(tree: Tree, block: Block, index: int, code: str) -> list[Change]:
    """Puts code, written from column 0, before the statement `index` of a block.

    A lone `pass` gives way to it; nothing goes before a docstring or a `__future__` import; statements on the line of
    their header get lines of their own.
    """
    code = code.rstrip("\r\n")
    indent, newline = block.indent_text, tree.newline
    if block.is_inline:
        indent += tree.unit
        return _expanded(tree, block, index, shifted(code, "", indent, newline)[len(indent) :], indent)
    body = shifted(code, "", indent, newline)
    if not block.items:
        return [Change(block.at, block.at, _after_break(tree, block.at) + body + newline)]
    placeholder = _lone_placeholder(tree, block)
    if placeholder is not None and not _is_comment(code):
        return [Change(placeholder.start, placeholder.end, body[len(indent) :])]
    index = max(index, first_place(tree, block))
    before = block.items[index - 1] if index > 0 else None
    after = block.items[index] if index < len(block.items) else None
    if before and after and _share_line(before, after):
        return [Change(before.end, after.start, newline + body + newline + indent)]
    at = _place(tree, before, after)
    if block is tree.root and is_definition(code):
        body = _with_space(tree, body, at, has_before=before is not None, has_after=after is not None)
    elif block is tree.root and (_defines(before) or _defines(after)):
        at, body = _beside_definition(tree, body, before, after)
    elif before is not None and before.is_comment and after is None:
        body = newline + body  # so that a closing comment stays one of its own
    elif _is_comment(code) and not code.startswith(OFF.rstrip()) and after is not None and at == after.note_start:
        body += newline  # so that it is not taken for the next statement's
    if at and tree.text[at - 1] not in "\r\n" + BOM:
        return [Change(at, at, newline + body)]
    return [Change(at, at, body + newline)]


def is_definition(code: str) -> bool:
    """Whether code begins with what has two empty lines around it: a function or a type."""
    return code.startswith(DEFINITIONS) or " = TypedDict(" in code.split("\n", 1)[0]


def delete(tree: Tree, block: Block, index: int, count: int = 1) -> list[Change]:
    """Takes statements out with their whole lines and the comments right above; a block left empty gets a `pass`."""
    chosen = block.items[index : index + count]
    stays = [item for item in block.items if not item.is_comment and item not in chosen]
    code = [item for item in chosen if not item.is_comment]
    if not code or stays or block is tree.root:
        return [_removed(tree, block, group) for group in _by_line(chosen)]
    if block.is_inline:
        return [Change(code[0].start, code[-1].end, "pass")]
    first = chosen.index(code[0])
    groups = list(_by_line(chosen[:first])) + list(_by_line(chosen[first:]))
    removed = [_removed(tree, block, group) for group in groups if code[0] not in group]
    own = next(group for group in groups if code[0] in group)
    above = [Change(code[0].note_start, code[0].full_start, "")] if code[0].note is not None else []
    return [*removed, *above, Change(own[0].start, own[-1].end, "pass")]


def move(tree: Tree, block: Block, index: int, count: int, target: Block, place: int) -> list[Change]:
    """Takes statements out of one block and puts them into another (or elsewhere in the same), before `place`."""
    if block is target and index <= place <= index + count:
        return []
    if block is target and block.is_inline:
        return [_reordered(tree, block, index, count, place)]
    for item in block.items[index : index + count]:
        if any(clause.block is target for each, _ in walk(_only(item)) for clause in each.clauses):
            raise RefusedError("A step can't go into itself.")
    code = code_of(tree, block, index, count)
    return [*insert(tree, target, place, code), *delete(tree, block, index, count)]


def code_of(tree: Tree, block: Block, index: int, count: int = 1) -> str:
    """The statements with their comments as they would stand at column 0."""
    chosen = block.items[index : index + count]
    if block.is_inline or any(item.segments > 1 for item in chosen):
        parts = [tree.text[item.start : item.end] for item in chosen]
        return tree.newline.join(parts)
    code = tree.text[chosen[0].note_start : chosen[-1].full_end].lstrip(BOM)
    return shifted(code, block.indent_text, "", tree.newline)


def replace(tree: Tree, block: Block, index: int, code: str) -> list[Change]:
    """Puts code, written from column 0, in the place of one statement; the comment above stays."""
    item = block.items[index]
    indent = "" if block.is_inline or item.segments > 1 else block.indent_text
    body = shifted(code.rstrip("\r\n"), "", indent, tree.newline)
    return [Change(item.start, item.end, body[len(indent) :])]


def first_place(tree: Tree, block: Block) -> int:
    """The first place for a statement: after the docstring, and in a module after the `__future__` imports."""
    place, is_first = 0, True
    for number, item in enumerate(block.items):
        if item.is_comment:
            continue
        words = tree.text[item.start : item.end]
        is_doc = is_first and not item.clauses and _is_string(words)
        if is_doc or (block is tree.root and words.split(None, 2)[:2] == ["from", "__future__"]):
            place = number + 1
        is_first = False
    return place


def _is_string(words: str) -> bool:
    if words.lstrip("rRuU")[:1] not in ("'", '"'):
        return False
    try:
        value = syntax.expression(words)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return isinstance(value, ast.Constant) and isinstance(value.value, str)


def _is_comment(code: str) -> bool:
    return all(line.lstrip().startswith("#") for line in code.splitlines())


def _lone_placeholder(tree: Tree, block: Block) -> Statement | None:
    code = block.code
    if len(code) != 1 or block is tree.root or code[0].clauses:
        return None
    return code[0] if tree.text[code[0].start : code[0].end] in _PLACEHOLDERS else None


def _share_line(before: Statement, after: Statement) -> bool:
    return not before.is_comment and not after.is_comment and before.last_line == after.line


def _place(tree: Tree, before: Statement | None, after: Statement | None) -> int:
    if before is not None:
        # after a free comment: next to the statement below, so that the comment stays free
        return after.note_start if before.is_comment and after is not None else before.full_end
    at = after.note_start if after is not None else 0
    return 1 if at == 0 and tree.text.startswith(BOM) else at


def _after_break(tree: Tree, at: int) -> str:
    return tree.newline if at and tree.text[at - 1] not in "\r\n" + BOM else ""


def _defines(item: Statement | None) -> bool:
    return item is not None and item.word in ("def", "class")


def _beside_definition(tree: Tree, body: str, before: Statement | None, after: Statement | None) -> tuple[int, str]:
    """A statement of a module with two empty lines between it and a definition above or below."""
    at, two = _place(tree, before, after), tree.newline * 2
    if _defines(before) and after is not None and not _defines(after) and _is_apart(tree, after.note_start):
        return after.note_start, body  # the space above it is there
    free = sum(tree.text.startswith(tree.newline * count, at) for count in (1, 2))
    return at, (two if _defines(before) else "") + body + (tree.newline * (2 - free) if _defines(after) else "")


def _is_apart(tree: Tree, at: int) -> bool:
    return tree.text.endswith(tree.newline * 3, 0, at)


def _with_space(tree: Tree, body: str, at: int, *, has_before: bool, has_after: bool) -> str:
    """A definition of a module has two empty lines above and below."""
    two = tree.newline * 2
    above = two if has_before else ""
    is_free = tree.text[at : at + len(two)] == two
    return above + body + (two if has_after and not is_free else "")


def _expanded(tree: Tree, block: Block, index: int, code: str, indent: str) -> list[Change]:
    """`if x: a; b` as a block, so that something can go into it."""
    line = tree.newline + indent
    items = block.items
    if _lone_placeholder(tree, block) is not None:
        return [Change(block.at, items[0].end, line + code)]
    changes = []
    for number, item in enumerate(items):
        start = block.at if number == 0 else items[number - 1].end
        changes.append(Change(start, item.start, line + code + line if number == index else line))
    if index >= len(items):
        end = _line_end(tree, items[-1])
        changes.append(Change(end, end, line + code))
    return changes


def _line_end(tree: Tree, item: Statement) -> int:
    """After the last token of its line, a closing semicolon and a comment included."""
    comment = tree.lines[item.line].comment
    return comment[1] if comment else max(item.end, tree.lines[item.line].end)


def _only(item: Statement) -> Block:
    return Block(0, "", 0, items=[item])


def _by_line(items: list[Statement]) -> Iterator[list[Statement]]:
    """Statements that share a line are taken out together."""
    group: list[Statement] = []
    for item in items:
        if group and not _share_line(group[-1], item):
            yield group
            group = []
        group.append(item)
    if group:
        yield group


def _removed(tree: Tree, block: Block, group: list[Statement]) -> Change:
    first, last = group[0], group[-1]
    if not block.is_inline and len(group) == first.segments:
        start = first.note_start
        return Change(1 if start == 0 and tree.text.startswith(BOM) else start, last.full_end, "")
    if last.segment < last.segments - 1:
        return Change(first.start, block.items[block.items.index(last) + 1].start, "")
    return Change(block.items[block.items.index(first) - 1].end, last.end, "")


def _reordered(tree: Tree, block: Block, index: int, count: int, place: int) -> Change:
    """Statements on the line of their header in another order."""
    items = block.items
    chosen = items[index : index + count]
    rest = items[:index] + items[index + count :]
    place = place if place < index else place - count
    new = [*rest[:place], *chosen, *rest[place:]]
    return Change(items[0].start, items[-1].end, "; ".join(tree.text[item.start : item.end] for item in new))
