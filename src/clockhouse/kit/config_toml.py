"""Values as the Config.toml of a Ballerina program."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

_PLAIN = set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")
_SHORT = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}


def config_toml(values: Mapping[str, Any], places: Mapping[str, tuple[str, Sequence[str], str]]) -> str:
    """The text of Config.toml. A value of None is left out, so that the program's own default counts.

    Raises ValueError for a text that should be JSON and is not.
    """
    tables: dict[tuple[str, ...], list[str]] = {}
    for name, value in values.items():
        if value is None:
            continue
        module, path, kind = places[name]
        *above, last = path
        told = _json(name, value) if kind == "json" else value
        tables.setdefault((module, *above), []).append(f"{_key(last)} = {_value(told, is_float=kind == 'number')}")
    parts = []
    for (module, *above), lines in tables.items():
        organization, _, name = module.partition("/")
        header = ".".join(_key(part) for part in (organization, *name.split("."), *above))
        parts.append("\n".join([f"[{header}]", *lines, ""]))
    return "\n".join(parts)


def _json(name: str, value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError as error:
        raise ValueError(f"The configuration {name} is not valid JSON: {error}.") from None


def _value(value: Any, *, is_float: bool = False) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return f"{value}.0" if is_float else str(value)
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, Mapping):
        inside = ", ".join(f"{_key(name)} = {_value(each)}" for name, each in value.items() if each is not None)
        return f"{{{inside}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(_value(each, is_float=is_float) for each in value)}]"
    return _text(str(value))


def _float(value: float) -> str:
    if value != value:
        return "nan"
    if value in (float("inf"), float("-inf")):
        return "inf" if value > 0 else "-inf"
    told = repr(value)
    return told if "." in told or "e" not in told else told.replace("e", ".0e")


def _text(text: str) -> str:
    return f'"{"".join(_letter(letter) for letter in text)}"'


def _letter(letter: str) -> str:
    if letter in _SHORT:
        return _SHORT[letter]
    return f"\\u{ord(letter):04X}" if ord(letter) < 0x20 or ord(letter) == 0x7F else letter


def _key(name: str) -> str:
    return name if name and set(name) <= _PLAIN else _text(name)
