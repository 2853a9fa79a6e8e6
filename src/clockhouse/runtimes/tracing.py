"""A task that tells, statement by statement, what it does: how often each ran, how long, and the last value.

Each statement's expression is wrapped in a call that notes its value and hands it on, before the file is compiled;
places, order and tracebacks stay as they are. It runs in the task's process with the build's own Python, so it is one
file of the standard library.
"""

from __future__ import annotations

import ast
import builtins
import importlib.machinery
import importlib.util
import json
import os
import sys
import threading
import time
import types
from collections.abc import Callable, Sequence
from typing import Any

MOST_STATEMENTS = 20_000  # of all files; a file that goes beyond it tells nothing
MOST_NOTES = 2_000_000  # of one run: then it goes on without telling
MOST_PASSED_ON = 2000  # of different statements
AT_ONCE = 100  # times that something is passed on at once; after that there is a pause each time
PAUSE_NS = 50_000_000
LOOK_SHARE = 20  # a value is looked at again after so many times what the last look took
BEGIN, END, MARK, LAST = (f"__clockhouse_{name}__" for name in ("begin", "end", "mark", "last"))
NO_VALUE = object()
_now = time.perf_counter_ns
KEPT = frozenset({bool, int, float, complex, type(None)})  # kept as they are and shown when it is told


class Statement:
    """One statement and what it has done."""

    __slots__ = ("begun", "column", "ended", "is_untold", "line", "look_at", "path", "text", "took", "type", "value")

    def __init__(self, path: str, line: int, column: int) -> None:
        self.path, self.line, self.column = path, line, column
        self.begun = self.ended = self.took = self.look_at = 0
        self.value: Any = NO_VALUE
        self.text: str | None = None
        self.type: str | None = None
        self.is_untold = False


class Recorder:
    """Notes what statements do, and tells it on a pipe as lines of JSON. `show` makes a text of a value."""

    def __init__(self, output: int, show: Callable[[Any], str], type_of: Callable[[Any], str]) -> None:
        self.statements: list[Statement] = []
        self._output, self._show, self._type_of = output, show, type_of
        self._untold: list[Statement] = []
        self._told: set[int] = set()
        self._left, self._flushed_at, self._due_at = AT_ONCE, _now(), 0
        self._lock = threading.Lock()
        os.set_inheritable(output, False)
        os.register_at_fork(after_in_child=self.stop)

    def install(self) -> None:
        for name, function in ((BEGIN, self.begin), (END, self.end), (MARK, self.mark), (LAST, self.last)):
            setattr(builtins, name, function)

    def stop(self) -> None:
        """From here on nothing is noted."""
        for name in (BEGIN, MARK, LAST):
            setattr(builtins, name, _nothing)
        setattr(builtins, END, _handed_on)

    def begin(self, number: int) -> tuple[Statement, int]:
        """A statement begins; what `end` is to be given."""
        statement, now = self.statements[number], _now()
        statement.begun += 1
        if now >= self._due_at or not statement.is_untold:
            self._changed(statement, now)
        return statement, now

    def end(self, begun: tuple[Statement, int] | None, value: Any) -> Any:
        """It has come to this value, which is handed on."""
        if begun is None:  # it began when nothing was noted any more
            return value
        statement, since = begun
        now = _now()
        statement.ended += 1
        statement.took += now - since
        if type(value) in KEPT:
            statement.value = value
        elif now >= statement.look_at:
            self._look(statement, value, now)
        if now >= self._due_at or not statement.is_untold:
            self._changed(statement, now)
        return value

    def mark(self, number: int) -> None:
        """A statement without a value was reached."""
        statement, now = self.statements[number], _now()
        statement.begun += 1
        statement.ended += 1
        if now >= self._due_at or not statement.is_untold:
            self._changed(statement, now)

    def last(self, number: int, value: Any) -> None:
        """What a statement that has begun has bound by now."""
        statement, now = self.statements[number], _now()
        if type(value) in KEPT:
            statement.value = value
        elif now >= statement.look_at:
            self._look(statement, value, now)
        if now >= self._due_at or not statement.is_untold:
            self._changed(statement, now)

    def flush(self) -> None:
        """Tells what is untold."""
        if not self._lock.acquire(blocking=False):  # what shows a value may be code of the task, and come here again
            return
        try:
            untold, self._untold = self._untold, []
            for statement in untold:
                statement.is_untold = False
                self._tell(statement)
        finally:
            self._lock.release()

    def _look(self, statement: Statement, value: Any, now: int) -> None:
        statement.text, statement.type, statement.value = self._show(value), self._type_of(value), NO_VALUE
        after = _now()
        statement.look_at = after + LOOK_SHARE * (after - now) if statement.ended > LOOK_SHARE else 0

    def _changed(self, statement: Statement, now: int) -> None:
        """Passes it on: at once as long as that is seldom, else with others a few times in a second."""
        if not statement.is_untold:
            statement.is_untold = True
            self._untold.append(statement)
        if now < self._due_at:
            return
        earned = (now - self._flushed_at) // PAUSE_NS
        self._flushed_at, self._left = now, min(self._left + earned, AT_ONCE) - 1
        if self._left <= 0:
            self._left, self._due_at = 1, now + PAUSE_NS
            if sum(each.begun for each in self.statements) > MOST_NOTES:
                self._give_up()
                return
        self.flush()

    def _tell(self, statement: Statement) -> None:
        if id(statement) not in self._told:
            if len(self._told) >= MOST_PASSED_ON:
                return
            self._told.add(id(statement))
        if statement.value is not NO_VALUE:
            statement.text, statement.type = self._show(statement.value), self._type_of(statement.value)
        self._write(
            {
                "path": statement.path,
                "line": statement.line,
                "column": statement.column,
                "begun": statement.begun,
                "ended": statement.ended,
                "took_s": round(statement.took / 1e9, 6),
                "type": statement.type,
                "text": statement.text,
            }
        )

    def _give_up(self) -> None:
        self.stop()
        self.flush()
        self._write({"stopped": MOST_NOTES})

    def _write(self, record: dict[str, Any]) -> None:
        data = json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace") + b"\n"
        try:
            while data:
                data = data[os.write(self._output, data) :]
        except OSError:  # nobody listens any more
            self.stop()


