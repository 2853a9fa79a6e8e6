"""Which functions of the control call one that writes to the audit trail, as the source says it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import clockhouse

_SOURCE = Path(clockhouse.__file__).parent
_CONTROL = "clockhouse.control"


@dataclass(frozen=True, slots=True)
class _Module:
    functions: dict[str, ast.FunctionDef | ast.AsyncFunctionDef]
    modules: dict[str, str] = field(default_factory=dict)  # by the name that they have there
    names: dict[str, tuple[str, str]] = field(default_factory=dict)  # functions of other modules


def notes(operation: str) -> bool:
    """Whether the function of the API with this name calls, by whatever way, one that notes what is done."""
    found = [each for each in _modules("api") if operation in _read("api", each).functions]
    return any(_notes("api", each, operation, set()) for each in found)


def _notes(folder: str, module: str, function: str, seen: set[tuple[str, str, str]]) -> bool:
    here = _read(folder, module)
    if (folder, module, function) in seen or function not in here.functions:
        return False
    seen.add((folder, module, function))
    for owner, called in _calls(here.functions[function]):
        if (owner, called) == ("audit", "note"):
            return True
        if owner is None:
            where, name = here.names.get(called, (None, called))
            is_noting = _notes("control", where, name, seen) if where else _notes(folder, module, called, seen)
        else:
            is_noting = owner in here.modules and _notes("control", here.modules[owner], called, seen)
        if is_noting:
            return True
    return False


def _calls(function: ast.AST) -> Iterator[tuple[str | None, str]]:
    """What is named in it, called or handed on: the module's name or None, and the function's."""
    for node in ast.walk(function):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            yield node.value.id, node.attr
        elif isinstance(node, ast.Name):
            yield None, node.id


@cache
def _read(folder: str, module: str) -> _Module:
    path = _SOURCE / folder / f"{module}.py"
    tree = ast.parse(path.read_text("utf-8")) if path.exists() else ast.Module([], [])
    functions = {each.name: each for each in tree.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)}
    found = _Module(functions)
    for node in ast.walk(tree):
        if not isinstance(node, ast.ImportFrom) or not (node.module or "").startswith(_CONTROL):
            continue
        for alias in node.names:
            if node.module == _CONTROL:
                found.modules[alias.asname or alias.name] = alias.name
            else:
                found.names[alias.asname or alias.name] = (str(node.module).rpartition(".")[2], alias.name)
    return found


@cache
def _modules(folder: str) -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in (_SOURCE / folder).glob("*.py")))
