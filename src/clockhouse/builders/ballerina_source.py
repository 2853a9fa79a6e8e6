"""Ballerina sources, read as far as their configurable variables and the types of these go."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

NEEDED = object()  # in the place of a default: `= ?`
COMPUTED = object()  # a default that only running the code tells
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


@dataclass(frozen=True, slots=True)
class Named:
    """A default that the code has a name for."""

    name: str


class Unreadable(Exception):
    """It is not Ballerina as far as this goes; `line` counts from 1."""

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
class Raw:
    """A type as it is written. `name` is a simple or a defined type, a literal, or list[], record{}, union|, other."""

    name: str
    parts: tuple[Raw, ...] = ()
    fields: tuple[RawField, ...] = ()
    includes: tuple[str, ...] = ()
    is_nilable: bool = False


@dataclass(frozen=True, slots=True)
class RawField:
    name: str
    type: Raw
    is_optional: bool
    default: Any
    description: str
    is_secret: bool
    line: int


@dataclass(frozen=True, slots=True)
class Declared:
    """A configurable variable, a type or an enum (`members`)."""

    what: str
    name: str
    type: Raw = field(default_factory=lambda: Raw("other"))
    default: Any = NEEDED
    description: str = ""
    is_secret: bool = False
    members: tuple[tuple[str, str], ...] = ()
    line: int = 0


class Reader:
    """The declarations of one file that matter; whatever else is in it is passed over."""

    def __init__(self, text: str) -> None:
        self._tokens = list(_tokens(text))
        self._at = 0
        self._lines = text.count("\n") + 1

    def declarations(self) -> Iterator[Declared]:
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

    def _declaration(self, token: _Token, description: str, *, is_secret: bool) -> Iterator[Declared]:
        self._at += 1
        if token.kind == "name" and token.text == "configurable":
            yield self._configurable(token.line, description, is_secret=is_secret)
        elif token.kind == "name" and token.text == "type":
            name = _name(self._next().text)
            yield Declared("type", name, self._type())
            self._pass_over()
        elif token.kind == "name" and token.text == "enum":
            name = _name(self._next().text)
            yield Declared("enum", name, members=tuple(self._members()))
        else:
            self._at -= 1
            self._pass_over()

    def _configurable(self, line: int, description: str, *, is_secret: bool) -> Declared:
        kind = self._type()
        name = _name(self._next("name").text)
        self._expect("=")
        if self._peek() == "?":
            self._at += 1
            default: Any = NEEDED
        else:
            default = self._default()
        self._pass_over()
        return Declared("configurable", name, kind, default, description, is_secret or _sounds_secret(name), line=line)

    def _members(self) -> Iterator[tuple[str, str]]:
        self._expect("{")
        while self._peek() != "}":
            token = self._next()
            if token.kind in ("doc",) or token.text == ",":
                continue
            name = value = _name(token.text)
            if self._peek() == "=":
                self._at += 1
                value = unquoted(self._next("text").text)
            yield name, value
        self._at += 1

    def _type(self) -> Raw:
        parts = [self._intersection()]
        while self._peek() == "|":
            self._at += 1
            parts.append(self._intersection())
        return parts[0] if len(parts) == 1 else Raw("union|", tuple(parts))

    def _intersection(self) -> Raw:
        parts = [self._postfix()]
        while self._peek() == "&":
            self._at += 1
            parts.append(self._postfix())
        whole = [part for part in parts if part.name != "readonly"]
        return whole[0] if len(whole) == 1 else Raw("other")

    def _postfix(self) -> Raw:
        found = self._primary()
        while self._peek() in ("[", "?"):
            if self._next().text == "?":
                found = replace(found, is_nilable=True)
                continue
            while self._next().text != "]":
                pass
            found = Raw("list[]", (found,))
        return found

    def _primary(self) -> Raw:
        token = self._next()
        if token.text == "record":
            return self._record()
        if token.text == "(":
            if self._peek() == ")":
                self._at += 1
                return Raw("()")
            inner = self._type()
            self._expect(")")
            return inner
        if token.kind == "text":
            return Raw(token.text)
        if token.text in ("map", "table", "stream", "typedesc", "xml") and self._peek() == "<":
            self._balanced("<", ">")
            if self._peek() == "key":
                self._at += 1
                self._balanced(*(("<", ">") if self._peek() == "<" else ("(", ")")))
            return Raw("other")
        if token.kind != "name":
            raise Unreadable(f"“{token.text}” is no type", token.line)
        if self._peek() == ":":
            self._at += 2
            return Raw("other")
        return Raw(_name(token.text))

    def _record(self) -> Raw:
        opening = self._next()
        closing = {"{": "}", "{|": "|}"}.get(opening.text)
        if closing is None:
            raise Unreadable("a record begins with {", opening.line)
        fields: list[RawField] = []
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
        return Raw("record{}", fields=tuple(fields), includes=tuple(includes))

    def _field(self, description: str, *, is_secret: bool) -> RawField | None:
        kind = self._type()
        if self._peek() == "...":
            self._at += 1
            self._expect(";")
            return None
        token = self._next("name")
        name, is_optional, default = _name(token.text), False, NEEDED
        if self._peek() == "?":
            self._at += 1
            is_optional = True
        if self._peek() == "=":
            self._at += 1
            default = self._default()
        self._expect(";")
        return RawField(name, kind, is_optional, default, description, is_secret or _sounds_secret(name), token.line)

    def _default(self) -> Any:
        """The value of an expression that is written out; else that it is computed. Stops before its `;`."""
        start = self._at
        try:
            value = self._literal()
            if self._peek() in (";", None):
                return value
        except (Unreadable, ValueError):
            pass
        self._at = start
        self._to_semicolon()
        return COMPUTED

    def _literal(self) -> Any:
        token = self._next()
        if token.kind == "text":
            return unquoted(token.text)
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
            return Named(_name(token.text))
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
        name = unquoted(token.text) if token.kind == "text" else _name(token.text)
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
            raise Unreadable(f"“{text}” is missing before “{token.text}”", token.line)

    def _next(self, kind: str | None = None) -> _Token:
        if self._at >= len(self._tokens):
            raise Unreadable("the file ends in the middle of a declaration", self._lines)
        token = self._tokens[self._at]
        if kind is not None and token.kind != kind:
            raise Unreadable(f"“{token.text}” is unexpected", token.line)
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


def unquoted(text: str) -> str:
    """What a string literal stands for."""
    return _ESCAPE.sub(lambda match: chr(int(match[1], 16)) if match[1] else _ESCAPED[match[2]], text[1:-1])


def _number(text: str) -> int | float:
    plain = text.rstrip("dDfF") if not text.lower().startswith("0x") else text
    return int(plain, 0) if re.fullmatch(r"0[xX][0-9A-Fa-f]+|\d+", plain) and plain == text else float(plain)


def _sounds_secret(name: str) -> bool:
    return re.search(r"(?i)(password|passphrase|secret|token|api_?key|private_?key)$", name) is not None


def _sentence(lines: list[str]) -> str:
    return " ".join(line for line in lines if line and not line.startswith(("+", "-")))
