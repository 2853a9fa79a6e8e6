"""What a Ballerina project asks to be configured with: its `configurable` variables, read from the sources alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from clockhouse.builders.ballerina_source import COMPUTED, NEEDED, Declared, Named, Raw, Reader, Unreadable, unquoted
from clockhouse.builders.base import Problem

_SIMPLE = {"string": "text", "int": "integer", "float": "number", "decimal": "number", "boolean": "flag"}
_DEPTH_MAX = 20
_LOOKS_MAX = 5000  # at types, for one variable


@dataclass(frozen=True, slots=True)
class Type:
    """A type as far as it matters here: `name` is a simple type's, or `list`, `record`, `choice`, `other`."""

    name: str
    item: Type | None = None
    fields: tuple[Field, ...] = ()
    choices: tuple[str, ...] = ()
    is_nilable: bool = False
    minimum: int | None = None
    maximum: int | None = None
    members: tuple[tuple[str, str], ...] = ()  # of an enum: what the code calls a choice, and the choice


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a record. `default` is a value, or tells that there is none or that it is computed."""

    name: str
    type: Type
    is_optional: bool
    default: Any = NEEDED
    description: str = ""
    is_secret: bool = False
    line: int = 0


@dataclass(frozen=True, slots=True)
class Configurable:
    """One value to be given. `path` is where it is in the module's part of Config.toml.

    `type` is one of text, integer, number, flag, list, choice, and json for what no form has a field for.
    """

    module: str
    path: tuple[str, ...]
    type: str
    item_type: str | None
    required: bool
    default: Any
    has_default: bool
    description: str
    choices: tuple[str, ...] = ()
    is_secret: bool = False
    minimum: int | None = None
    maximum: int | None = None
    line: int = 0


def read(sources: Mapping[str, str]) -> list[Configurable] | Problem:
    """The configurable values of a project's files, by path; those of modules/<name>/ belong to that module.

    Records are taken apart into their fields. The files of tests do not count.
    """
    modules: dict[str, dict[str, str]] = {}
    for path, text in sorted(sources.items()):
        parts = path.split("/")
        if not path.endswith(".bal") or "tests" in parts[:-1]:
            continue
        name = parts[1] if len(parts) == 3 and parts[0] == "modules" else ""
        if len(parts) == 1 or name or parts[0] == "generated":
            modules.setdefault(name, {})[path] = text
    found: list[Configurable] = []
    for name, files in modules.items():
        told = _module(name, files)
        if isinstance(told, Problem):
            return told
        found += told
    return found


def _module(name: str, files: Mapping[str, str]) -> list[Configurable] | Problem:
    declared: list[tuple[str, Declared]] = []
    for path, text in files.items():
        try:
            declared += [(path, each) for each in Reader(text).declarations()]
        except Unreadable as error:
            return Problem(
                f"This is not read as Ballerina: {error.said}.", path, error.line, _line_of(text, error.line)
            )
    types = {each.name: each for _, each in declared if each.what in ("type", "enum")}
    found: list[Configurable] = []
    for _, each in declared:
        if each.what == "configurable":
            known = _Resolver(types).resolved(each.type)
            whole = Field(each.name, known, False, each.default, each.description, each.is_secret, each.line)
            found += _flat(name, (), whole, is_needed=True)
    return found


def _flat(module: str, before: tuple[str, ...], whole: Field, *, is_needed: bool) -> Iterator[Configurable]:
    """The values of a variable or field. `is_needed`: whatever holds it is itself to be given."""
    path = (*before, whole.name)
    required = is_needed and whole.default is NEEDED and not whole.is_optional
    kind = whole.type
    if kind.name == "record" and not kind.is_nilable:
        given = whole.default if isinstance(whole.default, dict) else {}
        for each in kind.fields:
            inner = replace(each, default=given.get(each.name, each.default))
            yield from _flat(module, path, inner, is_needed=required)
        return
    value = whole.default
    if isinstance(value, Named):
        value = dict(kind.members).get(value.name, COMPUTED)
    has_default = value is not NEEDED and value is not COMPUTED
    default = value if has_default else None
    item = kind.item.name if kind.item is not None else None
    name = kind.name
    is_plain_list = name == "list" and item in _SIMPLE.values()
    if name in ("record", "other") or (name == "list" and not is_plain_list):
        name, item = "json", None
    yield Configurable(
        module=module,
        path=path,
        type=name,
        item_type=item,
        required=required,
        default=default,
        has_default=has_default and default is not None,
        description=whole.description,
        choices=kind.choices,
        is_secret=whole.is_secret and name == "text",
        minimum=kind.minimum,
        maximum=kind.maximum,
        line=whole.line,
    )


class _Resolver:
    """What names mean in a module; a circle of types ends as `other`, and so does what grows without end."""

    def __init__(self, types: Mapping[str, Declared]) -> None:
        self._types = types
        self._left = _LOOKS_MAX

    def resolved(self, raw: Raw, depth: int = 0) -> Type:
        self._left -= 1
        if self._left < 0:
            return Type("other")
        found = self._plain(raw, depth)
        return replace(found, is_nilable=True) if raw.is_nilable and not found.is_nilable else found

    def _plain(self, raw: Raw, depth: int) -> Type:
        if depth > _DEPTH_MAX:
            return Type("other")
        if raw.name in _SIMPLE:
            return Type(_SIMPLE[raw.name])
        if raw.name == "byte":
            return Type("integer", minimum=0, maximum=255)
        if raw.name == "list[]":
            return Type("list", item=self.resolved(raw.parts[0], depth + 1))
        if raw.name == "record{}":
            return Type("record", fields=tuple(self._fields(raw, depth + 1)))
        if raw.name == "union|":
            return self._union(raw, depth)
        if raw.name.startswith('"'):
            return Type("choice", choices=(unquoted(raw.name),))
        told = self._types.get(raw.name)
        if told is None:
            return Type("other")
        if told.what == "enum":
            return Type("choice", choices=tuple(value for _, value in told.members), members=told.members)
        return self.resolved(told.type, depth + 1)

    def _union(self, raw: Raw, depth: int) -> Type:
        parts = [self.resolved(part, depth + 1) for part in raw.parts if part.name != "()"]
        is_nilable = len(parts) < len(raw.parts) or any(part.is_nilable for part in parts)
        if len(parts) == 1:
            return replace(parts[0], is_nilable=is_nilable)
        if parts and all(part.name == "choice" for part in parts):
            choices = tuple(dict.fromkeys(choice for part in parts for choice in part.choices))
            return Type("choice", choices=choices, is_nilable=is_nilable)
        return Type("other", is_nilable=is_nilable)

    def _fields(self, raw: Raw, depth: int) -> list[Field]:
        """Its own, then those of the records that it includes and does not have itself."""
        if depth > _DEPTH_MAX:
            return []
        found = {
            each.name: Field(
                each.name,
                self.resolved(each.type, depth + 1),
                each.is_optional,
                each.default,
                each.description,
                each.is_secret,
                each.line,
            )
            for each in raw.fields
        }
        for name in raw.includes:
            told = self._types.get(name)
            if told is not None and told.what == "type":
                for each in self.resolved(told.type, depth + 1).fields:
                    found.setdefault(each.name, each)
        return list(found.values())


def _line_of(text: str, line: int) -> str | None:
    lines = text.splitlines()
    return lines[line - 1] if 1 <= line <= len(lines) else None
