"""The module of a client, from what an OpenAPI file describes: readable Python that belongs to the component."""

from __future__ import annotations

import json
import keyword
import re
import textwrap
from collections.abc import Iterator

from clockhouse.flows import openapi
from clockhouse.flows.openapi import Api, Argument, Operation, Record, SignIn

WIDTH = 110
_FIELDS = {
    "bearer": [("token", "Secret | None", "None", "The token that is shown with each call.")],
    "basic": [
        ("user", "str | None", "None", "Who signs in."),
        ("password", "Secret | None", "None", "The password of that user."),
    ],
    "header": [("api_key", "Secret | None", "None", "The key that is shown with each call.")],
    "query": [("api_key", "Secret | None", "None", "The key that is shown with each call.")],
}


def module(text: str) -> str:
    """The source of a module with a class Client for an OpenAPI file. Raises OpenApiError for a file that is none."""
    return written(openapi.read(text))


def named(text: str) -> tuple[str, str]:
    """What such a module is best called, as `pet_store` for the Pet Store API, and its source; see `module`."""
    api = openapi.read(text)
    title = re.sub(r"(?i)\b(open)?api\b|\brest\b", " ", api.title)
    return openapi.identifier(title) if title.strip() else "client", written(api)


def written(api: Api) -> str:
    """The module as text; it ends with a line break."""
    body = "\n\n\n".join(["\n".join(_client(api)), *("\n".join(_record(each)) for each in api.records)])
    title = _plain(f"{api.title} {api.version}".strip())
    head = [
        f'"""A client of {title}, made from its OpenAPI file. It belongs to this component: change what you like."""'
    ]
    return "\n".join(
        [*head, "", "from __future__ import annotations", "", *_imports(api, body), "", *_top(api), body, ""]
    )


def _imports(api: Api, body: str) -> Iterator[str]:
    yield "from dataclasses import dataclass"
    yield "from functools import cached_property"
    names = [name for name in ("Any", "Literal", "NotRequired", "TypedDict") if re.search(rf"\b{name}\b", body)]
    if names:
        yield f"from typing import {', '.join(names)}"
    yield ""
    helpers = ["Web", *(name for name in ("bearer", "plain", "segment") if f"{name}(" in body)]
    yield f"from clockhouse.connectors.web import {', '.join(helpers)}"
    if api.sign_ins:
        yield "from clockhouse.kit import Secret"


def _top(api: Api) -> list[str]:
    return [f"TITLE = {_quoted(api.title)}", 'GROUP = "Own"', "", ""]


def _client(api: Api) -> Iterator[str]:
    yield "@dataclass(frozen=True)"
    yield "class Client:"
    yield from _docstring(api.documentation or f"{api.title}.", 4)
    yield ""
    default = "" if api.base_url is None else f" = {_quoted(api.base_url)}"
    yield f"    base_url: str{default}"
    yield '    """Where the API is."""'
    seen = set()
    for each in api.sign_ins:
        for name, kind, value, told in _FIELDS[each.kind]:
            if name not in seen:
                seen.add(name)
                yield f"    {name}: {kind} = {value}"
                yield from _docstring(each.documentation if each.documentation and name != "user" else told, 4)
    yield "    timeout_seconds: float = 30.0"
    yield '    """How long to wait for a sign of life."""'
    yield ""
    yield "    @cached_property"
    yield "    def _web(self) -> Web:"
    yield from _web(api)
    for operation in api.operations:
        yield ""
        yield from _operation(operation, api.sign_ins)


def _web(api: Api) -> Iterator[str]:
    kinds = {each.kind: each for each in api.sign_ins}
    headers = ["**bearer(self.token)"] if "bearer" in kinds else []
    if "header" in kinds:
        headers.append(f"**({{{_quoted(kinds['header'].wire)}: self.api_key.reveal()}} if self.api_key else {{}})")
    yield "        return Web("
    yield f"            {_quoted(api.title)},"
    yield "            self.base_url,"
    if headers:
        yield f"            headers={{{', '.join(headers)}}},"
    if "basic" in kinds:
        yield '            login=None if self.user is None else (self.user, plain(self.password or "")),'
    if "header" in kinds or "query" in kinds:
        yield "            hidden=(self.api_key,),"
    yield "            timeout_seconds=self.timeout_seconds,"
    yield "        )"


def _operation(operation: Operation, sign_ins: tuple[SignIn, ...]) -> Iterator[str]:
    yield from _signature(operation)
    yield from _docstring(_told(operation), 8)
    arguments = [f'"{operation.method}"', _path(operation)]
    query = [*_pairs(operation, "query"), *_key_of(sign_ins)]
    if query:
        arguments.append(f"query={{{', '.join(query)}}}")
    headers = list(_pairs(operation, "header"))
    if operation.body == "content" and operation.media_type != "*/*":
        headers.insert(0, f'"Content-Type": {_quoted(operation.media_type)}')
    if headers:
        pairs = ", ".join(headers)
        arguments.append(f"headers={{name: str(value) for name, value in {{{pairs}}}.items() if value is not None}}")
    if operation.body is not None:
        sent = "body" if operation.body == "json" else operation.body
        arguments.append(f"{operation.body}={sent}")
    yield from _call(operation, arguments)


