"""A component's own connectors, read from the modules of its package `clients` without running them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

from clockhouse.flows.meaning import OWN
from clockhouse.flows.palette import Connector, Operation, Parameter
from clockhouse.kit import syntax

_MODULE = re.compile(rf"{OWN}/([A-Za-z_]\w*)\.py", re.ASCII)
_SENTENCES = re.compile(r"(?<=[.!?])\s+(?=`)")

Function = ast.FunctionDef | ast.AsyncFunctionDef


def connectors(files: Mapping[str, str]) -> list[Connector]:
    """The classes whose names end in Client, by title; `files` has texts by path. What can't be read has none."""
    found: list[Connector] = []
    for path, text in files.items():
        if (name := _MODULE.fullmatch(path)) is not None and name[1] != "__init__":
            try:
                found += _of_module(syntax.module(text), name[1])
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                continue
    return sorted(found, key=lambda each: (each.title.lower(), each.full_name))


def _of_module(module: ast.Module, name: str) -> Iterator[Connector]:
    title = next(filter(None, map(_title, module.body)), name.replace("_", " ").capitalize())
    for each in module.body:
        if isinstance(each, ast.ClassDef) and each.name.endswith("Client") and not each.name.startswith("_"):
            kind = each.name.removesuffix("Client")
            yield Connector(
                key=f"{OWN}.{name}{f'.{kind}' if kind else ''}",
                module=f"{OWN}.{name}",
                name=each.name,
                title=f"{title} {kind}".strip(),
                group="Own",
                documentation=ast.get_docstring(each) or "",
                parameters=tuple(_construction(each)),
                operations=tuple(_operation(one) for one in each.body if _is_operation(one)),  # type: ignore[arg-type]  # only functions are
            )


def _title(statement: ast.stmt) -> str | None:
    match statement:
        case ast.Assign(targets=[ast.Name("TITLE")], value=ast.Constant(value=str(title))):
            return title
    return None


def _construction(client: ast.ClassDef) -> Iterator[Parameter]:
    """What `__init__` takes, or the fields of a dataclass with the texts below them."""
    for each in client.body:
        if isinstance(each, ast.FunctionDef) and each.name == "__init__":
            yield from _parameters(each, _told(ast.get_docstring(each) or ""))
            return
    for field, below in zip(client.body, [*client.body[1:], None], strict=True):
        match field:
            case ast.AnnAssign(target=ast.Name(name), annotation=annotation, value=value) if not name.startswith("_"):
                default = None if value is None else ast.unparse(value)
                yield Parameter(name, ast.unparse(annotation), default, _text(below), is_keyword=False)


def _text(statement: ast.stmt | None) -> str:
    match statement:
        case ast.Expr(value=ast.Constant(value=str(text))):
            return " ".join(text.split())
    return ""


def _is_operation(member: ast.stmt) -> bool:
    return isinstance(member, Function) and not member.name.startswith("_") and not member.decorator_list


def _operation(function: Function) -> Operation:
    documentation = ast.get_docstring(function) or ""
    returns = "" if function.returns is None else ast.unparse(function.returns)
    own = ast.unparse(function.args).partition(", ")[2]
    return Operation(
        name=function.name,
        signature=f"({own}){f' -> {returns}' if returns else ''}",
        documentation=documentation,
        returns=returns,
        is_async=isinstance(function, ast.AsyncFunctionDef),
        parameters=tuple(_parameters(function, _told(documentation))),
    )


def _parameters(function: Function, told: Mapping[str, str]) -> Iterator[Parameter]:
    arguments = function.args
    plain = [*arguments.posonlyargs, *arguments.args]
    defaults = [None] * (len(plain) - len(arguments.defaults)) + list(arguments.defaults)
    places = [*zip(plain, defaults, strict=True)][1:]
    keywords = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    for is_keyword, pairs in ((False, places), (True, keywords)):
        for each, default in pairs:
            kind = "" if each.annotation is None else ast.unparse(each.annotation)
            written = None if default is None else ast.unparse(default)
            yield Parameter(each.arg, kind, written, told.get(each.arg, ""), is_keyword=is_keyword)


def _told(documentation: str) -> dict[str, str]:
    """The sentences that begin with a name: “`limit`: how many there are at most.”"""
    sentences = _SENTENCES.split(" ".join(documentation.split()))
    return {found[1]: each for each in sentences if (found := re.match(r"`(\w+)`", each))}
