"""Where a tree of statements is not the one that Python has."""

import ast

from clockhouse.flows.blocks import Tree, walk
from clockhouse.flows.positions import Positions


def differences(tree: Tree) -> list[tuple[str, object]]:
    """Where the tree is not Python's own; the semicolon that Python counts to a compound statement is allowed."""
    assert tree.module is not None
    positions = Positions(tree.text)
    own = {positions.at(node.lineno, node.col_offset): positions.span(node) for node in _statements(tree.module)}
    code = [item for item, _ in walk(tree.root) if not item.is_comment and item.word != "case"]
    starts = {item.proper for item in code}
    starts |= {clause.start for item in code for clause in item.clauses[1:] if clause.word in ("elif", "except")}
    found: list[tuple[str, object]] = [("start", at) for at in sorted(own.keys() ^ starts)]
    for item in code:
        end = own.get(item.proper, (0, item.end))[1]
        if end != item.end and tree.text[item.end : end].strip(" \t") != ";":
            found.append(("end", (item.proper, end, item.end)))
        if item.broken or any(clause.broken for clause in item.clauses):
            found.append(("broken", item.proper))
    return found


def _statements(module: ast.Module) -> list[ast.stmt | ast.ExceptHandler]:
    return [node for node in ast.walk(module) if isinstance(node, ast.stmt | ast.ExceptHandler)]
