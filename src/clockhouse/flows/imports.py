"""What a step needs at the top of the module: imports and the likes of a logger, added where they are missing."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator, Sequence

from clockhouse.flows import placing
from clockhouse.flows.blocks import Statement, Tree
from clockhouse.flows.changes import Change, RefusedError
from clockhouse.flows.fragments import Fragments
from clockhouse.flows.lines import BOM
from clockhouse.kit import syntax

_Order = tuple[int, bool, str]

_OWN = ("clockhouse", "clients")
_FUTURE = 0  # the group of `from __future__ import`; then the standard library, others, our own
_UNKNOWN: _Order = (2, False, "")
_CODING = re.compile(r"coding[:=]")  # what a file says of its encoding, in the first or second line


def add(tree: Tree, needs: Sequence[str]) -> list[Change]:
    """Statements such as `import time` or `log = logging.getLogger(__name__)`, each unless its name is bound already.

    A name joins the `from ... import` of its module. What is imported anew goes where it is usual: the standard
    library, others, our own, each by name. The rest goes below the imports. Nothing that is there is reordered. Raises
    RefusedError for what is no import and no assignment.
    """
    known = set(_bound(tree))
    joined: dict[int, list[str]] = {}
    imports: dict[str, list[str]] = {}  # the head of each statement and the names it brings
    others: list[str] = []
    for need in needs:
        node = parsed(need)
        missing = [name for name in given_by(node) if name not in known]
        if not missing:
            continue
        known.update(missing)
        if not isinstance(node, ast.Import | ast.ImportFrom):
            others.append(need.strip())
            continue
        aliases = _aliases(node, missing)
        places = _from_places(tree, node, aliases) if isinstance(node, ast.ImportFrom) else None
        if places is not None:
            for alias, at in zip(aliases, places, strict=True):
                joined.setdefault(at, []).append(alias)
        elif isinstance(node, ast.ImportFrom):
            imports.setdefault(f"from {'.' * node.level}{node.module or ''} import ", []).extend(aliases)
        else:
            imports.setdefault(f"import {', '.join(aliases)}", [])
    written = [head + ", ".join(sorted(names, key=_name_order)) for head, names in imports.items()]
    placed = _placed(tree, [(_order(parsed(line)), line) for line in written])
    names = [_joined(tree, at, aliases) for at, aliases in joined.items()]
    if placed is None:
        return sorted(names + _block(tree, _sections(tree, written), others))
    return sorted([*names, *placed], key=lambda change: change.start) + _block(tree, "", others)


def _order(node: ast.stmt) -> _Order:
    """Where an import stands among others: by its group, plain ones before those with `from`, by name."""
    if isinstance(node, ast.ImportFrom):
        name = node.module or ""
        is_own = node.level > 0 or name.partition(".")[0] in _OWN
        return (_FUTURE if name == "__future__" else _group(name, is_own=is_own)), True, name.lower()
    name = node.names[0].name if isinstance(node, ast.Import) else ""
    return _group(name, is_own=name.partition(".")[0] in _OWN), False, name.lower()


def _group(module: str, *, is_own: bool) -> int:
    if is_own:
        return 3
    return 1 if module.partition(".")[0] in sys.stdlib_module_names else 2


def _name_order(alias: str) -> tuple[int, str]:
    """Constants, then classes, then the rest."""
    kind = 0 if alias.isupper() and len(alias) > 1 else 1 if alias[:1].isupper() else 2
    return kind, alias


def _sections(tree: Tree, written: Sequence[str]) -> str:
    """Imports in their order, with an empty line between groups."""
    lines, before = [], None
    for order, line in sorted((_order(parsed(line)), line) for line in written):
        lines += ["", line] if before not in (None, order[0]) else [line]
        before = order[0]
    return tree.newline.join(lines)


def _placed(tree: Tree, written: Sequence[tuple[_Order, str]]) -> list[Change] | None:
    """Imports among those that are there; None where these are not one a line."""
    there = list(_head(tree))
    if not there or any(item.segments > 1 for item, _ in there):
        return None
    groups: dict[int, list[tuple[_Order, str]]] = {}  # by the number of the import that they go below, from 0 on
    for order, line in sorted(written):
        below = [number for number, (_, each) in enumerate(there, 1) if each <= order]
        own = [number for number, (_, each) in enumerate(there) if each[0] == order[0]]
        lower = [number for number in below if there[number - 1][1][0] == order[0]] or (own[:1] if own else below)
        groups.setdefault(lower[-1] if lower else 0, []).append((order, line))
    return [_among(tree, there, number, lines) for number, lines in groups.items()]


def _among(
    tree: Tree, there: Sequence[tuple[Statement, _Order]], number: int, lines: Sequence[tuple[_Order, str]]
) -> Change:
    newline, follows = tree.newline, there[number] if number < len(there) else None
    is_above = follows is not None and (number == 0 or follows[1][0] == lines[0][0][0])
    before = None if is_above else there[number - 1][1][0]
    text = ""
    for (group, _, _), line in lines:
        text += (newline if before not in (None, group) else "") + line + newline
        before = group
    if follows is not None and is_above:
        is_first = follows[0] is next(iter(tree.root.code))  # the comment above it is the file's
        at = max(follows[0].full_start, int(tree.text.startswith(BOM))) if is_first else follows[0].note_start
        return Change(at, at, text + (newline if before != follows[1][0] else ""))
    at = there[number - 1][0].full_end
    if tree.text[at - 1] not in "\r\n":
        return Change(at, at, newline + text.removesuffix(newline))
    is_close = follows is not None and follows[0].note_start == at and follows[1][0] != before
    return Change(at, at, text + (newline if is_close else ""))


def parsed(need: str) -> ast.stmt:
    try:
        body = syntax.module(need).body
    except (SyntaxError, ValueError) as error:
        raise RefusedError(f"“{need}” is not Python: {error}.") from None
    if len(body) != 1 or not isinstance(body[0], ast.Import | ast.ImportFrom | ast.Assign):
        raise RefusedError(f"“{need}” is neither an import nor an assignment.")
    return body[0]


def given_by(node: ast.stmt) -> Iterator[str]:
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
            yield from given_by(piece.node)


def _aliases(node: ast.Import | ast.ImportFrom, names: list[str]) -> list[str]:
    return [ast.unparse(each) for each in node.names if (each.asname or each.name.partition(".")[0]) in names]


def _from_places(tree: Tree, wanted: ast.ImportFrom, aliases: Sequence[str]) -> list[int] | None:
    """Where other names go in a `from ... import` of the same module; None when there is none."""
    fragments = Fragments(tree)
    for item in tree.root.code:
        piece = None if item.clauses else fragments.statement(item)
        node = None if piece is None else piece.node
        if piece is None or not isinstance(node, ast.ImportFrom):
            continue
        is_same = (node.module, node.level) == (wanted.module, wanted.level)
        if is_same and node.names[-1].name != "*":
            there = [(_name_order(ast.unparse(each)), piece.span(each)) for each in node.names]
            end = there[-1][1][1]
            return [next((span[0] for name, span in there if name > _name_order(alias)), end) for alias in aliases]
    return None


def _joined(tree: Tree, at: int, aliases: Sequence[str]) -> Change:
    """Names put before another, or after the last."""
    names = sorted(aliases, key=_name_order)
    is_before = tree.text[at : at + 1].isidentifier()
    return Change(at, at, "".join(f"{name}, " if is_before else f", {name}" for name in names))


def _block(tree: Tree, text: str, others: list[str]) -> list[Change]:
    """Imports, and what is no import, below the last import, or on top."""
    if not text and not others:
        return []
    newline, last, has_imports = tree.newline, _last_import(tree), bool(text)
    if others:
        text += (newline * 2 if text else "") + newline.join(others)
    if last is not None:
        at = last.full_end
        if not has_imports:
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
    return next((item for item, _ in reversed(list(_head(tree)))), None)


def _head(tree: Tree) -> Iterator[tuple[Statement, _Order]]:
    fragments = Fragments(tree)
    for item in tree.root.code:
        if item.word in ("def", "class"):
            return
        if not item.clauses and tree.text.startswith(("import ", "from "), item.start):
            piece = fragments.statement(item)
            yield item, _UNKNOWN if piece is None or not isinstance(piece.node, ast.stmt) else _order(piece.node)
