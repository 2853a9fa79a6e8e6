"""Starts a Ballerina program with its configuration as Config.toml. A copy of this file is in each Ballerina artifact.

It needs nothing but the standard library, for it runs where the task runs.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

_PLAIN = set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")
_SHORT = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}


def start(values: Mapping[str, Any], places: Mapping[str, tuple[str, Sequence[str], str]], program: Path) -> None:
    """Becomes the program. `places` has the table, the path in it and the type of each value. Does not return."""
    written = config_toml(values, places)
    file = Path("Config.toml").absolute()
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as opened:
        opened.write(written)
    for name in [name for name in os.environ if name.startswith("TASK_")]:
        del os.environ[name]  # the program reads the file; its children need not know
    os.environ["BAL_CONFIG_FILES"] = str(file)
    command = _command(program)
    if command is None:
        sys.exit("There is neither bal nor java on the PATH here. Install Ballerina, or a Java 21 runtime.")
    sys.stdout.flush()
    sys.stderr.flush()
    os.execvp(command[0], command)  # noqa: S606  on purpose


def _command(program: Path) -> list[str] | None:
    """The tool that built it comes first, since it brings the Java that the program needs; None where there is none."""
    built_by = (program.parent / "bal").read_text(encoding="utf-8").strip()
    for tool, arguments in ((built_by, ["run"]), ("bal", ["run"]), ("java", ["-jar"])):
        if found := shutil.which(tool):
            return [found, *arguments, str(program)]
    return None


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