def _call(operation: Operation, arguments: list[str]) -> Iterator[str]:
    begin = "" if operation.result == "nothing" else "return " if operation.result != "json" else "found: "
    if operation.result == "json":
        begin = f"found: {operation.result_type} = "
    end = {"json": ".json()", "text": ".text", "bytes": ".content", "nothing": ""}[operation.result]
    line = f"        {begin}self._web.call({', '.join(arguments)}){end}"
    if len(line) <= WIDTH + 10:
        yield line
    else:
        yield f"        {begin}self._web.call("
        yield from (f"            {each}," for each in arguments)
        yield f"        ){end}"
    if operation.result == "json":
        yield "        return found"


def _signature(operation: Operation) -> Iterator[str]:
    given = [f"{each.name}: {each.type}" for each in operation.arguments if each.is_required]
    sent = [] if operation.body is None else [f"{'body' if operation.body == 'json' else operation.body}: "]
    options = [f"{each.name}: {_optional(each.type)} = None" for each in operation.arguments if not each.is_required]
    if sent and operation.is_body_required:
        given.append(sent[0] + operation.body_type)
    elif sent:
        options.insert(0, f"{sent[0]}{_optional(operation.body_type)} = None")
    parameters = ["self", *given, *(["*", *options] if options else [])]
    line = f"    def {operation.name}({', '.join(parameters)}) -> {operation.result_type}:"
    if len(line) <= WIDTH + 10:
        yield line
    else:
        yield f"    def {operation.name}("
        yield from (f"        {each}," for each in parameters)
        yield f"    ) -> {operation.result_type}:"


def _optional(kind: str) -> str:
    return kind if kind == "Any" or kind.endswith("None") else f"{kind} | None"


def _told(operation: Operation) -> str:
    first = operation.documentation or f"{operation.method} {operation.path}"
    sentences = [first if first.endswith((".", "!", "?", "…")) else f"{first}."]
    for each in operation.arguments:
        if each.documentation:
            words = each.documentation.rstrip(".")
            sentences.append(f"`{each.name}`: {words}.")
    return " ".join(sentences)


def _path(operation: Operation) -> str:
    by_wire = {each.wire: each.name for each in operation.arguments if each.place == "path"}
    pieces = re.split(r"\{([^{}]+)\}", operation.path)
    if len(pieces) == 1:
        return _quoted(operation.path)
    parts = [
        _quoted(piece)[1:-1].replace("{", "{{").replace("}", "}}") if at % 2 == 0 else f"{{segment({by_wire[piece]})}}"
        for at, piece in enumerate(pieces)
    ]
    return f'f"{"".join(parts)}"'


def _pairs(operation: Operation, place: str) -> Iterator[str]:
    return (f"{_quoted(each.wire)}: {each.name}" for each in _of(operation, place))


def _of(operation: Operation, place: str) -> Iterator[Argument]:
    return (each for each in operation.arguments if each.place == place)


def _key_of(sign_ins: tuple[SignIn, ...]) -> Iterator[str]:
    for each in sign_ins:
        if each.kind == "query":
            yield f"{_quoted(each.wire)}: plain(self.api_key) if self.api_key else None"


def _record(record: Record) -> Iterator[str]:
    if all(each.name.isidentifier() and not _is_special(each.name) for each in record.fields):
        yield f"class {record.name}(TypedDict):"
        yield from _docstring(record.documentation or f"{record.name}.", 4)
        yield ""
        for each in record.fields:
            yield f"    {each.name}: {each.type if each.is_required else f'NotRequired[{each.type}]'}"
            if each.documentation:
                yield from _docstring(each.documentation, 4)
        return
    yield f"{record.name} = TypedDict("
    yield f"    {_quoted(record.name)},"
    yield "    {"
    for each in record.fields:
        kind = each.type if each.is_required else f"NotRequired[{each.type}]"
        yield f"        {_quoted(each.name)}: {_quoted(kind)},"
    yield "    },"
    yield ")"


def _is_special(name: str) -> bool:
    return keyword.iskeyword(name) or name.startswith("__")


def _docstring(text: str, indent: int) -> Iterator[str]:
    """A text as a docstring: its first sentence or line, and the rest below."""
    space = " " * indent
    words = _plain(text)
    whole = f'{space}"""{words}"""'
    if len(whole) <= WIDTH:
        yield whole
        return
    first, *rest = textwrap.wrap(words, WIDTH - indent - 3) or [""]
    yield f'{space}"""{first}'
    yield from (f"{space}{line}" for line in rest)
    yield f'{space}"""'


def _plain(text: str) -> str:
    """A text that can stand in a docstring without ending or escaping it."""
    words = "".join(each if each.isprintable() else " " for each in text)
    return " ".join(words.replace("\\", "/").replace('"', "”").split()) or "-"


def _quoted(text: str) -> str:
    """A string in Python with double quotes; JSON's are of the same form."""
    return json.dumps("".join(each for each in text if not "\ud800" <= each <= "\udfff"), ensure_ascii=False)
