"""Steps made into a function of their own, with a call in their place."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from clockhouse.flows import placing
from clockhouse.flows.blocks import Block, Tree
from clockhouse.flows.changes import Change, RefusedError
from clockhouse.flows.fragments import Fragments, Piece
from clockhouse.flows.indentation import shifted
from clockhouse.flows.nodes import Path, Span

Function = ast.FunctionDef | ast.AsyncFunctionDef
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


def extract(tree: Tree, path: Path, block: Block, index: int, count: int, name: str) -> list[Change]:
    """A function `name` of the statements from `index` on, and a call of it where they were.

    It takes the variables that they read and gives back those that are read later. Raises RefusedError for what can't
    leave its function: a return in the middle, a break of a loop outside, a yield, and source that is not valid.
    """
    if tree.module is None:
        raise RefusedError("Finish what is half typed first; then steps can be made into a function.")
    chosen = [item for item in block.items[index : index + count] if not item.is_comment]
    if not chosen or block.is_inline or any(item.segments > 1 for item in chosen):
        raise RefusedError("Steps that share a line can't be made into a function.")
    if any(_binds(node, name) for node in tree.module.body):
        raise RefusedError(f"There is a {name} already. Take another name.")
    fragments = Fragments(tree)
    pieces = [piece for item in chosen if (piece := fragments.of(item)) is not None]
    nodes = [piece.node for piece in pieces if isinstance(piece.node, ast.stmt)]
    owner, loops = _around(tree, fragments, path)
    _refuse_what_must_stay(nodes)
    names = _Names(owner or tree.module, pieces[0], (chosen[0].start, chosen[-1].end), loops, nodes)
    takes, gives = names.taken(), names.given()
    return _write(tree, path, block, (index, count), name, takes, gives, nodes)


def _write(
    tree: Tree,
    path: Path,
    block: Block,
    chosen: tuple[int, int],
    name: str,
    takes: list[str],
    gives: list[str],
    nodes: list[ast.stmt],
) -> list[Change]:
    index, count = chosen
    items = block.items[index : index + count]
    is_async = any(isinstance(each, ast.Await | ast.AsyncFor | ast.AsyncWith) for each in _inside(nodes))
    returns = isinstance(nodes[-1], ast.Return)
    call = f"{'await ' if is_async else ''}{name}({', '.join(takes)})"
    if returns:
        call = f"return {call}"
    elif gives:
        call = f"{', '.join(gives)} = {call}"
    unit, newline = tree.unit, tree.newline
    body = placing.code_of(tree, block, index, count).rstrip("\r\n")
    if gives and not returns:
        body += f"{newline}return {', '.join(gives)}"
    head = f"{'async ' if is_async else ''}def {name}({', '.join(takes)}):{newline}"
    function = head + shifted(body, "", unit, newline)
    place = path[0] + 1 if tree.root.items[path[0]].word in ("def", "class") else path[0]
    start, end = items[0].note_start, items[-1].full_end
    ends_line = tree.text[end - 1 : end] in ("\n", "\r")
    line = block.indent_text + call + (newline if ends_line else "")
    return [*placing.insert(tree, tree.root, place, function), Change(max(start, tree.root.at), end, line)]


def _around(tree: Tree, fragments: Fragments, path: Path) -> tuple[ast.AST | None, list[Span]]:
    """The innermost function around, and the loops in it that are around, too."""
    owner: ast.AST | None = None
    loops: list[Span] = []
    block = tree.root
    for item, clause in zip(path[:-1:2], path[1::2], strict=True):
        statement = block.items[item]
        if statement.word == "def":
            piece, loops = fragments.of(statement), []
            owner = None if piece is None else piece.node
        elif statement.word in ("for", "while"):
            loops.append((statement.start, statement.end))
        elif statement.word == "class":
            owner = None
        block = statement.clauses[clause].block
    return owner, loops


def _refuse_what_must_stay(nodes: list[ast.stmt]) -> None:
    for node in _inside(nodes):
        match node:
            case ast.Yield() | ast.YieldFrom():
                raise RefusedError("A yield belongs to its function and can't leave it.")
            case ast.Global() | ast.Nonlocal():
                raise RefusedError("A global or nonlocal belongs to its function and can't leave it.")
            case ast.Return() if node is not nodes[-1]:
                raise RefusedError("There is a return among these steps; it would end the new function only.")
            case ast.Call(func=ast.Name(id="super"), args=[]):
                raise RefusedError("A super() belongs to its method and can't leave it.")
    if any(_leaves_loop(node) for node in nodes):
        raise RefusedError("There is a break or continue of a loop that is not among these steps.")


def _leaves_loop(node: ast.AST) -> bool:
    if isinstance(node, ast.Break | ast.Continue):
        return True
    if isinstance(node, ast.For | ast.AsyncFor | ast.While):
        return any(_leaves_loop(each) for each in node.orelse)
    if isinstance(node, _SCOPES):
        return False
    return any(_leaves_loop(each) for each in ast.iter_child_nodes(node))


def _inside(nodes: list[ast.stmt]) -> Iterator[ast.AST]:
    """Everything in these statements that is not in a function or class of its own."""
    waiting: list[ast.AST] = [*nodes]
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, _SCOPES):
            waiting += ast.iter_child_nodes(node)


def _binds(node: ast.stmt, name: str) -> bool:
    return any(bound == name for bound, _ in _stores(node))


@dataclass(frozen=True, slots=True)
class _Names:
    """Which variables of a function its chosen statements read and write; `span` is where they stand.

    `piece` is any of them: it says where the parts of Python's tree stand.
    """

    scope: ast.AST
    piece: Piece
    span: Span
    loops: list[Span]
    nodes: list[ast.stmt]

    def taken(self) -> list[str]:
        """What they read that was given a value before them, in order of reading."""
        before = self._bound_before()
        found = [name for name in self._read() if name in before and not self._is_written_first(name)]
        found += [name for name in self.given() if name in before and not self._always_written(name)]
        return list(dict.fromkeys(found))

    def given(self) -> list[str]:
        """What they write that is read after them, or before them in the next turn of a loop."""
        if isinstance(self.scope, ast.Module):
            later = [name for name, at in _loads(self.scope) if not self._is_chosen(at)]
        else:
            later = [name for name, at in _loads(self.scope) if self._is_later(at)]
        return [name for name in dict.fromkeys(self._written()) if name in later]

    def _at(self, node: ast.AST) -> int:
        return self.piece.span(node)[0] if isinstance(node, ast.expr | ast.stmt) else -1

    def _is_chosen(self, node: ast.AST) -> bool:
        return self.span[0] <= self._at(node) < self.span[1]

    def _is_later(self, node: ast.AST) -> bool:
        at = self._at(node)
        in_loop = any(start <= at < end for start, end in self.loops) and not self._is_chosen(node)
        return at >= self.span[1] or in_loop

    def _bound_before(self) -> set[str]:
        if isinstance(self.scope, ast.Module):
            return set()
        found = set()
        if isinstance(self.scope, Function):
            arguments = self.scope.args
            own = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
            found |= {each.arg for each in own if each is not None}
        for name, node in _stores_below(self.scope):
            at = self._at(node)
            in_loop = any(start <= at < end for start, end in self.loops)
            if (at < self.span[0] and not self._is_chosen(node)) or (in_loop and not self._is_chosen(node)):
                found.add(name)
        return found

    def _read(self) -> list[str]:
        return [name for node in self.nodes for name, _ in _loads(node)]

    def _written(self) -> list[str]:
        return [name for node in self.nodes for name, _ in _stores(node)]

    def _is_written_first(self, name: str) -> bool:
        for node in self.nodes:
            if any(read == name for read, _ in _loads(node)):
                return False
            if _always_stores(node, name):
                return True
        return False

    def _always_written(self, name: str) -> bool:
        return any(_always_stores(node, name) for node in self.nodes)


def _always_stores(node: ast.stmt, name: str) -> bool:
    targets: list[ast.expr] = []
    match node:
        case ast.Assign(targets=found):
            targets = found
        case ast.AnnAssign(target=target, value=ast.expr()):
            targets = [target]
        case ast.With(items=items) | ast.AsyncWith(items=items):
            targets = [item.optional_vars for item in items if item.optional_vars is not None]
        case ast.Import() | ast.ImportFrom() | ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return _binds(node, name)
    return any(isinstance(each, ast.Name) and each.id == name for target in targets for each in ast.walk(target))


def _loads(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """Names that are read, in functions inside, too; an augmented assignment reads what it writes."""
    for each in _in_order(node):
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load | ast.Del):
            yield each.id, each
        elif isinstance(each, ast.AugAssign) and isinstance(each.target, ast.Name):
            yield each.target.id, each


def _in_order(node: ast.AST) -> Iterator[ast.AST]:
    waiting = [node]
    while waiting:
        each = waiting.pop()
        yield each
        waiting += reversed(list(ast.iter_child_nodes(each)))


def _stores_below(scope: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    body = scope.body if isinstance(scope, Function | ast.Module) else []
    for node in body:
        yield from _stores(node)


def _stores(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """Names that a statement gives a value to in its own function."""
    waiting = [node]
    while waiting:
        each = waiting.pop()
        match each:
            case ast.Name(ctx=ast.Store()):
                yield each.id, each
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield each.name, each
                continue
            case ast.Lambda() | ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                continue
            case ast.ExceptHandler(name=str(name)):
                yield name, node
            case ast.Import() | ast.ImportFrom():
                yield from ((alias.asname or alias.name.partition(".")[0], each) for alias in each.names)
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                yield name, node
        waiting += ast.iter_child_nodes(each)