class Instrument:
    """Puts the notes into the files of a task."""

    def __init__(self, recorder: Recorder, folder: str) -> None:
        self._recorder = recorder
        self._folder = folder.rstrip("/")

    def compiled(self, content: bytes, path: str) -> types.CodeType:
        """The code of a file, with its notes. Raises as `compile` does."""
        text = importlib.util.decode_source(content)
        known = len(self._recorder.statements)
        module = ast.parse(text, path)
        _Notes(self._recorder.statements, os.path.relpath(path, self._folder), text).put_into(module)
        if len(self._recorder.statements) > MOST_STATEMENTS:
            del self._recorder.statements[known:]
            module = ast.parse(text, path)
        code: types.CodeType = compile(module, path, "exec", dont_inherit=True)
        return code

    def install(self) -> None:
        """The task's own modules are compiled with their notes, too."""
        instrument = self

        class Loader(importlib.machinery.SourceFileLoader):
            def get_code(self, fullname: str) -> types.CodeType:
                path = self.get_filename(fullname)
                return instrument.compiled(self.get_data(path), path)

        extensions = (importlib.machinery.ExtensionFileLoader, importlib.machinery.EXTENSION_SUFFIXES)
        hook = importlib.machinery.FileFinder.path_hook(extensions, (Loader, importlib.machinery.SOURCE_SUFFIXES))

        def own(path: str) -> Any:
            if path != self._folder and not path.startswith(f"{self._folder}/"):
                raise ImportError(path)
            return hook(path)

        sys.path_hooks.insert(0, own)
        for path in [path for path in sys.path_importer_cache if path.startswith(self._folder)]:
            del sys.path_importer_cache[path]


