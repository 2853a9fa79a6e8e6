"""The editor's catalogue of connectors, from the classes of `clockhouse.connectors` themselves."""

from __future__ import annotations

import ast
import dataclasses
import importlib
import inspect
import json
import pkgutil
import re
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, get_origin

FILE = Path(__file__).resolve().parents[2] / "src" / "clockhouse" / "flows" / "connectors.json"
PACKAGE = "clockhouse.connectors"


def text() -> str:
    """The catalogue as it is committed."""
    found = sorted((_connector(each) for each in _classes()), key=lambda each: str(each["title"]).lower())
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"


def _classes() -> Iterator[type]:
    """The public classes whose name ends in Client, of each module of the package."""
    try:
        package = importlib.import_module(PACKAGE)
    except ModuleNotFoundError:
        return
    for found in pkgutil.iter_modules(package.__path__):
        if not found.name.startswith("_"):
            yield from _clients(importlib.import_module(f"{PACKAGE}.{found.name}"))


def _clients(module: ModuleType) -> Iterator[type]:
    for name, each in vars(module).items():
        if inspect.isclass(each) and each.__module__ == module.__name__ and name.endswith("Client") and name[0] != "_":
            yield each


def _connector(client: type) -> dict[str, Any]:
    module = importlib.import_module(client.__module__)
    place, kind = client.__module__.rpartition(".")[2], client.__name__.removesuffix("Client")
    title = getattr(module, "TITLE", place.replace("_", " ").title())
    return {
        "key": f"{place}_{kind.lower()}" if kind else place,
        "module": client.__module__,
        "name": client.__name__,
        "title": f"{title} {kind.lower()}" if kind else title,
        "group": getattr(module, "GROUP", "Other"),
        "documentation": inspect.getdoc(client) or "",
        "parameters": _parameters(client, _told_of_fields(client)),
        "operations": [_operation(name, each) for name, each in vars(client).items() if _is_operation(name, each)],
        "results": [_result(each) for each in _result_classes(client, vars(module))],
    }


def _result_classes(client: type, names: Mapping[str, Any]) -> list[type]:
    """The classes that operations give, by name, each once."""
    words = [
        str(inspect.signature(each).return_annotation)
        for name, each in vars(client).items()
        if _is_operation(name, each)
    ]
    found = {word: names.get(word) for each in words for word in re.findall(r"\w+", each)}
    return [each for _, each in sorted(found.items()) if dataclasses.is_dataclass(each) and inspect.isclass(each)]


def _result(result: type) -> dict[str, Any]:
    """A class with its fields, properties and methods."""
    told, names = _told_of_fields(result), vars(importlib.import_module(result.__module__))
    members = [
        {
            "name": each.name,
            "type": _words(each.type, names),
            "documentation": told.get(each.name, ""),
            "is_method": False,
        }
        for each in dataclasses.fields(result)
    ]
    for name, each in vars(result).items():
        function = each.fget if isinstance(each, property) else each
        if name.startswith("_") or not inspect.isfunction(function):
            continue
        returns = _words(inspect.signature(function).return_annotation, names)
        kind = returns if isinstance(each, property) else _operation(name, function)["signature"]
        words = _one_line(inspect.getdoc(function) or "")
        members.append({"name": name, "type": kind, "documentation": words, "is_method": function is each})
    return {"name": result.__name__, "members": members}


def _is_operation(name: str, member: object) -> bool:
    """Whether it is a public method that is called as it is; one for `with` blocks is not."""
    is_for_blocks = inspect.isgeneratorfunction(inspect.unwrap(member)) if callable(member) else False
    return inspect.isfunction(member) and not name.startswith("_") and not is_for_blocks


