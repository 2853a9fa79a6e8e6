"""The editor's catalogue of connectors, from the classes of `clockhouse.connectors` themselves."""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

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
    key = client.__module__.rpartition(".")[2]
    return {
        "key": key,
        "module": client.__module__,
        "name": client.__name__,
        "title": getattr(module, "TITLE", key.replace("_", " ").title()),
        "documentation": inspect.getdoc(client) or "",
        "parameters": _parameters(client),
        "operations": [_operation(name, each) for name, each in vars(client).items() if _is_operation(name, each)],
    }


def _is_operation(name: str, member: object) -> bool:
    return inspect.isfunction(member) and not name.startswith("_")


def _operation(name: str, function: Any) -> dict[str, Any]:
    signature = inspect.signature(function)
    own = signature.replace(parameters=list(signature.parameters.values())[1:])
    returns = signature.return_annotation
    return {
        "name": name,
        "signature": str(own).replace("'", ""),
        "documentation": inspect.getdoc(function) or "",
        "returns": "" if returns is inspect.Signature.empty else _words(returns),
        "is_async": inspect.iscoroutinefunction(function),
        "parameters": _parameters(function, skip=1),
    }


def _parameters(function: Any, skip: int = 0) -> list[dict[str, Any]]:
    found = list(inspect.signature(function).parameters.values())[skip:]
    return [_parameter(each) for each in found if each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD)]


def _parameter(parameter: inspect.Parameter) -> dict[str, Any]:
    empty = inspect.Parameter.empty
    return {
        "name": parameter.name,
        "type": "" if parameter.annotation is empty else _words(parameter.annotation),
        "default": None if parameter.default is empty else repr(parameter.default),
        "documentation": "",
        "is_keyword": parameter.kind is parameter.KEYWORD_ONLY,
    }


def _words(annotation: Any) -> str:
    return annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
