"""Statements switched off: turned into marked comments, and back into exactly what they were."""

from __future__ import annotations

import re

from clockhouse.flows.blocks import OFF, OFF_MORE, Block, Statement, Tree
from clockhouse.flows.changes import Change, RefusedError
from clockhouse.flows.indentation import physical_lines

_MARKED = re.compile(r"([ \t\f]*)# off[:|](?: ([^\r\n]*))?([\r\n]*)")


def off(tree: Tree, block: Block, index: int, count: int) -> list[Change]:
    """Turns statements into comments; a block left without any gets a `pass`."""
    chosen = [item for item in block.items[index : index + count] if not item.is_comment]
    if block.is_inline or any(item.segments > 1 for item in chosen):
        raise RefusedError("This step shares its line with others. Give it a line of its own first.")
    if not chosen:
        raise RefusedError("A comment does nothing that could be switched off.")
    changes = [_commented(tree, block, item) for item in chosen]
    if block is not tree.root and len(block.code) == len(chosen):
        last = changes[-1]
        ends = last.text.endswith(("\n", "\r"))
        text = last.text + ("" if ends else tree.newline) + block.indent_text + "pass" + (tree.newline if ends else "")
        changes[-1] = Change(last.start, last.end, text)
    return changes


def on(tree: Tree, block: Block, index: int) -> list[Change]:
    """Turns a statement that is switched off back into code; a `pass` that only stood in for it goes."""
    item = block.items[index]
    if not is_off(tree, item):
        raise RefusedError("This step is not switched off.")
    text = tree.text[item.full_start : item.full_end]
    lines = [_MARKED.fullmatch(line) for line in physical_lines(text)]
    code = "".join(f"{line.group(1)}{line.group(2) or ''}{line.group(3)}" for line in lines if line)
    changes = [Change(item.full_start, item.full_end, code)]
    rest = block.code
    if block is not tree.root and len(rest) == 1 and rest[0].note is None and _is_bare_pass(tree, rest[0]):
        changes.append(Change(rest[0].full_start, rest[0].full_end, ""))
    return changes


def is_off(tree: Tree, item: Statement) -> bool:
    return item.is_comment and tree.text.startswith(OFF.rstrip(), item.start)


def _commented(tree: Tree, block: Block, item: Statement) -> Change:
    marked, mark = [], OFF
    for line in physical_lines(tree.text[item.full_start : item.full_end]):
        words = line.rstrip("\r\n")
        indent = block.indent_text if words.startswith(block.indent_text) else ""
        rest = words[len(indent) :]
        marked.append(indent + (mark + rest if rest else mark.rstrip()) + line[len(words) :])
        mark = OFF_MORE
    return Change(item.full_start, item.full_end, "".join(marked))


def _is_bare_pass(tree: Tree, item: Statement) -> bool:
    return tree.text[item.full_start : item.full_end].strip() == "pass"
