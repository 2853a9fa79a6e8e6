"""An OpenAPI file (3.0 or 3.1, JSON or YAML) as the operations, records and sign-in that a client is made of."""

from __future__ import annotations

import json
import keyword
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import yaml

Json = Mapping[str, Any]
Place = Literal["path", "query", "header"]
Body = Literal["json", "form", "content"]
Result = Literal["json", "text", "bytes", "nothing"]
Sign = Literal["bearer", "basic", "header", "query"]

LARGEST_BYTES = 4_000_000
MOST_OPERATIONS = 500
_PLACES: Mapping[str, Place] = {"path": "path", "query": "query", "header": "header"}
_METHODS = ("get", "put", "post", "delete", "options", "head", "patch")
_MOST_LEVELS = 100
_DEEPEST = 12  # schemas inside schemas, and references to references
_MOST_ALTERNATIVES = 6
_SIMPLE = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}
_FIELDS = frozenset({"base_url", "token", "user", "password", "api_key", "timeout_seconds"})  # of a client
_RESERVED = frozenset(  # what a method itself names
    {"self", "body", "form", "content", "name", "value", "found", "segment", "plain", "bearer", "str"}
)
_SET_ELSEWHERE = frozenset({"authorization", "accept", "content-type"})  # headers, as OpenAPI says
_TAKEN = frozenset(
    {"Any", "Literal", "TypedDict", "NotRequired", "Secret", "Web", "None", "True", "False", "TITLE", "GROUP"}
)


class OpenApiError(Exception):
    """Why a file can't be made a client, and what to do."""


@dataclass(frozen=True, slots=True)
class Argument:
    """What an operation takes: `wire` is its name in the request, `name` in Python."""

    name: str
    wire: str
    place: Place
    type: str
    is_required: bool
    documentation: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One call. `body_type` is None when nothing is sent."""

    name: str
    method: str
    path: str
    documentation: str
    arguments: tuple[Argument, ...]
    body: Body | None
    body_type: str
    media_type: str
    is_body_required: bool
    result: Result
    result_type: str


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    type: str
    is_required: bool
    documentation: str


@dataclass(frozen=True, slots=True)
class Record:
    """A named object of the file."""

    name: str
    documentation: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class SignIn:
    """How a caller shows who it is; `wire` is the name of the header or of the value in the query."""

    kind: Sign
    wire: str
    documentation: str


@dataclass(frozen=True, slots=True)
class Api:
    """`base_url` is None when the file names no whole address."""

    title: str
    version: str
    documentation: str
    base_url: str | None
    sign_ins: tuple[SignIn, ...]
    operations: tuple[Operation, ...]
    records: tuple[Record, ...]


def read(text: str) -> Api:
    """What a file describes. Raises OpenApiError for one that is none, too large, or of another version."""
    return _Reader(_parsed(text)).api()


def identifier(words: str) -> str:
    """A name in Python's way: `list_pets` for listPets; never empty, a keyword, or one with an underscore in front."""
    spaced = re.sub(r"([a-z0-9])([A-Z])|([A-Z]+)(?=[A-Z][a-z])", _broken, words)
    name = re.sub(r"\W+", "_", spaced, flags=re.ASCII).strip("_").lower()
    name = re.sub(r"_+", "_", name)[:60].rstrip("_")
    if not name or name[0].isdigit():
        name = f"n{name}"
    return f"{name}_" if keyword.iskeyword(name) or keyword.issoftkeyword(name) else name


def _broken(match: re.Match[str]) -> str:
    return f"{match[1]}_{match[2]}" if match[1] else f"{match[3]}_"