def _operation(name: str, function: Any) -> dict[str, Any]:
    signature = inspect.signature(function)
    names = function.__globals__
    own = signature.replace(
        parameters=[
            each.replace(annotation=_Written(_words(each.annotation, names)))
            for each in list(signature.parameters.values())[1:]
        ],
        return_annotation=_Written(_words(signature.return_annotation, names)),
    )
    documentation = inspect.getdoc(function) or ""
    returns = signature.return_annotation
    return {
        "name": name,
        "signature": str(own),
        "documentation": documentation,
        "returns": "" if returns is inspect.Signature.empty else _words(returns, names),
        "is_async": inspect.iscoroutinefunction(function),
        "parameters": _parameters(function, _told_of(documentation), skip=1),
    }


def _told_of_fields(client: type) -> dict[str, str]:
    """The text below each field of a class."""
    source = textwrap.dedent(inspect.getsource(client))
    (written,) = ast.parse(source).body
    assert isinstance(written, ast.ClassDef)
    told = {}
    for field, below in zip(written.body, written.body[1:], strict=False):
        match field, below:
            case ast.AnnAssign(target=ast.Name(name)), ast.Expr(value=ast.Constant(value=str(text))):
                told[name] = inspect.cleandoc(text)
    return told


def _told_of(documentation: str) -> dict[str, str]:
    """The sentences of a docstring that begin with a name: “`limit` is how many there are at most.”"""
    sentences = re.split(r"(?<=[.;])\s+", documentation)
    return {found[1]: each for each in sentences if (found := re.match(r"`(\w+)`", each))}


def _parameters(function: Any, told: dict[str, str], skip: int = 0) -> list[dict[str, Any]]:
    found = list(inspect.signature(function).parameters.values())[skip:]
    fields = {each.name: each for each in dataclasses.fields(function)} if dataclasses.is_dataclass(function) else {}
    names = vars(importlib.import_module(function.__module__))
    return [
        _parameter(each, told.get(each.name, ""), fields.get(each.name), names)
        for each in found
        if each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD)
    ]


def _parameter(
    parameter: inspect.Parameter, told: str, field: dataclasses.Field[Any] | None, names: Mapping[str, Any]
) -> dict[str, Any]:
    empty, default = inspect.Parameter.empty, parameter.default
    if field is not None and field.default_factory is not dataclasses.MISSING:
        default = field.default_factory()
    return {
        "name": parameter.name,
        "type": "" if parameter.annotation is empty else _words(parameter.annotation, names),
        "default": None if default is empty else repr(default),
        "documentation": " ".join(told.split()),
        "is_keyword": parameter.kind is parameter.KEYWORD_ONLY,
    }


def _words(annotation: Any, names: Mapping[str, Any]) -> str:
    """A type as its module writes it; what stands for a choice is written out, so that a form can offer it."""
    text = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
    choices = {name: repr(value) for name, value in names.items() if get_origin(value) is Literal}
    return re.sub(r"\b\w+\b", lambda word: choices.get(word[0], word[0]), text).replace("typing.", "")


class _Written:
    """A type that a signature shows as it is written."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text


def page() -> str:
    """The reference of all connectors, as Markdown."""
    found: list[dict[str, Any]] = json.loads(text())
    head = [
        "# Connectors",
        "",
        "What each connector takes and does, name by name, made from their classes.",
        "[The guide](../guides/connectors.md) tells how they are used.",
    ]
    return "\n".join([*head, *(line for each in found for line in _section(each))]) + "\n"


def _section(connector: dict[str, Any]) -> Iterator[str]:
    module = connector["module"].rpartition(".")[2]
    yield from ("", f"## {connector['title']}", "", f"`from {PACKAGE} import {module}`, then", "")
    yield from (f"`{module}.{connector['name']}(...)`: {_one_line(connector['documentation'])}", "")
    yield from ("| Field | Type | Default | |", "| --- | --- | --- | --- |")
    for each in connector["parameters"]:
        default = "" if each["default"] is None else f"`{each['default']}`"
        kind = each["type"].replace("|", "\\|")
        yield f"| `{each['name']}` | `{kind}` | {default} | {each['documentation']} |"
    for each in connector["operations"]:
        yield from ("", f"**`{each['name']}{each['signature']}`**", "", _one_line(each["documentation"]))


def _one_line(documentation: str) -> str:
    return " ".join(documentation.split())
