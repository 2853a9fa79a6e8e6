"""What the source code of a task says about itself, read without importing or running any of it."""

from __future__ import annotations

import io
import tokenize
from dataclasses import dataclass
from pathlib import Path

from clockhouse.builders import start
from clockhouse.builders.base import Entry, Problem, Setting
from clockhouse.builders.start import Form, Start
from clockhouse.kit import declared

_TEXT_MAX_BYTES = 1024 * 1024  # of a Procfile or a pyproject.toml


@dataclass(frozen=True, slots=True)
class Code:
    """Where a task starts and what it asks for, or every reason why it cannot be built.

    `start` is set where something else than a file is started; `entry` is then None.
    """

    entry: Entry | None
    settings: tuple[Setting, ...]
    problems: tuple[Problem, ...]
    start: Start | None = None


def read(source: Path) -> Code:
    """Read every Python file below `source`. Raises OSError when the disk refuses."""
    files = sorted(path for path in source.rglob("*.py") if path.is_file())
    found = start.find({path.relative_to(source).as_posix() for path in files} | _others(source), _reader(source))
    if isinstance(found, Problem):
        return Code(None, (), (found,))
    told = declared.Declared((), None, ())
    problems: list[Problem] = []
    for path in files:
        name = path.relative_to(source).as_posix()
        each = _declared(path, name)
        if name == found.path:
            told = each
            problems[:0] = each.problems
        elif each.entry is None:  # other files may declare what they like, but Python must be able to read them
            problems += each.problems
    if found.form is Form.FILE:
        return Code(told.entry, told.settings, tuple(problems))
    return Code(None, told.settings, tuple(problems), found)


def _others(source: Path) -> set[str]:
    return {path.name for path in source.iterdir() if path.is_file()}


def _reader(source: Path) -> start.Read:
    def text(name: str) -> str | None:
        path = source / name
        if not path.is_file() or path.stat().st_size > _TEXT_MAX_BYTES:
            return None
        return path.read_text(encoding="utf-8", errors="replace")

    return text


def _declared(path: Path, name: str) -> declared.Declared:
    content = path.read_bytes()
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        text = content.decode(encoding)
    except (SyntaxError, UnicodeDecodeError, LookupError) as error:
        line = content[: error.start].count(b"\n") + 1 if isinstance(error, UnicodeDecodeError) else 1
        message = "This file is not valid text in the encoding it claims. Save it as UTF-8."
        return declared.Declared((), None, (Problem(message, name, line),))
    return declared.read(text, name)