class _Notes:
    """Puts the notes into one file."""

    def __init__(self, statements: list[Statement], path: str, text: str) -> None:
        self._statements, self._path = statements, path
        self._lines = text.split("\n")

    def put_into(self, module: ast.Module) -> None:
        module.body = self._block(module.body)
        ast.fix_missing_locations(module)

    def _block(self, body: Sequence[ast.stmt], first: Sequence[ast.stmt] = ()) -> list[ast.stmt]:
        """The statements with their notes; `first` comes before them, but after what has to be at the beginning."""
        found: list[ast.stmt] = []
        rest = list(body)
        while rest and _is_first(rest[0], at_start=not found):
            found.append(rest.pop(0))
        found += first
        for statement in rest:
            found += self._noted(statement)
        return found

    def _noted(self, statement: ast.stmt) -> list[ast.stmt]:
        match statement:
            case ast.ClassDef():
                statement.body = self._members(statement.body)
                return [statement]
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                return [self._function(statement)]
            case ast.Global() | ast.Nonlocal():
                return [statement]
        before, after = self._own(statement)
        self._inner(
            statement, after if isinstance(statement, ast.For | ast.AsyncFor | ast.With | ast.AsyncWith) else []
        )
        after = [] if isinstance(statement, ast.For | ast.AsyncFor | ast.With | ast.AsyncWith) else after
        return [*before, statement, *after]

    def _members(self, body: list[ast.stmt]) -> list[ast.stmt]:
        members = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
        return [self._noted(each)[0] if isinstance(each, members) else each for each in body]

    def _function(self, function: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.stmt:
        number = self._number(function)
        function.body = self._block(function.body, [self._mark(number, function.body[0])])
        return function

    def _own(self, statement: ast.stmt) -> tuple[list[ast.stmt], list[ast.stmt]]:
        """Notes the statement itself; what goes before it, and what after it or at the beginning of its body."""
        number = self._number(statement)
        match statement:
            case ast.Assign() | ast.Expr() | ast.Return(value=ast.expr()) | ast.AnnAssign(value=ast.expr()):
                statement.value = self._wrapped(number, statement.value)  # type: ignore[arg-type]  # it is no None here
            case ast.AugAssign():
                statement.value = self._wrapped(number, statement.value)
                return [], self._last(number, statement.target)
            case ast.If() | ast.While() | ast.Assert():
                statement.test = self._wrapped(number, statement.test)
            case ast.Raise(exc=ast.expr()):
                statement.exc = self._wrapped(number, statement.exc)  # type: ignore[arg-type]  # it is no None here
            case ast.Match():
                statement.subject = self._wrapped(number, statement.subject)
            case ast.For() | ast.AsyncFor():
                statement.iter = self._wrapped(number, statement.iter)
                return [], self._last(number, statement.target)
            case ast.With() | ast.AsyncWith():
                item = statement.items[0]
                item.context_expr = self._wrapped(number, item.context_expr)
                return [], [] if item.optional_vars is None else self._last(number, item.optional_vars)
            case ast.AnnAssign():
                pass
            case _:
                return [self._mark(number, statement)], []
        return [], []

    def _inner(self, statement: ast.stmt, first: list[ast.stmt]) -> None:
        for name in ("body", "orelse", "finalbody"):
            body = getattr(statement, name, None)
            if not body:
                continue
            is_elif = name == "orelse" and isinstance(statement, ast.If) and isinstance(body[0], ast.If)
            if is_elif and len(body) == 1:
                self._noted(body[0])
            else:
                setattr(statement, name, self._block(body, first if name == "body" else []))
        for part in (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
            part.body = self._block(part.body)

    def _number(self, statement: ast.stmt) -> int:
        line = self._lines[statement.lineno - 1] if statement.lineno <= len(self._lines) else ""
        column = statement.col_offset
        if not line.isascii():
            before = line.encode()[:column].decode("utf-8", "replace")
            column = len(before.encode("utf-16-le", "surrogatepass")) // 2
        self._statements.append(Statement(self._path, statement.lineno, column))
        return len(self._statements) - 1

    def _wrapped(self, number: int, value: ast.expr) -> ast.expr:
        return ast.copy_location(_call(END, _call(BEGIN, ast.Constant(number)), value), value)

    def _mark(self, number: int, at: ast.stmt) -> ast.stmt:
        return _placed(ast.Expr(_call(MARK, ast.Constant(number))), at)

    def _last(self, number: int, target: ast.expr) -> list[ast.stmt]:
        value = _read(target)
        return [] if value is None else [_placed(ast.Expr(_call(LAST, ast.Constant(number), value)), target)]


def _is_first(statement: ast.stmt, *, at_start: bool) -> bool:
    """Whether it has to stay where it is: a documentation text, or what switches a feature of Python on."""
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
        return at_start and isinstance(statement.value.value, str)
    return isinstance(statement, ast.ImportFrom) and statement.module == "__future__"


def _call(name: str, *arguments: ast.expr) -> ast.Call:
    return ast.Call(ast.Name(name, ast.Load()), list(arguments), [])


def _placed(statement: ast.Expr, at: ast.stmt | ast.expr) -> ast.stmt:
    """A statement of ours, all of it on the first line of another."""
    for node in ast.walk(statement):
        if "lineno" in node._attributes:
            node.lineno = node.end_lineno = at.lineno  # type: ignore[attr-defined]  # it has these attributes
            node.col_offset = node.end_col_offset = at.col_offset  # type: ignore[attr-defined]  # it has these attributes
    return statement


def _read(target: ast.expr) -> ast.expr | None:
    """What a target of plain names has been given; None for any other."""
    if isinstance(target, ast.Name):
        return ast.Name(target.id, ast.Load())
    if isinstance(target, ast.Tuple | ast.List):
        parts = [_read(each.value if isinstance(each, ast.Starred) else each) for each in target.elts]
        known = [part for part in parts if part is not None]
        return ast.Tuple(known, ast.Load()) if len(known) == len(parts) else None
    return None


def _nothing(*_arguments: object) -> None:
    """In the place of what notes, once nothing is noted any more."""


def _handed_on(_begun: object, value: Any) -> Any:
    return value
