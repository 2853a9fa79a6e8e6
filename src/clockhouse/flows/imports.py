"""What a step needs at the top of the module: imports and the likes of a logger, added where they are missing."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from clockhouse.flows import placing
from clockhouse.flows.blocks import Statement, Tree
from clockhouse.flows.changes import Change, RefusedError
from clockhouse.flows.fragments import Fragments
from clockhouse.flows.lines import BOM
from clockhouse.kit import syntax

_CODING = re.compile(r"coding[:=]")  # what a file says of its encoding, in the first or second line


def add(tree: Tree, needs: Sequence[str]) -> list[Change]:
    """Statements such as `import time` or `log = logging.getLogger(__name__)`, each unless its name is bound already.

    A name joins the `from ... import` of its module; the rest goes after the last import, in the order given. Nothing
    is ever reordered. Raises RefusedError for what is no import and no assignment.
    """
    known = set(_bound(tree))
    joined: dict[int, list[str]] = {}
    imports: dict[str, list[str]] = {}  # the head of each statement and the names it brings
    others: list[str] = []
    for need in needs:
        node = _parsed(need)
        missing = [name for name in _names(node) if name not in known]
        if not missing:
            continue
        known.update(missing)
        if not isinstance(node, ast.Import | ast.ImportFrom):
            others.append(need.strip())
            continue
        aliases = _aliases(node, missing)
        end = _from_end(tree, node) if isinstance(node, ast.ImportFrom) else None
        if end is not None:
            joined.setdefault(end, []).extend(aliases)
        elif isinstance(node, ast.ImportFrom):
            imports.setdefault(f"from {'.' * node.level}{node.module or ''} import ", []).extend(aliases)
        else:
            imports.setdefault(f"import {', '.join(aliases)}", [])
    changes = [Change(at, at, "".join(f", {name}" for name in names)) for at, names in joined.items()]
    return changes + _block(tree, [head + ", ".join(names) for head, names in imports.items()], others)


def _parsed(need: str) -> ast.stmt:
    try:
        body = syntax.module(need).body
    except (SyntaxError, ValueError) as error:
        raise RefusedError(f"“{need}” is not Python: {error}.") from None
    if len(body) != 1 or not isinstance(body[0], ast.Import | ast.ImportFrom | ast.Assign):
        raise RefusedError(f"“{need}” is neither an import nor an assignment.")
    return body[0]


def _names(node: ast.stmt) -> Iterator[str]:
    """The names that a statement of the module binds."""
    match node:
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            yield from (alias.asname or alias.name.partition(".")[0] for alias in names)
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.Assign(targets=targets):
            yield from (each.id for target in targets for each in ast.walk(target) if isinstance(each, ast.Name))
        case ast.AnnAssign(target=ast.Name(id=name)):
            yield name


def _bound(tree: Tree) -> Iterator[str]:
    fragments = Fragments(tree)
    for item in tree.root.code:
        piece = fragments.of(item)
        if piece is not None and isinstance(piece.node, ast.stmt):
            yield from _names(piece.node)


def _aliases(node: ast.Import | ast.ImportFrom, names: list[str]) -> list[str]:
    return [ast.unparse(each) for each in node.names if (each.asname or each.name.partition(".")[0]) in names]


def _from_end(tree: Tree, wanted: ast.ImportFrom) -> int | None:
    """Where another name goes in a `from ... import` of the same module; None when there is none."""
    fragments = Fragments(tree)
    for item in tree.root.code:
        piece = None if item.clauses else fragments.statement(item)
        node = None if piece is None else piece.node
        if piece is None or not isinstance(node, ast.ImportFrom):
            continue
        is_same = (node.module, node.level) == (wanted.module, wanted.level)
        if is_same and node.names[-1].name != "*":
            return piece.span(node.names[-1])[1]
    return None


def _block(tree: Tree, imports: list[str], others: list[str]) -> list[Change]:
    if not imports and not others:
        return []
    newline, last = tree.newline, _last_import(tree)
    text = newline.join(imports)
    if others:
        text += (newline * 2 if text else "") + newline.join(others)
    if last is not None:
        at = last.full_end
        if not imports:
            text = newline + text
        if tree.text[at - 1] not in "\r\n":
            return [Change(at, at, newline + text)]
        return [Change(at, at, text + newline + _space(tree, at, wanted=1 if others else 0))]
    place = placing.first_place(tree, tree.root)
    if place == 0:
        at = _top(tree)
        return [Change(at, at, text + newline + _space(tree, at, wanted=2 if _begins_definition(tree) else 1))]
    at = tree.root.items[place - 1].full_end
    head = newline if tree.text[at - 1] in "\r\n" else newline * 2
    return [Change(at, at, head + text + newline + _space(tree, at, wanted=1))]


def _top(tree: Tree) -> int:
    """Above the first statement: below the comments that stand free at the start of the file."""
    for item in tree.root.items:
        if not item.is_comment:
            above = tree.text[item.note_start : item.full_start]
            if above.lstrip(BOM).startswith("#!") or _CODING.search(above):
                return item.full_start
            return item.note_start if item.note_start or not tree.text.startswith(BOM) else 1
    return tree.root.items[-1].full_end if tree.root.items else tree.root.at


def _begins_definition(tree: Tree) -> bool:
    return next((item.word in ("def", "class") for item in tree.root.code), False)


def _space(tree: Tree, at: int, *, wanted: int) -> str:
    """The empty line between what is added and what follows."""
    is_free = at >= len(tree.text) or tree.text[at] in "\r\n"
    return "" if is_free else tree.newline * wanted


def _last_import(tree: Tree) -> Statement | None:
    """The last import of the module's head; one below a function or class comes too late for it."""
    found = None
    for item in tree.root.code:
        if item.word in ("def", "class"):
            break
        if not item.clauses and tree.text.startswith(("import ", "from "), item.start):
            found = item
    return found
