"""What a Dockerfile says: its instructions with their lines, and the settings that an image declares in its labels."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from clockhouse.builders.base import Problem, Setting
from clockhouse.kit.declared import Type

SETTING = "clockhouse.setting."
_TYPES: dict[str, Type] = {"text": "text", "integer": "integer", "number": "number", "flag": "flag", "secret": "secret"}
_ESCAPE = re.compile(r"#\s*escape\s*=\s*(\S)", re.IGNORECASE)
_NAME = re.compile(r"[a-z][a-z0-9_]{0,99}")
_PARSE_ERROR = re.compile(r"[Dd]ockerfile parse error(?: on)? line (\d+): (.*)", re.DOTALL)
_COMMAND_FAILED = re.compile(r"The command .* returned a non-zero code: (\d+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction; `line` is where it begins, from 1."""

    line: int
    text: str


def instructions(text: str) -> list[Instruction]:
    """In order, as the Engine counts its steps."""
    found: list[Instruction] = []
    lines = text.removeprefix("\ufeff").splitlines()
    escape = "\\"
    if lines and (directive := _ESCAPE.match(lines[0].strip())):
        escape = directive[1]
    goes_on = False
    for number, line in enumerate(lines, 1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue  # also between the lines of one instruction
        if not goes_on:
            found.append(Instruction(number, stripped))
        goes_on = stripped.endswith(escape)
    return found


def problem(said: str, text: str, path: str, step: int | None, last_words: str) -> Problem:
    """Why the Engine did not build, with the line: `step` is the number of the instruction it was at."""
    lines = text.splitlines()
    parse = _PARSE_ERROR.search(said)
    if parse is not None:
        line = int(parse[1])
        return Problem(f"The Dockerfile can't be read: {_sentence(parse[2])}", path, line, _at(lines, line))
    found = instructions(text)
    line = found[step - 1].line if step is not None and 0 < step <= len(found) else 0
    failed = _COMMAND_FAILED.search(said)
    if failed is not None:
        why = f": {last_words}" if last_words else "."
        said = f"The command ended with exit code {failed[1]}{why}"
    return Problem(_sentence(said), path, line or None, _at(lines, line))


def settings(labels: Mapping[str, str]) -> tuple[Setting, ...] | Problem:
    """What the labels of an image declare: `clockhouse.setting.url="text Address"`; `text?` need not be given."""
    found = []
    for label, value in sorted(labels.items()):
        if not label.startswith(SETTING):
            continue
        name = label.removeprefix(SETTING)
        word, _, description = value.strip().partition(" ")
        kind = _TYPES.get(word.removesuffix("?"))
        if not _NAME.fullmatch(name) or kind is None:
            return Problem(
                f'The label {label}="{value}" declares no setting. '
                f'Write it like {SETTING}url="text Address to check", with one of {", ".join(_TYPES)}, '
                "and ? after it where it need not be given."
            )
        found.append(Setting(name, kind, required=not word.endswith("?"), description=description.strip()))
    return tuple(found)


def _at(lines: list[str], line: int) -> str | None:
    return lines[line - 1] if 0 < line <= len(lines) else None


def _sentence(said: str) -> str:
    said = " ".join(said.split())
    return f"{said[:1].upper()}{said[1:].removesuffix('.')}."
