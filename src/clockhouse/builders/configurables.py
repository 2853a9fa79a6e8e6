"""What a Ballerina project asks to be configured with: its `configurable` variables, read from the sources alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from clockhouse.builders.base import Problem

_TOKEN = re.compile(
    r"""(?P<space>[ \t\r]+) | (?P<line>\n) | (?P<comment>//[^\n]*) | (?P<doc>\#[^\n]*)
      | (?P<text>"(?:\\.|[^"\\\n])*") | (?P<template>`[^`]*`)
      | (?P<number>0[xX][0-9A-Fa-f]+ | (?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[dDfF]?)
      | (?P<name>'?[A-Za-z_][A-Za-z0-9_]*)
      | (?P<mark>\{\||\|\}|\.\.\.|.)""",
    re.VERBOSE,
)
_ESCAPE = re.compile(r'\\(?:u\{([0-9A-Fa-f]+)\}|([ntr"\\]))')
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\"}
_SIMPLE = {"string": "text", "int": "integer", "float": "number", "decimal": "number", "boolean": "flag"}
_NEEDED = object()  # in the place of a default: `= ?`
_COMPUTED = object()  # a default that only running the code tells
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
class _Named:
    """A default that the code has a name for."""

    name: str


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a record. `default` is a value, or tells that there is none or that it is computed."""

    name: str
    type: Type
    is_optional: bool
    default: Any = _NEEDED
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
    declared: list[tuple[str, _Declared]] = []
    for path, text in files.items():
        try:
            declared += [(path, each) for each in _Reader(text).declarations()]
        except _Unreadable as error:
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
    required = is_needed and whole.default is _NEEDED and not whole.is_optional
    kind = whole.type
    if kind.name == "record" and not kind.is_nilable:
        given = whole.default if isinstance(whole.default, dict) else {}
        for each in kind.fields:
            inner = replace(each, default=given.get(each.name, each.default))
            yield from _flat(module, path, inner, is_needed=required)
        return
    value = whole.default
    if isinstance(value, _Named):
        value = dict(kind.members).get(value.name, _COMPUTED)
    has_default = value is not _NEEDED and value is not _COMPUTED
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


class _Unreadable(Exception):
    def __init__(self, said: str, line: int) -> None:
        super().__init__(said)
        self.said = said
        self.line = line


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class _Raw:
    """A type as it is written. `name` is a simple or a defined type, a literal, or list[], record{}, union|, other."""

    name: str
    parts: tuple[_Raw, ...] = ()
    fields: tuple[_RawField, ...] = ()
    includes: tuple[str, ...] = ()
    is_nilable: bool = False


@dataclass(frozen=True, slots=True)
class _RawField:
    name: str
    type: _Raw
    is_optional: bool
    default: Any
    description: str
    is_secret: bool
    line: int


@dataclass(frozen=True, slots=True)
class _Declared:
    """A configurable variable, a type or an enum (`members`)."""

    what: str
    name: str
    type: _Raw = field(default_factory=lambda: _Raw("other"))
    default: Any = _NEEDED
    description: str = ""
    is_secret: bool = False
    members: tuple[tuple[str, str], ...] = ()
    line: int = 0


class _Resolver:
    """What names mean in a module; a circle of types ends as `other`, and so does what grows without end."""

    def __init__(self, types: Mapping[str, _Declared]) -> None:
        self._types = types
        self._left = _LOOKS_MAX

    def resolved(self, raw: _Raw, depth: int = 0) -> Type:
        self._left -= 1
        if self._left < 0:
            return Type("other")
        found = self._plain(raw, depth)
        return replace(found, is_nilable=True) if raw.is_nilable and not found.is_nilable else found

    def _plain(self, raw: _Raw, depth: int) -> Type:
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
            return Type("choice", choices=(_unquoted(raw.name),))
        told = self._types.get(raw.name)
        if told is None:
            return Type("other")
        if told.what == "enum":
            return Type("choice", choices=tuple(value for _, value in told.members), members=told.members)
        return self.resolved(told.type, depth + 1)

    def _union(self, raw: _Raw, depth: int) -> Type:
        parts = [self.resolved(part, depth + 1) for part in raw.parts if part.name != "()"]
        is_nilable = len(parts) < len(raw.parts) or any(part.is_nilable for part in parts)
        if len(parts) == 1:
            return replace(parts[0], is_nilable=is_nilable)
        if parts and all(part.name == "choice" for part in parts):
            choices = tuple(dict.fromkeys(choice for part in parts for choice in part.choices))
            return Type("choice", choices=choices, is_nilable=is_nilable)
        return Type("other", is_nilable=is_nilable)

    def _fields(self, raw: _Raw, depth: int) -> list[Field]:
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


class _Reader:
    """The declarations of one file that matter; whatever else is in it is passed over."""

    def __init__(self, text: str) -> None:
        self._tokens = list(_tokens(text))
        self._at = 0
        self._lines = text.count("\n") + 1

    def declarations(self) -> Iterator[_Declared]:
        documentation: list[str] = []
        is_secret = False
        while self._at < len(self._tokens):
            token = self._tokens[self._at]
            if token.kind == "doc":
                documentation.append(token.text.lstrip("#").strip())
                self._at += 1
            elif token.text == "@":
                is_secret = self._annotation() or is_secret
            elif token.text in ("public", "isolated", "final") and token.kind == "name":
                self._at += 1
            else:
                yield from self._declaration(token, _sentence(documentation), is_secret=is_secret)
                documentation, is_secret = [], False

    def _declaration(self, token: _Token, description: str, *, is_secret: bool) -> Iterator[_Declared]:
        self._at += 1
        if token.kind == "name" and token.text == "configurable":
            yield self._configurable(token.line, description, is_secret=is_secret)
        elif token.kind == "name" and token.text == "type":
            name = _name(self._next().text)
            yield _Declared("type", name, self._type())
            self._pass_over()
        elif token.kind == "name" and token.text == "enum":
            name = _name(self._next().text)
            yield _Declared("enum", name, members=tuple(self._members()))
        else:
            self._at -= 1
            self._pass_over()

    def _configurable(self, line: int, description: str, *, is_secret: bool) -> _Declared:
        kind = self._type()
        name = _name(self._next("name").text)
        self._expect("=")
        if self._peek() == "?":
            self._at += 1
            default: Any = _NEEDED
        else:
            default = self._default()
        self._pass_over()
        return _Declared("configurable", name, kind, default, description, is_secret or _sounds_secret(name), line=line)

    def _members(self) -> Iterator[tuple[str, str]]:
        self._expect("{")
        while self._peek() != "}":
            token = self._next()
            if token.kind in ("doc",) or token.text == ",":
                continue
            name = value = _name(token.text)
            if self._peek() == "=":
                self._at += 1
                value = _unquoted(self._next("text").text)
            yield name, value
        self._at += 1

    def _type(self) -> _Raw:
        parts = [self._intersection()]
        while self._peek() == "|":
            self._at += 1
            parts.append(self._intersection())
        return parts[0] if len(parts) == 1 else _Raw("union|", tuple(parts))

    def _intersection(self) -> _Raw:
        parts = [self._postfix()]
        while self._peek() == "&":
            self._at += 1
            parts.append(self._postfix())
        whole = [part for part in parts if part.name != "readonly"]
        return whole[0] if len(whole) == 1 else _Raw("other")

    def _postfix(self) -> _Raw:
        found = self._primary()
        while self._peek() in ("[", "?"):
            if self._next().text == "?":
                found = replace(found, is_nilable=True)
                continue
            while self._next().text != "]":
                pass
            found = _Raw("list[]", (found,))
        return found

    def _primary(self) -> _Raw:
        token = self._next()
        if token.text == "record":
            return self._record()
        if token.text == "(":
            if self._peek() == ")":
                self._at += 1
                return _Raw("()")
            inner = self._type()
            self._expect(")")
            return inner
        if token.kind == "text":
            return _Raw(token.text)
        if token.text in ("map", "table", "stream", "typedesc", "xml") and self._peek() == "<":
            self._balanced("<", ">")
            if self._peek() == "key":
                self._at += 1
                self._balanced(*(("<", ">") if self._peek() == "<" else ("(", ")")))
            return _Raw("other")
        if token.kind != "name":
            raise _Unreadable(f"“{token.text}” is no type", token.line)
        if self._peek() == ":":
            self._at += 2
            return _Raw("other")
        return _Raw(_name(token.text))

    def _record(self) -> _Raw:
        opening = self._next()
        closing = {"{": "}", "{|": "|}"}.get(opening.text)
        if closing is None:
            raise _Unreadable("a record begins with {", opening.line)
        fields: list[_RawField] = []
        includes: list[str] = []
        documentation: list[str] = []
        is_secret = False
        while self._peek() != closing:
            token = self._tokens[self._at]
            if token.kind == "doc":
                self._at += 1
                documentation.append(token.text.lstrip("#").strip())
            elif token.text == "@":
                is_secret = self._annotation() or is_secret
            elif token.text == "*":
                self._at += 1
                includes.append(_name(self._next().text))
                self._expect(";")
            else:
                made = self._field(_sentence(documentation), is_secret=is_secret)
                documentation, is_secret = [], False
                if made is not None:
                    fields.append(made)
        self._at += 1
        return _Raw("record{}", fields=tuple(fields), includes=tuple(includes))

    def _field(self, description: str, *, is_secret: bool) -> _RawField | None:
        kind = self._type()
        if self._peek() == "...":
            self._at += 1
            self._expect(";")
            return None
        token = self._next("name")
        name, is_optional, default = _name(token.text), False, _NEEDED
        if self._peek() == "?":
            self._at += 1
            is_optional = True
        if self._peek() == "=":
            self._at += 1
            default = self._default()
        self._expect(";")
        return _RawField(name, kind, is_optional, default, description, is_secret or _sounds_secret(name), token.line)

    def _default(self) -> Any:
        """The value of an expression that is written out; else that it is computed. Stops before its `;`."""
        start = self._at
        try:
            value = self._literal()
            if self._peek() in (";", None):
                return value
        except (_Unreadable, ValueError):
            pass
        self._at = start
        self._to_semicolon()
        return _COMPUTED

    def _literal(self) -> Any:
        token = self._next()
        if token.kind == "text":
            return _unquoted(token.text)
        if token.text in ("-", "+"):
            value = self._literal()
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise ValueError
            return -value if token.text == "-" else value
        if token.kind == "number":
            return _number(token.text)
        if token.text in ("true", "false"):
            return token.text == "true"
        if token.kind == "name" and self._peek() in (";", ",", "}", "]"):
            return _Named(_name(token.text))
        if token.text == "(" and self._peek() == ")":
            self._at += 1
            return None
        if token.text == "[":
            return list(self._separated("]", self._literal))
        if token.text == "{":
            return dict(self._separated("}", self._pair))
        raise ValueError

    def _pair(self) -> tuple[str, Any]:
        token = self._next()
        name = _unquoted(token.text) if token.kind == "text" else _name(token.text)
        self._expect(":")
        return name, self._literal()

    def _separated(self, closing: str, read: Any) -> Iterator[Any]:
        while self._peek() != closing:
            yield read()
            if self._peek() == ",":
                self._at += 1
            elif self._peek() != closing:
                raise ValueError
        self._at += 1

    def _annotation(self) -> bool:
        """Passes over one; whether it displays its value as a password."""
        start = self._at
        self._at += 2
        if self._peek() == ":":
            self._at += 2
        if self._peek() == "{":
            self._balanced("{", "}")
        words = [token.text for token in self._tokens[start : self._at]]
        return any(words[at : at + 3] == ["kind", ":", '"password"'] for at in range(len(words)))

    def _pass_over(self) -> None:
        """To the end of a declaration: behind its `;`, or behind the `}` of its body."""
        depth = 0
        while self._at < len(self._tokens):
            token = self._next()
            if token.text in ("{", "{|", "(", "["):
                depth += 1
            elif token.text in ("}", "|}", ")", "]"):
                depth -= 1
                if depth <= 0 and token.text == "}" and self._peek() != ";":
                    return
            elif token.text == ";" and depth <= 0:
                return

    def _to_semicolon(self) -> None:
        depth = 0
        while self._peek() is not None and not (self._peek() == ";" and depth <= 0):
            text = self._next().text
            depth += (text in ("{", "{|", "(", "[")) - (text in ("}", "|}", ")", "]"))

    def _balanced(self, opening: str, closing: str) -> None:
        self._expect(opening)
        depth = 1
        while depth:
            text = self._next().text
            depth += (text == opening) - (text == closing)

    def _expect(self, text: str) -> None:
        token = self._next()
        if token.text != text:
            raise _Unreadable(f"“{text}” is missing before “{token.text}”", token.line)

    def _next(self, kind: str | None = None) -> _Token:
        if self._at >= len(self._tokens):
            raise _Unreadable("the file ends in the middle of a declaration", self._lines)
        token = self._tokens[self._at]
        if kind is not None and token.kind != kind:
            raise _Unreadable(f"“{token.text}” is unexpected", token.line)
        self._at += 1
        return token

    def _peek(self) -> str | None:
        return self._tokens[self._at].text if self._at < len(self._tokens) else None


def _tokens(text: str) -> Iterator[_Token]:
    line, is_line_start = 1, True
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or "mark"
        if kind == "doc" and not is_line_start:
            kind = "comment"  # a # elsewhere is none of ours
        if kind not in ("space", "line", "comment"):
            yield _Token(kind, match[0], line)
        line += match[0].count("\n")
        is_line_start = kind == "line" or (is_line_start and kind == "space")


def _name(text: str) -> str:
    return text.removeprefix("'")


def _unquoted(text: str) -> str:
    return _ESCAPE.sub(lambda match: chr(int(match[1], 16)) if match[1] else _ESCAPED[match[2]], text[1:-1])


def _number(text: str) -> int | float:
    plain = text.rstrip("dDfF") if not text.lower().startswith("0x") else text
    return int(plain, 0) if re.fullmatch(r"0[xX][0-9A-Fa-f]+|\d+", plain) and plain == text else float(plain)


def _sounds_secret(name: str) -> bool:
    return re.search(r"(?i)(password|passphrase|secret|token|api_?key|private_?key)$", name) is not None


def _sentence(lines: list[str]) -> str:
    return " ".join(line for line in lines if line and not line.startswith(("+", "-")))


def _line_of(text: str, line: int) -> str | None:
    lines = text.splitlines()
    return lines[line - 1] if 1 <= line <= len(lines) else None
