"""What names mean in one source: imports, loggers, connections, functions; and so, what a call is."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from clockhouse.flows.blocks import Tree, walk
from clockhouse.flows.nodes import Facts, Kind

CONNECTORS = "clockhouse.connectors"
OWN = "clients"  # the package of a component's own connectors
LEVELS = frozenset({"debug", "info", "warning", "warn", "error", "exception", "critical"})
HTTP_LIBRARIES = frozenset({"requests", "httpx", "aiohttp", "urllib", "urllib3"})
HTTP_METHODS = frozenset({"get", "post", "put", "patch", "delete", "head", "options", "request"})
_HTTP_CLIENTS = frozenset({"Client", "AsyncClient", "Session", "ClientSession", "PoolManager"})
_LOGGERS = frozenset({"log", "logger", "logging", "_log", "_logger", "LOG", "LOGGER"})
_WAITS = frozenset({"time.sleep", "asyncio.sleep", "asyncio.wait", "asyncio.gather", "concurrent.futures.wait"})
_FUNCTION = re.compile(r"(?:async[ \t]+)?def[ \t]+(\w+)")


def dotted(node: ast.expr) -> str | None:
    """`a.b.c` as text; None for anything else."""
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return None
    parts.append(node.id)
    return ".".join(reversed(parts))


@dataclass(slots=True)
class Meanings:
    """Grows while the source is read from top to bottom; the functions are known from the start."""

    names: dict[str, str]
    loggers: set[str]
    connections: dict[str, str]
    functions: dict[str, tuple[str, ...]]

    @classmethod
    def of(cls, tree: Tree) -> Meanings:
        return cls({}, set(_LOGGERS), {}, _functions(tree))

    def resolve(self, name: str | None) -> str:
        """The full name behind a name as it is written here."""
        if not name:
            return ""
        root, dot, rest = name.partition(".")
        return self.names.get(root, root) + dot + rest

    def note_import(self, node: ast.Import | ast.ImportFrom) -> None:
        for alias in node.names:
            if isinstance(node, ast.ImportFrom):
                self.names[alias.asname or alias.name] = f"{node.module or ''}.{alias.name}"
            elif alias.asname:
                self.names[alias.asname] = alias.name
            else:
                root = alias.name.partition(".")[0]
                self.names[root] = root

    def note_connection(self, target: ast.expr | None, made: ast.expr) -> None:
        """`with Client(...) as x` and parameters make connections known, too."""
        name = dotted(made.func) if isinstance(made, ast.Call) else dotted(made)
        full = self.resolve(name)
        if isinstance(target, ast.Name) and is_connector(full):
            self.connections[target.id] = full

    def note_parameters(self, arguments: ast.arguments) -> None:
        for argument in [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]:
            if argument.annotation is not None:
                self.note_connection(ast.Name(argument.arg), argument.annotation)

    def call(self, call: ast.Call, target: ast.expr | None, *, is_awaited: bool) -> tuple[Kind, Facts]:
        """What a call is as a step, with `target` the name that takes its result."""
        name = dotted(call.func)
        full = self.resolve(name)
        root, _, operation = (name or "").partition(".")
        last = full.rpartition(".")[2]
        is_method = isinstance(call.func, ast.Attribute)
        says_something = bool(call.args or call.keywords) or full != "print"
        if target is None and says_something and (level := self._level(full, root, last, is_method=is_method)):
            return "log", Facts(callee=name, level=level)
        if is_method and root in self.connections:
            connector = self.connections[root]
            is_http = _is_http(connector) and last in HTTP_METHODS
            facts = Facts(
                callee=name,
                connection=root,
                connector=connector,
                operation=operation,
                method=last if is_http else None,
                is_awaited=is_awaited,
            )
            return ("http_call" if is_http else "connector_call"), facts
        if isinstance(target, ast.Name) and is_connector(full):
            self.connections[target.id] = full
            return "connection", Facts(callee=name, connector=full, is_awaited=is_awaited)
        if full.partition(".")[0] in HTTP_LIBRARIES and (last in HTTP_METHODS or last == "urlopen"):
            return "http_call", Facts(callee=name, method=last, is_awaited=is_awaited)
        if full in _WAITS:
            return "wait", Facts(callee=name, is_awaited=is_awaited)
        if full == "logging.getLogger" and isinstance(target, ast.Name):
            self.loggers.add(target.id)
        if name is not None and name in self.functions:
            kind: Kind = "data_map_call" if "data_mapper" in self.functions[name] else "call"
            return kind, Facts(callee=name, function=name, is_awaited=is_awaited)
        return "call", Facts(callee=name, is_awaited=True) if is_awaited else Facts(callee=name)

    def _level(self, full: str, root: str, last: str, *, is_method: bool) -> str | None:
        if full == "print":
            return "print"
        if is_method and last in LEVELS and (root in self.loggers or full.startswith("logging.")):
            return last
        return None


def is_connector(full: str) -> bool:
    """Whether a full name is a class whose instances are connections."""
    module, _, last = full.rpartition(".")
    if not last[:1].isupper():
        return False
    if module.startswith((CONNECTORS + ".", OWN + ".")):
        return last.endswith("Client")  # other classes there are what operations take and give
    return full.partition(".")[0] in HTTP_LIBRARIES and last in _HTTP_CLIENTS


def decorator_name(text: str) -> str:
    """The last part of a decorator's name: `data_mapper` for `@kit.data_mapper(...)`."""
    return text.lstrip("@ \t").partition("(")[0].strip().rpartition(".")[2]


def _is_http(connector: str) -> bool:
    return connector.partition(".")[0] in HTTP_LIBRARIES or connector.startswith(CONNECTORS + ".http.")


def _functions(tree: Tree) -> dict[str, tuple[str, ...]]:
    """The decorators of each function by its name."""
    found: dict[str, tuple[str, ...]] = {}
    for item, _ in walk(tree.root):
        if item.word != "def":
            continue
        named = _FUNCTION.match(tree.text, item.proper)
        if named:
            names = tuple(decorator_name(tree.text[start:end]) for start, end in item.decorators)
            found[named.group(1)] = found.get(named.group(1), ()) + names
    return found