def _parsed(text: str) -> Json:
    if len(text.encode(errors="replace")) > LARGEST_BYTES:
        raise OpenApiError(f"The file is larger than {LARGEST_BYTES // 1_000_000} MB. Leave out what is not needed.")
    try:
        found = json.loads(text) if text.lstrip().startswith("{") else _yaml(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = "" if mark is None else f" in line {mark.line + 1}"
        raise OpenApiError(f"The file is neither JSON nor YAML: something is wrong{where}.") from None
    except json.JSONDecodeError as error:
        raise OpenApiError(f"The file is no JSON: {error.msg} in line {error.lineno}.") from None
    except (ValueError, RecursionError):
        raise OpenApiError("The file can't be read: a value in it is out of bounds.") from None
    if not isinstance(found, dict):
        raise OpenApiError("The file is no OpenAPI description: it has no names at its top.")
    if "swagger" in found:
        raise OpenApiError(
            "The file is of Swagger 2. Convert it to OpenAPI 3, as editor.swagger.io does, and try again."
        )
    if not re.fullmatch(r"3\.[01](\..*)?", str(found.get("openapi", ""))):
        raise OpenApiError("The file is no description of OpenAPI 3.0 or 3.1: `openapi` at its top says which it is.")
    return found


def _yaml(text: str) -> Any:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    depth = 0
    for event in yaml.parse(text, Loader=loader):
        # The fast loader calls itself for each level, without a limit: 100,000 brackets end the whole process.
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _MOST_LEVELS:
            raise OpenApiError(f"The file has more than {_MOST_LEVELS} levels of values in values.")
    return yaml.load(text, Loader=loader)  # noqa: S506  # both are safe ones


class _Reader:
    """Goes through one file; records are found as operations refer to them."""

    def __init__(self, root: Json) -> None:
        self._root = root
        self._names: dict[str, str] = {}  # of a record or type, by the reference to it
        self._waiting: list[str] = []
        self._taken: set[str] = set()

    def api(self) -> Api:
        info = _mapping(self._root.get("info"))
        operations = tuple(self._operations())
        if not operations:
            raise OpenApiError("The file has no operations: there is nothing to call.")
        return Api(
            _line(info.get("title")) or "API",
            _line(info.get("version")),
            _line(info.get("description")),
            self._base_url(),
            tuple(self._sign_ins()),
            operations,
            tuple(self._records()),
        )

    def _base_url(self) -> str | None:
        servers = self._root.get("servers")
        first = _mapping(servers[0]) if isinstance(servers, list) and servers else {}
        address = str(first.get("url", ""))
        for name, variable in _mapping(first.get("variables")).items():
            address = address.replace(f"{{{name}}}", str(_mapping(variable).get("default", "")))
        return address.rstrip("/") if re.match(r"https?://", address) else None

    def _sign_ins(self) -> Iterator[SignIn]:
        schemes = _mapping(_mapping(self._root.get("components")).get("securitySchemes"))
        seen = set()
        for scheme in map(self._resolved, schemes.values()):
            kind, told = scheme.get("type"), _line(scheme.get("description"))
            found: tuple[Sign, str] | None = None
            if kind in ("oauth2", "openIdConnect") or (
                kind == "http" and str(scheme.get("scheme")).lower() == "bearer"
            ):
                found = "bearer", ""
            elif kind == "http" and str(scheme.get("scheme")).lower() == "basic":
                found = "basic", ""
            elif kind == "apiKey" and scheme.get("in") == "header":
                found = "header", str(scheme.get("name"))
            elif kind == "apiKey" and scheme.get("in") == "query":
                found = "query", str(scheme.get("name"))
            if found is not None and found[0] not in seen:
                seen.add(found[0])
                yield SignIn(*found, told)

    def _operations(self) -> Iterator[Operation]:
        names = set(_FIELDS)
        for path, item in _mapping(self._root.get("paths")).items():
            shared = self._resolved(item)
            for method in _METHODS:
                if isinstance(shared.get(method), dict):
                    if len(names) >= MOST_OPERATIONS + len(_FIELDS):
                        raise OpenApiError(
                            f"The file has more than {MOST_OPERATIONS} operations. Leave out those that are not needed."
                        )
                    yield self._operation(str(path), method, shared, names)

    def _operation(self, path: str, method: str, item: Json, names: set[str]) -> Operation:
        written = _mapping(item[method])
        name = _unique(identifier(str(written.get("operationId") or f"{method} {path}")), names)
        body, body_type, media_type, is_required = self._body(written)
        result, result_type = self._result(written)
        told = [_line(written.get("summary")), _line(written.get("description"))]
        return Operation(
            name,
            method.upper(),
            path,
            " ".join(dict.fromkeys(filter(None, told))),
            tuple(self._arguments(path, item, written)),
            body,
            body_type,
            media_type,
            is_required,
            result,
            result_type,
        )

    def _arguments(self, path: str, item: Json, written: Json) -> Iterator[Argument]:
        found = self._parameters([*_list(item.get("parameters")), *_list(written.get("parameters"))])
        names: set[str] = set(_RESERVED)
        for (wire, place), parameter in found.items():
            yield Argument(
                _unique(identifier(wire), names),
                wire,
                place,
                self._type(parameter.get("schema")),
                place == "path" or parameter.get("required") is True,
                _line(parameter.get("description")),
            )
        for wire in re.findall(r"\{([^{}]+)\}", path):
            if (wire, "path") not in found:
                yield Argument(_unique(identifier(wire), names), wire, "path", "str", True, "")

    def _parameters(self, written: list[Any]) -> dict[tuple[str, Place], Json]:
        """What a caller gives, by name and place; the later of two counts."""
        found: dict[tuple[str, Place], Json] = {}
        for each in written:
            parameter = self._resolved(each)
            wire, place = parameter.get("name"), _PLACES.get(str(parameter.get("in")))
            if place is None or not isinstance(wire, str | int):
                continue
            if place != "header" or str(wire).lower() not in _SET_ELSEWHERE:
                found[str(wire), place] = parameter
        return found

    def _body(self, written: Json) -> tuple[Body | None, str, str, bool]:
        request = self._resolved(written.get("requestBody"))
        content = _mapping(request.get("content"))
        if not content:
            return None, "", "", False
        is_required = request.get("required") is True
        for media_type, described in content.items():
            if _is_json(media_type):
                return "json", self._type(_mapping(described).get("schema")), media_type, is_required
        if "application/x-www-form-urlencoded" in content:
            return "form", "dict[str, Any]", "application/x-www-form-urlencoded", is_required
        return "content", "bytes | str", str(next(iter(content))), is_required

    def _result(self, written: Json) -> tuple[Result, str]:
        answers = _mapping(written.get("responses"))
        good = [answers[code] for code in answers if str(code).startswith("2")] or [answers.get("default")]
        content = _mapping(self._resolved(good[0]).get("content"))
        if not content:
            return "nothing", "None"
        for media_type, described in content.items():
            if _is_json(media_type):
                return "json", self._type(_mapping(described).get("schema"))
        return ("text", "str") if str(next(iter(content))).startswith("text/") else ("bytes", "bytes")

    def _type(self, schema: Any, depth: int = 0) -> str:
        """The type of what a schema allows, as Python writes it."""
        if not isinstance(schema, dict) or depth > _DEEPEST:
            return "Any"
        if "$ref" in schema:
            return self._type_of_reference(str(schema["$ref"]), depth)
        kinds = schema.get("type")
        if isinstance(kinds, list):  # as 3.1 has it
            return _either([self._type({**schema, "type": kind}, depth + 1) for kind in kinds])
        found = self._plain_type(schema, depth)
        return _either([found, "None"]) if schema.get("nullable") is True else found

    def _plain_type(self, schema: Json, depth: int) -> str:
        choices = schema.get("enum", [schema["const"]] if "const" in schema else None)
        if isinstance(choices, list) and choices and all(isinstance(each, str) for each in choices):
            return f"Literal[{', '.join(map(repr, choices))}]" if len(choices) <= 20 else "str"
        for name in ("oneOf", "anyOf"):
            if alternatives := _list(schema.get(name)):
                return _either([self._type(each, depth + 1) for each in alternatives])
        if len(whole := _list(schema.get("allOf"))) == 1:
            return self._type(whole[0], depth + 1)
        kind = schema.get("type")
        if kind == "array":
            return f"list[{self._type(schema.get('items'), depth + 1)}]"
        if isinstance(kind, str) and kind in _SIMPLE:
            return _SIMPLE[kind]
        if kind == "object" or "properties" in schema or whole:
            more = schema.get("additionalProperties")
            return f"dict[str, {self._type(more, depth + 1) if isinstance(more, dict) else 'Any'}]"
        return "Any"

    def _type_of_reference(self, reference: str, depth: int) -> str:
        if reference in self._names:
            return self._names[reference]
        schema = self._at(reference)
        if not self._is_record(schema):
            self._names[reference] = "Any"  # inside itself; without it, a few wide circles take for ever
            self._names[reference] = self._type(schema, depth + 1)
            return self._names[reference]
        words = re.sub(r"\W+", " ", reference.rpartition("/")[2], flags=re.ASCII).split()
        name = "".join(word[:1].upper() + word[1:] for word in words)[:60]
        if not name or not name[0].isalpha():
            name = f"Record{name}"
        if name.endswith("Client") or name in _TAKEN:
            name += "Record"
        count = 1
        while (unique := name if count == 1 else f"{name}{count}") in self._taken:
            count += 1
        self._taken.add(unique)
        self._names[reference] = unique
        self._waiting.append(reference)
        return unique

    def _is_record(self, schema: Json) -> bool:
        return bool(self._properties(schema)[0]) and "oneOf" not in schema and "anyOf" not in schema

    def _records(self) -> Iterator[Record]:
        done = 0
        while done < len(self._waiting):
            reference = self._waiting[done]
            schema = self._at(reference)
            properties, required = self._properties(schema)
            fields = tuple(
                Field(str(name), self._type(each), name in required, _line(_mapping(each).get("description")))
                for name, each in properties.items()
            )
            yield Record(self._names[reference], _line(schema.get("description")), fields)
            done += 1

    def _properties(self, schema: Json) -> tuple[dict[str, Any], set[str]]:
        """The fields of an object, with those of all that it is made of; and the names of those it must have."""
        found: dict[str, Any] = {}
        required: set[str] = set()
        for part in self._made_of(schema, set()):
            found |= _mapping(part.get("properties"))
            required |= {name for name in _list(part.get("required")) if isinstance(name, str)}
        return found, required

    def _made_of(self, schema: Json, seen: set[int], depth: int = 0) -> Iterator[Json]:
        """A schema after all that its allOf names, each once."""
        if id(schema) in seen or depth > _DEEPEST:
            return
        seen.add(id(schema))
        for part in _list(schema.get("allOf")):
            yield from self._made_of(self._resolved(part), seen, depth + 1)
        yield schema

    def _resolved(self, value: Any) -> Json:
        """A part of the file, or what it refers to; nothing for what is no object."""
        for _ in range(_DEEPEST):
            if not isinstance(value, dict) or not isinstance(value.get("$ref"), str):
                return _mapping(value)
            value = self._at(value["$ref"])
        raise OpenApiError("The file has references that lead in a circle.")

    def _at(self, reference: str) -> Json:
        if not reference.startswith("#/"):
            raise OpenApiError(
                f"The file refers to another one ({reference[:100]}). Put all of it into one file first."
            )
        found: Any = self._root
        for part in reference[2:].split("/"):
            name = part.replace("~1", "/").replace("~0", "~")
            if not isinstance(found, dict) or name not in found:
                raise OpenApiError(f"The file refers to {reference[:100]}, which it does not have.")
            found = found[name]
        return _mapping(found)


def _either(types: list[str]) -> str:
    unique = sorted(dict.fromkeys(types), key=lambda each: each == "None")
    return "Any" if "Any" in unique or len(unique) > _MOST_ALTERNATIVES else " | ".join(unique)


def _unique(name: str, names: set[str]) -> str:
    found, number = name, 2
    while found in names:
        found, number = f"{name}_{number}", number + 1
    names.add(found)
    return found


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _is_json(media_type: object) -> bool:
    plain = str(media_type).partition(";")[0].strip().lower()
    return plain == "application/json" or plain.endswith("+json") or plain == "*/*"


def _line(value: Any) -> str:
    """The first paragraph of a text, as one line, not too long."""
    words = str(value).strip().split("\n\n")[0].split() if isinstance(value, str | int | float) else []
    text = " ".join(words)
    return text if len(text) <= 300 else text[:299].rsplit(" ", 1)[0] + " …"
